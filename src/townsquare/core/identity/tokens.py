"""Which program a request comes from: one prepared statement for the token, as for a session."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, bindparam, or_, select, update

from townsquare.core.db import glancing
from townsquare.core.frozen import dataclass
from townsquare.core.identity.bearer import well_formed
from townsquare.core.identity.commands import Reach
from townsquare.core.identity.errors import TokenEnded, UnknownToken
from townsquare.core.identity.models import AccountRow, TokenRow
from townsquare.core.identity.seen import LastSeen
from townsquare.core.identity.sessions import MOST_CACHED, digest, entitled
from townsquare.core.prepared import Prepared
from townsquare.core.town import Town
from townsquare.core.usecase import Actor, Scope


@dataclass(frozen=True)
class Shown:
    """A token that somebody has shown, and the account that it acts for, if there is one."""

    token: int
    name: str
    scope: str
    ends_at: datetime
    revoked_at: datetime | None
    account: int | None
    owner: str | None
    person: str | None
    epoch: int | None
    disabled_at: datetime | None


_TOKEN = Prepared(
    select(
        TokenRow.id.label("token"),
        TokenRow.name,
        TokenRow.scope,
        TokenRow.ends_at,
        TokenRow.revoked_at,
        AccountRow.id.label("account"),
        AccountRow.name.label("owner"),
        AccountRow.person,
        AccountRow.epoch,
        AccountRow.disabled_at,
    )
    .join(AccountRow, AccountRow.id == TokenRow.account_id, isouter=True)
    .where(TokenRow.key_hash == bindparam("key_hash")),
    Shown,
)
# Never backwards: another process may have seen the same token later.
_USED = (
    update(TokenRow)
    .where(
        TokenRow.id == bindparam("seen"),
        or_(TokenRow.last_used_at.is_(None), TokenRow.last_used_at < bindparam("at")),
    )
    .values(last_used_at=bindparam("at"))
)


class TokenKeeper(LastSeen):
    """Knows the programs; what a token opens is kept per (token, epoch), so changes act at once."""

    def __init__(self, town: Town, sensitive: frozenset[str]) -> None:
        super().__init__(town, _USED)
        self._sensitive = sensitive
        self._known: dict[tuple[int, int], Actor] = {}

    def who(self, sent: str) -> Actor:
        """Return the actor behind a token; what does not count is never taken for a guest."""
        if not well_formed(sent):
            raise UnknownToken
        now = self._town.now()
        with glancing(self._town.database) as connection:
            shown = _TOKEN.first(connection, key_hash=digest(sent))
            if shown is None:
                raise UnknownToken
            if shown.revoked_at or shown.disabled_at or shown.ends_at <= now:
                raise TokenEnded
            actor = self._known.get((shown.token, shown.epoch or 0))
            if actor is None:
                actor = self._learn(connection, shown)
        self.note(shown.token, now)
        return actor

    def _learn(self, connection: Connection, shown: Shown) -> Actor:
        if shown.account is None:
            actor = program(shown.token, shown.name, shown.scope)
        else:
            name = f"{shown.owner} ({shown.name})"
            owner = Actor(shown.account, name, person=shown.person or "")
            actor = narrowed(entitled(connection, owner, self._sensitive), shown.scope)
        if len(self._known) >= MOST_CACHED:
            self._known.clear()
        self._known[shown.token, shown.epoch or 0] = actor
        return actor


def narrowed(owner: Actor, scope: str) -> Actor:
    """Return the owner as far as this scope goes: never further than the owner may go."""
    if scope == Reach.WRITE:
        return replace(owner, scope=Scope(scope, owner.permissions))
    if scope == Reach.READ:
        return replace(owner, scope=Scope(scope, frozenset()))
    named = owner.permissions & set(scope.split())  # Any other scope is permissions.
    return replace(owner, permissions=named | {"public"}, scope=Scope(scope, named))


def program(token: int, name: str, scope: str) -> Actor:
    """Return a program that acts for nobody, with exactly the permissions of its token."""
    named = frozenset(scope.split())
    return Actor(-token, name, named | {"public"}, scope=Scope(scope, named))
