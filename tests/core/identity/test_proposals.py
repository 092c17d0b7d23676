"""An administrator is made by two administrators, or by whoever runs the machine."""

from functools import partial
from threading import Barrier, Thread

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from tests.core.identity.conftest import MAY, Somebody, mails_to
from tests.kit.browsers import Browser
from tests.kit.guards import drop_constraint, drop_index, drop_trigger
from townsquare.core.audit import AuditEntry
from townsquare.core.errors import NotAllowed, NotConfirmed
from townsquare.core.identity.commands import ChangeRole, ChooseAccount, Invite
from townsquare.core.identity.manifest import ADMINISTRATOR, APPOINT_ALONE
from townsquare.core.identity.models import AccountRoleRow, AccountRow, LinkRow, RoleRow
from townsquare.core.identity.proposal_commands import (
    ChooseProposal,
    ProposeAdministrator,
    RefuseProposal,
)
from townsquare.core.identity.proposal_errors import (
    AccountClosed,
    AlreadyAdministrator,
    AlreadyProposed,
    NotOwnProposal,
    NotTwoAdministrators,
    OnlyAdministrator,
    OwnProposal,
    ProposalDecided,
    ProposalExpired,
    TakesTwo,
    UnknownProposal,
)
from townsquare.core.identity.proposals import ProposalRow
from townsquare.core.identity.steps import APPOINT
from townsquare.core.identity.usecases.administration import (
    disable_account,
    grant_role,
    invite,
    withdraw_role,
)
from townsquare.core.identity.usecases.proposals import (
    approve_proposal,
    propose_administrator,
    refuse_proposal,
    withdraw_proposal,
)
from townsquare.core.personal.acts import erase_myself
from townsquare.core.personal.commands import EraseMyself
from townsquare.core.usecase import Actor

BOTH = pytest.mark.engines("sqlite", "postgresql")
WHY = "She looks after the town in winter"


@pytest.fixture
def maya(enters):
    return enters("Maya Lind")


@pytest.fixture
def pending(does, olga, ravi, maya):
    """What Olga has proposed: that Maya becomes an administrator."""
    wish = ProposeAdministrator(email=maya.account.email, reason=WHY)
    return ChooseProposal(id=does(olga, propose_administrator, wish).id)


def rules(town, somebody):
    """Tell whether this person is an administrator."""
    with town.sessions() as db:
        chosen = (
            select(func.count())
            .select_from(AccountRoleRow)
            .join(RoleRow, RoleRow.id == AccountRoleRow.role_id)
            .where(RoleRow.name == ADMINISTRATOR, AccountRoleRow.account_id == somebody.account.id)
        )
        return db.scalar(chosen) == 1


def audited(town):
    """Return what the audit says of proposals and roles, the oldest first."""
    with town.sessions() as db:
        rows = db.scalars(select(AuditEntry).order_by(AuditEntry.id))
        return [(row.event.partition(".")[2], row.subject, row.facts) for row in rows]


def run(town, statement):
    with town.database.begin() as connection:
        connection.execute(text(statement))


@BOTH
def test_two_administrators_make_a_third(town, does, pending, ravi, maya):
    assert not rules(town, maya)
    does(ravi, approve_proposal, pending)
    assert rules(town, maya)
    told = {"account": maya.account.public_id, "proposal": pending.id}
    about = maya.account.public_id
    assert audited(town) == [
        ("AdministratorProposed", about, told),
        ("ProposalApproved", about, told),
        ("RoleGranted", about, {"account": about, "role": ADMINISTRATOR}),
    ]


def test_nobody_makes_an_administrator_alone(town, acting_as, olga, maya):
    wish = ChangeRole(id=maya.account.public_id, role=ADMINISTRATOR)
    with pytest.raises(TakesTwo), acting_as(actor=olga.actor) as ctx:
        grant_role(ctx, wish)
    with pytest.raises(TakesTwo), acting_as(actor=olga.actor) as ctx:
        invite(ctx, Invite(email="ben@example.org", role=ADMINISTRATOR))
    assert not rules(town, maya)
    with town.sessions() as db:
        assert db.scalar(select(func.count(LinkRow.id))) == 0


def test_neither_who_proposes_nor_who_gains_decides(town, does, pending, olga, maya):
    for somebody in (olga, maya):  # Maya would have to be an administrator; she is none.
        with pytest.raises((OwnProposal, NotTwoAdministrators)):
            does(somebody, approve_proposal, pending)
    with pytest.raises(OwnProposal):
        does(olga, refuse_proposal, RefuseProposal(id=pending.id, answer="No"))
    assert not rules(town, maya)


@BOTH
def test_a_second_session_of_the_same_person_is_the_same_person(town, does, pending, olga):
    # A session belongs to one account for ever, so that another one opens no second person.
    again = Somebody(olga.at, olga.account)
    with pytest.raises(OwnProposal):
        does(again, approve_proposal, pending)
    with town.sessions() as db:
        assert db.scalars(select(ProposalRow.state).filter_by(public_id=pending.id)).one() == (
            "waiting"
        )


@BOTH
def test_a_proposal_waits_for_seven_days(town, clock, does, pending, olga, ravi, maya):
    clock.advance(days=7)
    with pytest.raises(ProposalExpired):
        does(ravi, approve_proposal, pending)
    assert not rules(town, maya)
    again = ProposeAdministrator(email=maya.account.email, reason=WHY)
    later = does(olga, propose_administrator, again)
    clock.advance(days=6, hours=23)
    does(ravi, approve_proposal, ChooseProposal(id=later.id))
    assert rules(town, maya)


@pytest.mark.parametrize("act", ["approve", "refuse", "withdraw"])
def test_what_is_decided_is_not_decided_again(does, pending, olga, ravi, enters, act):
    acts = {
        "approve": partial(does, ravi, approve_proposal, pending),
        "refuse": partial(does, ravi, refuse_proposal, RefuseProposal(id=pending.id, answer="No")),
        "withdraw": partial(does, olga, withdraw_proposal, pending),
    }
    acts[act]()
    third = enters("Kofi Mensah", ADMINISTRATOR)
    with pytest.raises(ProposalDecided):
        does(third, approve_proposal, pending)
    with pytest.raises(ProposalDecided):
        acts["withdraw"]()


@BOTH
@pytest.mark.parametrize("who", ["olga", "ravi"])
def test_both_are_administrators_when_it_is_approved(town, does, pending, olga, ravi, maya, who):
    gone = {"olga": olga, "ravi": ravi}[who]
    other = {"olga": ravi, "ravi": olga}[who]
    wish = ChangeRole(id=gone.account.public_id, role=ADMINISTRATOR)
    does(other, withdraw_role, wish)
    with pytest.raises(NotTwoAdministrators):
        does(ravi, approve_proposal, pending)
    assert not rules(town, maya)


def test_who_is_disabled_gets_no_power(town, does, pending, olga, ravi, maya):
    does(olga, disable_account, ChooseAccount(id=maya.account.public_id))
    with pytest.raises(AccountClosed):
        does(ravi, approve_proposal, pending)
    does(olga, withdraw_proposal, pending)
    with pytest.raises(AccountClosed):
        does(
            olga, propose_administrator, ProposeAdministrator(email=maya.account.email, reason=WHY)
        )
    assert not rules(town, maya)


@BOTH
def test_somebody_is_proposed_once_at_a_time(does, pending, olga, ravi, maya):
    wish = ProposeAdministrator(email=maya.account.email, reason=WHY)
    with pytest.raises(AlreadyProposed):
        does(ravi, propose_administrator, wish)
    invited = ProposeAdministrator(email="ben@example.org", reason=WHY)
    does(ravi, propose_administrator, invited)
    with pytest.raises(AlreadyProposed):
        does(olga, propose_administrator, invited)
    does(olga, withdraw_proposal, pending)
    does(ravi, propose_administrator, wish)


def test_who_has_the_role_is_not_proposed(does, olga, ravi):
    with pytest.raises(AlreadyAdministrator):
        does(
            olga, propose_administrator, ProposeAdministrator(email=ravi.account.email, reason=WHY)
        )


def test_only_who_proposed_takes_it_back(does, pending, ravi):
    with pytest.raises(NotOwnProposal):
        does(ravi, withdraw_proposal, pending)
    with pytest.raises(UnknownProposal):
        does(ravi, approve_proposal, ChooseProposal(id="01HZZZZZZZZZZZZZZZZZZZZZZZ"))


def test_nobody_who_has_not_shown_who_they_are_and_no_program(acting_as, pending, olga, ravi):
    sleepy = Actor(ravi.account.id, "Ravi Nair", MAY)
    with pytest.raises(NotConfirmed), acting_as(actor=sleepy) as ctx:
        approve_proposal(ctx, pending)
    with pytest.raises(NotConfirmed), acting_as(actor=sleepy) as ctx:
        propose_administrator(ctx, ProposeAdministrator(email="ben@example.org", reason=WHY))
    clerk = Actor(olga.account.id, "Olga Stone", MAY - {APPOINT}, confirmed=True)
    with pytest.raises(NotAllowed), acting_as(actor=clerk) as ctx:
        approve_proposal(ctx, pending)


def test_who_is_invited_joins_by_the_approval(app, town, does, mailed, olga, ravi):
    wish = ProposeAdministrator(email="Ben@example.org", reason=WHY)
    made = does(olga, propose_administrator, wish)
    assert mails_to(town, "ben@example.org") == []  # Not before somebody has agreed.
    does(ravi, approve_proposal, ChooseProposal(id=made.id))
    Browser(app).send(
        mailed("invitation", "ben@example.org"), {"name": "Ben", "password": "five blue bicycles"}
    )
    with town.sessions() as db:
        row = db.scalars(select(ProposalRow).filter_by(public_id=made.id)).one()
        ben = db.scalars(select(AccountRow).filter_by(email="ben@example.org")).one()
        assert (row.account_id, row.email) == (ben.id, "")
    assert rules(town, Somebody(None, ben))


def test_an_invitation_that_nobody_has_approved_opens_nothing(app, town, acting_as, olga, mailed):
    with acting_as(actor=olga.actor) as ctx:
        invite(ctx, Invite(email="ben@example.org", role="library.manager"))
    run(town, f"UPDATE core_link SET role = '{ADMINISTRATOR}'")  # As one from before this release.
    told = {"name": "Ben", "password": "five blue bicycles"}
    answer = Browser(app).send(mailed("invitation", "ben@example.org"), told)
    assert answer.status_code == 409
    with town.sessions() as db:
        assert db.scalar(select(func.count()).where(AccountRow.email == "ben@example.org")) == 0


def test_the_only_administrator_is_told_of_the_operator(does, olga, maya):
    with pytest.raises(OnlyAdministrator, match="townsquare users grant"):
        does(
            olga, propose_administrator, ProposeAdministrator(email=maya.account.email, reason=WHY)
        )
    for page in ("/admin/proposals", "/admin/proposals/new"):
        told = olga.at.client.get(page)
        assert (told.status_code, "users grant EMAIL administrator" in told.text) == (200, True)
        assert 'name="reason"' not in told.text


def test_the_operator_grants_alone_and_it_is_written_down(town, monkeypatch, olga, maya):
    from townsquare.cli import users

    monkeypatch.setattr(users, "_town", lambda: town)
    for verb in (["grant", maya.account.email], ["invite", "ben@example.org"]):
        said = CliRunner().invoke(users.users, [*verb, ADMINISTRATOR], catch_exceptions=False)
        assert said.exit_code == 0
    assert rules(town, maya)
    with town.sessions() as db:
        kept = [(r.origin, r.state, r.proposed_by_id) for r in db.scalars(select(ProposalRow))]
        entry = db.scalars(select(AuditEntry).filter_by(event="identity.RoleGranted")).one()
    assert kept == [("console", "approved", 0)] * 3  # Olga's, too.
    assert (entry.actor_name.split()[0], entry.subject) == ("operator", maya.account.public_id)


@BOTH
def test_whoever_has_an_account_is_no_operator(town, acting_as, olga, maya):
    disguised = Actor(olga.account.id, "operator", MAY | {APPOINT_ALONE})
    wish = ChangeRole(id=maya.account.public_id, role=ADMINISTRATOR)
    refused = pytest.raises(IntegrityError, match="ck_core_proposal_origin")
    with refused, acting_as(actor=disguised) as ctx:
        grant_role(ctx, wish)
    assert not rules(town, maya)


@BOTH
def test_what_was_proposed_for_somebody_who_leaves_goes_with_them(
    town, does, pending, olga, ravi, maya
):
    does(maya, erase_myself, EraseMyself(email=maya.account.email))
    with town.sessions() as db:
        row = db.scalars(select(ProposalRow).filter_by(public_id=pending.id)).one()
    assert (row.state, row.reason, row.email) == ("withdrawn", "", "")
    with pytest.raises((AccountClosed, ProposalDecided)):
        does(ravi, approve_proposal, pending)


def test_an_address_that_was_proposed_goes_with_whoever_had_it(town, does, enters, olga, ravi):
    assert ravi
    wish = ProposeAdministrator(email="ben@example.org", reason=WHY)
    made = does(olga, propose_administrator, wish)
    ben = enters("Ben Ortiz")
    run(town, f"UPDATE core_account SET email = '{wish.email}' WHERE id = {ben.account.id}")
    does(ben, erase_myself, EraseMyself(email=wish.email))
    with town.sessions() as db:
        row = db.scalars(select(ProposalRow).filter_by(public_id=made.id)).one()
    assert (row.state, row.reason, "ben" in row.email) == ("withdrawn", "", False)


def at_once(*acts):
    """Do all of this at one moment, and return what each has come to."""
    start, told = Barrier(len(acts)), []

    def each(act):
        start.wait(30)
        try:
            act()
            told.append("done")
        except (ProposalDecided, NotTwoAdministrators) as error:
            told.append(type(error).__name__)

    threads = [Thread(target=each, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return sorted(told)


@BOTH
def test_of_two_approvals_at_once_one_counts(town, does, pending, ravi, maya, enters):
    third = enters("Kofi Mensah", ADMINISTRATOR)
    acts = [partial(does, who, approve_proposal, pending) for who in (ravi, third)]
    assert at_once(*acts) == ["ProposalDecided", "done"]
    assert [name for name, *_ in audited(town)].count("RoleGranted") == 1
    assert rules(town, maya)


@BOTH
def test_an_approval_and_the_loss_of_the_role_come_one_after_the_other(
    town, does, pending, olga, ravi, maya
):
    wish = ChangeRole(id=ravi.account.public_id, role=ADMINISTRATOR)
    told = at_once(
        partial(does, ravi, approve_proposal, pending), partial(does, olga, withdraw_role, wish)
    )
    names = [name for name, *_ in audited(town)]
    if rules(town, maya):  # Then Ravi still had it.
        assert told == ["done", "done"]
        assert names.index("ProposalApproved") < names.index("RoleWithdrawn")
    else:
        assert told == ["NotTwoAdministrators", "done"]


APPROVE = (
    "UPDATE core_proposal SET state = 'approved', decided_by_id = {by},"
    " decided_at = '2026-03-02 03:00:00+00:00' WHERE state = 'waiting'"
)
GRANT = (
    "INSERT INTO core_account_role (account_id, role_id, proposal_id)"
    " SELECT {maya}, id, {proposal} FROM core_role WHERE name = 'administrator'"
)
ANOTHER = (
    "INSERT INTO core_proposal (public_id, created_at, version, origin, account_id, email, reason,"
    " state, expires_at, proposed_by_id, answer) SELECT 'another', created_at, 1, '{origin}',"
    " {account}, '{email}', '', '{state}', expires_at, {by}, '' FROM core_proposal"
    " WHERE origin = 'people'"
)
ALONE = (
    "INSERT INTO core_proposal (public_id, created_at, version, kind, origin, account_id,"
    " email, reason, state, expires_at, proposed_by_id, answer) SELECT 'another', created_at,"
    " 1, 'erasure', 'console', {ravi}, '', '', 'approved', expires_at, 0, ''"
    " FROM core_proposal WHERE origin = 'people'"
)
NEW = {"origin": "people", "account": "{ravi}", "email": "", "state": "waiting", "by": "{olga}"}
DROPS = {"ck": drop_constraint, "uq": lambda town, name, _table: drop_index(town, name)}
# The guard, its table, and what somebody careless would do.
GUARDS = (
    ("ck_core_proposal_two_people", "core_proposal", APPROVE.replace("{by}", "{olga}")),
    (
        "core_proposal_two_administrators",
        "core_proposal",
        APPROVE.replace("{by}", "{ben}"),
    ),
    (
        "ck_core_proposal_in_time",
        "core_proposal",
        APPROVE.replace("{by}", "{ravi}").replace("2026-03-02", "2026-03-09"),
    ),
    (
        "ck_core_proposal_not_for_oneself",
        "core_proposal",
        ANOTHER.format(**{**NEW, "account": "{olga}"}),
    ),
    ("ck_core_proposal_origin", "core_proposal", ANOTHER.format(**{**NEW, "origin": "console"})),
    (
        "ck_core_proposal_erasure",
        "core_proposal",
        ALONE,
    ),
    (
        "ck_core_proposal_kind",
        "core_proposal",
        ANOTHER.format(**NEW)
        .replace("version,", "version, kind,")
        .replace("created_at, 1,", "created_at, 1, 'whim',"),
    ),
    ("core_proposal_begins", "core_proposal", ANOTHER.format(**{**NEW, "state": "withdrawn"})),
    ("uq_core_proposal_account", "core_proposal", ANOTHER.format(**{**NEW, "account": "{maya}"})),
    (
        "core_proposal_stays",
        "core_proposal",
        "UPDATE core_proposal SET proposed_by_id = {ben} WHERE origin = 'people'",
    ),
    (
        "core_proposal_stays",
        "core_proposal",
        "UPDATE core_proposal SET kind = 'erasure' WHERE origin = 'people'",
    ),
    (
        "core_proposal_is_kept",
        "core_proposal",
        "DELETE FROM core_proposal WHERE origin = 'people'",
    ),
    ("core_account_role_unapproved", "core_account_role", GRANT.replace("{proposal}", "NULL")),
    ("core_account_role_unapproved", "core_account_role", GRANT),
    (
        "core_account_role_unapproved_later",
        "core_account_role",
        "UPDATE core_account_role SET account_id = {maya} WHERE account_id = {ravi}",
    ),
)


@pytest.fixture
def numbers(town, pending, olga, ravi, maya, enters):
    """The accounts of all by number, Ben's too, who is no administrator, and the proposal."""
    known = {"olga": olga, "ravi": ravi, "maya": maya, "ben": enters("Ben Ortiz")}
    with town.sessions() as db:
        waits = db.scalars(select(ProposalRow.id).filter_by(public_id=pending.id)).one()
    return {"proposal": waits, **{name: each.account.id for name, each in known.items()}}


@BOTH
@pytest.mark.parametrize(("guard", "table", "act"), GUARDS)
def test_the_database_stops_who_does_not_care(town, numbers, guard, table, act):
    statement = act.format(**numbers)
    with pytest.raises(IntegrityError):
        run(town, statement)
    DROPS.get(guard[:2], drop_trigger)(town, guard, table)
    run(town, statement)  # Without its guard it would be done.


def send(somebody, path, **sent):
    return somebody.at.client.post(path, data={**sent, "csrf_token": somebody.at.token})


def test_the_pages_lead_from_the_account_to_the_second_one(town, olga, ravi, maya):
    page = olga.at.client.get(f"/admin/accounts/{maya.account.public_id}").text
    assert "Propose as administrator" in page
    assert 'value="administrator"' not in page
    form = f"/admin/proposals/new?account={maya.account.public_id}"
    assert maya.account.email in olga.at.client.get(form).text
    email = maya.account.email
    answer = send(olga, "/admin/proposals/new", email=email, reason=WHY)
    place = answer.headers["Location"]
    assert "Take it back" in olga.at.client.get(place).text
    assert "Approve" not in olga.at.client.get(place).text
    (mail,) = mails_to(town, ravi.account.email)
    assert (place in mail, "Maya" in mail, email in mail) == (True, False, False)
    assert "Maya Lind" in ravi.at.client.get("/admin/proposals").text
    assert WHY in ravi.at.client.get(place).text
    assert send(ravi, f"{place}/approval").status_code == 303
    assert "Approved" in ravi.at.client.get(place).text
    assert maya.at.client.get("/admin/accounts").status_code == 200
    (told,) = mails_to(town, olga.account.email)
    assert "was approved" in told
    assert "Nothing waits" in olga.at.client.get("/admin/proposals").text


def test_a_refusal_says_why(town, pending, olga, ravi):
    place = f"/admin/proposals/{pending.id}"
    empty = send(ravi, f"{place}/refusal", answer="")
    assert (empty.status_code, "There is a problem" in empty.text) == (422, True)
    assert send(ravi, f"{place}/refusal", answer="Ask her first").status_code == 303
    assert "Ask her first" in olga.at.client.get(place).text
    assert "was refused" in mails_to(town, olga.account.email)[-1]
    late = send(ravi, f"{place}/approval")
    assert "decided or taken back already" in ravi.at.client.get(late.headers["Location"]).text


def test_a_refused_form_keeps_what_was_typed(pending, olga, maya):
    again = send(olga, "/admin/proposals/new", email=maya.account.email, reason="Once more")
    assert (again.status_code, "This is proposed already" in again.text) == (409, True)
    assert "Once more" in again.text
    assert send(olga, f"/admin/proposals/{pending.id}/withdrawal").status_code == 303


def test_the_pages_ask_first_who_it_is(pending, enters):
    sleepy = enters("Kofi Mensah", ADMINISTRATOR, confirmed=False)
    assert sleepy.at.client.get("/admin/proposals").status_code == 200
    for page in ("/admin/proposals/new", f"/admin/proposals/{pending.id}"):
        answer = sleepy.at.client.get(page)
        assert answer.headers["Location"].startswith("/account/confirmation")
    answer = send(sleepy, f"/admin/proposals/{pending.id}/approval")
    assert answer.headers["Location"].startswith("/account/confirmation")
