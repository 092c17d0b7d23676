"""Who a request comes from: one prepared statement for the session, permissions from a cache."""

from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe

from sqlalchemy import Connection, bindparam, select, update

from townsquare.core.db import glancing
from townsquare.core.frozen import dataclass
from townsquare.core.identity.factors import entered_in_two
from townsquare.core.identity.models import (
    AccountRoleRow,
    AccountRow,
    RolePermissionRow,
    SessionRow,
)
from townsquare.core.identity.seen import LastSeen
from townsquare.core.prepared import Prepared
from townsquare.core.town import Town
from townsquare.core.usecase import Actor

EVERYBODY = frozenset({"public", "signed-in"})
GUEST = Actor(0, "guest", frozenset({"public"}))
IDLE = timedelta(hours=12)
LONGEST = timedelta(hours=12)
REMEMBERED = timedelta(days=30)
STAFF_IDLE = timedelta(minutes=30)
CONFIRMED_FOR = timedelta(minutes=5)
MOST_CACHED = 10_000


@dataclass(frozen=True)
class Found:
    """A living session and its account."""

    session: int
    account: int
    name: str
    person: str
    epoch: int
    last_seen_at: datetime
    confirmed_at: datetime | None


@dataclass(frozen=True)
class _Permission:
    permission: str


@dataclass(frozen=True)
class _Holder:
    account: int


_SESSION = Prepared(
    select(
        SessionRow.id.label("session"),
        AccountRow.id.label("account"),
        AccountRow.name,
        AccountRow.person,
        AccountRow.epoch,
        SessionRow.last_seen_at,
        SessionRow.confirmed_at,
    )
    .join(AccountRow, AccountRow.id == SessionRow.account_id)
    .where(
        SessionRow.key_hash == bindparam("key_hash"),
        SessionRow.ended_at.is_(None),
        SessionRow.ends_at > bindparam("now", type_=SessionRow.ends_at.type),
        AccountRow.disabled_at.is_(None),
    ),
    Found,
)
_PERMISSIONS = Prepared(
    select(RolePermissionRow.permission)
    .join(AccountRoleRow, AccountRoleRow.role_id == RolePermissionRow.role_id)
    .where(AccountRoleRow.account_id == bindparam("account")),
    _Permission,
)
_FACTOR = Prepared(
    select(AccountRow.id.label("account")).where(
        AccountRow.id == bindparam("account"), entered_in_two(AccountRow.id)
    ),
    _Holder,
)
# Never backwards: another process may have seen the same session later.
_SEEN = (
    update(SessionRow)
    .where(SessionRow.id == bindparam("seen"), SessionRow.last_seen_at < bindparam("at"))
    .values(last_seen_at=bindparam("at"))
)


class Doorkeeper(LastSeen):
    """Knows who is signed in; permissions are kept per (account, epoch), so changes act at once."""

    def __init__(self, town: Town, sensitive: frozenset[str]) -> None:
        super().__init__(town, _SEEN)
        self._sensitive = sensitive
        self._known: dict[tuple[int, int], Actor] = {}

    def who(self, key: str, *, by_hand: bool = True) -> Actor:
        """Return the person behind the key of a cookie, or the guest.

        What a page asks by itself (`by_hand` is false) does not keep the session awake.
        """
        if not key:
            return GUEST
        now = self._town.now()
        with glancing(self._town.database) as connection:
            found = _SESSION.first(connection, key_hash=digest(key), now=now)
            if found is None:
                return GUEST
            actor = self._known.get((found.account, found.epoch))
            if actor is None:
                actor = self._learn(connection, found)
        if not self._awake(found, actor, now):
            return GUEST
        if by_hand:
            self.note(found.session, now)
        if found.confirmed_at is not None and now - found.confirmed_at <= CONFIRMED_FOR:
            return replace(actor, confirmed=True)
        return actor

    def _learn(self, connection: Connection, found: Found) -> Actor:
        named = Actor(found.account, found.name, person=found.person)
        actor = entitled(connection, named, self._sensitive)
        if len(self._known) >= MOST_CACHED:
            self._known.clear()
        self._known[found.account, found.epoch] = actor
        return actor

    def _awake(self, found: Found, actor: Actor, now: datetime) -> bool:
        seen = max(found.last_seen_at, self._seen.get(found.session, found.last_seen_at))
        # Staff see other people's data, so their browsers fall asleep sooner.
        idle = IDLE if actor.permissions == EVERYBODY or self._town.settings.demo else STAFF_IDLE
        return now - seen <= idle


def entitled(connection: Connection, account: Actor, sensitive: frozenset[str]) -> Actor:
    """Return this account with what it may do.

    Who has a sensitive permission and no second step is taken for a member until they have one.
    """
    allowed = permissions_of(connection, account.id)
    if allowed.isdisjoint(sensitive) or _FACTOR.rows(connection, account=account.id):
        return replace(account, permissions=allowed)
    return replace(account, permissions=EVERYBODY, lacks_factor=True)


def permissions_of(connection: Connection, account: int) -> frozenset[str]:
    """Return what this account may do, by its roles."""
    return EVERYBODY | {p.permission for p in _PERMISSIONS.rows(connection, account=account)}


def digest(key: str) -> str:
    """Return what the database keeps of a key."""
    return sha256(key.encode()).hexdigest()


def new_key() -> str:
    """Return a fresh key of 256 random bits."""
    return token_urlsafe(32)
