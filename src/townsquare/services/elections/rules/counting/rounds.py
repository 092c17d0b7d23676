"""Counts in rounds: instant run-off, and several seats by thresholds or from the bottom up.

All winners of a round give their surplus together, and all losers of a round go together.
"""

from dataclasses import dataclass, replace
from fractions import Fraction

from townsquare.services.elections.rules.counting.amounts import Amount, Scale
from townsquare.services.elections.rules.counting.refusals import CountRefused
from townsquare.services.elections.rules.counting.rulesets import READING, UNLIMITED, limit
from townsquare.services.elections.rules.counting.running import (
    ELECTED,
    EXCLUDED,
    Act,
    Case,
    Running,
)
from townsquare.services.elections.rules.counting.table import CountTable, Stage
from townsquare.services.elections.rules.counting.ties import ELECT, EXCLUDE

USUAL = {
    **READING,
    "method": "rounds",
    "winners": "majority",
    "places": 0,
    "threshold": "active",  # Of one seat: of each round, or of the `first-round`.
    "quota": "droop",  # In whole votes, or `decimal`: in units of the places.
    "hare": False,  # A full share of the votes instead.
    "percent": (0, 1),  # Numerator and denominator of what `bottoms-up-percent` asks for.
    "batch": False,
    "until_two": False,
    "min_votes": 0,
    "stop_after": UNLIMITED,
    "ties": ("backward", "lot"),
    "seed": 0,
}
FROM_THE_BOTTOM = {"bottoms-up", "bottoms-up-percent"}


def rounds(case: Case) -> CountTable:
    """Return the count in rounds.

    CountRefused: all declared options are below the declared minimum.
    """
    if case.rules.content["winners"] == "sequential":
        return _sequential(case)
    count = _Rounds(case, Scale(case.rules.content["places"]))
    count.run()
    return count.table()


def _sequential(case: Case) -> CountTable:
    # One run-off after the other on all papers, without those who have won.
    one = replace(case, contest=replace(case.contest, seats=1))
    stages, won = list[Stage](), list[str]()
    for seat in range(case.contest.seats):
        options = (
            replace(option, withdrawn=option.withdrawn or option.code in won)
            for option in case.contest.options
        )
        left = replace(one.contest, options=tuple(options))
        count = _Rounds(replace(one, contest=left), Scale(case.rules.content["places"]))
        if not count.continuing():
            break
        count.status.update(dict.fromkeys(won, ELECTED))
        count.run(f"Seat {seat + 1}: all papers are counted")
        stages += [replace(one, number=len(stages) + at) for at, one in enumerate(count.stages, 1)]
        won += count.elected
    return CountTable(case.rules, case.contest, case.weight, tuple(stages), tuple(won))


@dataclass
class _Decided:
    winners: list[str]
    losers: list[str]
    why: str = ""
    result: str = ""


class _Rounds(Running):
    threshold: Amount = 0

    def __init__(self, case: Case, scale: Scale) -> None:
        self.said, self.seats = case.rules.content, case.contest.seats
        self.mode: str = self.said["winners"]
        self.minimum: Amount = self.said["min_votes"] * scale.one
        super().__init__(case, scale)

    def receiving(self) -> list[str]:
        """Return the options that papers may move to: also winners, if it goes on until two."""
        keeping = {"continuing", ELECTED} if self.said["until_two"] else {"continuing"}
        return [code for code in self.codes if self.status[code] in keeping]

    def run(self, first: str = "Papers lie with their first preferences") -> None:
        """Count round after round until all is decided."""
        act = Act("first", said=first)
        while True:
            self.look()
            if not self.stages or self._moving():
                self.threshold = self._threshold()
            decided = self._decide()
            self.close(act, self.threshold, decided.result)
            if not self._goes_on(decided):
                return
            act = self._perform(decided)

    def _moving(self) -> bool:
        if self.mode == "bottoms-up-percent":
            return True
        return self.seats == 1 and self.said["threshold"] == "active"

    def _threshold(self) -> Amount:
        votes, one, parts = self.active(), self.scale.one, self.seats + 1
        if self.mode == "bottoms-up":
            return 0
        if self.mode == "bottoms-up-percent":
            share, whole = self.said["percent"]
            return max(Fraction(votes * share, whole * 100), Fraction(self.minimum))
        unit: Amount = 1 if self.said["quota"] == "decimal" else one
        if self.said["hare"]:
            return max(-(-votes // (unit * self.seats)) * unit, self.minimum)
        return max((votes // (unit * parts) + 1) * unit, self.minimum)

    def _decide(self) -> _Decided:
        winners = self._winners()
        decided = _Decided(winners, [])
        if not winners and self._needs_losers():
            decided = self._losers()
        decided.result = self.take(winners, "elected")
        for code in decided.losers:
            self.decide(EXCLUDED, code)
        return decided

    def _winners(self) -> list[str]:
        left, empty = self.receiving(), self.seats - len(self.elected)
        if any(self.votes[code] for code in self.write_ins.intersection(left)):
            return []
        if self.mode == "bottoms-up-percent":
            return self.by_votes(self.may_win()) if all(map(self._reaches, left)) else []
        if empty <= 0:
            return []
        found = self._found(left, empty)
        first = self.said["threshold"] == "first-round"
        if (found[1:] and (self.mode == "one" or first)) or self._two_without(left, found):
            return [self._strongest(left)]
        return self.by_votes(found)

    def _found(self, left: list[str], empty: int) -> list[str]:
        declared = [code for code in left if code not in self.write_ins]
        if len(left) <= empty:
            return declared
        if self.said["threshold"] == "first-round" and len(left) - 1 == self.seats:
            return self._top(declared)
        if self.mode == "bottoms-up":
            return []
        return [code for code in declared if self._reaches(code)]

    def _two_without(self, left: list[str], found: list[str]) -> bool:
        # Two remain and neither wins: decided here, so that the last round still shows both.
        enough = all(self.votes[code] >= self.minimum for code in left)
        return self.seats == 1 and not found and len(left) == len("ab") and enough

    def _reaches(self, code: str) -> bool:
        return self.votes[code] >= self.threshold

    def _top(self, codes: list[str]) -> list[str]:
        most = max(self.votes[code] for code in codes)
        return [code for code in codes if self.votes[code] == most]

    def _strongest(self, left: list[str]) -> str:
        return self.ties.choose(self._top([c for c in left if c not in self.write_ins]), ELECT)

    def _needs_losers(self) -> bool:
        if not self.may_win():  # There are fewer options than seats.
            return False
        if len(self.elected) < self.seats or self.mode == "bottoms-up-percent":
            return True
        return self.said["until_two"] and len(self.receiving()) > len("ab")

    def _losers(self) -> _Decided:
        left, votes = self.receiving(), self.votes
        if written := [code for code in left if code in self.write_ins and votes[code]]:
            return _Decided([], written, f"{self._held(written)} and may not win")
        if below := [code for code in left if votes[code] < self.minimum]:
            if not set(left) - set(below) - self.write_ins:
                message = f"all are below the minimum of {self.counted(self.minimum)}"
                raise CountRefused(message)
            least = self.counted(self.minimum)
            return _Decided([], below, f"{self._held(below)}, each below the least of {least}")
        if batch := self._batch(left):
            said = f"{self._held(batch)} and cannot catch up with the next even together"
            return _Decided([], batch, said)
        can = self.continuing()
        fewest = min(votes[code] for code in can)
        last = self.ties.choose([code for code in can if votes[code] == fewest], EXCLUDE)
        return _Decided([], [last], self.why_out(last))

    def _held(self, codes: list[str]) -> str:
        votes = self.counted(sum(self.votes[code] for code in codes))
        return f"{self.names(codes)} have {votes}"

    def _batch(self, left: list[str]) -> list[str]:
        if not self.said["batch"]:
            return []
        batches, seen, total = [list[str]()], list[str](), 0 * self.scale.one
        for level in sorted({self.votes[code] for code in left}):
            if seen and total < level:
                batches.append(list(seen))
            equal = [code for code in left if self.votes[code] == level]
            seen += equal
            total += level * len(equal)
        if self.said["until_two"] and len(left) - len(batches[-1]) == 1:
            batches.pop()  # Two must remain.
        return batches[-1] if batches and len(batches[-1]) > 1 else []

    def _goes_on(self, decided: _Decided) -> bool:
        stop = limit(self.said["stop_after"])
        if stop is not None and len(self.stages) >= stop:
            return False
        if self.said["until_two"]:
            return bool(decided.losers) or len(self.receiving()) > len("ab")
        if self.mode == "bottoms-up-percent":
            return bool(decided.losers)
        # Another round shows where the last surpluses go.
        shown = self.seats > 1 and decided.winners and self.mode not in FROM_THE_BOTTOM
        return bool(decided.losers or shown or (len(self.elected) < self.seats and self.may_win()))

    def _perform(self, decided: _Decided) -> Act:
        if decided.losers:
            return self._exclusion(decided)
        if self.seats == 1 or self.mode in FROM_THE_BOTTOM:
            return Act("none", said="Nothing moves; the count goes on until two remain")
        said = [self._surplus(code) for code in decided.winners]
        return Act("surplus", tuple(decided.winners), "; ".join(said))

    def _exclusion(self, decided: _Decided) -> Act:
        for code in decided.losers:
            self.move(code, 0, lambda value: value)
        said = f"{decided.why}; papers move at their value"
        return Act("exclusion", tuple(decided.losers), said)

    def _surplus(self, code: str) -> str:
        votes, scale = self.votes[code], self.scale
        extra = votes - self.threshold
        if extra <= 0:
            return f"{self.name[code]} has no surplus"
        factor = scale.share(scale.one, extra, votes)
        self.move(code, self.threshold, lambda value: scale.share(value, factor, scale.one))
        said = [scale.spoken(amount) for amount in (votes, extra, self.threshold, factor)]
        return (
            f"{self.name[code]} has {said[0]} votes, {said[1]} above the threshold {said[2]};"
            f" papers move at {said[3]} of their value"
        )
