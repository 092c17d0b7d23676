"""Ties: the steps that a rule set declares, one after the other, until one has decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from townsquare.services.elections.rules.counting.amounts import Amount
from townsquare.services.elections.rules.counting.ballots import Contest
from townsquare.services.elections.rules.counting.javarandom import JavaRandom
from townsquare.services.elections.rules.counting.refusals import CountRefused, TieToDraw

ELECT, TRANSFER, EXCLUDE = "elect", "transfer", "exclude"
Votes = Mapping[str, Amount]


@dataclass(frozen=True)
class Tie:
    """Who tied for what, the step that decided, and whom it chose."""

    purpose: str
    options: tuple[str, ...]
    step: str
    chosen: str


@dataclass(frozen=True)
class Orders:
    """The orders that are declared or drawn before: options by code, the first before the others.

    `lot` is the order of the committed seed, `drawn` what officers have recorded for ties that
    stopped an earlier run.
    """

    lot: tuple[str, ...] = ()
    drawn: tuple[tuple[str, ...], ...] = ()


@dataclass
class TieBreaker:
    """Breaks the ties of one count; `history` are the votes of its stages, the present one last."""

    steps: Sequence[str]
    contest: Contest
    orders: Orders
    seed: int = 0
    history: list[Votes] = field(default_factory=list)
    found: list[Tie] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = JavaRandom(self.seed)
        self._permutation: list[str] = []

    def choose(self, tied: Sequence[str], purpose: str) -> str:
        """Return whom of these it strikes: to be elected, to transfer first, or to be excluded.

        CountRefused: no step decides. TieToDraw: officers must draw.
        """
        left = sorted(tied, key=lambda code: (len(code), code))
        if len(left) == 1:
            return left[0]
        options = tuple(left)
        for step in self.steps:
            left = self._narrowed(step, left, purpose)
            if len(left) == 1:
                self.found.append(Tie(purpose, options, step, left[0]))
                return left[0]
        message = f"no rule breaks the tie of {', '.join(options)}"
        raise CountRefused(message)

    def ordered(self, votes: Votes, codes: Sequence[str]) -> list[str]:
        """Return these by their votes, most first; equals as the steps would elect them."""
        order: list[str] = []
        for level in sorted({votes[code] for code in codes}, reverse=True):
            equal = [code for code in codes if votes[code] == level]
            while equal:
                order.append(self.choose(equal, ELECT))
                equal.remove(order[-1])
        return order

    def taken(self) -> tuple[Tie, ...]:
        """Return the ties since the last time this was asked."""
        found, self.found = tuple(self.found), []
        return found

    def _narrowed(self, step: str, tied: list[str], purpose: str) -> list[str]:
        if step == "backward":
            return _extremes(tied, self.history[-2::-1], purpose)
        if step == "forward":
            return _extremes(tied, self.history[:-1], purpose)
        if step == "java-random":
            named = sorted(tied, key=self._name)
            return [named[self._random.place(len(named))]]
        order = self._order(step, tied, purpose)
        return [max(tied, key=order.index) if purpose == EXCLUDE else min(tied, key=order.index)]

    def _order(self, step: str, tied: list[str], purpose: str) -> Sequence[str]:
        if step == "candidate-order":
            return [option.code for option in self.contest.options]
        if step == "java-permutation":
            return self._permuted()
        if step == "ask":
            same = [order for order in self.orders.drawn if set(order) == set(tied)]
            if not same:
                raise TieToDraw(purpose, tuple(tied), len(self.history))
            return same[0]
        if missing := set(tied) - set(self.orders.lot):
            message = f"no lot has been drawn for {', '.join(sorted(missing))}"
            raise CountRefused(message)
        return self.orders.lot

    def _permuted(self) -> list[str]:
        if not self._permutation:
            declared = [option for option in self.contest.options if not option.write_in]
            rest = [option.code for option in self.contest.options if option.write_in]
            names = sorted((option.code for option in declared), key=self._name)
            self._permutation = self._random.shuffled(names) + rest
        return self._permutation

    def _name(self, code: str) -> tuple[bytes, str]:
        # Java compares names by their units of UTF-16.
        option = next(option for option in self.contest.options if option.code == code)
        return option.called.encode("utf-16-be"), code


def _extremes(tied: list[str], stages: Sequence[Votes], purpose: str) -> list[str]:
    for votes in stages:
        extreme = (min if purpose == EXCLUDE else max)(votes[code] for code in tied)
        tied = [code for code in tied if votes[code] == extreme]
    return tied
