"""Who hands roles on, and who is never left without: the last administrator."""

from contextlib import nullcontext
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from tests.kit.guards import drop_trigger
from townsquare.core.audit import AuditEntry
from townsquare.core.errors import NotAllowed
from townsquare.core.identity.commands import ChangeRole, ChooseAccount, Invite
from townsquare.core.identity.errors import LastAdministrator, RoleBeyondOwn
from townsquare.core.identity.manifest import ADMINISTRATOR, APPOINT_ALONE
from townsquare.core.identity.models import (
    LAST_ADMINISTRATOR,
    AccountRoleRow,
    AccountRow,
    LinkRow,
    RoleRow,
)
from townsquare.core.identity.proposal_commands import ChooseProposal, ProposeAdministrator
from townsquare.core.identity.proposal_errors import NotTwoAdministrators, OnlyAdministrator
from townsquare.core.identity.steps import APPOINT, keep_roles
from townsquare.core.identity.usecases.administration import (
    disable_account,
    enable_account,
    grant_role,
    invite,
    withdraw_role,
)
from townsquare.core.identity.usecases.proposals import approve_proposal, propose_administrator
from townsquare.core.usecase import Actor

BOTH = pytest.mark.engines("sqlite", "postgresql")
GIVE, INVITE, DISABLE = "identity.role.grant", "identity.account.invite", "identity.account.disable"
LEND = "library.loan.create"
ENTRIES = select(AuditEntry).order_by(AuditEntry.id)


@pytest.fixture
def desk(town):
    """A role that allows one thing."""
    with town.sessions.begin() as db:
        keep_roles(db, {"desk": {LEND}})
    return "desk"


@pytest.fixture
def administrators(town, signed_in):
    """Two administrators, by the ids of their accounts; the first account is of who acts here."""
    signed_in()
    first, second = signed_in(ADMINISTRATOR), signed_in(ADMINISTRATOR)
    with town.sessions() as db:
        known = select(AccountRow.public_id)
        return [
            db.scalars(known.where(AccountRow.person == p.person)).one() for p in (first, second)
        ]


def member(town, signed_in):
    """Return the account of a new member; whoever acts in these tests has an older one."""
    signed_in()
    person = signed_in()
    with town.sessions() as db:
        return db.scalars(
            select(AccountRow.public_id).where(AccountRow.person == person.person)
        ).one()


def roles_of(town, account):
    with town.sessions() as db:
        chosen = (
            select(RoleRow.name)
            .join(AccountRoleRow, AccountRoleRow.role_id == RoleRow.id)
            .join(AccountRow, AccountRow.id == AccountRoleRow.account_id)
            .where(AccountRow.public_id == account)
        )
        return list(db.scalars(chosen))


@pytest.mark.parametrize(
    ("permissions", "given"),
    [((GIVE, LEND), True), ((GIVE, APPOINT), True), ((GIVE,), False), ((GIVE, INVITE), False)],
)
def test_a_role_is_given_by_whoever_has_it(town, desk, acting_as, signed_in, permissions, given):
    account = member(town, signed_in)
    wish = ChangeRole(id=account, role=desk)
    refused = nullcontext() if given else pytest.raises(RoleBeyondOwn, match=desk)
    with refused, acting_as(*permissions) as ctx:
        grant_role(ctx, wish)
    assert roles_of(town, account) == ([desk] if given else [])


def test_a_role_is_taken_and_promised_only_by_whoever_could_give_it(
    town, desk, acting_as, signed_in
):
    account = member(town, signed_in)
    with acting_as(GIVE, APPOINT) as ctx:
        grant_role(ctx, ChangeRole(id=account, role=desk))
    with pytest.raises(RoleBeyondOwn), acting_as(GIVE) as ctx:
        withdraw_role(ctx, ChangeRole(id=account, role=desk))
    with pytest.raises(RoleBeyondOwn), acting_as(INVITE) as ctx:
        invite(ctx, Invite(email="ben@example.org", role=desk))
    with pytest.raises(NotAllowed), acting_as(LEND, APPOINT) as ctx:
        invite(ctx, Invite(email="ben@example.org", role=desk))
    assert roles_of(town, account) == [desk]
    with town.sessions() as db:
        assert db.scalar(select(func.count(LinkRow.id))) == 0


def test_a_page_says_why_a_role_is_not_given(town, signed_in):
    clerk, account = signed_in(GIVE, DISABLE), member(town, signed_in)
    answer = clerk.client.post(
        f"/admin/accounts/{account}/grant",
        data={"role": ADMINISTRATOR},
        headers={"X-CSRF-Token": clerk.token},
    )
    assert answer.status_code == 403
    assert "allows more than you may do yourself" in answer.text
    assert roles_of(town, account) == []


def test_a_role_that_changes_acts_on_the_next_request(town, desk, signed_in):
    ben = signed_in("operations.operator")
    assert ben.client.get("/admin/jobs").status_code == 200
    with town.sessions.begin() as db:
        keep_roles(db, {"operations.operator": {LEND}})
    assert ben.client.get("/admin/jobs").status_code == 403


@BOTH
@pytest.mark.parametrize("act", [disable_account, withdraw_role])
def test_the_last_administrator_stays(town, administrators, acting_as, act):
    one, other = administrators
    wishes = {
        disable_account: lambda account: ChooseAccount(id=account),
        withdraw_role: lambda account: ChangeRole(id=account, role=ADMINISTRATOR),
    }
    with acting_as(GIVE, APPOINT, DISABLE) as ctx:
        act(ctx, wishes[act](one))
    with pytest.raises(LastAdministrator), acting_as(GIVE, APPOINT, DISABLE) as ctx:
        act(ctx, wishes[act](other))
    operator = Actor(0, "operator olga", frozenset({GIVE, APPOINT, APPOINT_ALONE, DISABLE}))
    with acting_as(actor=operator) as ctx:
        grant_role(ctx, ChangeRole(id=one, role=ADMINISTRATOR))
        enable_account(ctx, ChooseAccount(id=one))
        act(ctx, wishes[act](other))


def at_once(acting_as, accounts):
    """Disable all these accounts at one moment, and return what each unit has come to."""
    start, told = Barrier(len(accounts)), []

    def run(account):
        start.wait(30)
        try:
            with acting_as(DISABLE) as ctx:
                disable_account(ctx, ChooseAccount(id=account))
            told.append("done")
        except LastAdministrator:
            told.append("refused")

    threads = [Thread(target=run, args=(account,)) for account in accounts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return sorted(told)


@BOTH
def test_two_who_are_disabled_at_once_leave_one(administrators, acting_as):
    assert at_once(acting_as, administrators) == ["done", "refused"]


@BOTH
def test_without_its_guard_nobody_would_be_left(town, administrators, acting_as):
    drop_trigger(town, LAST_ADMINISTRATOR, "core_account")
    assert at_once(acting_as, administrators) == ["done", "done"]


ACTS = {
    "disable": "UPDATE core_account SET disabled_at = created_at WHERE public_id = '{one}'",
    "unconfirm": "UPDATE core_account SET confirmed_at = NULL WHERE public_id = '{one}'",
    "demote": (
        "DELETE FROM core_account_role WHERE account_id ="
        " (SELECT id FROM core_account WHERE public_id = '{one}')"
    ),
}
OTHER = "UPDATE core_account SET confirmed_at = NULL WHERE public_id = '{other}'"


def run(town, statement):
    with town.database.begin() as connection:
        connection.exec_driver_sql(statement)


@BOTH
@pytest.mark.parametrize("act", ACTS)
def test_who_has_never_confirmed_is_no_administrator_that_is_left(town, administrators, act):
    one, other = administrators
    run(town, OTHER.format(other=other))  # Two are left by name, and one who can sign in.
    with pytest.raises(IntegrityError, match=LAST_ADMINISTRATOR):
        run(town, ACTS[act].format(one=one))
    run(town, ACTS["disable"].format(one=other))  # Of them nothing hangs.
    run(town, f"UPDATE core_account SET disabled_at = NULL WHERE public_id = '{other}'")
    run(town, f"UPDATE core_account SET confirmed_at = created_at WHERE public_id = '{other}'")
    run(town, ACTS[act].format(one=one))


@BOTH
@pytest.mark.parametrize("act", ["disable", "demote"])
def test_a_guard_that_counts_them_would_leave_nobody(town, administrators, act):
    one, other = administrators
    run(town, OTHER.format(other=other))
    loosen(town, "core_account_last_administrator")
    loosen(town, "core_account_last_administrator_role")
    run(town, ACTS[act].format(one=one))


def loosen(town, trigger):
    """Let a guard count whoever has the role, as it did before."""
    lite, counts = town.database.dialect.name == "sqlite", " AND a.confirmed_at IS NOT NULL"
    table = "core_account_role" if trigger.endswith("_role") else "core_account"
    found = f"SELECT prosrc FROM pg_proc WHERE proname = '{trigger}'"
    if lite:
        found = f"SELECT sql FROM sqlite_master WHERE name = '{trigger}'"
    with town.database.begin() as connection:
        told = connection.exec_driver_sql(found).scalar_one().replace(counts, "")
    if lite:
        drop_trigger(town, trigger, table)
    else:
        head = f"CREATE OR REPLACE FUNCTION {trigger}() RETURNS trigger AS $$"
        told = f"{head}{told}$$ LANGUAGE plpgsql"
    run(town, told)


@BOTH
def test_who_has_never_confirmed_is_not_one_of_two(town, signed_in, administrators, acting_as):
    one, other = administrators
    maya = member(town, signed_in)
    with town.sessions() as db:
        named = {row.public_id: row for row in db.scalars(select(AccountRow))}
    may = frozenset({APPOINT, GIVE})
    first, second = (Actor(named[who].id, "A", may, confirmed=True) for who in (one, other))
    with acting_as(actor=first) as ctx:
        wish = ProposeAdministrator(email=named[maya].email, reason="She helps")
        made = propose_administrator(ctx, wish).id
    run(town, OTHER.format(other=other))
    with pytest.raises(NotTwoAdministrators), acting_as(actor=second) as ctx:
        approve_proposal(ctx, ChooseProposal(id=made))
    with pytest.raises(OnlyAdministrator), acting_as(actor=first) as ctx:
        propose_administrator(ctx, wish)


def test_every_act_of_an_administrator_is_audited_and_acts_at_once(town, desk, signed_in):
    olga, maya = signed_in(ADMINISTRATOR), signed_in(name="Maya Lind")
    with town.sessions() as db:
        numbers = {r.person: r for r in db.scalars(select(AccountRow))}
    by, account = numbers[olga.person].id, numbers[maya.person].public_id

    def does(path, **sent):
        headers = {"X-CSRF-Token": olga.token}
        return olga.client.post(f"/admin/{path}", data=sent, headers=headers).status_code

    assert does(f"accounts/{account}/grant", role="library.librarian") == 303
    assert maya.client.get("/library/desk").status_code == 200
    assert does(f"accounts/{account}/withdraw", role="library.librarian") == 303
    assert maya.client.get("/library/desk").status_code == 403
    assert does(f"accounts/{account}/disable") == 303
    assert maya.client.get("/account").status_code != 200
    assert does(f"accounts/{account}/enable") == 303
    assert maya.client.get("/account").status_code != 200  # Its sessions have ended for good.
    assert does("invitations", email="ben@example.org", role=desk) == 303
    with town.sessions() as db:
        told = [(e.actor_id, e.event, e.facts.get("role", "")) for e in db.scalars(ENTRIES)]
        links = set(db.scalars(select(LinkRow.public_id)))
        subjects = {e.subject for e in db.scalars(ENTRIES)}
    assert told == [
        (by, "identity.RoleGranted", "library.librarian"),
        (by, "identity.RoleWithdrawn", "library.librarian"),
        (by, "identity.AccountDisabled", ""),
        (by, "identity.AccountEnabled", ""),
        (by, "identity.Invited", desk),
    ]
    assert subjects == {account, *links}
