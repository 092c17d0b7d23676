"""The Scottish rule of 2011, against every stage that 37 wards published in 2017."""

from decimal import Decimal

import pytest

from tests.kit.elections import WARDS, listed, published_elected, rows_of, ward_of
from townsquare.services.elections.readers.scottish import scottish_ward
from townsquare.services.elections.readers.unreadable import Unreadable
from townsquare.services.elections.rules.counting.ballots import Ballot, Contest, Option, ranked
from townsquare.services.elections.rules.counting.counting import count
from townsquare.services.elections.rules.counting.presets import PRESETS
from townsquare.services.elections.rules.counting.refusals import CountRefused

SCOTTISH, EXACT = PRESETS["scottish-2011"], PRESETS["wig-exact"]
SUMMARIES = {row["ballot_file"]: row for row in rows_of("stv_scotland_2017_published_summary.csv")}
STAGES = rows_of("stv_scotland_2017_published_stages.csv")
# What the published tables say otherwise than the ballots: printed with two decimals only, but
# for Midlothian, where the total is not the sum of its own transfers.
SLIPS = {
    ("clackmannanshire_2017_ward2", 8, "3"): ("1196.32", "1196.31846"),
    ("clackmannanshire_2017_ward4", 7, "4"): ("1000.21", "1000.21069"),
    ("clackmannanshire_2017_ward5", 4, "2"): ("1079.92", "1079.92140"),
    ("midlothian_2017_ward1", 3, "6"): ("832.84154", "832.84152"),
}
POLLS = {"east_dunbartonshire_2017_ward2": (7034, 7035)}  # First preferences add up to the second.
EAST = "inverclyde_2017_ward1"


def counted(ward, rules=SCOTTISH):
    contest, papers = ward_of(ward)
    return count(rules, contest, papers, tie_order=listed(contest))


def differing(ward, table):
    """Return where a published total of this ward is not the one of the table."""
    found = {}
    for row in STAGES:
        if row["ballot_file"] == ward:
            stage, code = int(row["stage"]), row["candidate_number"]
            ours = table.stages[stage - 1].votes[code]
            if Decimal(ours) != Decimal(row["total_votes"]):
                found[ward, stage, code] = (row["total_votes"], ours)
    return found


@pytest.mark.parametrize("ward", WARDS)
def test_a_ward_is_counted_as_it_was(ward):
    said, table = SUMMARIES[ward], counted(ward)
    elected = {(code, stage.number) for stage in table.stages for code in stage.elected}
    assert differing(ward, table) == {slip: both for slip, both in SLIPS.items() if slip[0] == ward}
    assert elected == published_elected(said)
    assert len(table.stages) == int(said["stages"])
    assert {Decimal(stage.threshold) for stage in table.stages} == {Decimal(said["quota"])}
    assert (int(said["valid_poll"]), table.ballots) == POLLS.get(ward, (table.ballots,) * 2)


def test_all_published_totals_are_compared_and_one_that_is_off_is_found():
    assert len(WARDS) == 37
    assert {row["ballot_file"] for row in STAGES} == set(WARDS) == set(SUMMARIES)
    other = counted(EAST, EXACT)
    assert differing(EAST, counted(EAST)) == {}
    with pytest.raises(Exception, match="ConversionSyntax"):
        differing(EAST, other)  # Fractions are no published totals.


@pytest.mark.parametrize("ward", WARDS)
def test_counting_in_fractions_elects_the_same(ward):
    assert set(counted(ward, EXACT).elected) == set(counted(ward).elected)


def test_each_stage_says_why():
    first, second = counted(EAST).stages
    assert second.reason == (
        "David Wilson has 1,767 votes, 661 above the quota 1,106; papers move at 0.37408 of their"
        " value; elected: Stephen Mccabe"
    )
    assert (first.elected, second.moved, second.act) == (("5", "2"), ("5",), "surplus")
    assert [(line.votes, line.transfer) for line in second.lines] == [
        ("427.44928", "71.44928"),
        ("1194.00000", "0.00000"),
        ("1128.06944", "175.06944"),
        ("318.71008", "168.71008"),
        ("1106.00000", "-661.00000"),
    ]
    # 657 papers without another preference at 0.37408, and what cutting 1,767 shares has lost.
    assert (second.nontransferable, second.rounding) == ("245.77056", "0.00064")


def test_no_vote_is_lost_or_made():
    for stage in (table := counted("stirling_2017_ward7")).stages:
        amounts = [line.votes for line in stage.lines] + [votes for _why, votes in stage.exhausted]
        so_far = table.stages[: stage.number]
        lost = sum(Decimal(one.rounding) for one in so_far)
        assert sum(map(Decimal, amounts)) + lost == table.ballots


def contest_of(*codes, seats=1):
    return Contest("chair", tuple(Option(code) for code in codes), seats)


def test_a_tie_looks_backward_before_a_lot_is_drawn():
    papers = [(ranked("x"), 9), (ranked("a"), 5), (ranked("b"), 4), (ranked("d", "b"), 1)]
    table = count(SCOTTISH, contest_of(*"xabd"), papers, tie_order="xbda")
    # In the second stage a and b have 5 each; b had fewer before, though a is last in the lot.
    assert [(tie.options, tie.step, tie.chosen) for tie in table.stages[1].ties] == [
        (("a", "b"), "backward", "b")
    ]
    assert [stage.moved for stage in table.stages[1:]] == [("d",), ("b",), ("a",)]


def test_without_a_lot_a_tie_refuses_the_count():
    with pytest.raises(CountRefused, match="no lot has been drawn for a, b"):
        count(SCOTTISH, contest_of(*"abcd"), [(ranked("c"), 2), (ranked("d"), 2)])


def test_a_ward_keeps_the_commas_of_its_name():
    contest, _papers = ward_of("orkney_2017_ward5")
    assert contest.code == "East Mainland, South Ronaldsay and Burray Ward"


def test_an_empty_cell_is_an_empty_rank_and_a_paper_may_be_blank():
    text = '2,1,\r\n3,1,,2,\r\n4,\r\n"Candidate 1","A, B","P",\r\n"Candidate 2","C","",\r\n"W",'
    contest, papers = scottish_ward(text)
    assert papers == [(Ballot((("1",), (), ("2",))), 3), (Ballot(), 4)]
    assert [option.name for option in contest.options] == ["A, B", "C"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "a ward has sizes"),
        ("two,1,\n3,1,\n", "a ward has sizes"),
        ('-1,1,\n3,1,\n"Candidate 1","A","P",\n"W",\n', "no lines of -1 candidates"),
        ('3,\n3,1,\n"Candidate 1","A","P",\n"W",\n', "no lines of 3 candidates"),
        ('x,1,\n3,1,\n"Candidate 1","A","P",\n"W",\n', "line 1: only numbers"),
        ('2,1,\n3,1,\n"Candidate 1","A","P",\n"W",\n', "there are no lines of 2 candidates"),
        ('1,1,\n3,2,\n"Candidate 1","A","P",\n"W",\n', "line 2: a paper counts"),
        ('1,1,\n0,1,\n"Candidate 1","A","P",\n"W",\n', "line 2: a paper counts"),
        ('1,1,\n3,1,\n"Candidate 2","A","P",\n"W",\n', "line 3: candidate 1 is expected"),
    ],
)
def test_a_damaged_ward_says_where(text, why):
    with pytest.raises(Unreadable, match=why):
        scottish_ward(text)
