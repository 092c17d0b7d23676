"""A vote of weight 3 counts as three votes, in every way of marking and by every rule."""

from collections import Counter
from fractions import Fraction
from itertools import combinations, permutations, product
from random import Random
from typing import NamedTuple

import pytest

from townsquare.services.elections.rules.ruling import rules_of
from townsquare.services.elections.rules.tallies import contest_of, tally
from townsquare.services.elections.rules.ways import (
    CHOOSE,
    GRID,
    ONE_SEAT,
    RANK,
    SCORE,
    WAYS,
    usual_most,
)

OPTIONS, GREATEST, SEED = ("1", "2", "3"), {CHOOSE: 0, RANK: 0, SCORE: 3, GRID: 3}, bytes(32)
WORTH = {
    "borda": lambda place, _ranked: 3 - place,
    "borda-from-one": lambda place, _ranked: 4 - place,
    "borda-modified": lambda place, ranked: ranked - place + 1,
}


class Asked(NamedTuple):
    kind: str
    rule: str
    least: int
    most: int
    greatest: int


def papers_of(kind, most):
    """Return every way in which a question of three options can be marked."""
    if kind == CHOOSE:
        sizes = range(most + 1)
        return [list(marks) for size in sizes for marks in combinations(OPTIONS, size)]
    if kind == RANK:
        return [list(ranks) for size in range(4) for ranks in permutations(OPTIONS, size)]
    points = [None, *range(GREATEST[kind] + 1)]
    return [
        {code: given for code, given in zip(OPTIONS, each, strict=True) if given is not None}
        for each in product(points, repeat=len(OPTIONS))
    ]


def case_of(rule):
    seats = 1 if rule in ONE_SEAT else 2
    kind = WAYS[rule]
    most = usual_most(rule, len(OPTIONS), seats)
    asked = Asked(kind, rule, 0 if kind == CHOOSE else 1, most, GREATEST[kind])
    return seats, asked


def counted(rule, papers):
    seats, asked = case_of(rule)
    contest = contest_of("q", [(code, f"Option {code}") for code in OPTIONS], seats)
    return tally(contest, papers, kind=asked.kind, rules=rules_of(asked), seed=SEED)


@pytest.mark.parametrize("rule", WAYS)
def test_a_weight_is_as_many_papers(rule):
    chance = Random(rule)  # noqa: S311 (a play)
    _seats, asked = case_of(rule)
    ways = papers_of(asked.kind, asked.most)
    everything = [(paper, chance.randint(1, 9)) for paper in ways]
    some = [
        [(chance.choice(ways), chance.randint(1, 9)) for _each in range(6)] for _play in range(8)
    ]
    for papers in [everything, *some]:
        one_by_one = [(paper, 1) for paper, weight in papers for _each in range(weight)]
        chance.shuffle(one_by_one)
        found, told = counted(rule, papers), counted(rule, one_by_one)
        assert found.table_json == told.table_json
        assert (found.papers, found.blank) == (told.papers, told.blank)
        assert found.papers == sum(weight for _paper, weight in papers)


@pytest.mark.parametrize("rule", [rule for rule in WAYS if WAYS[rule] != GRID])
def test_sums_of_weights_are_those_of_the_plainest_arithmetic(rule):
    chance = Random(rule)  # noqa: S311 (a play)
    _seats, asked = case_of(rule)
    papers = [(paper, chance.randint(1, 99)) for paper in papers_of(asked.kind, asked.most)]
    votes = Counter(dict.fromkeys(OPTIONS, 0))
    for paper, weight in papers:
        if isinstance(paper, dict):
            votes.update({code: weight * points for code, points in paper.items()})
        elif asked.kind == CHOOSE:
            votes.update(dict.fromkeys(paper, weight))
        elif rule in WORTH:
            for place, code in enumerate(paper, 1):
                votes[code] += weight * Fraction(WORTH[rule](place, len(paper)))
        elif paper:
            votes[paper[0]] += weight
    if rule in PAIRS:
        votes = Counter({code: _beaten(papers, code, PAIRS[rule]) for code in OPTIONS})
    assert counted(rule, papers).votes == votes


def test_a_median_grade_is_that_of_the_weights():
    papers = [({"1": 3}, 2), ({"1": 0}, 1), ({"1": 1, "2": 2}, 2)]
    assert counted("majority-judgement", papers).votes == {"1": 1, "2": 0, "3": 0}
    papers[0] = ({"1": 3}, 4)
    assert counted("majority-judgement", papers).votes == {"1": 3, "2": 0, "3": 0}


def _preferring(papers, one, other):
    """Return the weight that prefers one; who is not ranked is behind everybody who is."""
    return sum(
        weight
        for paper, weight in papers
        if one in paper and (other not in paper or paper.index(one) < paper.index(other))
    )


def _won(papers, one, other):
    ours, theirs = _preferring(papers, one, other), _preferring(papers, other, one)
    return ours if ours > theirs else 0


def _path(papers, one, other):
    """Return the strongest of the two paths there are from one of three options to another."""
    (third,) = {*OPTIONS} - {one, other}
    around = min(_won(papers, one, third), _won(papers, third, other))
    return max(_won(papers, one, other), around)


PAIRS = {"schulze": _path, "condorcet": _won}


def _beaten(papers, code, strength):
    others = [other for other in OPTIONS if other != code]
    return sum(strength(papers, code, one) > strength(papers, one, code) for one in others)
