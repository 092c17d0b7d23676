"""Ballots that were cast elsewhere: set up from a file, frozen, counted once, shown in rounds."""

from datetime import datetime
from decimal import Decimal

import pytest
from click.testing import CliRunner
from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError

from tests.kit.elections import FILES, WARDS, published_elected
from tests.services.elections.counting.test_scottish import POLLS, SLIPS, STAGES, SUMMARIES
from tests.services.elections.polling import INES, PRIYA, Poll
from tests.services.elections.test_frozen_ways import complaints
from townsquare.core.usecase import Actor
from townsquare.services.elections import errors
from townsquare.services.elections.cli import elections
from townsquare.services.elections.commands.counts import FindRounds
from townsquare.services.elections.commands.elections import ConfirmFreeze, DraftElection
from townsquare.services.elections.commands.fields import ChosenVersion
from townsquare.services.elections.commands.importing import MOST_PAPERS, ImportBallots
from townsquare.services.elections.commands.imports import ballots_of, question_of
from townsquare.services.elections.queries.rounds import read_rounds
from townsquare.services.elections.readers.files import read_file
from townsquare.services.elections.readers.unreadable import Unreadable
from townsquare.services.elections.usecases import freezing
from townsquare.services.elections.usecases.importing import import_ballots
from townsquare.services.elections.usecases.setting_up import add_contest, draft_election

GUEST = Actor(0, "guest", frozenset({"public"}))
EAST = "inverclyde_2017_ward1"
PAST = {"opens": datetime(2017, 5, 4, 7), "closes": datetime(2017, 5, 4, 22)}  # noqa: DTZ001


def file_of(ward):
    return read_file(FILES / "scotland_2017_ballots" / f"{ward}.csv", "scottish-2011")


def act(poll, who, function, wish):
    with poll.town.working(who) as ctx:
        return function(ctx, wish)


def drafted(town, clock, **files):
    """Return a frozen election with a question for each of these files."""
    with town.working(INES) as ctx:
        facts = {"title": "Wards of 2017", "zone": "Europe/London", "tier": "imported", **PAST}
        made = draft_election(ctx, DraftElection(**facts))
    poll = Poll(town, clock, made.id)
    for code, read in files.items():
        act(poll, INES, add_contest, question_of(read, poll.id, code))
    return poll


def frozen(town, clock, **files):
    poll = drafted(town, clock, **files)
    poll.do(INES, freezing.propose_freeze, ChosenVersion, version=poll.version)
    poll.do(PRIYA, freezing.confirm_freeze, ConfirmFreeze, version=poll.version)
    return poll


def rounds_of(poll, contest):
    """Return all rounds of a question, page by page as programs read them."""
    first, found = 1, []
    while first:
        with poll.town.working(GUEST, reads=True) as ctx:
            told = read_rounds(ctx, FindRounds(id=poll.id, contest=contest, first=first))
        found += told.rounds
        first = told.after
    return told, found


def differing(ward, told, rounds):
    """Return each published number of this ward that is another one than what the town tells."""
    said, found = SUMMARIES[ward], {}
    for row in STAGES:
        if row["ballot_file"] == ward:
            stage, code = int(row["stage"]), row["candidate_number"]
            ours = next(line.votes for line in rounds[stage - 1].lines if line.option == code)
            if Decimal(ours) != Decimal(row["total_votes"]):
                found[ward, stage, code] = (row["total_votes"], ours)
    elected = {(code, stage.number) for stage in rounds for code in stage.elected}
    pairs = {
        "votes": (found, {slip: both for slip, both in SLIPS.items() if slip[0] == ward}),
        "elected when": (elected, published_elected(said)),
        "elected": (set(told.elected), {code for code, _stage in elected}),
        "stages": ((told.all, len(rounds)), (int(said["stages"]),) * 2),
        "quota": ({Decimal(stage.threshold) for stage in rounds}, {Decimal(said["quota"])}),
        "poll": ((int(said["valid_poll"]), told.papers), POLLS.get(ward, (told.papers,) * 2)),
    }
    return {what: pair for what, pair in pairs.items() if pair[0] != pair[1]}


def counted(town, clock, wards):
    """Count the papers of these wards; return the poll, and each ward that is told otherwise."""
    files = {f"w{at}": file_of(ward) for at, ward in enumerate(wards)}
    poll = frozen(town, clock, **files)
    for code, read in files.items():
        act(poll, INES, import_ballots, ballots_of(read, poll.id, code))
    found = {
        ward: differing(ward, *rounds_of(poll, code))
        for ward, code in zip(wards, files, strict=True)
    }
    return poll, {ward: numbers for ward, numbers in found.items() if numbers}


@pytest.mark.parametrize("first", range(0, len(WARDS), 5))
def test_every_ward_is_counted_in_the_town_as_it_was_published(town, clock, first):
    poll, numbers = counted(town, clock, WARDS[first : first + 5])
    assert numbers == {}
    assert poll.rows("SELECT state FROM elections_election") == [("closed",)]
    assert complaints(town) == []


@pytest.mark.engines("postgresql")
def test_three_wards_are_counted_the_same_on_postgresql(town, clock):
    _poll, numbers = counted(town, clock, [EAST, *WARDS[-2:]])
    assert numbers == {}


@pytest.fixture
def ward(town, clock):
    """A frozen election of one ward, and its file."""
    read = file_of(EAST)
    return frozen(town, clock, east=read), read


def test_papers_lie_sorted_one_by_one_and_go_in_once(ward):
    poll, read = ward
    act(poll, INES, import_ballots, ballots_of(read, poll.id, "east"))
    contents = poll.rows("SELECT content FROM elections_poll_content ORDER BY position")
    assert contents == sorted(contents)
    assert len(contents) == 4420
    with pytest.raises(errors.AlreadyCounted):
        act(poll, INES, import_ballots, ballots_of(read, poll.id, "east"))


def test_a_file_of_another_question_is_refused(ward):
    poll, read = ward
    wish = ballots_of(read, poll.id, "east")
    others = [
        ballots_of(file_of(WARDS[0]), poll.id, "east"),
        wish.model_copy(update={"seats": 4}),
        wish.model_copy(update={"papers": (((("9",),), 1),)}),
    ]
    for other in others:
        with pytest.raises(errors.OtherBallots):
            act(poll, INES, import_ballots, other)
    with pytest.raises(errors.UnknownContest):
        act(poll, INES, import_ballots, ballots_of(read, poll.id, "west"))
    assert poll.rows("SELECT count(*) FROM elections_poll_content") == [(0,)]


def test_nothing_goes_into_a_draft_or_a_poll(town, clock, voting):
    poll, read = drafted(town, clock, east=file_of(EAST)), file_of(EAST)
    with pytest.raises(errors.StillRunning):
        act(poll, INES, import_ballots, ballots_of(read, poll.id, "east"))
    with pytest.raises(errors.UnknownElection):
        act(poll, INES, import_ballots, ballots_of(read, voting[0].id, "chair"))


@pytest.mark.engines("sqlite", "postgresql")
def test_the_database_closes_none_that_is_not_counted(ward):
    poll, _read = ward
    poll.run("UPDATE elections_election SET state = 'counting'")
    with pytest.raises(IntegrityError, match="elections_box_is_shut"):
        poll.run("UPDATE elections_election SET state = 'closed'")


def test_a_page_says_what_they_are(ward, client):
    poll, read = ward
    act(poll, INES, import_ballots, ballots_of(read, poll.id, "east"))
    result = client.get(f"/elections/{poll.id}/results").text
    assert "These ballots were cast and read elsewhere." in result
    page = client.get(f"/elections/{poll.id}/rounds/east").text
    assert "661 above the quota 1,106; papers move at 0.37408 of their value" in page
    assert "1128.06944" in page


def test_a_file_with_write_ins_is_left_to_the_counter():
    deck = FILES / "irv_small_test_deck_99_ballots_cvr.xlsx"
    read = read_file(deck, str(FILES / "irv_small_test_deck_99_ballots_rules.json"))
    with pytest.raises(Unreadable, match="write-ins"):
        ballots_of(read, "X", "q")


def test_few_lines_do_not_stand_for_more_papers_than_a_table_takes():
    told = {"id": "E", "contest": "q", "options": ["1"], "seats": 1}
    paper, most = [["1"]], MOST_PAPERS
    assert ImportBallots(**told, papers=[(paper, most - 1), (paper, 1)])
    with pytest.raises(ValidationError, match="more than 1,000,000 papers"):
        ImportBallots(**told, papers=[(paper, most), (paper, 1)])


def test_operators_set_up_and_count_on_the_command_line(town, clock, monkeypatch):
    monkeypatch.setattr("townsquare.services.elections.cli.found", lambda *_about: town)
    poll, file = drafted(town, clock), str(FILES / "scotland_2017_ballots" / f"{EAST}.csv")

    def run(*more):
        return CliRunner().invoke(elections, ["import-ballots", file, poll.id, "east", *more])

    assert "two people freeze it" in run("--set-up").output
    early = run()
    assert isinstance(early.exception, errors.StillRunning)
    poll.do(INES, freezing.propose_freeze, ChosenVersion, version=poll.version)
    poll.do(PRIYA, freezing.confirm_freeze, ConfirmFreeze, version=poll.version)
    assert run().output == "4,420 ballots were counted.\n"
