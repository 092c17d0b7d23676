"""Single transferable votes, one transfer a stage: surpluses first, weighted inclusively."""

from fractions import Fraction

from townsquare.services.elections.rules.counting.amounts import Amount, Scale
from townsquare.services.elections.rules.counting.rulesets import READING, limit
from townsquare.services.elections.rules.counting.running import (
    EXCLUDED,
    Act,
    Case,
    Running,
)
from townsquare.services.elections.rules.counting.table import CountTable
from townsquare.services.elections.rules.counting.ties import EXCLUDE, TRANSFER

USUAL = {
    **READING,
    "method": "transfers",
    "places": 5,  # `unlimited`: fractions.
    "quota": "droop",  # floor(N/(s+1)) + 1, to be reached; or `exact`: N/(s+1), to be exceeded.
    "ties": ("backward", "lot"),
}


def transfers(case: Case) -> CountTable:
    """Return the count by transfers of one option at a time."""
    count = _Transfers(case, Scale(limit(case.rules.content["places"])))
    count.run(exact=case.rules.content["quota"] == "exact")
    return count.table()


class _Transfers(Running):
    quota: Amount = 0
    exact = False

    def run(self, *, exact: bool) -> None:
        """Count until all seats are filled, or as many options remain."""
        self.exact, parts = exact, self.case.contest.seats + 1
        one, votes = self.scale.one, self.active()
        self.quota = Fraction(votes, parts) if exact else (votes // (one * parts) + 1) * one
        said = f"Papers lie with their first preferences; the quota is {self.spoken(self.quota)}"
        act = Act("first", said=said)
        while True:
            self.look()
            result = self._elect()
            kind, code = ("", "") if self._full() else self._next()
            self.close(act, self.quota, result)
            if not code:
                return
            said = self._surplus(code) if kind == "surplus" else self._exclusion(code)
            act = Act(kind, (code,), said)

    def _full(self) -> bool:
        return len(self.elected) >= self.case.contest.seats or not self.may_win()

    def _elect(self) -> str:
        reached = [code for code in self.may_win() if self._reaches(self.votes[code])]
        said = self.take(self.ties.ordered(self.votes, reached), "elected")
        left, empty = self.may_win(), self.case.contest.seats - len(self.elected)
        if empty and left and len(left) <= empty:
            order = self.ties.ordered(self.votes, left)
            said += self.take(order, "elected, as no more remain than seats")
        return said

    def _reaches(self, votes: Amount) -> bool:
        return votes > self.quota if self.exact else votes >= self.quota

    def _next(self) -> tuple[str, str]:
        if written := sorted(self.write_ins.intersection(self.continuing())):
            self.decide(EXCLUDED, written[0])
            return "exclusion", written[0]
        over = [code for code in self.elected if self.votes[code] > self.quota]
        if over:
            most = max(self.votes[code] for code in over)
            tied = [code for code in over if self.votes[code] == most]
            return "surplus", self.ties.choose(tied, TRANSFER)
        left = self.continuing()
        fewest = min(self.votes[code] for code in left)
        last = self.ties.choose([code for code in left if self.votes[code] == fewest], EXCLUDE)
        self.decide(EXCLUDED, last)
        return "exclusion", last

    def _surplus(self, code: str) -> str:
        votes, surplus, scale = self.votes[code], self.votes[code] - self.quota, self.scale
        self.move(code, self.quota, lambda value: scale.share(value, surplus, votes))
        said = [scale.spoken(amount) for amount in (votes, surplus, self.quota)]
        factor = scale.spoken(scale.share(scale.one, surplus, votes))
        return (
            f"{self.name[code]} has {said[0]} votes, {said[1]} above the quota {said[2]};"
            f" papers move at {factor} of their value"
        )

    def _exclusion(self, code: str) -> str:
        said = self.why_out(code)
        self.move(code, 0, lambda value: value)
        return f"{said}; papers move at their value"
