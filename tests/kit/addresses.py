"""Addresses of a town that are cut once for all the applications that tests make of it."""

from threading import Lock
from typing import ClassVar

from townsquare.core.web.addresses import Addresses

MOST = 8  # Maps, of some megabytes each; few towns are made again that are none of the last ones.


class Known(Addresses):
    """A map that takes over what an earlier one has made of the very same addresses."""

    made: ClassVar = {}
    turn: ClassVar = Lock()  # Some tests ask a town for the first time in many threads.

    def __init__(self, *args, **options):
        self.told, self.new, self.asked = [], False, False
        super().__init__(*args, **options)

    def add(self, rulefactory):
        """Only note an address: it is cut when somebody asks the map, if it has never been."""
        self.told.append(rulefactory)
        self.new = True

    def update(self):
        """Be as the map of these addresses; Werkzeug asks for this before each look."""
        if self.new:
            with self.turn:
                self._take_over()
        super().update()

    def _take_over(self):
        if self.new:
            # What a test adds to a town that stands already is of no use to another one.
            made = self._cut() if self.asked else self._known()
            self._matcher, self._rules_by_endpoint = made
            self.new, self.asked = False, True

    def _known(self):
        key = tuple(map(_written, self.told))
        self.made[key] = self.made.pop(key, None) or self._cut()
        if len(self.made) > MOST:
            del self.made[next(iter(self.made))]  # The one that was asked for longest ago.
        return self.made[key]

    def _cut(self):
        whole = Addresses()
        for rule in self.told:
            rule.map = None  # It may have been bound before, when there was one less.
            whole.add(rule)
        return whole._matcher, whole._rules_by_endpoint  # noqa: SLF001 (Werkzeug's)


def _written(rule):
    how = (rule.build_only, rule.strict_slashes, rule.redirect_to)
    return rule.rule, rule.endpoint, frozenset(rule.methods or ()), repr(rule.defaults), *how
