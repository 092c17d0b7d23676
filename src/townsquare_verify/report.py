"""The report: every check with its outcome, how much it looked at, and where it first failed."""

from dataclasses import dataclass, field
from typing import Any

from tsv1.canonical import write
from tsv1.transcript import h32

CODES = (
    *("C01", "C02", "C03", "C04"),
    *("S01", "S02", "S03", "S04", "S05"),
    *("L01", "L02", "V01"),
    *(f"B{number:02}" for number in range(1, 17)),
    *("X01", "X02", "D01", "D02", "D03", "R01", "R02", "R03"),
    *("Z01", "Z02", "N01", "N02"),
)
NOT_EXAMINED = "not examined"
IMPLEMENTATION, VERSION = "townsquare-verify", "0.1.0"


@dataclass
class Outcome:
    """What one check has seen so far."""

    ok: bool = True
    count: int = 0
    first_failure: str = ""


@dataclass
class Notes:
    """What all checks have seen so far."""

    outcomes: dict[str, Outcome] = field(
        default_factory=lambda: {code: Outcome() for code in CODES}
    )

    def note(self, code: str, ok: bool, *where: str) -> bool:  # noqa: FBT001 (the outcome itself)
        """Write down that a check has looked at one more thing; return the outcome."""
        outcome = self.outcomes[code]
        outcome.count += 1
        if not ok and outcome.ok:
            outcome.ok, outcome.first_failure = False, ", ".join(where)
        return ok

    def are_good(self) -> bool:
        """Tell whether no check has failed so far."""
        return all(outcome.ok for outcome in self.outcomes.values())

    def leave_out(self, *codes: str) -> None:
        """Say that what failed before left nothing for these checks to look at."""
        for code in codes:
            self.outcomes[code] = Outcome(ok=False, first_failure=NOT_EXAMINED)

    def told(self) -> list[dict[str, Any]]:
        """Return the checks as the report holds them."""
        return [{"code": code, **vars(outcome)} for code, outcome in self.outcomes.items()]


@dataclass(frozen=True)
class Subject:
    """Which election was examined, up to which entry."""

    election: str
    setup: bytes
    seq: int
    head: bytes
    result: dict[str, Any]


def report(subject: Subject, notes: Notes) -> dict[str, Any]:
    """Return the report; its hash is the same for every program that found the same."""
    checks = notes.told()
    hashed = h32("verify-report", subject.setup, subject.head, write(checks), write(subject.result))
    return {
        "v": 1,
        "election": subject.election,
        "setup": subject.setup.hex(),
        "head": {"seq": subject.seq, "hash": subject.head.hex()},
        "implementation": IMPLEMENTATION,
        "version": VERSION,
        "checks": checks,
        "result": subject.result,
        "report_hash": hashed.hex(),
    }
