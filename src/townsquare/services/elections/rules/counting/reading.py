"""For whom a ranked paper counts while only some options continue."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from townsquare.services.elections.rules.counting.ballots import OVERVOTE, Ballot

UNDERVOTE, OVERVOTED, SKIPPED, DUPLICATE, EXHAUSTED = REASONS = (
    "undervote",
    "overvote",
    "skipped",
    "duplicate",
    "exhausted",
)
Ranks = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Reading:
    """How ranks are read; `None` is no limit.

    `overvote`: `skip`, `exhaust` or `exhaust-if-several`. `duplicate`: `skip` or `exhaust`.
    `withdrawn`: their ranks `close` up, stay `empty`, or stay marked and are passed (`pass`).
    """

    max_ranks: int | None = None
    max_skipped: int | None = None
    overvote: str = "exhaust"
    duplicate: str = "skip"
    withdrawn: str = "close"

    def prepared(self, ballot: Ballot, withdrawn: AbstractSet[str]) -> Ranks:
        """Return the ranks that are read: without withdrawn options, up to the last one allowed."""
        ranks = ballot.ranks
        if withdrawn and self.withdrawn != "pass":
            left = [tuple(code for code in rank if code not in withdrawn) for rank in ranks]
            close = self.withdrawn == "close"
            ranks = tuple(
                now for was, now in zip(ranks, left, strict=True) if now or not (was and close)
            )
        return ranks[: self.max_ranks]

    def read(self, ranks: Ranks, continuing: AbstractSet[str]) -> tuple[str, str]:
        """Return the option the paper counts for, or none and the reason why it is set aside."""
        if not any(ranks):
            return "", UNDERVOTE
        empty, seen = 0, set[str]()
        for rank in ranks:
            if not rank:
                empty += 1
                continue
            if self.max_skipped is not None and empty > self.max_skipped:
                return "", SKIPPED
            empty = 0
            if self.duplicate == "exhaust":
                if not seen.isdisjoint(rank):
                    return "", DUPLICATE
                seen.update(set(rank) - {""})
            option, over = self._at(rank, continuing)
            if option or over:
                return option, OVERVOTED if over else ""
        return "", EXHAUSTED

    def _at(self, rank: tuple[str, ...], continuing: AbstractSet[str]) -> tuple[str, bool]:
        if len(rank) == 1:
            return (rank[0] if rank[0] in continuing else ""), False
        if self.overvote != "exhaust-if-several" or rank == OVERVOTE:
            return "", self.overvote != "skip"
        still = [code for code in rank if code in continuing]
        return ("", True) if len(still) > 1 else ("".join(still), False)
