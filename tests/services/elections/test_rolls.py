"""The roll of journey 5: lists with styles and weights, whole precincts, challenges, frozen."""

from dataclasses import replace
from threading import Barrier, Thread

import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tests.services.elections.polling import EVERYBODY, INES, PRIYA, drafted
from townsquare.core.errors import Invalid, StaleVersion
from townsquare.core.personal.acts import erase_myself
from townsquare.core.personal.commands import EraseMyself
from townsquare.core.usecase import Actor, declared
from townsquare.services.elections import errors
from townsquare.services.elections.commands.fields import Chosen, ChosenVersion
from townsquare.services.elections.commands.rolls import (
    ChallengeVoter,
    ConfirmRemoval,
    DecideChallenge,
    DefineStyle,
    MoveVoters,
    OfRollPrecinct,
    RevisePlace,
)
from townsquare.services.elections.commands.voting import EnrolVoter, ImportRoll
from townsquare.services.elections.errors import rolls as roll_errors
from townsquare.services.elections.models.forgetting import GONE
from townsquare.services.elections.models.founding import voters_of
from townsquare.services.elections.queries.elections import read_set_up
from townsquare.services.elections.queries.registration import (
    check_registration,
    read_roll_work,
)
from townsquare.services.elections.rules.units import groups_of, unit_of
from townsquare.services.elections.usecases import challenging, freezing, moving, rolls, styling

pytestmark = pytest.mark.engines("sqlite", "postgresql")
NORTH = {"code": "north", "title": "The north", "contests": "works"}
GROUNDS = "Moved to the next town in May."


def looked(poll, look, who=INES, **told):
    kind = declared(look).command
    with poll.town.working(who, reads=True) as ctx:
        return look(ctx, kind.model_validate({"id": poll.id, **told}))


def entry(poll, number):
    ((found,),) = poll.rows(
        "SELECT r.public_id FROM elections_roll_entry r JOIN elections_voter v"
        f" ON v.id = r.voter_id WHERE v.number = '{number}'"
    )
    return found


def enrolled(poll, number, **more):
    told = {"number": number, "name": f"Voter {number}", "email": f"{number}@b.example"}
    poll.do(INES, rolls.enrol_voter, EnrolVoter, **told, **more)
    return entry(poll, number)


def listed(many=1200):
    """Return a list with two numbers that come twice, and one line without a number."""
    lines = [
        f"V{n},Zoë {n},v{n}@b.example,{'109-A' if n % 2 else '109-C'},{'north' if n % 3 else ''},"
        for n in range(1, many - 2)
    ]
    lines += [lines[4], lines[9], ",Nobody,nobody@b.example,109-A,,"]
    return "\n".join(["number,name,email,precinct,style,weight", *lines])


def test_a_long_list_is_taken_and_a_precinct_moved_in_few_statements(town, clock):
    poll = drafted(town, clock)
    poll.do(INES, styling.define_style, DefineStyle, **NORTH)
    told = poll.do(INES, rolls.import_roll, ImportRoll, rows=listed())
    assert (told.good, [one.line for one in told.faults]) == (1197, [1199, 1200, 1201])
    assert "V5 stands in line 6" in told.faults[0].reason
    assert [(one.code, one.voters) for one in looked(poll, read_roll_work).styles] == [
        ("north", 798)
    ]
    wish = {"precinct": "109-A", "to": "109-B"}
    assert looked(poll, moving.preview_move, **wish).voters == 599
    said = []
    event.listen(town.database, "before_cursor_execute", lambda *one: said.append(one[2]))
    assert poll.do(INES, moving.move_precinct_voters, MoveVoters, **wish).voters == 599
    assert len([one for one in said if "elections_" in one]) <= 7
    places = looked(poll, read_roll_work).precincts
    assert [(one.precinct, one.voters) for one in places] == [("109-B", 599), ("109-C", 598)]
    lived = "SELECT precinct, count(*) FROM elections_voter GROUP BY precinct ORDER BY 1"
    assert poll.rows(lived) == [("109-B", 599), ("109-C", 598)]
    with pytest.raises(roll_errors.NobodyThere):
        poll.do(INES, moving.move_precinct_voters, MoveVoters, **wish)
    with pytest.raises(Invalid):
        poll.do(INES, moving.move_precinct_voters, MoveVoters, precinct="109-B", to="109-B")


def test_a_list_names_styles_that_are_and_weights_that_count(poll):
    rows = "number,name,email,style,weight\nA,Ann,a@b.example,south,1\nB,Bo,b@b.example,,0\n"
    told = poll.do(INES, rolls.import_roll, ImportRoll, rows=f"{rows}C,Cy,c@b.example,,2")
    assert (told.good, [one.line for one in told.faults]) == (1, [2, 3])
    assert "no style south" in told.faults[0].reason


def test_two_people_take_a_precinct_off_the_roll(poll):
    enrolled(poll, "A", precinct="1")
    enrolled(poll, "B", precinct="2")
    poll.do(INES, moving.remove_precinct_voters, OfRollPrecinct, precinct="1")
    with pytest.raises(roll_errors.RemovalExists):
        poll.do(INES, moving.remove_precinct_voters, OfRollPrecinct, precinct="1")
    (removal,) = looked(poll, read_roll_work).removals
    assert (removal.voters, removal.mine) == (1, True)
    told = {"id": removal.id, "many": 1}
    with pytest.raises(errors.SamePerson):
        poll.do(INES, moving.confirm_removal, ConfirmRemoval, **told)
    with pytest.raises(StaleVersion):
        poll.do(PRIYA, moving.confirm_removal, ConfirmRemoval, **{**told, "many": 2})
    poll.do(PRIYA, moving.confirm_removal, ConfirmRemoval, **told)
    assert [one.precinct for one in looked(poll, read_roll_work).precincts] == ["2"]
    with pytest.raises(roll_errors.UnknownRemoval):
        poll.do(PRIYA, moving.confirm_removal, ConfirmRemoval, **told)
    with pytest.raises(IntegrityError):
        poll.run("DELETE FROM elections_removal")


def test_of_two_who_confirm_one_removal_at_once_one_does(poll):
    enrolled(poll, "A", precinct="1")
    poll.do(INES, moving.remove_precinct_voters, OfRollPrecinct, precinct="1")
    (removal,) = looked(poll, read_roll_work).removals
    ready, found = Barrier(2), []

    def confirm():
        ready.wait()
        try:
            poll.do(PRIYA, moving.confirm_removal, ConfirmRemoval, id=removal.id, many=1)
            found.append("done")
        except roll_errors.UnknownRemoval:
            found.append("gone")

    both = [Thread(target=confirm) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(found) == ["done", "gone"]


@pytest.mark.parametrize(("uphold", "left"), [(True, 1), (False, 2)])
def test_a_challenge_is_decided_by_another_person(poll, uphold, left):
    place = enrolled(poll, "A", precinct="1")
    enrolled(poll, "B")
    told = {"id": place, "grounds": GROUNDS}
    poll.do(INES, challenging.challenge_voter, ChallengeVoter, **told)
    with pytest.raises(roll_errors.ChallengeOpen):
        poll.do(INES, challenging.challenge_voter, ChallengeVoter, **told)
    with pytest.raises(roll_errors.ChallengeOpen):
        poll.do(INES, rolls.remove_voter, id=place)
    with pytest.raises(errors.NotReady) as refused:
        poll.do(INES, freezing.propose_freeze, ChosenVersion, version=poll.version)
    assert "challenged" in str(refused.value.facts)
    (challenge,) = looked(poll, read_roll_work).challenges
    decision = {"id": challenge.id, "uphold": uphold, "ruling": "Heard on Monday."}
    with pytest.raises(errors.SamePerson):
        poll.do(INES, challenging.decide_challenge, DecideChallenge, **decision)
    poll.do(PRIYA, challenging.decide_challenge, DecideChallenge, **decision)
    with pytest.raises(roll_errors.UnknownChallenge):
        poll.do(PRIYA, challenging.decide_challenge, DecideChallenge, **decision)
    assert poll.rows("SELECT count(*) FROM elections_roll_entry") == [(left,)]
    poll.freeze()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE elections_roll_entry SET state = 'eligible'",
        "DELETE FROM elections_roll_entry",
        "DELETE FROM elections_challenge",
        "UPDATE elections_challenge SET grounds = 'none'",
        "UPDATE elections_challenge SET state = 'dismissed', ruling = 'so', decided_by_id = 5",
    ],
)
def test_no_statement_gets_around_a_challenge(poll, statement):
    told = {"id": enrolled(poll, "A"), "grounds": GROUNDS}
    poll.do(INES, challenging.challenge_voter, ChallengeVoter, **told)
    with pytest.raises(IntegrityError):
        poll.run(statement)


def test_who_is_suspended_comes_onto_no_roll(poll, town, clock):
    place = enrolled(poll, "A")
    poll.do(INES, challenging.suspend_voter, id=place)
    assert any("suspended" in one for one in looked(poll, read_set_up).missing)
    other = drafted(town, clock)
    with pytest.raises(roll_errors.VoterSuspended):
        other.enrol("A")
    poll.do(INES, challenging.restore_voter, id=place)
    other.enrol("A")
    poll.freeze()


def test_the_database_freezes_no_roll_that_is_not_settled(poll):
    enrolled(poll, "A")
    poll.run("UPDATE elections_voter SET state = 'suspended'")
    with pytest.raises(IntegrityError, match="elections_roll_undecided"):
        poll.run(
            "UPDATE elections_election SET state = 'frozen', setup_hash = 'x', drawn = 'x',"
            " proposed_by_id = 5, confirmed_by_id = 6"
        )


ADDS_A_QUESTION = (
    "INSERT INTO elections_style_contest SELECT s.id, c.id FROM elections_style s,"
    " elections_contest c WHERE c.code = 'chair'"
)
ACTS = [
    (styling.define_style, DefineStyle, {**NORTH, "code": "south"}),
    (moving.move_precinct_voters, MoveVoters, {"precinct": "1", "to": "2"}),
    (moving.remove_precinct_voters, OfRollPrecinct, {"precinct": "1"}),
    (styling.revise_place, RevisePlace, {"weight": 1}),
    (challenging.suspend_voter, Chosen, {}),
    (challenging.restore_voter, Chosen, {}),
    (challenging.challenge_voter, ChallengeVoter, {"grounds": GROUNDS}),
    (rolls.remove_voter, Chosen, {}),
]


def test_after_the_freezing_no_act_and_no_statement_changes_the_roll(poll):
    poll.do(INES, styling.define_style, DefineStyle, **NORTH)
    place = enrolled(poll, "A", precinct="1")
    poll.freeze()
    for act, wish, told in ACTS:
        whole = {"id": poll.id if "contests" in told or "precinct" in told else place}
        with pytest.raises(errors.Frozen):
            poll.do(INES, act, wish, **whole, **told)
    with pytest.raises(errors.Frozen):
        looked(poll, moving.preview_move, precinct="1", to="2")
    ((style,),) = poll.rows("SELECT public_id FROM elections_style")
    with pytest.raises(errors.Frozen):
        poll.do(INES, styling.drop_style, id=style)
    for statement in (
        "UPDATE elections_roll_entry SET precinct = '2'",
        "UPDATE elections_roll_entry SET weight = 3",
        "UPDATE elections_style SET title = 'South'",
        "DELETE FROM elections_style_contest",
        "DELETE FROM elections_style",
        ADDS_A_QUESTION,
    ):
        with pytest.raises(IntegrityError, match="elections_frozen"):
            poll.run(statement)


@pytest.mark.engines("sqlite")
def test_an_election_on_paper_has_neither_weights_nor_styles(town, clock):
    poll = drafted(town, clock, tier="paper")
    poll.do(INES, styling.define_style, DefineStyle, **NORTH)
    place = enrolled(poll, "A", weight=3, style="north")
    missing = looked(poll, read_set_up).missing
    assert len([one for one in missing if "election of its kind has not" in one]) == 2
    poll.do(INES, styling.revise_place, RevisePlace, id=place)
    missing = looked(poll, read_set_up).missing
    assert not [one for one in missing if "election of its kind has not" in one]


def test_styles_have_questions_of_the_draft_and_stay_while_in_use(poll):
    for told in ({"contests": "mayor"}, {"code": "all"}):
        with pytest.raises(Invalid):
            poll.do(INES, styling.define_style, DefineStyle, **{**NORTH, **told})
    poll.do(INES, styling.define_style, DefineStyle, **NORTH)
    with pytest.raises(roll_errors.StyleExists):
        poll.do(INES, styling.define_style, DefineStyle, **NORTH)
    place = enrolled(poll, "A", style="north")
    (style,) = looked(poll, read_roll_work).styles
    assert (style.contests, style.voters) == (["works"], 1)
    with pytest.raises(roll_errors.StyleInUse):
        poll.do(INES, styling.drop_style, id=style.id)
    with pytest.raises(roll_errors.UnknownStyle):
        poll.do(INES, styling.revise_place, RevisePlace, id=place, style="south")
    poll.do(INES, styling.revise_place, RevisePlace, id=place)
    poll.do(INES, styling.drop_style, id=style.id)
    with pytest.raises(roll_errors.NoSuchStyle):
        poll.do(INES, styling.drop_style, id=style.id)


def test_a_voter_reads_where_and_on_what_they_vote(town, clock):
    poll = drafted(town, clock, tier="encrypted")
    poll.do(INES, styling.define_style, DefineStyle, **NORTH)
    enrolled(poll, "A", precinct="109-B", style="north", weight=3)
    enrolled(poll, "B")
    poll.run(
        "INSERT INTO elections_precinct (public_id, created_at, code, name, polling_place,"
        " address, hours) SELECT 'P', created_at, '109-B', 'East', 'School', 'Road 1', '8 to 20'"
        " FROM elections_election"
    )
    seeing = EVERYBODY | INES.permissions
    maya = Actor(50, "A", seeing, person=poll.voter("A").person)
    told = looked(poll, check_registration, maya)
    assert (told.on_roll, told.style, told.questions, told.weight) == (True, "north", ["Works"], 3)
    assert (told.polling_place, told.address, told.hours) == ("School", "Road 1", "8 to 20")
    other = looked(poll, check_registration, Actor(51, "X", seeing, person="P-X"))
    assert (other.on_roll, other.questions, other.number) == (False, [], "")
    ((number,),) = poll.rows("SELECT id FROM elections_election")
    with Session(town.database) as db:
        found = voters_of(db, number)
    lines = [(one.number, one.style, one.group, one.weight) for one in found]
    assert lines == [("A", "north", "109-b", 3), ("B", "all", "all", 1)]
    assert [one.kind for one in looked(poll, read_set_up).warnings] == ["small-roll", "few-alike"]


def test_small_units_are_counted_with_their_neighbours():
    assert (unit_of("109 A/ü"), unit_of(""), unit_of("--")) == ("109-a", "all", "all")
    units = [*["a"] * 4, *["b"] * 7, *["c"] * 10, *["d"] * 9]
    assert groups_of(units) == [("a", ["a", "b"]), ("c", ["c", "d"])]
    assert groups_of(["all"] * 3) == [("all", ["all"])]
    assert groups_of([]) == []


@pytest.mark.parametrize("frozen", [True, False])
def test_who_leaves_is_named_in_no_challenge_of_a_frozen_roll(poll, signed_in, frozen):
    maya = signed_in(name="Maya Santos", confirmed=True)
    ((email, account),) = poll.rows(
        f"SELECT email, id FROM core_account WHERE person = '{maya.person}'"
    )
    told = {"number": "A", "name": "Maya Santos", "email": email}
    poll.do(INES, rolls.enrol_voter, EnrolVoter, **told)
    enrolled(poll, "B")
    herself = Actor(account, "Maya Santos", EVERYBODY | INES.permissions, person=maya.person)
    poll.do(INES, challenging.challenge_voter, ChallengeVoter, id=entry(poll, "A"), grounds=GROUNDS)
    asked = {"id": entry(poll, "B"), "grounds": GROUNDS}
    poll.do(herself, challenging.challenge_voter, ChallengeVoter, **asked)
    for challenge in looked(poll, read_roll_work).challenges:
        decision = {"id": challenge.id, "uphold": False, "ruling": "Heard."}
        poll.do(PRIYA, challenging.decide_challenge, DecideChallenge, **decision)
    if frozen:
        poll.freeze()
    with poll.town.working(replace(herself, confirmed=True)) as ctx:
        erase_myself(ctx, EraseMyself(email=email))
    found = poll.rows(
        "SELECT number, grounds, ruling, filed_by FROM elections_challenge ORDER BY id"
    )
    assert found[0][0].startswith("left-")
    assert found[0][1:] == (GONE, GONE, "Ines Moreau")
    assert (found[1][0], found[1][1]) == ("B", GROUNDS)
    assert "Maya" not in str(found)
