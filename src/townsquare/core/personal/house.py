"""What the town itself keeps about people: accounts, messages, and who did what."""

from collections.abc import Iterator

from sqlalchemy import func, or_, select

from townsquare.core.audit import AuditEntry
from townsquare.core.events import OutboxEntry
from townsquare.core.identity.factors import FactorRow, RecoveryCodeRow, TryRow
from townsquare.core.identity.models import (
    AccountRoleRow,
    AccountRow,
    LinkRow,
    RoleRow,
    SessionRow,
    TokenRow,
)
from townsquare.core.identity.passkeys import PasskeyRow
from townsquare.core.identity.proposals import ProposalRow
from townsquare.core.imports.runs import ImportRow
from townsquare.core.jobs.queue import JobRow
from townsquare.core.notifications.telling import MAIL_JOB, NotificationRow
from townsquare.core.parts import Part, Sheet, Somebody, alone_of_that_name, sheet
from townsquare.core.personal import forgetting
from townsquare.core.storage import FileRow
from townsquare.core.usecase import Context
from townsquare.core.webhooks.desk import MANAGE
from townsquare.core.webhooks.models import WebhookRow
from townsquare.core.words import translatable


def tell_account(ctx: Context, who: Somebody) -> Iterator[Sheet]:
    """Return the account, its devices, roles and programs, and that there is a second step."""
    row, role, session, token = AccountRow, RoleRow, SessionRow, TokenRow
    own = (row.public_id, row.email, row.name, row.person)
    dates = (row.created_at, row.confirmed_at, row.disabled_at)
    yield sheet(ctx.db, "account", select(*own, *dates).where(row.id == who.account))
    held = select(role.name).join(AccountRoleRow, AccountRoleRow.role_id == role.id)
    yield sheet(ctx.db, "roles", held.where(AccountRoleRow.account_id == who.account))
    seen = (session.created_at, session.last_seen_at, session.ends_at, session.ended_at)
    devices = select(session.agent, *seen).where(session.account_id == who.account)
    yield sheet(ctx.db, "devices", devices.order_by(session.id))
    times = (token.created_at, token.last_used_at, token.ends_at, token.revoked_at)
    mine = or_(token.account_id == who.account, token.made_by_id == who.account)
    programs = select(token.name, token.scope, *times).where(mine)
    yield sheet(ctx.db, "programs", programs.order_by(token.id))
    wish = ProposalRow
    told = (
        wish.created_at,
        wish.kind,
        wish.origin,
        wish.state,
        wish.reason,
        wish.decided_at,
        wish.answer,
    )
    about = or_(wish.account_id == who.account, wish.email == who.email)
    yield sheet(ctx.db, "proposals", select(*told).where(about).order_by(wish.id))


def tell_proofs(ctx: Context, who: Somebody) -> Iterator[Sheet]:
    """Return when a second step was set up and tried, and which links were sent; no secrets."""
    factor, code, link, tried = FactorRow, RecoveryCodeRow, LinkRow, TryRow
    apps = select(factor.created_at, factor.confirmed_at).where(factor.account_id == who.account)
    yield sheet(ctx.db, "second-step", apps)
    key = PasskeyRow
    keys = select(key.name, key.created_at, key.last_used_at).where(key.account_id == who.account)
    yield sheet(ctx.db, "passkeys", keys.order_by(key.id))
    count = select(func.count().label("codes"), func.count(code.used_at).label("used"))
    yield sheet(ctx.db, "recovery-codes", count.where(code.account_id == who.account))
    tries = select(tried.kind, tried.at).where(tried.account_id == who.account)
    yield sheet(ctx.db, "tries", tries.order_by(tried.id))
    sent = select(link.kind, link.email, link.role, link.expires_at, link.used_at)
    mine = or_(link.account_id == who.account, link.email == who.email)
    yield sheet(ctx.db, "links", sent.where(mine).order_by(link.id))


def tell_messages(ctx: Context, who: Somebody) -> Iterator[Sheet]:
    """Return what somebody was told in the town and by mail."""
    note, job = NotificationRow, JobRow
    told = (note.kind, note.subject, note.facts, note.created_at, note.read_at)
    mine = or_(note.account_id == who.account, note.person == who.person)
    yield sheet(ctx.db, "messages", select(*told).where(mine).order_by(note.id))
    to = job.payload["to"].as_string()
    mails = select(to.label("to"), job.payload["template"].as_string().label("about"))
    mails = mails.add_columns(job.state, job.run_at, job.ended_at)
    mine = (job.name == MAIL_JOB) & (to == who.email)
    yield sheet(ctx.db, "mails", mails.where(mine).order_by(job.id))


def tell_deeds(ctx: Context, who: Somebody) -> Iterator[Sheet]:
    """Return what somebody did or set going, and what was done with their account."""
    entry, event, job = AuditEntry, OutboxEntry, JobRow
    said = (entry.at, entry.service, entry.act, entry.event, entry.subject, entry.facts)
    mine = or_(entry.actor_id == who.account, entry.subject.in_((who.public_id, who.person)))
    yield sheet(ctx.db, "audit", select(*said).where(mine).order_by(entry.id))
    mine = event.actor_id == who.account
    events = select(event.emitted_at, event.name, event.facts).where(mine)
    yield sheet(ctx.db, "events", events.order_by(event.id))
    jobs = select(job.name, job.state, job.enqueued_at, job.ended_at)
    yield sheet(ctx.db, "jobs", jobs.where(job.actor_id == who.account).order_by(job.id))
    file, run, hook = FileRow, ImportRow, WebhookRow
    files = select(file.name, file.mimetype, file.size, file.created_at)
    yield sheet(ctx.db, "files", files.where(file.owner == who.person).order_by(file.id))
    runs = select(run.service, run.kind, run.state, run.created_at, run.ended_at)
    yield sheet(ctx.db, "imports", runs.where(run.actor_id == who.account).order_by(run.id))
    # Receivers hold a name and no number: nobody gets those of a namesake, nor their addresses.
    hooks = select(hook.name, hook.created_at).where(hook.made_by == who.name)
    if MANAGE in ctx.actor.permissions and alone_of_that_name(ctx.db, who):
        yield sheet(ctx.db, "receivers", hooks.order_by(hook.id))


ACCOUNT = Part(
    name="account",
    title=translatable("Your account, where you are signed in, your roles and programs"),
    tables=frozenset(
        {
            *("core_account", "core_account_role", "core_session", "core_token"),
            "core_proposal",
        }
    ),
    tell=tell_account,
    hinders=forgetting.what_needs_them,
    forget=forgetting.forget_account,
)
PROOFS = Part(
    name="proofs",
    title=translatable("How you show that it is you"),
    tables=frozenset(
        {
            *("core_factor", "core_recovery_code", "core_try", "core_half_sign_in"),
            *("core_link", "core_failure", "core_passkey"),
        }
    ),
    tell=tell_proofs,
    forget=forgetting.forget_proofs,
)
MESSAGES = Part(
    name="messages",
    title=translatable("Messages and mails"),
    tables=frozenset({"core_notification"}),
    tell=tell_messages,
    forget=forgetting.forget_messages,
)
DEEDS = Part(
    name="deeds",
    title=translatable("What you did in the town"),
    tables=frozenset(
        {
            *("core_audit", "core_outbox", "core_once", "core_job"),
            *("core_file", "core_import", "core_webhook"),
        }
    ),
    tell=tell_deeds,
    forget=forgetting.forget_deeds,
)
PARTS_OF_THE_HOUSE = (ACCOUNT, PROOFS, MESSAGES, DEEDS)
