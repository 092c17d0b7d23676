"""What people read at the door and behind it."""

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from townsquare.core.audit import AuditEntry
from townsquare.core.identity.commands import (
    ChooseAccount,
    FindAccounts,
    Nothing,
    ReadAudit,
    ThisSession,
)
from townsquare.core.identity.models import AccountRoleRow, AccountRow, RoleRow, SessionRow
from townsquare.core.identity.results import (
    Account,
    AccountLine,
    Accounts,
    AuditLine,
    AuditPage,
    DemoPerson,
    Device,
)
from townsquare.core.identity.steps import chosen_account
from townsquare.core.usecase import Context, query

PAGE = 20
MOST_DEVICES = 50


@query("identity.demo.people", permission="public")
def demo_people(ctx: Context, _wish: Nothing) -> list[DemoPerson]:
    """Return the people of a demo town, in the order of the cast; none elsewhere."""
    chosen = select(AccountRow).where(AccountRow.demo_sentence != "").order_by(AccountRow.id)
    return [DemoPerson(r.public_id, r.name, r.demo_sentence) for r in ctx.db.scalars(chosen)]


@query("identity.session.view", permission="signed-in")
def my_sessions(ctx: Context, wish: ThisSession) -> list[Device]:
    """Return the browsers in which this person is signed in, this one first, then the latest."""
    chosen = select(SessionRow).where(
        SessionRow.account_id == ctx.actor.id,
        SessionRow.ended_at.is_(None),
        SessionRow.ends_at > ctx.now(),
    )
    latest = chosen.order_by(
        SessionRow.key_hash != wish.key_hash, SessionRow.last_seen_at.desc(), SessionRow.id.desc()
    )
    return [
        Device(r.public_id, r.agent, r.created_at, r.last_seen_at, r.key_hash == wish.key_hash)
        for r in ctx.db.scalars(latest.limit(MOST_DEVICES))
    ]


@query("identity.account.view")
def find_accounts(ctx: Context, wish: FindAccounts) -> Accounts:
    """Return accounts by address, page by page."""
    roles = (
        select(func.aggregate_strings(RoleRow.name, " "))
        .join(AccountRoleRow, AccountRoleRow.role_id == RoleRow.id)
        .where(AccountRoleRow.account_id == AccountRow.id)
        .scalar_subquery()
    )
    chosen = select(AccountRow, roles).where(AccountRow.email > wish.after.casefold())
    if wish.words:
        folded = wish.words.casefold()
        chosen = chosen.where(
            or_(
                AccountRow.email.contains(folded, autoescape=True),
                func.lower(AccountRow.name).contains(folded, autoescape=True),
            )
        )
    rows = ctx.db.execute(chosen.order_by(AccountRow.email).limit(PAGE + 1)).all()
    items = [
        AccountLine(
            id=a.public_id,
            email=a.email,
            name=a.name,
            roles=sorted((held or "").split()),
            disabled=a.disabled_at is not None,
            erased=a.erased_at is not None,
        )
        for a, held in rows[:PAGE]
    ]
    return Accounts(items, items[-1].email if len(rows) > PAGE else "")


@query("identity.account.read", permission="identity.account.view")
def read_account(ctx: Context, wish: ChooseAccount) -> Account:
    """Return one account with its roles."""
    row = chosen_account(ctx, wish)
    roles = ctx.db.scalars(
        select(RoleRow.name)
        .join(AccountRoleRow, AccountRoleRow.role_id == RoleRow.id)
        .where(AccountRoleRow.account_id == row.id)
        .order_by(RoleRow.name)
    )
    return Account(
        row.public_id,
        row.version,
        row.email,
        row.name,
        list(roles),
        disabled=row.disabled_at is not None,
        confirmed=row.confirmed_at is not None,
        erased=row.erased_at is not None,
    )


@query("identity.role.view", permission="identity.account.view")
def role_names(ctx: Context, _wish: Nothing) -> list[str]:
    """Return the names of all roles."""
    return list(ctx.db.scalars(select(RoleRow.name).order_by(RoleRow.name)))


@query("audit.view")
def read_audit(ctx: Context, wish: ReadAudit) -> AuditPage:
    """Return what happened, newest first, page by page."""
    # An entry tells by number who did it, and to which account; whoever reads wants the names.
    doer, about = aliased(AccountRow), aliased(AccountRow)
    chosen = (
        select(AuditEntry, func.coalesce(doer.name, AuditEntry.actor_name), about.name)
        .outerjoin(doer, doer.id == AuditEntry.actor_id)
        .outerjoin(about, about.public_id == AuditEntry.subject)
    )
    if wish.service:
        chosen = chosen.where(AuditEntry.service == wish.service)
    if wish.before:
        chosen = chosen.where(AuditEntry.id < wish.before)
    rows = ctx.db.execute(chosen.order_by(AuditEntry.id.desc()).limit(PAGE + 1)).all()
    items = [
        AuditLine(r.id, r.at, who, r.service, r.pattern(), r.facts, named or "")
        for r, who, named in rows[:PAGE]
    ]
    return AuditPage(items, items[-1].id if len(rows) > PAGE else None)
