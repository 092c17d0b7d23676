"""Where votes of an encrypted election are counted apart: units of the roll, and their groups."""

from collections.abc import Iterable, Mapping
from re import sub

ALL = "all"  # The style and the unit of a roll that tells none.
FEW = 10  # Voters; a smaller unit is counted with its neighbour (annex A7).
LONGEST = 40


def unit_of(precinct: str) -> str:
    """Return the unit of a precinct as the protocol writes it; that of no precinct is `all`."""
    plain = sub("[^a-z0-9]+", "-", precinct.casefold()).strip("-")
    return plain[:LONGEST] or ALL


def groups_of(units: Iterable[str]) -> list[tuple[str, list[str]]]:
    """Return the groups of a roll that tells the unit of each voter, each with its units.

    In the order of their names, units are put together until each group has ten voters; what is
    left over goes to the last one. A group is called as its first unit.
    """
    sizes: dict[str, int] = {}
    for unit in units:
        sizes[unit] = sizes.get(unit, 0) + 1
    found: list[list[str]] = [[]]
    for unit in sorted(sizes):
        if _voters(found[-1], sizes) >= FEW:
            found.append([])
        found[-1].append(unit)
    if len(found) > 1 and _voters(found[-1], sizes) < FEW:
        left = found.pop()
        found[-1] += left
    return [(members[0], members) for members in found if members]


def _voters(members: Iterable[str], sizes: Mapping[str, int]) -> int:
    return sum(sizes[unit] for unit in members)
