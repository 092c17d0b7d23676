"""Plurality, approval, k of n, scores and the ways of Borda: sums, and those with most."""

from dataclasses import replace
from fractions import Fraction

from townsquare.services.elections.rules.counting.amounts import Amount, Scale
from townsquare.services.elections.rules.counting.ballots import Ballot
from townsquare.services.elections.rules.counting.rulesets import limit
from townsquare.services.elections.rules.counting.running import Case
from townsquare.services.elections.rules.counting.single import (
    BLANK,
    INVALID,
    Totals,
    candidates,
    highest,
    stage_of,
    table_of,
)
from townsquare.services.elections.rules.counting.table import CountTable

USUAL = {
    "method": "totals",
    "points": "choose",
    "min_marks": 1,
    "max_marks": 1,  # Or `unlimited`.
    "max_is_seats": False,  # k of n: as many marks as seats.
    "max_score": 5,
    "borda": "classic",
    "unranked": "zero",
    "ties": ("lot",),
    "seed": 0,
}
Points = dict[str, Amount]


def totals(case: Case) -> CountTable:
    """Return the totals of all options; those with most are elected."""
    codes = candidates(case)
    found = Totals(dict.fromkeys(codes, 0))
    ways = {"choose": _chosen, "score": _scores, "borda": _borda}
    way = ways[case.rules.content["points"]]
    for ballot, weight in case.papers:
        points = way(case, ballot, codes) if ballot.marked else None
        if points is None:
            found.aside[INVALID if ballot.marked else BLANK] += weight
            continue
        for code, more in points.items():
            found.votes[code] += more * weight
    scale = Scale(None)
    ties = case.breaker()
    ties.history.append(found.votes)
    won = highest(case, found.votes, ties)
    said = "Papers are summed up"
    stage = stage_of(case, found, scale=scale, won=won, said=said)
    return table_of(case, replace(stage, ties=ties.taken()))


def _chosen(case: Case, ballot: Ballot, codes: list[str]) -> Points | None:
    said = case.rules.content
    marks = ballot.ranks[0] if ballot.ranks else ()
    most = case.contest.seats if said["max_is_seats"] else limit(said["max_marks"])
    if len(marks) < said["min_marks"] or (most is not None and len(marks) > most):
        return None
    return {code: 1 for code in marks if code in codes}


def _scores(case: Case, ballot: Ballot, codes: list[str]) -> Points | None:
    if not all(0 <= points <= case.rules.content["max_score"] for _code, points in ballot.scores):
        return None
    return {code: points for code, points in ballot.scores if code in codes}


def _borda(case: Case, ballot: Ballot, codes: list[str]) -> Points:
    """Equals share what their places give together; so do unranked ones, if declared."""
    groups, seen = [], set[str]()
    for rank in ballot.ranks:
        group = [code for code in rank if code in codes and code not in seen]
        seen.update(group)
        groups.append(group)
    way, sizes, points = case.rules.content["borda"], (len(codes), len(seen)), dict[str, Amount]()
    rest = [code for code in codes if code not in seen]
    if case.rules.content["unranked"] == "average":
        groups.append(rest)
    place = 1
    for group in groups:
        places = range(place, place + len(group))
        share = sum((_worth(way, at, sizes) for at in places), Fraction(0))
        points.update(dict.fromkeys(group, Fraction(share, max(1, len(group)))))
        place += len(group)
    return points


def _worth(way: str, place: int, sizes: tuple[int, int]) -> Fraction:
    options, ranked = sizes
    worth = {
        "classic": Fraction(options - place),
        "from-one": Fraction(options - place + 1),
        "dowdall": Fraction(1, place),
        "modified": Fraction(max(0, ranked - place + 1)),
    }
    return worth[way]
