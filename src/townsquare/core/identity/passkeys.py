"""The passkeys of an account, as the database keeps them, and the challenges that were used."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from townsquare.core.db import Model
from townsquare.core.ids import new_id

MOST = 10  # Passkeys of one account: more than anybody has devices.


class PasskeyRow(Model):
    """One passkey: the public half of a key whose secret half never leaves its device."""

    __tablename__ = "core_passkey"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_id)
    account_id: Mapped[int] = mapped_column(ForeignKey("core_account.id"), index=True)
    name: Mapped[str]
    credential: Mapped[str]
    public_key: Mapped[bytes]
    sign_count: Mapped[int]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]

    __table_args__ = (CheckConstraint("sign_count >= 0", name="count"),)


class UsedChallengeRow(Model):
    """A challenge that was answered: its digest stands here once, so nobody answers it again."""

    __tablename__ = "core_used_challenge"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str]
    at: Mapped[datetime] = mapped_column(index=True)


# One account for each passkey, and one answer for each challenge, however many come at once.
ONE_CREDENTIAL = Index("uq_core_passkey_credential", PasskeyRow.credential, unique=True)
ONE_ANSWER = Index("uq_core_used_challenge_digest", UsedChallengeRow.digest, unique=True)
