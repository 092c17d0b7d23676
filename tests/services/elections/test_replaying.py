"""Rhode Island, 8 November 2016: published returns entered as if they came in here."""

import gzip
from contextlib import nullcontext

import pytest
from click.testing import CliRunner

from tests.kit.elections import FILES
from tests.kit.sound import complaints
from tests.services.elections.papering import DAN, EMIL, GUEST, Paper, running
from tests.services.elections.polling import INES, PRIYA
from townsquare.services.elections import cli
from townsquare.services.elections.commands.replays import (
    CompareTotals,
    DraftFromReturns,
    ImportReturns,
)
from townsquare.services.elections.commands.returns import FindReturns
from townsquare.services.elections.errors.returns import BadReturns
from townsquare.services.elections.queries.totals import read_tally, reconcile
from townsquare.services.elections.usecases.approving import approve_clean
from townsquare.services.elections.usecases.replaying import (
    compare_totals,
    draft_from_returns,
    import_returns,
)

TIMES = {"zone": "America/New_York", "opens": "2026-03-02T07:00", "closes": "2026-03-02T20:00"}
LISTS = ("precinct", "town")
PRESIDENT = {"office": "President"}


def unpacked(name):
    return gzip.decompress((FILES / f"plurality_rhode_island_20161108_{name}.csv.gz").read_bytes())


@pytest.fixture(scope="module")
def files():
    return {name: unpacked(name).decode() for name in LISTS}


@pytest.fixture
def island(town, clock, files):
    """The election of the president as a frozen paper election that is over."""
    told = {"title": "Rhode Island", **TIMES, **PRESIDENT, "rows": files["precinct"]}
    with town.working(INES) as ctx:
        wish = DraftFromReturns.model_validate({**told, "towns": files["town"]})
        made = draft_from_returns(ctx, wish).id
    paper = Paper(town, clock, made)
    paper.freeze(INES, PRIYA)
    for who, role in ((DAN, "enter"), (EMIL, "approve")):
        paper.run(
            "INSERT INTO elections_precinct_officer (precinct_id, account_id, role)"
            f" SELECT precinct_id, {who.id}, '{role}' FROM elections_election_precinct"
        )
    clock.set(2026, 3, 3, 3, 0)
    return paper


@pytest.mark.engines("sqlite", "postgresql")
def test_replayed_totals_are_the_published_ones_and_631_votes_have_no_town(island, town, files):
    told = {**PRESIDENT, "rows": files["precinct"]}
    report = island.do(DAN, import_returns, ImportReturns, **told)
    assert (report.good, report.faults) == (501, [])
    again = island.do(DAN, import_returns, ImportReturns, **told)
    assert (again.good, len(again.faults)) == (0, 501)
    assert island.do(EMIL, approve_clean).precincts == 500  # At most so many in one go.
    assert island.totals().percent == 100  # 99.8, rounded; the whole numbers decide.
    assert (island.totals().counted, island.totals().expected) == (500, 501)
    island.do(EMIL, approve_clean)
    (contest,) = island.totals().contests
    votes = {one.title: one.votes for one in contest.options}
    assert votes["Hillary Clinton"] == 252_519
    assert votes["Donald J. Trump"] == 180_543
    tally = island.look(GUEST, read_tally)
    assert len(tally) == 501
    assert sum(one.votes["2"] for one in tally) == 252_519
    island.do(INES, compare_totals, CompareTotals, **PRESIDENT, rows=files["town"])
    gaps = {one.title: one for one in island.look(INES, reconcile, FindReturns).outside}
    clinton = gaps["Hillary Clinton"]
    assert (clinton.ours, clinton.theirs, clinton.ours - clinton.theirs) == (252_519, 251_888, 631)
    nowhere = {one.place for one in clinton.places if one.theirs == 0}
    assert nowhere == {"Federal Precinct #1", "Federal Precinct #2"}
    island.finish()
    assert complaints(town) == []


def test_an_office_with_districts_is_not_of_each_precinct(town, clock, files):
    told = {"title": "House", **TIMES, "rows": files["precinct"]}
    for office in ("U.S. House", "Nobody"):
        with town.working(INES) as ctx, pytest.raises(BadReturns):
            draft_from_returns(ctx, DraftFromReturns.model_validate({**told, "office": office}))


def test_an_operator_takes_files_for_an_officer(island, town, signed_in, monkeypatch):
    monkeypatch.setattr(cli, "_here", lambda: nullcontext(town))
    dan = signed_in("elections.precinct-officer", name="Dan Reyes")
    ((account, email),) = island.rows(
        f"SELECT id, email FROM core_account WHERE person = '{dan.person}'"
    )
    island.run(f"UPDATE elections_precinct_officer SET account_id = {account} WHERE role = 'enter'")
    lists = [str(FILES / f"plurality_rhode_island_20161108_{one}.csv.gz") for one in LISTS]
    told = ["import-returns", island.id, lists[0], "--office", "President", "--towns", lists[1]]
    refused = CliRunner().invoke(cli.elections, [*told, "--by", "nobody@b.example"])
    assert (refused.exit_code, "Nobody has confirmed" in refused.output) == (1, True)
    done = CliRunner().invoke(cli.elections, [*told, "--by", email])
    assert (done.exit_code, done.exception) == (0, None)
    assert "501 returns were entered and submitted." in done.stdout
    assert "Nobody is called Rocky De La Fuente on this ballot." in done.stdout
    assert island.rows("SELECT DISTINCT state FROM elections_return") == [("submitted",)]


def test_an_operator_drafts_an_election_from_a_file(town, monkeypatch):
    monkeypatch.setattr(cli, "_here", lambda: nullcontext(town))
    file = str(FILES / "plurality_rhode_island_20161108_precinct.csv.gz")
    times = ["--opens", "2026-03-02T07:00", "--closes", "2026-03-02T20:00"]
    asked = ["--office", "President", "--title", "Rhode Island", "--zone", "America/New_York"]
    done = CliRunner().invoke(cli.elections, ["draft-returns", file, *asked, *times])
    assert (done.exit_code, done.exception) == (0, None)
    assert "is a draft" in done.stdout


HEAD = "office,district,candidate,party,precinct,votes,absentee_votes\n"


@pytest.mark.parametrize(
    ("place", "votes", "why"),
    [
        ("Hyde", "999,999,999", "more votes than any precinct has"),
        ("North hall", "5", "Two precincts are called North hall"),
    ],
)
def test_what_cannot_be_meant_is_told_and_not_taken(town, clock, place, votes, why):
    rows = "code,name\n0101,North hall\n0102,North hall\n0201,Hyde\n"
    paper = running(town, clock, rows=rows)
    other = "SELECT id FROM elections_precinct WHERE code = '0102'"
    paper.run(f"DELETE FROM elections_precinct_officer WHERE precinct_id IN ({other})")
    told = {"office": "Chair", "rows": f'{HEAD}Chair,,Ada,D,{place},"{votes}",0\n'}
    report = paper.do(DAN, import_returns, ImportReturns, **told)
    assert (report.good, [why in one.reason for one in report.faults]) == (0, [True])
