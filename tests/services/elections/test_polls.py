"""A poll from its draft to its result: what is promised of it is so."""

from dataclasses import replace

import pytest

from tests.kit.sound import complaints
from tests.services.elections.polling import (
    CHAIR,
    CLOSES,
    INES,
    OPENS,
    POLL,
    PRIYA,
    WORKS,
    drafted,
    opened,
)
from townsquare.core.errors import Invalid, NotAllowed, NotConfirmed, StaleVersion
from townsquare.core.identity.tokens import narrowed
from townsquare.core.usecase import Actor
from townsquare.services.elections import errors
from townsquare.services.elections.commands.elections import (
    AddContest,
    ConfirmFreeze,
    DraftElection,
    FindPublic,
    ReviseElection,
)
from townsquare.services.elections.commands.fields import MOST_QUESTIONS, Chosen, ChosenVersion
from townsquare.services.elections.commands.voting import EnrolVoter, FindReceipt, ImportRoll
from townsquare.services.elections.models.readiness import NO_QUESTION, NO_VOTERS
from townsquare.services.elections.queries.elections import (
    find_elections,
    read_election,
)
from townsquare.services.elections.queries.results import find_receipt
from townsquare.services.elections.usecases import freezing, rolls, setting_up
from townsquare.services.elections.usecases.counting import close_poll

BOTH = pytest.mark.engines("sqlite", "postgresql")
GUEST = Actor(0, "guest", frozenset({"public"}))


def looked(poll, who, look, kind=Chosen, **told):
    with poll.town.working(who, reads=True) as ctx:
        return look(ctx, kind.model_validate(told))


@BOTH
def test_a_poll_from_its_draft_to_its_result(voting, town):
    poll, (maya, ben, sofia) = voting
    first = poll.vote(maya, chair=["1"], works=["1"])
    receipt = poll.vote(maya, chair=["2"], works=["1", "2"])
    poll.vote(ben, chair=[], works=[])
    poll.vote(sofia, chair=["2"], works=["1"])
    assert complaints(town) == []
    assert poll.close() == 1
    told = poll.result()
    assert (told.voters, told.ballots) == (3, 3)
    chair, works = told.contests
    assert (chair.papers, chair.blank) == (3, 1)
    assert [(one.title, one.votes, one.elected) for one in chair.options] == [
        ("Ada", 0, False),
        ("Bo", 2, True),
        ("Cy", 0, False),
    ]
    assert [(one.title, one.votes) for one in works.options] == [("path", 2), ("well", 1)]
    for asked, found in ((receipt, True), (first, False)):
        said = looked(poll, GUEST, find_receipt, FindReceipt, id=poll.id, receipt=asked)
        assert said.found is found
    assert complaints(town) == []


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"closes": OPENS}, "closes"),
        ({"closes": "2026-03-01T00:00"}, "closes"),
        ({"zone": "Nowhere/City"}, "zone"),
        ({"zone": "posix/Asia/Manila"}, "zone"),
        ({"zone": "localtime"}, "zone"),
        ({"zone": "America/New_York", "closes": "9999-12-31T23:59"}, "closes"),
        ({"opens": "0001-01-01T00:00"}, "opens"),
        ({"zone": "Europe/London", "opens": "2026-10-25T01:30"}, "opens"),
        ({"zone": "Europe/London", "closes": "2026-03-29T01:30"}, "closes"),
    ],
)
def test_times_that_cannot_be_meant_are_refused(town, told, field):
    wish = {**POLL, "opens": OPENS, "closes": CLOSES, **told}
    with pytest.raises(Invalid) as refused, town.working(INES) as ctx:
        setting_up.draft_election(ctx, DraftElection.model_validate(wish))
    assert [*refused.value.fields] == [field]


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"least": 2, "most": 1}, "most"),
        ({"most": 4}, "most"),
        ({"seats": 4}, "seats"),
        ({"options": "\n".join(map(str, range(201)))}, "options"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused(poll, told, field):
    with pytest.raises(Invalid) as refused:
        poll.do(INES, setting_up.add_contest, AddContest, **{**CHAIR, "code": "new", **told})
    assert [*refused.value.fields] == [field]


def test_two_hundred_options_are_taken_and_equal_ones_told_apart(town, clock):
    poll = drafted(town, clock, contests=())
    names = "\n".join(["Ada", "Ada", *(f"Name {number}" for number in range(198))])
    poll.do(INES, setting_up.add_contest, AddContest, code="many", title="Many", options=names)
    many = looked(poll, INES, read_election, id=poll.id).contests[-1]
    assert len(many.options) == 200
    assert [option.title for option in many.options[:2]] == ["Ada (1)", "Ada (2)"]


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (["Ada", "Ada", "Ada (1)"], ["Ada (1)", "Ada (2)", "Ada (1) (3)"]),
        (["Ada Li", "ada  li", "Bo"], ["Ada Li (1)", "ada  li (2)", "Bo"]),
        (["نام", "نا\u200cم"], ["نام (1)", "نا\u200cم (2)"]),
    ],
)
def test_options_that_look_alike_are_told_apart(poll, names, shown):
    told = {"code": "alike", "title": "Alike", "options": "\n".join(names)}
    poll.do(INES, setting_up.add_contest, AddContest, **told)
    alike = looked(poll, INES, read_election, id=poll.id).contests[-1]
    assert [option.title for option in alike.options] == shown


@pytest.mark.parametrize("name", ["Bo\u200b", "Bo\u200d", "\u061cBo", "B\u00ado", "\ufeffBo"])
def test_a_name_has_no_sign_that_nobody_sees(name):
    with pytest.raises(ValueError, match="cannot be used here"):
        AddContest.model_validate({**CHAIR, "id": "X", "options": f"Bo\n{name}"})


def test_what_can_be_asked_can_be_answered(town, clock):
    asked = [{**CHAIR, "code": f"q{number}"} for number in range(MOST_QUESTIONS)]
    poll = drafted(town, clock, contests=asked)
    with pytest.raises(errors.BallotFull):
        poll.do(INES, setting_up.add_contest, AddContest, **CHAIR)
    (maya,) = poll.enrol("V-1")
    poll.freeze()
    poll.open()
    assert poll.vote(maya, **{one["code"]: ["1"] for one in asked})


def test_a_code_stands_for_one_question(poll):
    with pytest.raises(errors.ContestExists):
        poll.do(INES, setting_up.add_contest, AddContest, **CHAIR)


def test_nobody_but_the_office_knows_of_a_draft(poll):
    with pytest.raises(errors.UnknownElection):
        looked(poll, GUEST, read_election, id=poll.id)
    front = looked(poll, INES, find_elections, FindPublic)
    assert (front.current, front.past) == ([], [])


def test_a_draft_is_changed_as_it_was_read(poll):
    wish = {**POLL, "opens": OPENS, "closes": CLOSES, "title": "Other"}
    seen = poll.version
    poll.do(INES, setting_up.revise_election, ReviseElection, **wish, version=seen)
    with pytest.raises(StaleVersion):
        poll.do(INES, setting_up.revise_election, ReviseElection, **wish, version=seen)
    assert looked(poll, INES, read_election, id=poll.id).title == "Other"


def test_what_is_missing_is_said_before_anything_is_frozen(town, clock):
    poll = drafted(town, clock, contests=())
    with pytest.raises(errors.NotReady) as refused:
        poll.do(INES, freezing.propose_freeze, ChosenVersion, version=poll.version)
    assert refused.value.facts["missing"] == [NO_QUESTION, NO_VOTERS]


@BOTH
def test_two_people_freeze_an_election_as_they_have_read_it(poll):
    poll.enrol("V-1")
    with pytest.raises(errors.NotProposed):
        poll.do(PRIYA, freezing.confirm_freeze, ConfirmFreeze, version=poll.version)
    poll.do(INES, freezing.propose_freeze, ChosenVersion, version=poll.version)
    told = {"version": poll.version, "small_roll": True}
    with pytest.raises(errors.SamePerson):
        poll.do(INES, freezing.confirm_freeze, ConfirmFreeze, **told)
    seen = poll.version
    poll.enrol("V-2")  # Which takes the proposal back.
    with pytest.raises(StaleVersion):
        poll.do(PRIYA, freezing.confirm_freeze, ConfirmFreeze, version=seen)
    with pytest.raises(errors.NotProposed):
        poll.do(PRIYA, freezing.confirm_freeze, ConfirmFreeze, version=poll.version)
    program = replace(INES, id=0)
    with pytest.raises(errors.PeopleFreeze):
        poll.do(program, freezing.propose_freeze, ChosenVersion, version=poll.version)
    poll.freeze()
    assert poll.rows("SELECT state, length(setup_hash) FROM elections_election") == [("frozen", 64)]


def test_a_proposal_can_be_taken_back(poll):
    poll.enrol("V-1")
    poll.do(INES, freezing.propose_freeze, ChosenVersion, version=poll.version)
    poll.do(PRIYA, freezing.withdraw_freeze, ChosenVersion, version=poll.version)
    with pytest.raises(errors.NotProposed):
        poll.do(PRIYA, freezing.withdraw_freeze, ChosenVersion, version=poll.version)


def test_nothing_of_a_frozen_election_is_changed(voting):
    poll, _voters = voting
    wish = {**POLL, "opens": OPENS, "closes": CLOSES, "version": poll.version}
    entry = poll.rows("SELECT public_id FROM elections_roll_entry")[0][0]
    contest = poll.rows("SELECT public_id FROM elections_contest")[0][0]
    new = {"number": "V-9", "name": "New", "email": "v9@b.example"}
    tries = [
        (setting_up.revise_election, ReviseElection, wish),
        (setting_up.revise_election, ReviseElection, {**wish, "version": 1}),
        (setting_up.add_contest, AddContest, {**CHAIR, "code": "late"}),
        (setting_up.drop_contest, Chosen, {"id": contest}),
        (rolls.enrol_voter, EnrolVoter, new),
        (rolls.import_roll, ImportRoll, {"rows": "number,name,email\nV-9,New,v9@b.example"}),
        (rolls.remove_voter, Chosen, {"id": entry}),
        (freezing.propose_freeze, ChosenVersion, {"version": poll.version}),
    ]
    for act, kind, told in tries:
        with pytest.raises(errors.Frozen):
            poll.do(INES, act, kind, **told)


def test_a_poll_is_open_from_its_first_moment_until_before_its_last(town, clock):
    poll, (maya,) = opened(town, clock, "V-1")
    chosen = {"chair": ["1"], "works": []}
    for hour, minute, second in ((2, 59, 59), (12, 0, 0), (12, 0, 1)):
        clock.set(2026, 3, 2, hour, minute, second)
        with pytest.raises(errors.NotOpen):
            poll.vote(maya, **chosen)
    for hour, minute, second in ((3, 0, 0), (11, 59, 59)):
        clock.set(2026, 3, 2, hour, minute, second)
        poll.vote(maya, **chosen)
    with pytest.raises(errors.StillRunning):
        poll.do(INES, close_poll)
    clock.set(2026, 3, 2, 12, 0, 0)
    poll.do(INES, close_poll)
    with pytest.raises(errors.AlreadyCounted):
        poll.do(INES, close_poll)
    with pytest.raises(errors.NotOpen):
        poll.vote(maya, **chosen)


@pytest.mark.parametrize(
    "choices",
    [
        {"chair": ["1", "2"], "works": []},
        {"chair": ["9"], "works": []},
        {"chair": ["1"], "works": ["1", "1"]},
        {"chair": ["1"], "works": [], "other": ["1"]},
    ],
)
def test_what_cannot_stand_on_a_ballot_is_refused(voting, choices):
    poll, (maya, *_others) = voting
    with pytest.raises(errors.BallotInvalid) as refused:
        poll.vote(maya, **choices)
    assert len(refused.value.fields) == 1  # It is said of which question.
    assert poll.rows("SELECT count(*) FROM elections_poll_slot") == [(0,)]


def test_where_blank_is_no_answer_something_is_marked(town, clock):
    strict = {**CHAIR, "blank": False}
    poll, (maya,) = opened(town, clock, "V-1", contests=(strict,))
    with pytest.raises(errors.BallotInvalid):
        poll.vote(maya, chair=[])
    poll.vote(maya, chair=["3"])


def test_who_is_not_on_the_roll_does_not_vote(voting):
    poll, (maya, *_others) = voting
    for stranger in (replace(maya, person="P-OTHER"), replace(maya, person="")):
        with pytest.raises(errors.NotOnRoll):
            poll.vote(stranger, chair=["1"], works=[])
    with pytest.raises(NotAllowed):
        poll.vote(GUEST, chair=["1"], works=[])


def test_a_tie_is_broken_by_the_lot_and_said(voting):
    poll, (maya, ben, _sofia) = voting
    poll.vote(maya, chair=["1"], works=[])
    poll.vote(ben, chair=["3"], works=[])
    poll.close()
    chair = poll.result().contests[0]
    assert [one.title for one in chair.options if one.tied] == ["Ada", "Cy"]
    assert sum(one.elected for one in chair.options) == 1


def test_a_poll_that_nobody_voted_in_has_a_result(voting, town):
    poll, _voters = voting
    with pytest.raises(errors.NotCounted):
        poll.result()
    poll.close()
    told = poll.result()
    assert (told.ballots, [one.papers for one in told.contests]) == (0, [0, 0])
    assert not any(option.elected for one in told.contests for option in one.options)
    assert complaints(town) == []


ROLL = """number,name,email
V-1,Maya Santos,maya@b.example
V-2,Ben Okafor,ben@b.example
V-1,Twice,twice@b.example
,No number,none@b.example
V-4,"=cmd()",f@b.example
V-5,No address,nowhere
V-6,Short
V-7,Zoë Ångström,zoe@b.example
V-8\u200b,Hidden,hidden@b.example
"""


@BOTH
def test_a_list_is_checked_and_then_taken_line_by_line(poll):
    asked = {"id": poll.id, "rows": f"\ufeff{ROLL}"}
    checked = looked(poll, INES, rolls.check_roll, ImportRoll, **asked)
    assert poll.rows("SELECT count(*) FROM elections_roll_entry") == [(0,)]
    taken = poll.do(INES, rolls.import_roll, ImportRoll, rows=ROLL)
    assert checked == taken
    assert (taken.good, [fault.line for fault in taken.faults]) == (3, [4, 5, 6, 7, 8, 10])
    assert poll.rows("SELECT count(*) FROM elections_roll_entry") == [(3,)]
    again = looked(poll, INES, rolls.check_roll, ImportRoll, **asked)
    assert again.good == 0
    assert poll.do(INES, rolls.import_roll, ImportRoll, rows=ROLL) == again
    with pytest.raises(errors.UnknownElection):
        looked(poll, INES, rolls.check_roll, ImportRoll, id="01NOBODY", rows=ROLL)


@pytest.mark.parametrize("rows", ["a,b\n1,2", "number,number\n1,2", "number,name,email,\x01\n"])
def test_a_list_that_is_none_is_refused(poll, rows):
    with pytest.raises((errors.BadRoll, ValueError)):
        poll.do(INES, rolls.import_roll, ImportRoll, rows=rows)


def test_a_voter_has_one_number_and_a_number_one_voter(poll, town, clock):
    poll.enrol("V-1")
    other = drafted(town, clock)
    told = {"name": "Voter", "number": "V-1", "email": "V-1@b.example"}
    other.do(INES, rolls.enrol_voter, EnrolVoter, **told)  # The same one in another election.
    with pytest.raises(errors.OnTheRoll):
        other.do(INES, rolls.enrol_voter, EnrolVoter, **told)
    with pytest.raises(errors.VoterExists):
        other.do(INES, rolls.enrol_voter, EnrolVoter, **{**told, "email": "x@b.example"})


def test_somebody_is_taken_off_the_roll_of_a_draft(poll):
    poll.enrol("V-1")
    entry = poll.rows("SELECT public_id FROM elections_roll_entry")[0][0]
    poll.do(INES, rolls.remove_voter, id=entry)
    with pytest.raises(errors.UnknownEntry):
        poll.do(INES, rolls.remove_voter, id=entry)
    poll.do(
        INES,
        setting_up.drop_contest,
        id=poll.rows("SELECT public_id FROM elections_contest")[0][0],
    )
    assert [one.code for one in looked(poll, INES, read_election, id=poll.id).contests] == [
        WORKS["code"]
    ]


@pytest.mark.parametrize(
    ("act", "kind", "more"),
    [
        (freezing.propose_freeze, ChosenVersion, {}),
        (freezing.confirm_freeze, ConfirmFreeze, {"small_roll": True}),
    ],
)
def test_people_freeze_and_not_their_programs(poll, act, kind, more):
    """A token acts for a person, whose word it is not; nor is that an open browser's."""
    poll.enrol("V-1")
    if act is freezing.confirm_freeze:
        poll.do(INES, freezing.propose_freeze, ChosenVersion, version=poll.version)
    robot = narrowed(PRIYA, "elections.election.freeze")
    with pytest.raises(errors.PeopleFreeze):
        poll.do(robot, act, kind, version=poll.version, **more)
    with pytest.raises(NotConfirmed):
        poll.do(replace(PRIYA, confirmed=False), act, kind, version=poll.version, **more)
    poll.do(PRIYA, act, kind, version=poll.version, **more)
