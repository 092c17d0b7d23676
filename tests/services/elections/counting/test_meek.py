"""Meek's and Warren's counts, by hand and on real wards."""

from decimal import Decimal

import pytest

from tests.kit.elections import WARDS, listed, ward_of
from townsquare.services.elections.rules.counting.ballots import Contest, Option, ranked
from townsquare.services.elections.rules.counting.counting import count
from townsquare.services.elections.rules.counting.presets import PRESETS

MEEK, WARREN = PRESETS["meek"], PRESETS["warren"]


def counted(ward, rules=MEEK):
    contest, papers = ward_of(ward)
    return count(rules, contest, papers, tie_order=listed(contest))


def contest_of(codes, seats):
    return Contest("works", tuple(Option(code) for code in codes), seats)


def test_a_ward_is_counted_as_worked_out():
    first, second = counted("inverclyde_2017_ward1").stages
    assert (first.threshold, first.elected) == ("1105.000000001", ("5", "2"))
    assert (second.threshold, second.elected) == ("1037.834674881", ("3",))
    assert [second.votes[code] for code in "235"] == [
        *("1120.949138840", "1143.861239596", "1107.470514020"),
    ]
    assert second.reason == (
        "David Wilson and Christopher Curley keep no more than the quota needs; the quota is"
        " 1,037.834674881 after 2 iterations; elected: Stephen Mccabe"
    )


@pytest.mark.parametrize("rules", [MEEK, WARREN], ids=["meek", "warren"])
def test_every_vote_is_somewhere_in_every_round(rules):
    for ward in WARDS[:6]:
        for stage in (table := counted(ward, rules)).stages:
            amounts = [*stage.votes.values(), *(votes for _why, votes in stage.exhausted)]
            assert sum(map(Decimal, amounts)) == table.ballots


def test_a_value_is_capped_where_a_share_is_taken():
    # a and b have both quotas; a paper that passes both keeps a share of its rest for b,
    # or as much as b's value, whatever a has left of it.
    papers = [(ranked("a", "b", "c"), 60), (ranked("b", "a", "c"), 30), (ranked("c", "d"), 14)]
    papers += [(ranked("d", "c"), 13)]
    contest = contest_of("abcd", 3)
    by_share = count(MEEK, contest, papers, tie_order="abcd")
    by_value = count(WARREN, contest, papers, tie_order="abcd")
    assert by_share.elected[:2] == by_value.elected[:2] == ("a", "b")
    assert by_share.stages[-1].votes != by_value.stages[-1].votes


def test_those_whom_the_surplus_could_lift_tie_with_the_lowest():
    papers = [(ranked("a"), 5), (ranked("b"), 5), (ranked("c"), 1), (ranked("d"), 1)]
    table = count(MEEK, contest_of("abcd", 2), papers, tie_order="abdc")
    ties = [(tie.options, tie.step, tie.chosen) for stage in table.stages for tie in stage.ties]
    assert ties in ([], [(("c", "d"), "lot", "c")])
    assert set(table.elected) == {"a", "b"}
    table = count(MEEK, contest_of("abcd", 1), papers, tie_order="abdc")
    assert [(tie.options, tie.chosen) for tie in table.stages[0].ties] == [(("c", "d"), "c")]
    assert table.stages[1].moved == ("c",)
