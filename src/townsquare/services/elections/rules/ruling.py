"""The rules by which a question is counted: those of its code, with the limits of its ballot."""

import json
from typing import Any, Protocol

from townsquare.services.elections.rules.counting.presets import PRESETS
from townsquare.services.elections.rules.counting.rulesets import Content, RuleSet, rule_set
from townsquare.services.elections.rules.ways import CHOOSE, GRID, SCORE


class Asked(Protocol):
    """What a question says of its marking and counting."""

    @property
    def kind(self) -> str:
        """How people mark it."""

    @property
    def rule(self) -> str:
        """The code of the rule that counts it."""

    @property
    def least(self) -> int:
        """The least number of options to mark."""

    @property
    def most(self) -> int:
        """The greatest number of options to mark, or to rank."""

    @property
    def greatest(self) -> int:
        """The most points, or the best grade, an option may get."""


def rules_of(asked: Asked) -> RuleSet:
    """Return the whole rule set of a question; two with other limits have other hashes."""
    known = PRESETS[asked.rule]
    return rule_set(known.code, known.version, known.content, _limits(asked, known.content))


def frozen_rules(asked: Asked) -> dict[str, Any]:
    """Return the rules of a question as a set-up freezes them: every one of them, and the hash."""
    rules = rules_of(asked)
    return {**json.loads(rules.json), "hash": rules.hash}


def _limits(asked: Asked, content: Content) -> dict[str, object]:
    if asked.kind == CHOOSE:
        return {"min_marks": asked.least, "max_marks": asked.most}
    if asked.kind == SCORE:
        return {"max_score": asked.greatest}
    if asked.kind == GRID:
        return {"best": asked.greatest}
    return {"max_ranks": asked.most} if "max_ranks" in content else {}
