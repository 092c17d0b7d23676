"""Returns of a paper election: entered by one person, approved by another, kept for good."""

import csv
import gzip
from io import StringIO

import pytest
from pydantic import ValidationError

from tests.kit.elections import FILES
from tests.kit.sound import complaints
from tests.services.elections.papering import BOTH, CLEAN, DAN, EMIL, INES, on_paper, running
from tests.services.elections.polling import EVERYBODY, WORKS
from townsquare.core.usecase import Actor
from townsquare.services.elections import errors
from townsquare.services.elections.commands.fields import Chosen
from townsquare.services.elections.commands.returns import (
    EnterReturn,
    FindPrecincts,
    FindReturns,
    ImportPrecincts,
    OfReturn,
    PrecinctOnly,
)
from townsquare.services.elections.errors import returns as return_errors
from townsquare.services.elections.queries.results import read_result
from townsquare.services.elections.queries.returns import (
    find_precincts,
    find_returns,
    read_duties,
    read_return,
)
from townsquare.services.elections.queries.totals import reconcile
from townsquare.services.elections.usecases.approving import approve_clean
from townsquare.services.elections.usecases.precincts import check_precincts, import_precincts

STATIONS = FILES / "polling_stations_greater_manchester.csv.gz"
PLACED, WARDS = ("ward_code", "address", "lat", "lon"), 130


def states(paper):
    kept = "SELECT version, state FROM elections_return ORDER BY version"
    return paper.rows(kept)


def test_what_is_approved_counts_and_both_people_stand_there(town, clock):
    paper = running(town, clock)
    assert paper.whole().state == "approved"
    told = paper.totals()
    (chair,) = told.contests
    assert (chair.ballots, chair.spoiled, chair.registered) == (4472, 52, 8599)
    assert [one.votes for one in chair.options] == [2000, 2400, 20]
    assert (told.counted, told.expected, told.percent, told.stage) == (1, 3, 33, "counting")
    kept = paper.look(INES, read_return, OfReturn, precinct="0101", contest="chair")
    assert [(v.entered_by, v.approved_by) for v in kept.versions] == [("Dan Reyes", "Emil Santos")]
    assert complaints(town) == []


def test_a_correction_is_the_next_version_and_both_stay(town, clock):
    paper = running(town, clock)
    paper.whole()
    paper.enter(version=1, ballots=4473, spoiled=53)
    assert states(paper) == [(1, "approved"), (2, "draft")]  # The first counts until then.
    assert paper.totals().contests[0].ballots == 4472
    paper.submit(version=2)
    paper.approve(version=2)
    assert states(paper) == [(1, "superseded"), (2, "approved")]
    assert paper.totals().contests[0].ballots == 4473
    assert complaints(town) == []


def test_nobody_approves_their_own(town, clock):
    paper = running(town, clock)
    both = Actor(21, "Dan Reyes", EVERYBODY | BOTH, "P-DAN")
    paper.appoint(both, "approve")
    paper.enter()
    paper.submit()
    with pytest.raises(errors.SamePerson):
        paper.approve(both)
    assert paper.do(both, approve_clean).precincts == 0
    assert states(paper) == [(1, "submitted")]


def test_officers_act_for_their_precincts_only(town, clock):
    paper = running(town, clock)
    other = Actor(31, "Other", EVERYBODY | BOTH, "P-O")
    paper.appoint(other, "enter", "0102")
    for act in (paper.enter, paper.submit, paper.approve, paper.send_back):
        with pytest.raises(return_errors.NotYourPrecinct):
            act(other)
    with pytest.raises(return_errors.NotYourPrecinct):
        paper.look(other, read_return, OfReturn, precinct="0101", contest="chair")


def test_more_ballots_than_registered_are_refused(town, clock):
    paper = running(town, clock)
    with pytest.raises(return_errors.MoreThanRegistered):
        paper.enter(ballots=8600)
    assert paper.enter(ballots=8599, note="Counted twice").version == 1


@pytest.mark.parametrize("typed", ["1,200", "1.200", "1 200", "-1", "1e3", "1_200", "10000000000"])
def test_numbers_are_digits(typed):
    told = {"id": "E", "precinct": "p", "contest": "c", "version": 0, "lines": {"1": 1}}
    with pytest.raises(ValidationError):
        EnterReturn.model_validate({**told, "ballots": typed})
    with pytest.raises(ValidationError):
        EnterReturn.model_validate({**told, "ballots": 1, "lines": {"1": typed}})


@pytest.mark.parametrize(
    ("told", "kinds"),
    [
        ({"ballots": 4473}, [("too-few", 1)]),
        ({"ballots": 4471}, [("too-many", 1)]),
        ({"lines": {"1": 4421, "2": 0, "3": 0}}, [("too-many", 1)]),
    ],
)
def test_what_does_not_add_up_needs_a_note_and_stands_in_the_reconciliation(
    town, clock, told, kinds
):
    paper = running(town, clock)
    paper.enter(**told)
    with pytest.raises(return_errors.NotAddingUp):
        paper.submit()
    paper.enter(version=1, note="One paper fell behind the box", **told)
    paper.submit(version=2)
    assert paper.do(EMIL, approve_clean).precincts == 0  # Somebody has to look at it.
    paper.approve(version=2)
    (odd,) = paper.look(INES, reconcile, FindReturns).odd
    assert [(gap.kind, gap.by) for gap in odd.gaps] == kinds


def test_of_k_of_n_there_are_at_most_k_votes_a_paper(town, clock):
    paper = running(town, clock, (WORKS,))
    told = {"precinct": "0102", "contest": "works", "ballots": 10, "spoiled": 0}
    paper.enter(**told, lines={"1": 10, "2": 10})
    paper.submit(precinct="0102", contest="works")
    paper.enter(**told, version=1, lines={"1": 11, "2": 9})
    with pytest.raises(return_errors.NotAddingUp):
        paper.submit(precinct="0102", contest="works", version=2)


@pytest.mark.parametrize(
    "lines", [{"1": 1, "2": 1}, {"1": 1, "2": 1, "3": 1, "4": 1}, {"1": 1, "2": 1, "x": 1}]
)
def test_each_option_is_told_and_no_other(town, clock, lines):
    paper = running(town, clock)
    with pytest.raises(return_errors.ReturnOdd):
        paper.enter(lines=lines)


def test_what_was_read_before_is_stale(town, clock):
    paper = running(town, clock)
    paper.enter()
    with pytest.raises(return_errors.StaleReturn) as caught:
        paper.enter()
    assert caught.value.code == "elections.stale-version"
    with pytest.raises(return_errors.StaleReturn):
        paper.submit(version=2)


def test_what_came_back_is_entered_anew(town, clock):
    paper = running(town, clock)
    paper.enter()
    with pytest.raises(return_errors.NotSubmitted):
        paper.send_back()
    paper.submit()
    paper.send_back(reason="The form says 4471")
    assert states(paper) == [(1, "returned")]
    with pytest.raises(return_errors.NotSubmitted):
        paper.approve()
    (duty,) = paper.look(
        DAN, lambda ctx, _w: read_duties(ctx, PrecinctOnly(precinct="0101"))
    ).duties
    assert (duty.state, duty.reason, duty.version) == ("returned", "The form says 4471", 1)
    paper.whole(version=1)
    assert states(paper) == [(1, "superseded"), (2, "approved")]


def test_returns_come_from_the_opening_on_and_results_after_the_closing(town, clock):
    paper = running(town, clock, over=False)
    clock.set(2026, 3, 2, 2, 0)
    with pytest.raises(return_errors.ReturnsShut):
        paper.enter()
    paper.open()
    paper.enter()
    paper.submit()
    with pytest.raises(errors.StillRunning):
        paper.approve()
    with pytest.raises(errors.NotCounted):
        paper.totals()
    paper.over()
    paper.approve()
    assert paper.rows("SELECT state FROM elections_election") == [("counting",)]


def test_the_count_closes_when_all_is_approved_or_with_a_reason(town, clock):
    paper = running(town, clock)
    paper.whole()
    with pytest.raises(return_errors.ReturnsMissing):
        paper.finish()
    small = {"ballots": 9, "spoiled": 0, "lines": {"1": 4, "2": 0, "3": 5}}
    paper.whole(precinct="0102", **small)
    paper.whole(precinct="0201", **small)
    paper.finish()
    result = paper.look(INES, read_result)
    (chair,) = result.contests
    assert [(one.votes, one.elected) for one in chair.options] == [
        (2008, False),
        (2400, True),
        (30, False),
    ]
    assert chair.papers == 4490
    with pytest.raises(return_errors.ReturnsShut):
        paper.enter(version=1)
    assert complaints(town) == []


def test_a_count_without_some_returns_says_why(town, clock):
    paper = running(town, clock)
    paper.whole()
    paper.finish(reason="The boxes of two precincts were lost in the flood")
    kept = "SELECT missing, reason FROM elections_paper_count"
    assert paper.rows(kept) == [(2, "The boxes of two precincts were lost in the flood")]


def test_many_are_approved_in_one_go(town, clock):
    paper = running(town, clock)
    for precinct in ("0101", "0102", "0201"):
        told = (
            {}
            if precinct == "0101"
            else {"ballots": 3, "spoiled": 0, "lines": dict.fromkeys("123", 1)}
        )
        paper.enter(precinct=precinct, **told)
        paper.submit(precinct=precinct)
    assert paper.do(EMIL, approve_clean, Chosen).precincts == 3
    assert paper.totals().percent == 100
    board = paper.look(EMIL, find_returns, FindReturns, state="approved")
    assert [one.precinct for one in board.returns] == ["0101", "0102", "0201"]


def test_only_paper_takes_returns_and_precincts(town, clock):
    paper = on_paper(town, clock)
    assert paper.rows("SELECT count(*) FROM elections_election_precinct") == [(3,)]
    assert paper.rows("SELECT count(*) FROM elections_precinct") == [(4,)]
    assert CLEAN["ballots"] == sum(CLEAN["lines"].values()) + CLEAN["spoiled"]


def test_the_polling_stations_of_a_county_are_precincts(town, clock):
    """Seven hundred of Greater Manchester, in their wards; 17 numbers stand in it twice."""
    paper = on_paper(town, clock)
    told = paper.look(INES, check_precincts, ImportPrecincts, rows=stations(apart=False))
    assert (told.good, len(told.faults)) == (683 + WARDS, 17)
    assert "The code 4529 stands in line " in str(told.faults)
    with pytest.raises(return_errors.BadPrecincts):
        paper.do(INES, import_precincts, ImportPrecincts, rows=stations(apart=False))
    taken = paper.do(INES, import_precincts, ImportPrecincts, rows=stations())
    assert taken.good == 700 + WARDS
    assert paper.rows("SELECT count(*) FROM elections_election_precinct") == [(703,)]
    named = "SELECT name, address, lat, lon FROM elections_precinct WHERE code = '4386'"
    assert paper.rows(named) == [("Elton Centre", "David Street, Bury", 53.599001, -2.316675)]
    page = paper.look(INES, find_precincts, FindPrecincts, limit=100)
    assert (len(page.precincts), page.precincts[-1].registered) == (100, None)


def stations(*, apart=True):
    """Return the list of polling stations with columns of ours, and their wards above them."""
    found = list(csv.DictReader(StringIO(gzip.decompress(STATIONS.read_bytes()).decode())))
    out, seen = StringIO(), set()
    table = csv.writer(out)
    table.writerow(("code", "name", "parent", "address", "lat", "lon"))
    for code, name in {one["ward_code"]: one["ward_name"] for one in found}.items():
        table.writerow((code, name, "", "", "", ""))
    for one in found:
        code = one["id"] + ("b" if apart and one["id"] in seen else "")
        seen.add(code)
        table.writerow((code, one["name"], *(one[name] for name in PLACED)))
    return out.getvalue()


EMPTY_PLACE = "code,name,registered\n0101,North hall,8599\n0300,Empty island,0\n"


def test_a_place_without_voters_stands_for_no_return_that_is_missing(town, clock):
    paper = running(town, clock, rows=EMPTY_PLACE)
    paper.appoint(DAN, "enter", "0300")
    paper.appoint(EMIL, "approve", "0300")
    paper.whole(precinct="0300", ballots=0, spoiled=0, lines=dict.fromkeys("123", 0))
    told = paper.totals()
    assert (told.counted, told.expected, told.percent) == (0, 1, 0)
    assert paper.look(INES, reconcile, FindReturns).counted == 0
    with pytest.raises(return_errors.ReturnsMissing):
        paper.finish()
    paper.whole()
    assert (paper.totals().counted, paper.totals().percent) == (1, 100)
    paper.finish()
    assert paper.rows("SELECT missing FROM elections_paper_count") == [(0,)]
