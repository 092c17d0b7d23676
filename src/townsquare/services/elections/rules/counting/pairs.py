"""Pairwise counts: the Condorcet winner, and Schulze's strongest paths."""

from dataclasses import replace
from typing import Any

from townsquare.services.elections.rules.counting.amounts import Scale
from townsquare.services.elections.rules.counting.ballots import Ballot
from townsquare.services.elections.rules.counting.refusals import CountRefused
from townsquare.services.elections.rules.counting.running import Case
from townsquare.services.elections.rules.counting.shares import exceeds
from townsquare.services.elections.rules.counting.single import (
    BLANK,
    Totals,
    candidates,
    electable,
    seated,
    stage_of,
    table_of,
)
from townsquare.services.elections.rules.counting.table import CountTable

USUAL = {
    "method": "pairs",
    "order": "schulze",  # Or `condorcet`: one who beats everybody, or nobody.
    "strength": "winning-votes",  # Or `margins`.
    "default_option": "",  # Options that do not beat this one by the majority are dropped first.
    "majority": (1, 1),
    "quorum": 0,
    "ties": ("lot",),
    "seed": 0,
}
Matrix = dict[str, dict[str, int]]


def pairs(case: Case) -> CountTable:
    """Return the table: the votes of its lines are beaten rivals, its facts all pairs.

    CountRefused: the default option is not one of the contest.
    """
    codes = candidates(case)
    prefers, found = _preferred(case, codes)
    kept = _kept(case, codes, prefers)
    condorcet = case.rules.content["order"] == "condorcet"
    beats = prefers if condorcet else _paths(case, kept, prefers)
    found.votes.update({x: sum(beats[x][y] > beats[y][x] for y in kept if y != x) for x in kept})
    ties = case.breaker()
    ties.history.append(found.votes)
    able = electable(case, kept)
    if condorcet:
        won = [x for x in able if found.votes[x] == len(kept) - 1]
        said = "Who beats every other one in a pair wins"
    else:
        won = seated(case, _levels(able, beats), ties)
        said = "Who is beaten on no strongest path wins"
    stage = stage_of(case, found, scale=Scale(), won=won, said=said)
    facts = {
        "pairs": _listed(prefers),
        "paths": [] if condorcet else _listed(beats),
        "levels": [] if condorcet else _levels(able, beats),
        "dropped": [code for code in codes if code not in kept],
    }
    return table_of(case, replace(stage, ties=ties.taken()), facts)


def _preferred(case: Case, codes: list[str]) -> tuple[Matrix, Totals]:
    prefers = {x: dict.fromkeys((y for y in codes if y != x), 0) for x in codes}
    found = Totals(dict.fromkeys(codes, 0))
    for ballot, weight in case.papers:
        if not any(ballot.ranks):
            found.aside[BLANK] += weight
            continue
        places = _places(ballot, codes)
        for x in codes:
            row, place = prefers[x], places[x]
            for y in row:
                if place < places[y]:
                    row[y] += weight
    return prefers, found


def _places(ballot: Ballot, codes: list[str]) -> dict[str, int]:
    places: dict[str, int] = {}
    for place, rank in enumerate(ballot.ranks):
        for code in rank:
            places.setdefault(code, place)
    last = len(ballot.ranks)
    return {code: places.get(code, last) for code in codes}


def _kept(case: Case, codes: list[str], prefers: Matrix) -> list[str]:
    said = case.rules.content
    default: str = said["default_option"]
    if not default:
        return codes
    if default not in codes:
        message = f"the default option is not one of the contest: {default}"
        raise CountRefused(message)
    share, quorum = said["majority"], said["quorum"]
    return [
        x
        for x in codes
        if x == default
        or (
            exceeds(prefers[x][default], prefers[default][x], share)
            and prefers[x][default] >= quorum
        )
    ]


def _paths(case: Case, kept: list[str], prefers: Matrix) -> Matrix:
    margins = case.rules.content["strength"] == "margins"

    def strength(x: str, y: str) -> int:
        over, under = prefers[x][y], prefers[y][x]
        return max(0, over - under) if margins else over if over > under else 0

    paths = {x: {y: strength(x, y) for y in kept if y != x} for x in kept}
    for k in kept:
        for i in kept:
            if i == k:
                continue
            row, over = paths[i], paths[i][k]
            for j in row:
                if j != k:
                    row[j] = max(row[j], min(over, paths[k][j]))
    return paths


def _levels(codes: list[str], beats: Matrix) -> list[list[str]]:
    left, levels = list(codes), list[list[str]]()
    while left:
        unbeaten = [x for x in left if not any(beats[y][x] > beats[x][y] for y in left if y != x)]
        levels.append(unbeaten)
        left = [code for code in left if code not in unbeaten]
    return levels


def _listed(matrix: Matrix) -> list[dict[str, Any]]:
    return [
        {"over": x, "under": y, "votes": votes}
        for x, row in matrix.items()
        for y, votes in row.items()
    ]
