"""What each kind of rule promises, on any papers."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from townsquare.services.elections.rules.counting.ballots import Contest, Option, ranked
from townsquare.services.elections.rules.counting.counting import count
from townsquare.services.elections.rules.counting.presets import PRESETS

CODES = "abcde"
MAJORITY = [
    *("scottish-2011", "wig-exact", "meek", "warren", "irv", "multi-winner", "sequential"),
    *("plurality", "schulze", "condorcet"),
]
PROPORTIONAL = ["scottish-2011", "wig-exact", "meek", "warren"]
SCALING = ["wig-exact", "irv", "plurality", "borda", "schulze", "condorcet", "dhondt"]
orders = st.lists(st.sampled_from(CODES), unique=True, min_size=1).map(lambda few: ranked(*few))
full = st.permutations(CODES).map(lambda all_: ranked(*all_))


def papers_of(order, most=8):
    return st.lists(st.tuples(order, st.integers(1, 9)), min_size=1, max_size=most)


def elected(code, papers, seats=1):
    contest = Contest("chair", tuple(Option(one) for one in CODES), seats)
    return count(PRESETS[code], contest, papers, tie_order="dbeac").elected


def preferring(papers, one, other):
    """Return the weight of papers that rank one above the other."""
    weight = 0
    for paper, many in papers:
        codes = [rank[0] for rank in paper.ranks]
        if one in codes and (other not in codes or codes.index(one) < codes.index(other)):
            weight += many
    return weight


def beats_all(papers, one, *, loses=False):
    def won(other):
        over, under = preferring(papers, one, other), preferring(papers, other, one)
        return over < under if loses else over > under

    return all(won(other) for other in CODES if other != one)


@pytest.mark.parametrize("code", MAJORITY)
@settings(max_examples=25, deadline=None)
@given(papers=papers_of(orders))
def test_the_first_choice_of_more_than_half_wins(code, papers):
    all_papers = sum(weight for _paper, weight in papers)
    more = [*papers, (ranked("a", "b"), all_papers + 1)]
    assert elected(code, more) == ("a",)


@pytest.mark.parametrize("code", PROPORTIONAL)
@settings(max_examples=25, deadline=None)
@given(papers=papers_of(full), few=st.permutations("abc"), seats=st.integers(2, 4))
def test_a_group_with_two_quotas_has_two_of_its_options(code, papers, few, seats):
    others = sum(weight for _paper, weight in papers)
    # So many that they are more than 2/(seats + 1) of all papers, whatever the others say.
    group = 2 * others + 3 * (seats + 1)
    more = [*papers, (ranked(*few), group)]
    assert len(set(elected(code, more, seats)) & set("abc")) >= 2


@settings(max_examples=100, deadline=None)
@given(papers=papers_of(orders))
def test_schulze_elects_who_beats_everybody_and_never_who_loses_to_everybody(papers):
    [winner] = elected("schulze", papers)
    best = tuple(one for one in CODES if beats_all(papers, one))
    assert elected("condorcet", papers) == best
    assert best in ((), (winner,))
    assert not beats_all(papers, winner, loses=True)


@settings(max_examples=100, deadline=None)
@given(papers=papers_of(full))
def test_a_run_off_never_elects_who_loses_to_everybody(papers):
    [winner] = elected("irv", papers)
    assert not beats_all(papers, winner, loses=True)


@pytest.mark.parametrize("code", SCALING)
@settings(max_examples=25, deadline=None)
@given(papers=papers_of(orders), seats=st.integers(1, 3))
def test_twice_the_papers_elect_the_same(code, papers, seats):
    seats = seats if code != "irv" else 1
    twice = [(paper, 2 * weight) for paper, weight in papers]
    assert elected(code, twice, seats) == elected(code, papers, seats)


@settings(max_examples=50, deadline=None)
@given(papers=papers_of(orders))
def test_one_seat_is_filled_alike_by_every_way_of_a_run_off(papers):
    ways = {elected(code, papers) for code in ("irv", "sequential", "multi-winner")}
    assert len(ways) == 1
