"""A count while it runs: who holds which papers, at which value, and the stages so far."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from townsquare.services.elections.rules.counting.amounts import Amount, Scale
from townsquare.services.elections.rules.counting.ballots import Contest, Weighted
from townsquare.services.elections.rules.counting.reading import REASONS
from townsquare.services.elections.rules.counting.rulesets import RuleSet
from townsquare.services.elections.rules.counting.table import CountTable, Line, Stage
from townsquare.services.elections.rules.counting.ties import Orders, TieBreaker

CONTINUING, ELECTED, EXCLUDED, WITHDRAWN = "continuing", "elected", "excluded", "withdrawn"


@dataclass(frozen=True)
class Case:
    """What is to be counted: rules, a contest, its papers together, and the orders of lots."""

    rules: RuleSet
    contest: Contest
    papers: Sequence[Weighted]
    orders: Orders

    @property
    def weight(self) -> int:
        """Return the weight of all papers."""
        return sum(weight for _ballot, weight in self.papers)

    def in_order(self, codes: Iterable[str]) -> list[str]:
        """Return these in the order of the lot, or of the table where there is none."""
        order = (*self.orders.lot, *self.contest.codes())
        return sorted(codes, key=order.index)

    def breaker(self) -> TieBreaker:
        """Return what breaks the ties of one count of it."""
        said = self.rules.content
        return TieBreaker(said["ties"], self.contest, self.orders, int(said.get("seed", 0)))


@dataclass(frozen=True)
class Act:
    """What led to a stage: its kind, whose papers it moved, and the sentence that explains it."""

    kind: str
    moved: tuple[str, ...] = ()
    said: str = ""


class Running:
    """The papers of one contest and what has been decided about its options."""

    def __init__(self, case: Case, scale: Scale) -> None:
        contest, papers = case.contest, case.papers
        self.case, self.scale, self.ties = case, scale, case.breaker()
        self.reading = case.rules.reading
        gone = {option.code for option in contest.options if option.withdrawn}
        self.write_ins = {option.code for option in contest.options if option.write_in}
        self.codes = contest.codes()
        self.status = {code: WITHDRAWN if code in gone else CONTINUING for code in self.codes}
        self.name = {option.code: option.called for option in contest.options}
        self.ranks = [self.reading.prepared(ballot, gone) for ballot, _weight in papers]
        self.weights = [weight for _ballot, weight in papers]
        self._value = [self.scale.one] * len(papers)
        self._pile: dict[str, list[int]] = {code: [] for code in self.codes}
        self.votes: dict[str, Amount] = dict.fromkeys(self.codes, 0)
        self.aside: dict[str, Amount] = dict.fromkeys(REASONS, 0)
        self._before = (dict(self.votes), self._set_aside())
        self._lost: Amount = 0
        self._decided: dict[str, list[str]] = {ELECTED: [], EXCLUDED: []}
        self.elected: list[str] = []
        self.stages: list[Stage] = []
        self._lay(range(len(papers)))

    def continuing(self) -> list[str]:
        """Return the options that are neither elected nor excluded."""
        return [code for code in self.codes if self.status[code] == CONTINUING]

    def receiving(self) -> list[str]:
        """Return the options that papers may move to."""
        return self.continuing()

    def may_win(self) -> list[str]:
        """Return the continuing options, without what stands for undeclared write-ins."""
        return [code for code in self.continuing() if code not in self.write_ins]

    def active(self) -> Amount:
        """Return the votes of all options together."""
        return sum(self.votes.values())

    def decide(self, status: str, code: str) -> None:
        """Elect or exclude this option."""
        self.status[code] = status
        self._decided[status].append(code)
        if status == ELECTED:
            self.elected.append(code)

    def take(self, codes: Sequence[str], how: str) -> str:
        """Elect these in this order, and return what the sentence says of it."""
        for code in codes:
            self.decide(ELECTED, code)
        return f"; {how}: {self.names(codes)}" if codes else ""

    def by_votes(self, codes: Sequence[str]) -> list[str]:
        """Return these by their votes, most first; no tie is broken, as no seat depends on it."""
        return sorted(self.case.in_order(codes), key=lambda code: -self.votes[code])

    def move(self, code: str, keep: Amount, worth: Callable[[Amount], Amount]) -> None:
        """Move the papers of this option on, each at its new worth; it keeps so many votes."""
        pile, self._pile[code] = self._pile[code], []
        before = self.active() + self._set_aside()
        for at in pile:
            self._value[at] = worth(self._value[at])
        self.votes[code] = keep
        self._lay(pile)
        self._lost += before - self.active() - self._set_aside()

    def look(self) -> None:
        """Begin a stage: its votes are what ties look back at."""
        self.ties.history.append(dict(self.votes))

    def close(self, act: Act, threshold: Amount, result: str = "") -> None:
        """End the stage whose votes were looked at, with what has been decided since."""
        text, (votes, aside) = self.scale.text, self._before
        lines = [
            Line(code, text(now), text(now - votes[code]), self.status[code])
            for code, now in self.votes.items()
        ]
        self.stages.append(
            Stage(
                number=len(self.stages) + 1,
                act=act.kind,
                moved=act.moved,
                threshold=text(threshold),
                lines=tuple(lines),
                exhausted=tuple((why, text(amount)) for why, amount in self.aside.items()),
                nontransferable=text(self._set_aside() - aside),
                rounding=text(self._lost),
                elected=tuple(self._decided[ELECTED]),
                excluded=tuple(self._decided[EXCLUDED]),
                ties=self.ties.taken(),
                reason=act.said + result,
            )
        )
        self._before, self._lost = (dict(self.votes), self._set_aside()), 0
        self._decided = {ELECTED: [], EXCLUDED: []}

    def table(self) -> CountTable:
        """Return the table of the stages so far."""
        case = self.case
        stages, elected = tuple(self.stages), tuple(self.elected)
        return CountTable(case.rules, case.contest, case.weight, stages, elected)

    def names(self, codes: Sequence[str]) -> str:
        """Return the names of these as a sentence says them."""
        names = [self.name[code] for code in codes]
        return " and ".join([", ".join(names[:-1]), names[-1]]) if names[1:] else "".join(names)

    def why_out(self, code: str) -> str:
        """Return why this option is excluded, while it still has its votes."""
        votes = self.counted(self.votes[code])
        if code in self.write_ins and self.votes[code]:
            return f"{self.name[code]} have {votes} and may not win"
        return f"{self.name[code]} has the fewest votes, {self.spoken(self.votes[code])}"

    def counted(self, amount: Amount) -> str:
        """Return so many votes as a sentence says them."""
        return f"{self.spoken(amount)} vote{'' if amount == self.scale.one else 's'}"

    def spoken(self, amount: Any) -> str:  # noqa: ANN401 (an amount; mypy loses it in sums)
        """Return the amount as a sentence says it."""
        return self.scale.spoken(amount)

    def _lay(self, pile: Sequence[int]) -> None:
        continuing = set(self.receiving())
        for at in pile:
            option, why = self.reading.read(self.ranks[at], continuing)
            amount = self._value[at] * self.weights[at]
            if option:
                self._pile[option].append(at)
                self.votes[option] += amount
            else:
                self.aside[why] += amount

    def _set_aside(self) -> Amount:
        return sum(self.aside.values())
