"""Returns of votes that others have counted: by precinct and by town, and what differs."""

import html
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from townsquare.services.elections.readers.tables import named_rows
from townsquare.services.elections.readers.unreadable import whole

TOTAL = "Total"
PARTIES = {"D": "DEM", "R": "REP", "I": "Ind", "L": "Lib", "G": "Grn"}
PRECINCTS = {"office", "district", "candidate", "party", "precinct", "votes", "absentee_votes"}
TOWNS = {"office", "district", "candidate", "party", "county", "votes"}
Race = tuple[str, str, str]  # Office, district and candidate.


@dataclass(frozen=True)
class Returned:
    """Votes of one candidate in one place; those of absent voters are among them."""

    place: str
    office: str
    district: str
    candidate: str
    party: str
    votes: int
    absentee: int = 0

    @property
    def race(self) -> Race:
        """Return what these votes are for."""
        return self.office, self.district, self.candidate


@dataclass(frozen=True)
class Difference:
    """A candidate whose precincts and towns do not give one total; where, and by how much.

    `places` are towns whose precincts give another number than the town itself, and precincts
    that belong to no town: with their votes by precinct and by town.
    """

    race: Race
    by_precinct: int
    by_town: int
    places: tuple[tuple[str, int, int], ...]

    @property
    def votes(self) -> int:
        """Return how many votes the towns lack; negative if they have more."""
        return self.by_precinct - self.by_town


def precinct_returns(text: str) -> list[Returned]:
    """Return the lines of a file by precinct. Unreadable: a column is missing, or a number."""
    return _returned(text, PRECINCTS, "precinct")


def town_returns(text: str) -> list[Returned]:
    """Return the lines of a file by town, which has them in `county`; its totals are left out.

    Unreadable: a column is missing, or a number.
    """
    return [one for one in _returned(text, TOWNS, "county") if one.candidate != TOTAL]


def differences(precincts: Iterable[Returned], towns: Iterable[Returned]) -> list[Difference]:
    """Return the candidates whose totals differ, of contests that both files hold.

    They are joined by name: one whom the files spell in two ways is listed twice.
    """
    told, there = _placed(towns), set[str]()
    for places in told.values():
        there.update(places)
    seen = _placed(precincts, sorted(there, key=len, reverse=True))
    both = {race[:2] for race in told} & {race[:2] for race in seen}
    found = []
    for race in dict.fromkeys((*seen, *told)):
        sums = sum(seen[race].values()), sum(told[race].values())
        if race[:2] in both and sums[0] != sums[1]:
            found.append(Difference(race, *sums, _apart(seen[race], told[race])))
    return found


def _apart(seen: Mapping[str, int], told: Mapping[str, int]) -> tuple[tuple[str, int, int], ...]:
    places = sorted(seen.keys() | told.keys())
    both = [(place, seen.get(place, 0), told.get(place, 0)) for place in places]
    return tuple(one for one in both if one[1] != one[2])


def _placed(returned: Iterable[Returned], towns: Iterable[str] = ()) -> dict[Race, dict[str, int]]:
    found: dict[Race, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    names = list(towns)
    for one in returned:
        # A precinct is called after its town; one that is not stands for itself.
        town = next((name for name in names if one.place.startswith(f"{name} ")), one.place)
        found[one.race][town] += one.votes
    return found


def _returned(text: str, columns: set[str], place: str) -> list[Returned]:
    return [
        Returned(
            line[place],
            line["office"],
            line["district"],
            html.unescape(line["candidate"]),
            PARTIES.get(line["party"], line["party"]),
            whole(line["votes"], number),
            whole(line.get("absentee_votes") or "0", number),
        )
        for number, line in named_rows(text, columns)
    ]
