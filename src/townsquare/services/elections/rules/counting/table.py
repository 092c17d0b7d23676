"""The table of a count: every stage with its reason, as bytes that are the same everywhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from townsquare.services.elections.rules.counting.ballots import Contest
from townsquare.services.elections.rules.counting.rulesets import RuleSet
from townsquare.services.elections.rules.counting.ties import Tie
from tsv1.canonical import write
from tsv1.transcript import h32

ENGINE = 1  # Raised with every change that may change a table.


@dataclass(frozen=True)
class Line:
    """One option at one stage: its votes, what has come (or gone: `-`), and what it is now."""

    option: str
    votes: str
    transfer: str
    status: str


@dataclass(frozen=True)
class Stage:
    """One stage: the act that led to it, its votes, and who is elected or excluded because of them.

    Amounts are texts: `1128.06944`, or `661/1767` where rules count in fractions. `exhausted` is
    what has been set aside since the first stage, by reason; `nontransferable` what this stage
    added to it, and `rounding` what its cutting has lost.
    """

    number: int
    act: str
    moved: tuple[str, ...]
    threshold: str
    lines: tuple[Line, ...]
    exhausted: tuple[tuple[str, str], ...]
    nontransferable: str
    rounding: str
    elected: tuple[str, ...]
    excluded: tuple[str, ...]
    ties: tuple[Tie, ...]
    reason: str

    @property
    def votes(self) -> dict[str, str]:
        """Return the votes by code."""
        return {line.option: line.votes for line in self.lines}

    def document(self) -> dict[str, Any]:
        """Return it as the table writes it."""
        return {
            "number": self.number,
            "act": self.act,
            "moved": list(self.moved),
            "threshold": self.threshold,
            "options": [vars(line) for line in self.lines],
            "exhausted": [{"reason": why, "votes": votes} for why, votes in self.exhausted],
            "nontransferable": self.nontransferable,
            "rounding": self.rounding,
            "elected": list(self.elected),
            "excluded": list(self.excluded),
            "ties": [{**vars(tie), "options": list(tie.options)} for tie in self.ties],
            "reason": self.reason,
        }


@dataclass(frozen=True)
class CountTable:
    """What a count has found; `elected` in the order of their election, `facts` beyond stages."""

    rule_set: RuleSet
    contest: Contest
    ballots: int
    stages: tuple[Stage, ...]
    elected: tuple[str, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """Return it as objects, lists, texts and whole numbers."""
        named = {option.code: option for option in self.contest.options}
        return {
            "engine": ENGINE,
            "rules": {
                "code": self.rule_set.code,
                "version": self.rule_set.version,
                "hash": self.rule_set.hash,
            },
            "contest": self.contest.code,
            "seats": self.contest.seats,
            "options": [{"code": code, "name": named[code].name} for code in self.contest.codes()],
            "ballots": self.ballots,
            "stages": [stage.document() for stage in self.stages],
            "elected": list(self.elected),
            "facts": dict(self.facts),
        }

    @cached_property
    def json(self) -> bytes:
        """Return it as canonical JSON."""
        return write(self.document())

    @property
    def hash(self) -> str:
        """Return the hash of these bytes, in hexadecimal."""
        return h32("table", self.json).hex()
