"""What a proposed set of rules would change; everything can be checked by hand."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from townsquare.services.library.rules.policy import Policy, Rule, choose

MOST_EXAMPLES = 3
Said = int | bool | str | date | None


@dataclass(frozen=True)
class Case:
    """Loans, or copies, that the rules see alike: how many, and some of their barcodes."""

    kind: str
    item_type: str
    material: str
    branch: str
    number: int
    examples: tuple[str, ...]

    @property
    def facts(self) -> dict[str, str]:
        """Return what the conditions of a rule look at."""
        return {
            "class": self.kind,
            "item_type": self.item_type,
            "material": self.material,
            "branch": self.branch,
        }


@dataclass(frozen=True)
class Change:
    """One field of a policy, before and after."""

    field: str
    old: Said
    new: Said


@dataclass(frozen=True)
class Shift:
    """What would change for one class of readers and one type of copy."""

    kind: str
    item_type: str
    old_line: int
    new_line: int
    changes: tuple[Change, ...]
    number: int
    examples: tuple[str, ...]


def changes_of(old: Policy, new: Policy) -> tuple[Change, ...]:
    """Return each field in which two policies differ, in the order of the fields."""
    after = vars(new)
    return tuple(
        Change(name, _said(before), _said(after[name]))
        for name, before in vars(old).items()
        if before != after[name]
    )


def _said(value: Said | Mapping[str, str]) -> Said:
    """Return a value as one word; of tariffs their codes."""
    return ", ".join(sorted(set(value.values()))) if isinstance(value, Mapping) else value


def shifts(cases: Iterable[tuple[Case, Rule]], proposed: Sequence[Rule]) -> list[Shift]:
    """Return what changes for these cases, each with its present rule; what stays is left out.

    Cases of one class and item type that change alike are counted together.
    """
    found: dict[tuple[object, ...], Shift] = {}
    for case, old in cases:
        new = choose(proposed, case.facts).rule
        changes = changes_of(old.policy, new.policy)
        if not changes and new.priority == old.priority:
            continue
        same = (case.kind, case.item_type, old.priority, new.priority, changes)
        told = found.get(same, Shift(*same, number=0, examples=()))
        examples = tuple(sorted({*told.examples, *case.examples}))[:MOST_EXAMPLES]
        found[same] = Shift(*same, told.number + case.number, examples)
    return sorted(found.values(), key=lambda each: (each.kind, each.item_type, -each.number))
