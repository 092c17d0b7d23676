"""Notifications and mails as wishes: rows that are written with the change they tell of."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import Field
from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from townsquare.core.db import Model, insert_new
from townsquare.core.errors import Invalid
from townsquare.core.frozen import dataclass
from townsquare.core.ids import new_id
from townsquare.core.jobs.queue import enqueue, enqueue_all
from townsquare.core.usecase import Command, Context
from townsquare.core.words import translatable

# One recipient and nothing that a mail server or a header could read as a second one.
ADDRESS = re.compile(r"[^\s@,;:<>()\[\]\\\"\x00-\x1f\x7f]{1,64}@[^\s@,;:<>()\\\"\x00-\x1f]{1,190}")
MAIL_JOB = "core.send-mail"


class BadAddress(Invalid):
    """A mail cannot be sent to what was given as an address."""

    code = "core.bad-address"
    message = translatable("This is not one mail address; write it like dina@example.org.")


class NotificationRow(Model):
    """Something that a person is told in the product."""

    __tablename__ = "core_notification"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[int | None]
    person: Mapped[str]
    kind: Mapped[str]
    subject: Mapped[str]
    key: Mapped[str]
    template: Mapped[str]
    facts: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]  # From then on it is seen; quiet hours may put it off.
    read_at: Mapped[datetime | None]

    __table_args__ = (
        # One person is told one thing once, however often its job runs.
        Index("uq_core_notification_once", "person", "kind", "subject", "key", unique=True),
        Index("ix_core_notification_account", "account_id", "id"),
    )


class SendMail(Command):
    """A mail to one person, as a template and its facts."""

    to: str = Field(max_length=254)
    template: str = Field(max_length=200)
    facts: dict[str, Any] = Field(default_factory=dict)


@dataclass(frozen=True)
class Reader:
    """Somebody who is told something; `person` is a public id that nobody else has."""

    account_id: int | None
    person: str
    mail_to: str


def notify(  # noqa: PLR0913 (each is one fact of the row)
    ctx: Context,
    *,
    account_id: int | None,
    person: str,
    kind: str,
    subject: str,
    template: str,
    facts: Mapping[str, Any],
    mail_to: str | None = None,
    key: str = "",
    at: datetime | None = None,
) -> bool:
    """Tell a person once per (kind, subject, key), in the product and by mail if asked.

    `person` is their public id, `subject` the public id of the thing; `facts` may hold a "url" of
    this town. Nobody sees it before the moment `at`, which is now if none is given. Tell whether
    it was new; the second time nothing happens.
    """
    public_id = new_id()
    row = insert_new(NotificationRow).values(
        public_id=public_id,
        account_id=account_id,
        person=person,
        kind=kind,
        subject=subject,
        key=key,
        template=template,
        facts=dict(facts),
        created_at=at or ctx.now(),
    )
    if ctx.db.scalar(row.returning(NotificationRow.id)) is None:
        return False
    if mail_to:
        wish = _mail(mail_to, template, facts)
        enqueue(ctx, MAIL_JOB, wish, key=f"notice {public_id}", run_at=at)
    return True


def notify_all(
    ctx: Context,
    readers: Sequence[Reader],
    *,
    kind: str,
    subject: str,
    template: str,
    facts: Mapping[str, Any],
    key: str = "",
) -> int:
    """Tell many people the same as `notify` does, by two statements; return to how many it is new.

    Give a few hundred at a time. Who has no mail address that can be one reads it in the product.
    """
    about = {"kind": kind, "subject": subject, "key": key, "template": template}
    common = {**about, "facts": dict(facts), "created_at": ctx.now()}
    rows = [
        {**common, "public_id": new_id(), "account_id": one.account_id, "person": one.person}
        for one in readers
    ]
    if not rows:
        return 0
    put = insert_new(NotificationRow).values(rows)
    told = ctx.db.execute(put.returning(NotificationRow.person, NotificationRow.public_id)).all()
    addresses = {one.person: one.mail_to for one in readers if ADDRESS.fullmatch(one.mail_to)}
    mails: dict[str, Command] = {
        f"notice {notice}": _mail(addresses[person], template, facts)
        for person, notice in told
        if person in addresses
    }
    enqueue_all(ctx, MAIL_JOB, mails)
    return len(told)


def send_mail(
    ctx: Context, *, to: str, template: str, facts: Mapping[str, Any], key: str | None = None
) -> str:
    """Ask for a mail to one recipient, once for each key; it leaves after the commit."""
    return enqueue(ctx, MAIL_JOB, _mail(to, template, facts), key=key)


def _mail(to: str, template: str, facts: Mapping[str, Any]) -> SendMail:
    if not ADDRESS.fullmatch(to):
        raise BadAddress
    return SendMail(to=to, template=template, facts=dict(facts))
