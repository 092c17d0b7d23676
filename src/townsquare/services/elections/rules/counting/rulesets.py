"""Rules as unchangeable data: a code, a version, all that they decide, and a hash of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from townsquare.services.elections.rules.counting.reading import Reading
from townsquare.services.elections.rules.counting.refusals import CountRefused
from tsv1.canonical import write
from tsv1.transcript import h32

UNLIMITED = "unlimited"
Content = Mapping[str, Any]
READING = {
    "max_ranks": UNLIMITED,
    "max_skipped": UNLIMITED,
    "overvote": "exhaust",
    "duplicate": "skip",
    "withdrawn": "close",
}
LIMITS = {"max_ranks", "max_skipped", "places", "stop_after", "max_marks"}
WORDS: dict[str, tuple[str, ...]] = {
    "winners": (*("majority", "several", "one", "bottoms-up", "bottoms-up-percent", "sequential"),),
    "points": ("choose", "score", "borda"),
    "borda": ("classic", "from-one", "dowdall", "modified"),
    "unranked": ("zero", "average"),
    "divisors": ("all", "odd"),
    "order": ("schulze", "condorcet"),
    "strength": ("winning-votes", "margins"),
    "threshold": ("active", "first-round"),
    "quota": ("droop", "exact", "decimal"),
    "overvote": ("skip", "exhaust", "exhaust-if-several"),
    "duplicate": ("skip", "exhaust"),
    "withdrawn": ("close", "empty", "pass"),
}
MOST = {"places": 20, "settled": 20, "best": 100}
STEPS = {
    *("backward", "forward", "lot", "candidate-order", "ask"),
    *("java-random", "java-permutation"),
}


@dataclass(frozen=True)
class RuleSet:
    """One version of one set of rules; `content` names everything, also what is usual."""

    code: str
    version: int
    content: Content

    @property
    def json(self) -> bytes:
        """Return code, version and content as canonical JSON."""
        rules = {key: list(v) if isinstance(v, tuple) else v for key, v in self.content.items()}
        return write({"code": self.code, "version": self.version, "rules": rules})

    @property
    def hash(self) -> str:
        """Return the hash that a set-up freezes, in hexadecimal."""
        return h32("rule-set", self.json).hex()

    @property
    def reading(self) -> Reading:
        """Return how it reads ranked papers."""
        said = self.content
        return Reading(
            limit(said["max_ranks"]),
            limit(said["max_skipped"]),
            said["overvote"],
            said["duplicate"],
            said["withdrawn"],
        )


def limit(said: int | str) -> int | None:
    """Return the number of a limit; None for `unlimited`."""
    return None if said == UNLIMITED else int(said)


def rule_set(code: str, version: int, *layers: Content) -> RuleSet:
    """Return the rule set whose content is these layers, the later ones over the earlier.

    The first layer names every key that there is and what is usual.
    CountRefused: a later layer names another key, a value is of another kind, a step is unknown.
    """
    content = dict(layers[0])
    for layer in layers[1:]:
        for key, told in layer.items():
            value = tuple(told) if isinstance(told, list) else told
            _check(content, key, value)
            content[key] = value
    return RuleSet(code, version, MappingProxyType(content))


def _check(content: Content, key: str, value: object) -> None:
    if key not in content:
        message = f"no such rule: {key}"
        raise CountRefused(message)
    limited = key in LIMITS
    fits = (
        value == UNLIMITED or (type(value) is int and value >= 0)
        if limited
        else type(value) is type(content[key])
    )
    if not fits or (type(value) is int and not 0 <= value <= MOST.get(key, value)):
        message = f"no value of {key}: {value}"
        raise CountRefused(message)
    if key in WORDS and value not in WORDS[key]:
        message = f"no value of {key}: {value}"
        raise CountRefused(message)
    if key == "ties" and isinstance(value, tuple) and (odd := set(value) - STEPS):
        message = f"no way to break a tie: {', '.join(sorted(odd))}"
        raise CountRefused(message)
