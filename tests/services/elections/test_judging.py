"""Two people certify, annul and count again, and only when everything speaks for it."""

import pytest
from sqlalchemy.exc import IntegrityError

from tests.kit.guards import drop_trigger
from tests.services.elections.deciding import LENA, OMAR, act_on, judge, proposed
from tests.services.elections.polling import EVERYBODY, INES, PRIYA, opened
from townsquare.core.errors import NotAllowed
from townsquare.core.usecase import Actor
from townsquare.services.elections import errors
from townsquare.services.elections.commands.deciding import FileDispute, RuleDispute
from townsquare.services.elections.errors import judging as refusals
from townsquare.services.elections.permissions import CERTIFYING
from townsquare.services.elections.usecases.disputing import file_dispute, rule_dispute
from townsquare.services.elections.usecases.judging import confirm_judgement, withdraw_judgement

pytestmark = pytest.mark.engines("sqlite", "postgresql")
ELECTION, DECISION = "elections_election", "elections_decision"
DISPUTE = "elections_dispute"
MAYA = Actor(50, "Maya Santos", EVERYBODY, "P-MAYA")
ALL = INES.permissions | CERTIFYING


@pytest.fixture
def counted(voting):
    """A poll that has closed and was counted."""
    poll, (maya, *_others) = voting
    poll.vote(maya, chair=["1"], works=["1"])
    poll.close()
    return poll


def state(poll):
    return poll.rows(f"SELECT state FROM {ELECTION}")[0][0]


def objects(poll, kind="result", who=MAYA):
    told = {"statement": "The hall was shut.", "kind": kind}
    return poll.do(who, file_dispute, FileDispute, **told).id


def rule(poll, dispute, who=LENA):
    return poll.do(who, rule_dispute, RuleDispute, id=dispute, ruling="It was open.")


def test_two_officers_certify_a_result(counted):
    assert judge(counted, "certify").stage == "certified"
    assert counted.result().stage == "certified"
    told = counted.rows(f"SELECT kind, proposed_by, confirmed_by FROM {DECISION}")
    assert told == [("certify", "Lena Vogel", "Omar Haddad")]
    for kind in ("certify", "annul", "recount"):  # Nor is a poll ever counted again.
        with pytest.raises(refusals.NotNow):
            proposed(counted, kind)


def test_nothing_is_certified_before_it_is_counted(voting):
    poll, _voters = voting
    with pytest.raises(refusals.NotNow):
        proposed(poll, "certify")


@pytest.mark.parametrize("who", [INES, PRIYA])
def test_who_set_it_up_does_not_certify_it(counted, who):
    able = Actor(who.id, who.name, ALL, who.person, confirmed=True)
    with pytest.raises(refusals.RolesNotSeparate):
        proposed(counted, "certify", able)
    made = proposed(counted, "certify")
    with pytest.raises(refusals.RolesNotSeparate):
        act_on(counted, able, confirm_judgement, made)


def test_a_rehearsal_is_certified_by_anybody(town, clock):
    poll, _voters = opened(town, clock, "V-1", rehearsal=True)
    poll.close()
    able = Actor(INES.id, INES.name, ALL, INES.person, confirmed=True)
    assert judge(poll, "certify", first=able).stage == "certified"


def test_one_person_is_not_two(counted):
    made = proposed(counted, "certify")
    with pytest.raises(errors.SamePerson):
        act_on(counted, LENA, confirm_judgement, made)
    with pytest.raises(NotAllowed):
        act_on(counted, MAYA, confirm_judgement, made)
    act_on(counted, OMAR, withdraw_judgement, made)
    assert state(counted) == "closed"


def test_nobody_certifies_before_the_appeals_are_over(town, clock):
    poll, _voters = opened(town, clock, "V-1", appeal_days=3)
    poll.close()
    with pytest.raises(refusals.AppealsOpen):
        proposed(poll, "certify")
    clock.set(2026, 3, 5, 11, 59)
    with pytest.raises(refusals.AppealsOpen):
        proposed(poll, "certify")
    clock.set(2026, 3, 5, 12, 0)
    assert judge(poll, "certify").stage == "certified"


def test_the_database_waits_for_the_days_of_appeals(town, clock):
    poll, _voters = opened(town, clock, "V-1", appeal_days=3)
    poll.close()
    poll.run(
        f"INSERT INTO {DECISION} (public_id, created_at, election_id, kind, reason, proposed_by,"
        " proposed_by_id, confirmed_by) SELECT 'D', created_at, id, 'certify', 'x', 'x', 901, ''"
        f" FROM {ELECTION}"
    )
    confirmed = f"UPDATE {DECISION} SET confirmed_by_id = 902, confirmed_at = '2026-03-05 {{}}+00'"
    if town.database.dialect.name == "sqlite":
        confirmed = confirmed.replace("+00", ".000000")
    with pytest.raises(IntegrityError, match="elections_disputed"):
        poll.run(confirmed.format("11:59:59"))
    poll.run(confirmed.format("12:00:00"))


def test_an_objection_to_the_result_is_ruled_on_first(counted):
    made = proposed(counted, "certify")
    conduct, result = objects(counted, "conduct"), objects(counted)
    for attempt in (lambda: proposed(counted, "certify"), lambda: confirmed(counted, made)):
        with pytest.raises(refusals.AppealsOpen):
            attempt()
    rule(counted, result)
    confirmed(counted, made)
    assert state(counted) == "certified"
    rule(counted, conduct)


def confirmed(poll, made):
    return act_on(poll, OMAR, confirm_judgement, made)


def test_a_miscounted_poll_is_not_certified(counted, town):
    made = proposed(counted, "certify")
    drop_trigger(town, "elections_count_stays", "elections_count")
    counted.run("UPDATE elections_count SET papers = papers + 1")
    with pytest.raises(refusals.Miscounted):
        confirmed(counted, made)


def test_an_annulled_poll_goes_unread(voting):
    poll, (maya, *_others) = voting
    poll.vote(maya, chair=["1"], works=["1"])
    assert judge(poll, "annul").stage == "annulled"
    for table in ("slot", "key", "content", "receipt"):
        assert poll.rows(f"SELECT * FROM elections_poll_{table}") == []
    assert poll.close() == 0
    with pytest.raises(errors.NotCounted):
        poll.result()
    with pytest.raises(errors.NotOpen):
        poll.vote(maya, chair=["1"], works=["1"])
    jobs = "SELECT count(*) FROM core_job WHERE name = 'elections.wipe-box'"
    assert poll.rows(jobs) == [(1,)]


def test_an_annulled_result_says_so(counted):
    judge(counted, "annul")
    assert counted.result().stage == "annulled"
    with pytest.raises(refusals.NotNow):
        objects(counted)


def test_rulings_are_by_somebody_else_and_stay(counted):
    mine = objects(counted, who=LENA)
    with pytest.raises(refusals.OwnDispute):
        rule(counted, mine)
    with pytest.raises(NotAllowed):
        rule(counted, mine, who=MAYA)
    rule(counted, mine, who=OMAR)
    with pytest.raises(refusals.UnknownDispute):
        rule(counted, mine, who=OMAR)


def test_one_person_has_few_objections_open(counted):
    for _time in range(5):
        objects(counted)
    with pytest.raises(refusals.ManyDisputes):
        objects(counted)
    objects(counted, who=LENA)


RULED = "state = 'ruled', ruling = 'No', ruled_at = created_at"
ATTEMPTS = [
    (DISPUTE, "kept", f"DELETE FROM {DISPUTE}"),
    (DISPUTE, "stays", f"UPDATE {DISPUTE} SET statement = 'Nothing'"),
    (DISPUTE, "stays", f"UPDATE {DISPUTE} SET filed_by_id = 99"),
    (ELECTION, "judged", f"UPDATE {ELECTION} SET state = 'certified'"),
    (ELECTION, "judged", f"UPDATE {ELECTION} SET state = 'annulled'"),
    (
        *(DECISION, "disputed"),
        f"UPDATE {DECISION} SET confirmed_by_id = 8, confirmed_at = created_at",
    ),
    (
        *(DECISION, "confirmer"),
        f"UPDATE {DECISION} SET confirmed_by_id = 5, confirmed_at = created_at",
    ),
]


@pytest.mark.parametrize(("table", "name", "attempt"), ATTEMPTS)
def test_the_database_refuses_what_was_not_decided(counted, town, table, name, attempt):
    proposed(counted, "certify")
    dispute = objects(counted)
    if name == "confirmer":
        rule(counted, dispute)
    with pytest.raises(IntegrityError, match=r"elections_(frozen|undecided|disputed|roles)"):
        counted.run(attempt)
    drop_trigger(town, f"{table}_{name}", table)
    counted.run(attempt)


def test_a_ruling_stays(counted, town):
    rule(counted, objects(counted))
    attempt = f"UPDATE {DISPUTE} SET ruling = 'Yes'"
    with pytest.raises(IntegrityError, match="elections_frozen"):
        counted.run(attempt)
    drop_trigger(town, f"{DISPUTE}_stays", DISPUTE)
    counted.run(attempt)


def test_a_quorum_is_reached_or_not(town, clock):
    missed, voters = opened(town, clock, "V-1", "V-2", "V-3", quorum_num=2, quorum_den=3)
    missed.vote(voters[0], chair=["1"], works=[])
    missed.close()
    assert missed.result().quorum_reached is False


def test_a_quorum_is_reached_exactly(town, clock):
    poll, voters = opened(town, clock, "V-1", "V-2", "V-3", quorum_num=2, quorum_den=3)
    for voter in voters[:2]:
        poll.vote(voter, chair=["1"], works=[])
    poll.close()
    assert poll.result().quorum_reached is True
