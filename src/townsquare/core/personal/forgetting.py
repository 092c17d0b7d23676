"""How the town itself forgets somebody: nothing that names them stays, what is counted does."""

from collections.abc import Iterator

import msgspec
from sqlalchemy import delete, exists, or_, select, update

from townsquare.core.errors import DomainError
from townsquare.core.identity.factors import FactorRow, HalfSignInRow, RecoveryCodeRow, TryRow
from townsquare.core.identity.manifest import ADMINISTRATOR
from townsquare.core.identity.models import (
    AccountRoleRow,
    AccountRow,
    LinkRow,
    RoleRow,
    SessionRow,
    TokenRow,
)
from townsquare.core.identity.passkeys import PasskeyRow
from townsquare.core.identity.proposals import WAITING, WITHDRAWN, ProposalRow
from townsquare.core.identity.throttle import THROTTLE, Try
from townsquare.core.jobs.queue import JobRow
from townsquare.core.notifications.telling import MAIL_JOB, NotificationRow
from townsquare.core.once import OnceEntry
from townsquare.core.parts import LEFT, Somebody, unname
from townsquare.core.personal.errors import IsAdministrator
from townsquare.core.storage import FileRow
from townsquare.core.usecase import Context
from townsquare.core.webhooks.models import WebhookRow

LONG_ENOUGH = 5
NOWHERE = "left.invalid"  # No mail can ever go there (RFC 2606).


def what_needs_them(ctx: Context, who: Somebody) -> Iterator[DomainError]:
    """Say that an administrator has to give the role back first."""
    role = select(RoleRow.id).where(RoleRow.name == ADMINISTRATOR).scalar_subquery()
    holds = exists().where(AccountRoleRow.account_id == who.account, AccountRoleRow.role_id == role)
    if ctx.db.scalar(select(holds)):
        yield IsAdministrator()


def forget_account(ctx: Context, who: Somebody) -> None:
    """Close the account for good: its sessions, programs and roles end, its address is free."""
    now = ctx.now()
    for row in (SessionRow, AccountRoleRow):
        ctx.db.execute(delete(row).where(row.account_id == who.account))
    # Their own; those of programs of the town, which they made, keep the names of the programs.
    mine = TokenRow.account_id == who.account
    ctx.db.execute(update(TokenRow).where(mine).values(name=LEFT))
    living = (TokenRow.account_id == who.account) & TokenRow.revoked_at.is_(None)
    ctx.db.execute(update(TokenRow).where(living).values(revoked_at=now))
    nowhere = f"{who.public_id.lower()}@{NOWHERE}"
    _forget_proposals(ctx, who, nowhere)
    gone = {"email": nowhere, "name": LEFT, "demo_sentence": ""}
    ends = {"password_hash": None, "disabled_at": now, "erased_at": now}
    closing = update(AccountRow).where(AccountRow.id == who.account)
    ctx.db.execute(closing.values(**gone, **ends, epoch=AccountRow.epoch + 1))


def _forget_proposals(ctx: Context, who: Somebody, nowhere: str) -> None:
    """Take back what was proposed for somebody, and forget the words; that it was stays."""
    row = ProposalRow
    invited = row.email == who.email
    about = or_(row.account_id == who.account, invited)
    waiting = about & (row.state == WAITING)
    ctx.db.execute(update(row).where(waiting).values(state=WITHDRAWN))
    ctx.db.execute(update(row).where(about).values(reason="", answer=""))
    ctx.db.execute(update(row).where(invited).values(email=nowhere))


def forget_proofs(ctx: Context, who: Somebody) -> None:
    """Forget how somebody came in, also how often they were wrong."""
    for row in (FactorRow, PasskeyRow, RecoveryCodeRow, TryRow, HalfSignInRow):
        ctx.db.execute(delete(row).where(row.account_id == who.account))
    mine = or_(LinkRow.account_id == who.account, LinkRow.email == who.email)
    ctx.db.execute(delete(LinkRow).where(mine))
    ctx.engine(THROTTLE).forget(ctx.db, Try(who.email, ""))


def forget_messages(ctx: Context, who: Somebody) -> None:
    """Forget what somebody was told, and the mails to them that wait or have left."""
    note, job = NotificationRow, JobRow
    mine = or_(note.account_id == who.account, note.person == who.person)
    ctx.db.execute(delete(note).where(mine))
    to_them = (job.name == MAIL_JOB) & (job.payload["to"].as_string() == who.email)
    ctx.db.execute(delete(job).where(to_them))


def forget_deeds(ctx: Context, who: Somebody) -> None:
    """Take the name out of what somebody did; events and audit only ever held their number."""
    unname(ctx.db, who, WebhookRow.made_by)
    ctx.db.execute(update(FileRow).where(FileRow.owner == who.person).values(name=LEFT))
    # Answers that programs may ask for again for three days; who asks again is told nothing.
    said = OnceEntry.body.contains(_in_json(who.email), autoescape=True)
    if len(who.name) >= LONG_ENOUGH:  # A short one stands in every answer.
        said |= OnceEntry.body.contains(_in_json(who.name), autoescape=True)
    mine = OnceEntry.scope.startswith(f"{who.account} ", autoescape=True)
    ctx.db.execute(update(OnceEntry).where(or_(mine, said)).values(body=""))


def _in_json(text: str) -> str:
    """Return a text as it stands between quotes in an answer: with its own quotes escaped."""
    return msgspec.json.encode(text).decode()[1:-1]
