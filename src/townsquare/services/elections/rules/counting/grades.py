"""Majority judgement: the option with the best median grade."""

from dataclasses import replace

from townsquare.services.elections.rules.counting.amounts import Scale
from townsquare.services.elections.rules.counting.running import Case
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
from townsquare.services.elections.rules.counting.ties import ELECT, TieBreaker

USUAL = {
    "method": "grades",
    "best": 5,  # Grades are 0 (reject, also what nobody has marked) to this.
    "ties": ("lot",),
    "seed": 0,
}
Counts = dict[str, list[int]]


def grades(case: Case) -> CountTable:
    """Return the table: the votes of its lines are medians, its facts how often which grade."""
    counts, found = _counted(case)
    medians = {code: _median(given) for code, given in counts.items()}
    found.votes.update(medians)
    ties = case.breaker()
    ties.history.append(found.votes)
    able, won = electable(case, list(counts)), list[str]()
    while able and len(won) < case.contest.seats:
        won.append(_best({code: list(counts[code]) for code in able}, ties))
        able.remove(won[-1])
    said = "The best median grade wins; among equals, median grades are taken off until they differ"
    stage = stage_of(case, found, scale=Scale(), won=won, said=said)
    facts = [{"option": code, "from_worst": given} for code, given in counts.items()]
    return table_of(case, replace(stage, ties=ties.taken()), {"grades": facts})


def _counted(case: Case) -> tuple[Counts, Totals]:
    best: int = case.rules.content["best"]
    counts = {code: [0] * (best + 1) for code in candidates(case)}
    found = Totals(dict.fromkeys(counts, 0))
    for ballot, weight in case.papers:
        given = dict(ballot.scores)
        if not all(0 <= grade <= best for grade in given.values()):
            found.aside[INVALID] += weight
        elif not ballot.marked:
            found.aside[BLANK] += weight
        else:
            for code, levels in counts.items():
                levels[given.get(code, 0)] += weight
    return counts, found


def _median(levels: list[int]) -> int:
    """Return the grade of number floor(n/2) + 1 from the best; 0 if there is none."""
    place, seen = sum(levels) // 2 + 1, 0
    for grade in range(len(levels) - 1, -1, -1):
        seen += levels[grade]
        if seen >= place:
            return grade
    return 0


def _best(left: Counts, ties: TieBreaker) -> str:
    while True:
        medians = {code: _median(levels) for code, levels in left.items()}
        most = max(medians.values())
        left = {code: levels for code, levels in left.items() if medians[code] == most}
        if len(left) == 1 or not any(map(sum, left.values())):
            return ties.choose(list(left), ELECT)
        for levels in left.values():
            levels[most] -= 1
