"""Somebody else is erased by two administrators, and by nobody alone."""

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from tests.core.identity.conftest import MAY, mails_to
from tests.kit.guards import drop_constraint
from townsquare.core.audit import AuditEntry
from townsquare.core.errors import NotAllowed, NotConfirmed
from townsquare.core.identity.commands import ChangeRole, ChooseAccount
from townsquare.core.identity.errors import ErasedAlready
from townsquare.core.identity.manifest import ADMINISTRATOR
from townsquare.core.identity.models import AccountRow, SessionRow, TokenRow
from townsquare.core.identity.proposal_commands import ChooseProposal, ProposeAdministrator
from townsquare.core.identity.proposal_errors import (
    AlreadyProposed,
    NotTwoAdministrators,
    OnlyAdministrator,
    OwnProposal,
    ProposalDecided,
    ProposalExpired,
    UnknownProposal,
)
from townsquare.core.identity.proposals import ProposalRow
from townsquare.core.identity.steps import APPOINT
from townsquare.core.identity.usecases.administration import (
    disable_account,
    enable_account,
    grant_role,
)
from townsquare.core.identity.usecases.proposals import (
    approve_proposal,
    propose_administrator,
    withdraw_proposal,
)
from townsquare.core.ids import new_id
from townsquare.core.personal.commands import ProposeErasure
from townsquare.core.personal.erasing import approve_erasure, propose_erasure
from townsquare.core.personal.errors import IsAdministrator
from townsquare.core.usecase import Actor

BOTH = pytest.mark.engines("sqlite", "postgresql")
WHY = "She has asked for it by letter"


@pytest.fixture
def maya(enters, town):
    """Maya, signed in, with a program that acts for her."""
    somebody = enters("Maya Lind")
    with town.sessions.begin() as db:
        times = {"created_at": town.now(), "ends_at": town.now().replace(year=2030)}
        mine = {"account_id": somebody.account.id, "made_by_id": somebody.account.id}
        db.add(TokenRow(key_hash="k" * 64, name="Lamp", scope="read", **mine, **times))
    return somebody


@pytest.fixture
def pending(does, olga, ravi, maya):  # Ravi could agree.
    """What Olga has proposed: that Maya is erased."""
    return ChooseProposal(id=does(olga, propose_erasure, wish_for(maya)).id)


def wish_for(somebody):
    return ProposeErasure(id=somebody.account.public_id, reason=WHY)


def kept(town, somebody):
    """Return the account of somebody as it is now."""
    with town.sessions() as db:
        return db.get_one(AccountRow, somebody.account.id)


def audited(town):
    with town.sessions() as db:
        rows = db.scalars(select(AuditEntry).order_by(AuditEntry.id))
        return [(row.event, row.actor_id, row.subject) for row in rows]


def run(town, statement, **values):
    with town.database.begin() as connection:
        connection.execute(text(statement), values)


@BOTH
def test_two_administrators_erase_somebody(town, does, pending, olga, ravi, maya):
    assert kept(town, maya).erased_at is None
    does(ravi, approve_erasure, pending)
    row = kept(town, maya)
    assert (row.name, row.email.endswith("@left.invalid")) == ("Somebody who left", True)
    assert None not in (row.erased_at, row.disabled_at)
    with town.sessions() as db:
        mine = SessionRow.account_id == row.id
        assert db.scalar(select(func.count(SessionRow.id)).where(mine)) == 0
        living = (TokenRow.account_id == row.id) & TokenRow.revoked_at.is_(None)
        assert db.scalar(select(func.count(TokenRow.id)).where(living)) == 0
        asked = db.scalars(select(ProposalRow).filter_by(public_id=pending.id)).one()
        assert (asked.state, asked.reason) == ("approved", "")
    about, mine, other = row.public_id, olga.account.id, ravi.account.id
    assert audited(town) == [
        ("personal.ErasureProposed", mine, about),
        ("identity.ProposalApproved", other, about),
        ("personal.AccountErased", other, about),
    ]


@BOTH
def test_who_proposes_it_does_not_approve_it(town, does, pending, olga, ravi, maya, enters):
    with pytest.raises(OwnProposal):
        does(olga, approve_erasure, pending)
    clerk = enters("Ben Ortiz")
    with pytest.raises(NotTwoAdministrators):  # Whatever has let him come so far.
        does(clerk, approve_erasure, pending)
    assert kept(town, maya).erased_at is None
    does(ravi, approve_erasure, pending)


def test_nobody_is_erased_alone(does, olga, maya):
    with pytest.raises(OnlyAdministrator, match="townsquare users grant"):
        does(olga, propose_erasure, wish_for(maya))


@BOTH
def test_a_proposal_of_one_kind_does_nothing_of_the_other(
    town, does, pending, olga, ravi, maya, enters
):
    with pytest.raises(UnknownProposal):
        does(ravi, approve_proposal, pending)
    ben = enters("Ben Ortiz")
    appoint = ProposeAdministrator(email=ben.account.email, reason="He helps")
    other = ChooseProposal(id=does(olga, propose_administrator, appoint).id)
    with pytest.raises(UnknownProposal):
        does(ravi, approve_erasure, other)
    given = (
        "INSERT INTO core_account_role (account_id, role_id, proposal_id) SELECT p.account_id,"
        " r.id, p.id FROM core_proposal p, core_role r"
        " WHERE r.name = 'administrator' AND p.kind = 'erasure'"
    )
    run(
        town,
        "UPDATE core_proposal SET state = 'approved', decided_by_id = :by, decided_at = :at"
        " WHERE kind = 'erasure'",
        by=ravi.account.id,
        at=town.now(),
    )
    with pytest.raises(IntegrityError, match="core_account_role_unapproved"):
        run(town, given)
    assert kept(town, ben).erased_at is None


def test_of_one_person_one_thing_waits_at_a_time(does, pending, olga, ravi, maya):
    appoint = ProposeAdministrator(email=maya.account.email, reason="She helps")
    for act, wish in ((propose_erasure, wish_for(maya)), (propose_administrator, appoint)):
        with pytest.raises(AlreadyProposed):
            does(ravi, act, wish)
    does(olga, withdraw_proposal, pending)
    does(ravi, propose_erasure, wish_for(maya))


def test_an_administrator_gives_the_role_back_first(does, olga, ravi):
    with pytest.raises(IsAdministrator):
        does(olga, propose_erasure, wish_for(ravi))
    with pytest.raises(IsAdministrator):  # Nor by this way oneself.
        does(olga, propose_erasure, wish_for(olga))


def test_it_waits_for_seven_days_and_happens_once(town, clock, does, pending, ravi, olga, maya):
    clock.advance(days=7)
    with pytest.raises(ProposalExpired):
        does(ravi, approve_erasure, pending)
    later = ChooseProposal(id=does(olga, propose_erasure, wish_for(maya)).id)
    does(ravi, approve_erasure, later)
    with pytest.raises(ProposalDecided):
        does(ravi, approve_erasure, later)
    with pytest.raises(ErasedAlready):
        does(olga, propose_erasure, wish_for(maya))


def test_nobody_comes_back_by_an_erased_account(does, pending, olga, ravi, maya):
    does(ravi, approve_erasure, pending)
    about = {"id": maya.account.public_id}
    with pytest.raises(ErasedAlready):
        does(olga, enable_account, ChooseAccount(**about))
    with pytest.raises(ErasedAlready):
        does(olga, grant_role, ChangeRole(role="library.librarian", **about))


def test_who_was_disabled_can_be_erased(town, does, pending, olga, ravi, maya):
    does(olga, disable_account, ChooseAccount(id=maya.account.public_id))
    does(ravi, approve_erasure, pending)
    assert kept(town, maya).erased_at is not None


def test_only_who_may_and_has_shown_who_they_are(acting_as, pending, olga, ravi, maya):
    sleepy = Actor(ravi.account.id, "Ravi Nair", MAY)
    clerk = Actor(ravi.account.id, "Ravi Nair", MAY - {APPOINT}, confirmed=True)
    for act, wish in ((approve_erasure, pending), (propose_erasure, wish_for(maya))):
        with pytest.raises(NotConfirmed), acting_as(actor=sleepy) as ctx:
            act(ctx, wish)
        with pytest.raises(NotAllowed), acting_as(actor=clerk) as ctx:
            act(ctx, wish)
    with pytest.raises(UnknownProposal), acting_as(actor=olga.actor) as ctx:
        approve_erasure(ctx, ChooseProposal(id=new_id()))


def test_they_are_told_before_and_not_after(town, does, pending, ravi, maya):
    to = maya.account.email
    (told,) = mails_to(town, to)
    assert ("about to be erased" in told, WHY in told) == (True, False)
    (asked,) = mails_to(town, ravi.account.email)
    assert ("waits for a second" in asked, "Maya" in asked, to in asked) == (True, False, False)
    does(ravi, approve_erasure, pending)
    assert len(mails_to(town, to)) == 1
    with town.database.connect() as connection:
        jobs = "SELECT count(*) FROM core_job WHERE CAST(payload AS TEXT) LIKE :to"
        assert connection.scalar(text(jobs), {"to": f"%{to}%"}) == 0


@BOTH
def test_without_its_guard_the_same_person_would_do_both(town, does, pending, olga, maya):
    drop_constraint(town, "ck_core_proposal_two_people", "core_proposal")
    does(olga, approve_erasure, pending)
    assert kept(town, maya).erased_at is not None


def send(somebody, path, **sent):
    return somebody.at.client.post(path, data={**sent, "csrf_token": somebody.at.token})


def test_the_pages_lead_from_the_account_to_the_second_one(town, olga, ravi, maya):
    account = f"/admin/accounts/{maya.account.public_id}"
    assert f"{account}/erasure" in olga.at.client.get(account).text
    form = olga.at.client.get(f"{account}/erasure").text
    assert ("Propose to erase Maya Lind" in form, maya.account.email in form) == (True, True)
    empty = send(olga, f"{account}/erasure", reason="")
    assert (empty.status_code, "There is a problem" in empty.text) == (422, True)
    place = send(olga, f"{account}/erasure", reason=WHY).headers["Location"]
    again = send(olga, f"{account}/erasure", reason="Once more")
    assert (again.status_code, "Once more" in again.text) == (409, True)
    assert "Erase" in ravi.at.client.get("/admin/proposals").text
    asked = ravi.at.client.get(place).text
    assert (WHY in asked, "Approve and erase" in asked, "Erase Maya Lind" in asked) == (True,) * 3
    assert send(olga, f"{place}/erasure").status_code == 303  # Refused, and said there:
    assert "You have proposed this yourself" in olga.at.client.get(place).text
    assert send(ravi, f"{place}/erasure").status_code == 303
    done = ravi.at.client.get(place).text
    assert ("Approved" in done, "Maya" in done, "left.invalid" in done) == (True, False, False)
    assert maya.at.client.get("/account").status_code != 200
    send(ravi, f"{place}/erasure")  # Sent twice: nobody reads that nothing was erased.
    twice = ravi.at.client.get(place).text
    assert ("is decided" in twice, "Nothing was erased" in twice) == (True, False)
    left = olga.at.client.get(account).text
    assert ("Erased for good" in left, "Give this role" in left) == (True, False)
    assert "left.invalid" not in left + olga.at.client.get("/admin/accounts").text
    assert "was approved" in mails_to(town, olga.account.email)[-1]


def test_the_pages_say_what_is_in_the_way(olga, ravi, enters):
    told = olga.at.client.get(f"/admin/accounts/{ravi.account.public_id}/erasure").text
    assert ("let another administrator take that role" in told, "<textarea" in told) == (
        True,
        False,
    )
    sleepy = enters("Kofi Mensah", ADMINISTRATOR, confirmed=False)
    answer = sleepy.at.client.get(f"/admin/accounts/{ravi.account.public_id}/erasure")
    assert answer.headers["Location"].startswith("/account/confirmation")
