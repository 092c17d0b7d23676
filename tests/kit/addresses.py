"""Addresses of a town that are made and cut once for all the applications of one process."""

from threading import Lock
from typing import ClassVar

from flask import Blueprint

from townsquare.app import Application
from townsquare.core.web.addresses import Addresses

MOST = 8  # Maps, of some megabytes each; few towns are made again that are none of the last ones.
ADDRESS = f"{Blueprint.add_url_rule.__qualname__}.<locals>.<lambda>"  # As a blueprint notes one.


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
            self.new, self.asked, self._remap = False, True, False

    def _known(self):
        key = tuple(map(_written, self.told))
        self.made[key] = self.made.pop(key, None) or self._cut()
        if len(self.made) > MOST:
            del self.made[next(iter(self.made))]  # The one that was asked for longest ago.
        return self.made[key]

    def _cut(self):
        whole = Addresses()
        for rule in self.told:
            # What is told may be told to other maps, too: each binds rules of its own.
            bound = rule.empty()
            bound.provide_automatic_options = rule.provide_automatic_options
            whole.add(bound)
        whole.update()
        return whole._matcher, whole._rules_by_endpoint  # noqa: SLF001 (Werkzeug's)


class Again(Application):
    """An application that takes over what an earlier one has made of the very same blueprint."""

    url_map_class = Known
    made: ClassVar = {}

    def register_blueprint(self, blueprint, **options):
        """Take in a blueprint; its addresses are made the first time only."""
        self._check_setup_finished("register_blueprint")
        known = self.made.get(blueprint.name)
        if known and not options and known.fits(self, blueprint):
            known.hand_over(self)
            return
        views, told = {*self.view_functions}, len(self.url_map.told)
        super().register_blueprint(blueprint, **options)
        if not options and _is_plain(blueprint):
            views = {k: v for k, v in self.view_functions.items() if k not in views}
            made = Registered(blueprint, self.url_map.told[told:], views)
            if len(made.rules) == len(made.deferred) - len(made.others):
                self.made[blueprint.name] = made


class Registered:
    """A blueprint, with the rules and the views that an application has made of it."""

    def __init__(self, blueprint, rules, views):
        self.blueprint, self.rules, self.views = blueprint, rules, views
        self.deferred = [*blueprint.deferred_functions]
        self.others = [act for act in self.deferred if act.__qualname__ != ADDRESS]

    def fits(self, app, blueprint):
        """Tell whether this is the same blueprint, unchanged, and new to the application."""
        same = blueprint is self.blueprint and blueprint.deferred_functions == self.deferred
        return same and blueprint.name not in app.blueprints

    def hand_over(self, app):
        """Do to the application what Flask would do once more."""
        app.blueprints[self.blueprint.name] = self.blueprint
        self.blueprint._merge_blueprint_funcs(app, self.blueprint.name)  # noqa: SLF001 (Flask's)
        app.view_functions |= self.views
        for rule in self.rules:
            app.url_map.add(rule)
        state = self.blueprint.make_setup_state(app, {}, first_registration=True)
        for act in self.others:
            act(state)


def _is_plain(blueprint):
    """Tell whether nothing comes with this blueprint but what it does when it is registered."""
    within = blueprint._blueprints  # noqa: SLF001 (Flask's)
    return not (within or blueprint.cli.commands or blueprint.has_static_folder)


def _written(rule):
    """Return what makes a rule that rule; it is asked of a shared one for every application."""
    if not hasattr(rule, "written"):
        how = (rule.build_only, rule.strict_slashes, rule.redirect_to)
        methods, filled = frozenset(rule.methods or ()), repr(rule.defaults)
        rule.written = rule.rule, rule.endpoint, methods, filled, *how
    return rule.written
