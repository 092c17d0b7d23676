"""Meek's and Warren's counts: every round looks for the share that each elected one keeps."""

from townsquare.services.elections.rules.counting.amounts import Scale
from townsquare.services.elections.rules.counting.reading import REASONS
from townsquare.services.elections.rules.counting.rulesets import READING
from townsquare.services.elections.rules.counting.running import (
    EXCLUDED,
    Act,
    Case,
    Running,
)
from townsquare.services.elections.rules.counting.table import CountTable
from townsquare.services.elections.rules.counting.ties import EXCLUDE

USUAL = {
    **READING,
    "method": "meek",
    "capped": False,  # Warren: what is kept of a paper is a value, not a share of its rest.
    "places": 9,
    "settled": 6,  # A surplus below 10^-6 changes nothing more.
    "ties": ("lot",),
}


def meek(case: Case) -> CountTable:
    """Return the count by keep factors; a stage is a round, whatever it took to settle it."""
    count = _Meek(case, Scale(case.rules.content["places"]))
    count.run()
    return count.table()


def _up(part: int, whole: int) -> int:
    return -(-part // whole)


class _Meek(Running):
    def __init__(self, case: Case, scale: Scale) -> None:
        super().__init__(case, scale)
        said = case.rules.content
        self.unit: int = 10 ** said["places"]
        self.settled = self.unit // 10 ** said["settled"]
        self.capped: bool = said["capped"]
        self.papers = [(*self.passed(at), weight) for at, weight in enumerate(self.weights)]
        self.keep = dict.fromkeys(self.continuing(), self.unit)
        self.tally: dict[str, int] = {}
        self.quota = 0

    def passed(self, at: int) -> tuple[list[str], str]:
        """Return the options that this paper passes in turn, and why it ends after them."""
        everybody, order = set(self.continuing()), list[str]()
        while True:
            option, why = self.reading.read(self.ranks[at], everybody.difference(order))
            if not option:
                return order, why
            order.append(option)

    def run(self) -> None:
        """Count until all seats are filled, or as many options remain."""
        act = Act("first", said="Papers lie with their first preferences")
        while True:
            reached, tries = self._settle()
            self.look()
            result = self._elect(reached)
            lost = "" if reached or self._full() else self._lowest()
            times = f"after {tries} iteration{'' if tries == 1 else 's'}"
            quota = f"; the quota is {self.spoken(self.quota)} {times}"
            self.close(act, self.quota, quota + result)
            if self._full():
                return
            act = self._next(lost)

    def _settle(self) -> tuple[list[str], int]:
        # Until somebody has the quota, or what is above it becomes no smaller.
        before, tries = -1, 0
        while True:
            tries += 1
            self._distribute()
            reached = [code for code in self.may_win() if self.tally[code] >= self.quota]
            surplus = self._surplus()
            if reached or surplus < self.settled or 0 <= before <= surplus:
                return reached, tries
            before = surplus
            for code in self.elected:
                needed = _up(self.keep[code] * self.quota, self.unit)
                self.keep[code] = _up(needed * self.unit, self.tally[code])

    def _distribute(self) -> None:
        tally = dict.fromkeys(self.codes, 0)
        aside = dict.fromkeys(REASONS, 0)
        for order, why, weight in self.papers:
            rest = self.unit
            for code in order:
                factor = self.keep[code]
                kept = min(rest, factor) if self.capped else _up(rest * factor, self.unit)
                tally[code] += kept * weight
                rest -= kept
                if not rest:
                    break
            aside[why] += rest * weight
        self.tally = tally
        self.votes.update(tally)
        self.aside.update(aside)
        self.quota = sum(tally.values()) // (self.case.contest.seats + 1) + 1

    def _surplus(self) -> int:
        return max(0, sum(self.tally[code] - self.quota for code in self.elected))

    def _elect(self, reached: list[str]) -> str:
        said = self.take(self.by_votes(reached), "elected")
        left, empty = self.may_win(), self.case.contest.seats - len(self.elected)
        if left and len(left) <= empty:
            said += self.take(self.by_votes(left), "elected, as no more remain than seats")
        return said

    def _full(self) -> bool:
        return len(self.elected) >= self.case.contest.seats or not self.may_win()

    def _lowest(self) -> str:
        # Whom the surplus could still lift above the lowest ties with it.
        left = sorted(self.write_ins.intersection(self.continuing())) or self.continuing()
        reach = min(self.tally[code] for code in left) + self._surplus()
        lost = self.ties.choose([code for code in left if self.tally[code] <= reach], EXCLUDE)
        self.decide(EXCLUDED, lost)
        return lost

    def _next(self, lost: str) -> Act:
        if not lost:
            said = f"{self.names(self.elected)} keep no more than the quota needs"
            return Act("surplus", tuple(self.elected), said)
        self.keep[lost] = 0
        return Act("exclusion", (lost,), f"{self.why_out(lost)}; its papers pass to the next")
