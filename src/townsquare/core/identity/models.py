"""Accounts, roles, sessions and links, as the database keeps them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from townsquare.core.db import Model, Recorded


class AccountRow(Recorded, Model):
    """A way for one person to sign in; `epoch` moves with every change of what they may do."""

    __tablename__ = "core_account"

    email: Mapped[str]
    name: Mapped[str]
    person: Mapped[str] = mapped_column(default="")
    password_hash: Mapped[str | None]
    confirmed_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    demo_sentence: Mapped[str] = mapped_column(default="")
    epoch: Mapped[int] = mapped_column(default=1)
    erased_at: Mapped[datetime | None]

    __table_args__ = (
        # Who has left for good never comes back by this account.
        CheckConstraint("erased_at IS NULL OR disabled_at IS NOT NULL", name="erased"),
    )


class RoleRow(Model):
    """A set of permissions with a name; roles belong to the town, not to the code."""

    __tablename__ = "core_role"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


class RolePermissionRow(Model):
    """One permission of a role."""

    __tablename__ = "core_role_permission"

    id: Mapped[int] = mapped_column(primary_key=True)
    role_id: Mapped[int] = mapped_column(ForeignKey("core_role.id"))
    permission: Mapped[str]

    __table_args__ = (UniqueConstraint("role_id", "permission"),)


class AccountRoleRow(Model):
    """One role of an account."""

    __tablename__ = "core_account_role"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("core_account.id"))
    role_id: Mapped[int] = mapped_column(ForeignKey("core_role.id"), index=True)
    # How an administrator came to it; a trigger asks for it where the role is that one.
    proposal_id: Mapped[int | None] = mapped_column(ForeignKey("core_proposal.id"))

    __table_args__ = (UniqueConstraint("account_id", "role_id"),)


class SessionRow(Model):
    """One browser in which somebody is signed in; the cookie's key is kept as a digest."""

    __tablename__ = "core_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    key_hash: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("core_account.id"), index=True)
    agent: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]  # When its person last showed that it is them.


class TokenRow(Recorded, Model):
    """What a program shows; it acts for the account, or for nobody with permissions of its own.

    The secret is kept as a digest. `scope` is "read", "write" or permissions with spaces between.
    """

    __tablename__ = "core_token"

    key_hash: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("core_account.id"), index=True)
    made_by_id: Mapped[int] = mapped_column(ForeignKey("core_account.id"))
    name: Mapped[str]
    scope: Mapped[str]
    last_used_at: Mapped[datetime | None]
    ends_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (
        # A digest and nothing else: a secret as it was shown has another length.
        CheckConstraint("length(key_hash) = 64", name="digest"),
    )


class LinkRow(Model):
    """A link sent by mail: to confirm an address, to reset a password, to accept a role."""

    __tablename__ = "core_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    email: Mapped[str]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("core_account.id"))
    role: Mapped[str] = mapped_column(default="")
    proposal_id: Mapped[int | None] = mapped_column(ForeignKey("core_proposal.id"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


# A town always has an administrator who can sign in: a trigger of this name on both tables.
LAST_ADMINISTRATOR = "core_account_last_administrator"
# One account for each address, however it is written.
ONE_ADDRESS = Index("uq_core_account_email", AccountRow.email, unique=True)
