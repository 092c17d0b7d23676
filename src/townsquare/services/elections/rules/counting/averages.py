"""Seats for lists by highest averages."""

from dataclasses import replace
from fractions import Fraction

from townsquare.services.elections.rules.counting.amounts import Scale
from townsquare.services.elections.rules.counting.refusals import CountRefused
from townsquare.services.elections.rules.counting.running import Case
from townsquare.services.elections.rules.counting.shares import reaches
from townsquare.services.elections.rules.counting.single import (
    BLANK,
    INVALID,
    Totals,
    candidates,
    electable,
    stage_of,
    table_of,
)
from townsquare.services.elections.rules.counting.table import CountTable
from townsquare.services.elections.rules.counting.ties import ELECT

USUAL = {
    "method": "averages",
    "divisors": "all",  # 1, 2, 3…, or `odd`: 1, 3, 5…
    "least": (0, 1),  # The share of all valid votes that a list must reach.
    "ties": ("lot",),
    "seed": 0,
}


def averages(case: Case) -> CountTable:
    """Return the table: `elected` holds a list once for each of its seats, in their order.

    CountRefused: no list reaches the least share.
    """
    found = _votes(case)
    votes, valid = found.votes, sum(found.votes.values())
    least = case.rules.content["least"]
    able = electable(case, list(votes))
    able = [code for code in able if reaches(votes[code], valid, least)]
    if not able:
        message = "no list reaches the least share"
        raise CountRefused(message)
    ties = case.breaker()
    ties.history.append(votes)
    step = 2 if case.rules.content["divisors"] == "odd" else 1
    seats = dict.fromkeys(able, 0)
    order: list[str] = []
    for _seat in range(case.contest.seats):
        average = {code: Fraction(votes[code], 1 + step * seats[code]) for code in able}
        most = max(average.values())
        order.append(ties.choose([code for code in able if average[code] == most], ELECT))
        seats[order[-1]] += 1
    said = "Each seat goes to the highest average of votes and seats so far"
    won = list(dict.fromkeys(order))
    stage = stage_of(case, found, scale=Scale(), won=won, said=said)
    facts = [{"option": code, "seats": seats.get(code, 0)} for code in votes]
    table = table_of(case, replace(stage, ties=ties.taken()), {"seats": facts})
    return replace(table, elected=tuple(order))


def _votes(case: Case) -> Totals:
    codes = candidates(case)
    found = Totals(dict.fromkeys(codes, 0))
    for ballot, weight in case.papers:
        marks = ballot.ranks[0] if ballot.ranks else ()
        if not ballot.marked:
            found.aside[BLANK] += weight
        elif len(marks) == 1 and marks[0] in codes:
            found.votes[marks[0]] += weight
        else:
            found.aside[INVALID] += weight
    return found
