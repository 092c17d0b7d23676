"""The rounds of a count: in words, in a table, in a picture, for programs, and as bytes."""

import re

import pytest

from tests.services.elections.polling import drafted
from tests.services.elections.test_kinds import FOUR, asked, counted
from townsquare.core.usecase import Actor
from townsquare.services.elections.commands.counts import ChosenContest, FindRounds
from townsquare.services.elections.errors import NotCounted, UnknownContest
from townsquare.services.elections.queries.rounds import read_rounds, read_table
from townsquare.services.elections.rules.flows import flows
from tsv1.ties import lot
from tsv1.transcript import h32

pytestmark = pytest.mark.shown

GUEST = Actor(0, "guest", frozenset({"public"}))
# Ada 4, Bo 3, Cy 2, Di 1: Di goes to Cy, and Bo and Cy are equal in round 2 but not before.
PAPERS = [*[["1"]] * 4, *[["2", "3"]] * 3, ["3", "2"], ["3", "1"], ["4", "3"]]


def looked(poll, query, wish):
    with poll.town.working(GUEST, reads=True) as ctx:
        return query(ctx, wish)


@pytest.fixture
def irv(town, clock):
    poll, _result = counted(town, clock, PAPERS, "irv")
    return poll


@pytest.mark.engines("sqlite", "postgresql")
def test_rounds_are_told_one_by_one_with_their_reasons_and_ties(irv):
    told = looked(irv, read_rounds, FindRounds(id=irv.id, contest="q"))
    assert (told.kind, told.rule, told.papers, told.all, told.after) == ("rank", "irv", 10, 3, 0)
    assert [stage.moved for stage in told.rounds] == [[], ["4"], ["3"]]
    assert told.rounds[0].reason == "Papers lie with their first preferences"
    assert "Di has the fewest votes, 1" in told.rounds[1].reason
    (tie,) = told.rounds[1].ties
    assert (tie.options, tie.step, tie.chosen) == (["2", "3"], "backward", "3")
    assert told.lots == []
    part = looked(irv, read_rounds, FindRounds(id=irv.id, contest="q", first=2, limit=1))
    assert ([stage.number for stage in part.rounds], part.after) == ([2], 3)


def test_the_table_is_the_bytes_that_its_hash_is_of(irv):
    found = looked(irv, read_table, ChosenContest(id=irv.id, contest="q"))
    assert h32("table", found.text.encode()).hex() == found.hash
    told = looked(irv, read_rounds, FindRounds(id=irv.id, contest="q"))
    assert told.table_hash == found.hash


def test_a_lot_is_told_so_that_anybody_computes_it_again(town, clock):
    poll, result = counted(town, clock, [["1"], ["2"]], "irv")
    told = looked(poll, read_rounds, FindRounds(id=poll.id, contest="q"))
    assert [one.lot for one in told.lots] == sorted(one.lot for one in told.lots)
    for one in told.lots:
        assert one.lot == lot(bytes.fromhex(told.seed), "q", one.option).hex()
    (elected,) = told.elected
    assert elected == next(one.option for one in told.lots if one.option in ("1", "2"))
    assert {option.code for option in result.options if option.tied} >= {"1", "2"}


READS = ((read_rounds, FindRounds), (read_table, ChosenContest))


def test_before_the_closing_there_is_nothing(voting):
    for query, kind in READS:
        with pytest.raises(NotCounted):
            looked(voting[0], query, kind(id=voting[0].id, contest="chair"))


def test_of_no_question_there_is_nothing(irv):
    for query, kind in READS:
        with pytest.raises(UnknownContest):
            looked(irv, query, kind(id=irv.id, contest="none"))


def test_the_page_explains_each_round_and_draws_it(irv, client):
    page = client.get(f"/elections/{irv.id}/rounds/q")
    assert page.status_code == 200
    assert "Di has the fewest votes, 1" in page.text
    assert "Bo, Cy tied for the exclusion" in page.text
    assert "the votes of the last earlier round in which they differed decided: Cy." in page.text
    assert page.text.count("<path d=") >= 8
    assert re.search(r'<th scope="row">Ada</th><td class="text-end">4</td>', page.text)
    table = client.get(f"/elections/{irv.id}/tables/q")
    assert table.headers["Content-Disposition"] == 'attachment; filename="q-table.json"'
    assert h32("table", table.data).hex() in page.text


def test_programs_read_rounds_as_well(irv, client):
    told = client.get(f"/api/v1/elections/{irv.id}/rounds/q?first=2").json
    assert (told["rounds"][0]["number"], told["rule"]) == (2, "irv")
    assert client.get(f"/api/v1/elections/{irv.id}/tables/q").json["hash"] == told["table_hash"]


@pytest.mark.parametrize(
    ("rule", "papers", "said"),
    [
        ("majority-judgement", [{"1": 5}, {"2": 3}], "Median grade"),
        ("score", [{"1": 5}, {"2": 3}], "Points"),
        ("schulze", [["1", "2"], ["1"]], "Rivals beaten"),
        ("meek", [["1", "2"], ["1"]], "First preferences"),
        ("approval", [["1", "2"], ["1"]], "Votes"),
        ("condorcet", [["1", "2"], ["2", "1"]], "Rivals beaten"),
    ],
)
def test_every_kind_has_a_result_and_a_page_of_its_count(town, clock, client, rule, papers, said):
    poll, _result = counted(town, clock, papers, rule)
    result = client.get(f"/elections/{poll.id}/results")
    assert (result.status_code, said in result.text) == (200, True)
    page = client.get(f"/elections/{poll.id}/rounds/q")
    assert (page.status_code, "Download the table" in page.text) == (200, True)
    one = "Set aside in this round" not in page.text
    assert f"<h2>{said if one else 'Votes'}</h2>" in page.text


@pytest.mark.parametrize("many", [36, 200])
def test_pages_of_many_rounds_stay_small_and_lead_to_each_other(town, clock, client, many):
    options = "\n".join(f"{number:03} {'name' * 5}" for number in range(1, many + 1))
    papers = [[str(number), str(number % many + 1)] for number in range(1, 25)]
    poll, _result = counted(town, clock, papers, "scottish-2011", options=options, seats=2)
    path, seen = f"/elections/{poll.id}/rounds/q", 0
    while path and seen < 8:
        page = client.get(path)
        assert len(page.data) <= 40 * 1024
        more = re.search(r'href="([^"]+)" rel="next"', page.text)
        path, seen = more and more[1].replace("&amp;", "&"), seen + 1
    assert seen == 8


def test_bands_of_a_picture_are_as_high_as_the_votes_that_moved(irv):
    told = looked(irv, read_rounds, FindRounds(id=irv.id, contest="q"))
    picture = flows(told.rounds[:2], told.papers, ["0", "0"])
    first, second = ({b.option: b.high for b in picture.bars if b.x == x} for x in (0, 170))
    assert first == {"1": 104, "2": 78, "3": 52, "4": 26}
    assert second == {"1": 104, "2": 78, "3": 78}
    moved = [band.path for band in picture.bands if band.moved]
    assert [path.count("v26") for path in moved] == [1, 1]


def test_a_draft_has_no_rounds(town, clock):
    poll = drafted(town, clock, contests=(asked("irv", options=FOUR),))
    with pytest.raises(Exception, match="no such election"):
        looked(poll, read_rounds, FindRounds(id=poll.id, contest="q"))
