"""Returns and orders that others have written down."""

import gzip

import pytest

from tests.kit.elections import FILES
from townsquare.services.elections.readers.blt import blt
from townsquare.services.elections.readers.files import count_file
from townsquare.services.elections.readers.preflib import preflib
from townsquare.services.elections.readers.results import marked_results
from townsquare.services.elections.readers.returns import (
    Returned,
    differences,
    precinct_returns,
    town_returns,
)
from townsquare.services.elections.readers.unreadable import Unreadable
from townsquare.services.elections.rules.counting.ballots import Ballot, ranked
from townsquare.services.elections.rules.counting.counting import count
from townsquare.services.elections.rules.counting.presets import PRESETS


def unpacked(name):
    return gzip.decompress((FILES / f"{name}.csv.gz").read_bytes()).decode()


@pytest.fixture(scope="module")
def rhode_island():
    return (
        precinct_returns(unpacked("plurality_rhode_island_20161108_precinct")),
        town_returns(unpacked("plurality_rhode_island_20161108_town")),
    )


def test_rhode_island_lacks_the_votes_of_some_precincts(rhode_island):
    found = {one.race: one for one in differences(*rhode_island)}
    clinton = found["President", "", "Hillary Clinton"]
    assert (clinton.by_precinct, clinton.by_town, clinton.votes) == (252_519, 251_888, 631)
    # 637 votes are in no town; two towns have six more than their precincts.
    assert clinton.places == (
        ("Central Falls", 3390, 3394),
        ("Federal Precinct #1", 376, 0),
        ("Federal Precinct #2", 261, 0),
        ("Providence", 45_051, 45_053),
    )
    assert {race[0] for race in found} == {"President", "U.S. House"}
    # All but one town spell his name without quotes.
    spelled = ['"Rocky" Roque De La Fuente', "Rocky De La Fuente"]
    assert [found["President", "", name].votes for name in spelled] == [660, -660]
    assert sum(one.votes for one in found.values()) == 1284


def test_a_name_and_a_party_have_one_spelling(rhode_island):
    precincts, towns = rhode_island
    rocky = '"Rocky" Roque De La Fuente'
    assert rocky in {one.candidate for one in precincts} & {one.candidate for one in towns}
    assert "Total" not in {one.candidate for one in towns}
    assert {one.party for one in precincts if one.candidate == "Hillary Clinton"} == {"DEM"}
    assert {one.party for one in towns if one.candidate == "Hillary Clinton"} == {"DEM"}


def test_votes_already_contain_those_of_the_absent(rhode_island):
    assert all(one.absentee <= one.votes for one in rhode_island[0])


HEAD = "office,district,candidate,party,precinct,votes,absentee_votes\n"


def test_thousands_may_have_commas():
    [one] = precinct_returns(f'{HEAD}President,,Ada,D,Barrington 0101,"1,234",12\n')
    assert one == Returned("Barrington 0101", "President", "", "Ada", "DEM", 1234, 12)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "there is no column absentee_votes"),
        ("office,votes\n", "there is no column absentee_votes, candidate"),
        (f"{HEAD}President,,Ada,D,B,many,0\n", "line 2: a whole number is expected: many"),
        (f"{HEAD}President,,Ada,D,B,-1,0\n", "line 2: a whole number is expected: -1"),
    ],
)
def test_a_damaged_return_says_where(text, why):
    with pytest.raises(Unreadable, match=why):
        precinct_returns(text)


def test_whom_trafford_marked_has_most_votes():
    contests = marked_results(unpacked("plurality_trafford_2016_2019_results"))
    assert len(contests) == 69
    for one in contests:
        rules = PRESETS["plurality"]
        assert set(count(rules, one.contest, one.papers).elected) == one.elected
    two = [one for one in contests if one.contest.seats == 2]
    assert [one.contest.code for one in two] == ["2018-05-03 DistrictAndBorough Altrincham"]
    assert contests[0].rejected["unmarked or unclear"] == 7


def test_results_without_their_columns_are_refused():
    with pytest.raises(Unreadable, match="there is no column"):
        marked_results("Ward,Votes\n")


BLT = """4 2  # candidates and seats
-2
3 1 3 4 0
4 1=3 - 2 0
(paper 7) 2 4 0
0
"Ada"
"Bo \\"B\\" Bell"
"Cy"  "Di"
"Allotments"
"""


def test_a_blt_file_is_read():
    contest, papers = blt(BLT)
    assert papers == [
        (ranked("1", "3", "4"), 3),
        (Ballot((("1", "3"), (), ("2",))), 4),
        (ranked("4"), 2),
    ]
    assert (contest.code, contest.seats) == ("Allotments", 2)
    assert [option.name for option in contest.options] == ["Ada", 'Bo "B" Bell', "Cy", "Di"]
    assert [option.withdrawn for option in contest.options] == [False, True, False, False]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "the file breaks off"),
        ("2 x", "line 1: a whole number is expected: x"),
        ("2 1\n3 1 2 0\n", "the file breaks off"),
        ("-2\n3 1 3 4 0\n", "there are no candidates"),
        ("2 1\n3 1 5 0\n0\n", "line 2: a paper counts"),
        ("2 1\n-1\n-2\n3 a 0\n0\n", "line 4: a paper counts"),
        ('2 1\n3 1 0\n0\n"Ada"\n', "there are 1 names for 2 candidates"),
        ('2 1\n3 1 0\n0\n"Ada\n', "line 4: unexpected"),
    ],
)
def test_a_damaged_blt_file_says_where(text, why):
    with pytest.raises(Unreadable, match=why):
        blt(text)


NEW = """# FILE NAME: 1.toi
# TITLE: Chair
# NUMBER ALTERNATIVES: 3
# ALTERNATIVE NAME 1: Ada
# ALTERNATIVE NAME 2: Bo, the elder
# ALTERNATIVE NAME 3: Cy
5: 1,{2,3}
2: 3
1: {1, 2}, 3
"""
OLD = "3\n1,Ada\n2,Bo, the elder\n3,Cy\n8,8,3\n5,1,{2,3}\n2,3\n1,{1, 2}, 3\n"


@pytest.mark.parametrize("text", [NEW, OLD], ids=["new", "old"])
def test_orders_of_preflib_are_read(text):
    contest, papers = preflib(text)
    assert [option.name for option in contest.options] == ["Ada", "Bo, the elder", "Cy"]
    assert papers == [
        (Ballot((("1",), ("2", "3"))), 5),
        (ranked("3"), 2),
        (Ballot((("1", "2"), ("3",))), 1),
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "the file is empty"),
        ("# TITLE: x\n1: 1\n", "there are no alternatives"),
        ("many\n", "line 1: the number of alternatives"),
        (f"{NEW}x: 1\n", "line 10: a count and an order"),
        (f"{NEW}1: 4\n", "line 10: a count and an order"),
        (f"{NEW}0: 1\n", "line 10: a count and an order"),
    ],
)
def test_damaged_orders_say_where(text, why):
    with pytest.raises(Unreadable, match=why):
        preflib(text)


def test_such_files_are_counted(tmp_path):
    (tmp_path / "a.blt").write_text(BLT)
    (tmp_path / "a.toi").write_text(NEW)
    assert count_file(tmp_path / "a.toi", "schulze").elected == ("1",)
    assert len(count_file(tmp_path / "a.blt", "bottoms-up").elected) == 2
