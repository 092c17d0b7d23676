"""The second factor of an account, as the database keeps it, and how often it may be tried."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, ForeignKey, Index, SQLColumnExpression, exists, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from townsquare.core.columns import SEALED, Place
from townsquare.core.db import Model
from townsquare.core.identity.passkeys import PasskeyRow
from townsquare.core.ids import new_id

# So many tries of one account may fail within such a time; waiting is all that it ever costs.
LIMITS = ((timedelta(minutes=5), 5), (timedelta(hours=1), 20), (timedelta(days=1), 50))
LONGEST_LIMIT, MOST_TRIES = LIMITS[-1]
HALF_SIGN_IN = timedelta(minutes=10)


class FactorRow(Model):
    """An app that makes codes for an account; it counts once a first code has confirmed it."""

    __tablename__ = "core_factor"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_id)
    account_id: Mapped[int] = mapped_column(ForeignKey("core_account.id"))
    secret: Mapped[bytes] = mapped_column(info=SEALED)
    last_step: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]

    __table_args__ = (Index("uq_core_factor_account", "account_id", unique=True),)

    @property
    def place(self) -> Place:
        """Return where the sealed secret belongs."""
        return Place("core_factor", "secret", self.public_id)


class RecoveryCodeRow(Model):
    """One code for the day without the app; its first group is its name, the rest a digest."""

    __tablename__ = "core_recovery_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("core_account.id"))
    name: Mapped[str]
    code_hash: Mapped[str]
    used_at: Mapped[datetime | None]

    __table_args__ = (Index("uq_core_recovery_code_name", "account_id", "name", unique=True),)


class TryRow(Model):
    """One try to prove who one is, noted before it is checked and forgotten when it was right."""

    __tablename__ = "core_try"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_id)
    account_id: Mapped[int] = mapped_column(ForeignKey("core_account.id"))
    kind: Mapped[str]
    at: Mapped[datetime]

    __table_args__ = (Index("ix_core_try_account", "account_id", "kind", "at"),)


class HalfSignInRow(Model):
    """A password that was right, for a few minutes: no session, it only lets a code be typed."""

    __tablename__ = "core_half_sign_in"

    id: Mapped[int] = mapped_column(primary_key=True)
    key_hash: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("core_account.id"), index=True)
    checked: Mapped[str]  # A digest of what the password fitted: a new password ends this.
    remember: Mapped[bool]
    agent: Mapped[str]
    ends_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


def before(step: int) -> ColumnElement[bool]:
    """Choose factors of which no code of this step or of a later one was taken."""
    return FactorRow.last_step < step


def factor_of(db: Session, account_id: int) -> FactorRow | None:
    """Return the confirmed factor of an account."""
    return db.scalar(
        select(FactorRow).where(
            FactorRow.account_id == account_id, FactorRow.confirmed_at.is_not(None)
        )
    )


def entered_in_two(account_id: SQLColumnExpression[int] | int) -> ColumnElement[bool]:
    """Choose an account that has an app or a passkey: its password alone opens nothing."""
    by_app = exists().where(FactorRow.account_id == account_id, FactorRow.confirmed_at.is_not(None))
    return or_(by_app, exists().where(PasskeyRow.account_id == account_id))


def has_second_step(db: Session, account_id: int) -> bool:
    """Tell whether the password alone does not open this account."""
    return bool(db.scalar(select(entered_in_two(account_id))))
