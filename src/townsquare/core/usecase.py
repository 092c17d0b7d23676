"""Declared use cases, what they are given, and the one place where work is committed."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import field, replace
from datetime import datetime
from functools import wraps
from inspect import signature
from types import MappingProxyType
from typing import Any, ClassVar, Generic, TypeVar, cast, get_type_hints

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from townsquare.core import faults, watching
from townsquare.core.clock import clock
from townsquare.core.errors import BeyondScope, Invalid, NotAllowed, NotConfirmed, Undeclared
from townsquare.core.events import Event
from townsquare.core.frozen import dataclass
from townsquare.core.keys import AUDIT_KEYS
from townsquare.core.once import Kept, Once
from townsquare.core.ports import Engines, Port, Promise
from townsquare.core.settings import Settings
from townsquare.core.telling import Teller, write_down
from townsquare.core.units import UnitSession, working


class Command(BaseModel):
    """A wish in typed fields, the same for every surface; unknown fields are refused."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, str_strip_whitespace=True, defer_build=True
    )
    # Whether nothing of it is kept under the key of a caller, since it is a secret.
    unkept: ClassVar[bool] = False
    # What a field is refused as that cannot be read, where its trade has a code for that.
    refusals: ClassVar[Mapping[str, type[Invalid]]] = MappingProxyType({})
    # Fields that programs send as a header of this name, since addresses and bodies are written
    # down on their way.
    headers: ClassVar[Mapping[str, str]] = MappingProxyType({})


Wish = TypeVar("Wish", bound=Command)
Result = TypeVar("Result")


@dataclass(frozen=True)
class Scope:
    """What the token of a program opens: in words, and the permissions to change something."""

    words: str
    changes: frozenset[str]


@dataclass(frozen=True)
class Actor:
    """The person, client or job on whose behalf something happens.

    `id` is the account (0 for guests and jobs, below it the token of a program that acts for
    nobody), `person` the public id of the person behind it, `scope` what a token leaves of it;
    `confirmed` tells that within the last minutes they have shown again that it is them,
    `lacks_factor` that they may do nothing as staff before they have set up a second step.
    """

    id: int
    name: str
    permissions: frozenset[str] = frozenset()
    person: str = ""
    confirmed: bool = False
    lacks_factor: bool = False
    scope: Scope | None = None

    @property
    def signed_in(self) -> bool:
        """Tell whether an account stands behind this actor."""
        return self.id > 0

    @property
    def known(self) -> bool:
        """Tell whether the town knows who this is: an account, or a program with a token."""
        return self.id != 0

    def must(self, permission: str) -> None:
        """Go on only with this permission."""
        if permission not in self.permissions:
            if self.scope is not None:
                raise BeyondScope(permission=permission, scope=self.scope.words)
            raise NotAllowed(permission=permission)


@dataclass(frozen=True)
class UseCase(Generic[Wish, Result]):
    """One line of the registry: everything a surface must know to offer an act."""

    name: str
    permission: str
    command: type[Wish]
    result: Any
    reads: bool
    call: Callable[["Context", Wish], Result]
    before: Callable[["Context", Any], Any] | None = None

    @property
    def sentence(self) -> str:
        """Return what it does: the first line of its docstring."""
        return (self.call.__doc__ or "").partition("\n")[0]

    def admit(self, actor: Actor) -> Actor:
        """Return the actor as far as this act lets them; refuse who may not do it at all."""
        if actor.scope is not None and not self.reads:
            actor = replace(actor, permissions=actor.permissions & actor.scope.changes)
        actor.must(self.permission)
        return actor


REGISTRY: dict[str, UseCase[Any, Any]] = {}


@dataclass(frozen=True)
class Context:
    """Who is acting, at what time; data and engines open only inside a declared use case."""

    _db: Session
    actor: Actor
    now: Callable[[], datetime]
    _engines: Engines
    events: list[tuple[str, Event]] = field(default_factory=list)
    keys: list[Kept] = field(default_factory=list)
    act: str | None = None
    request_id: str = ""

    @property
    def db(self) -> Session:
        """Return the session of this unit of work."""
        self._opened()
        return self._db

    def engine(self, port: Port[Promise]) -> Promise:
        """Return the engine that this town runs at the port."""
        self._opened()
        return self._engines.at(port)

    def emit(self, event: Event) -> None:
        """Tell the rest of the town, once this work is committed."""
        self._opened()
        self.events.append((self.act or "", event))

    def keep(self, once: Once, answer: tuple[int, str, str]) -> None:
        """Keep the key of this wish with its answer (status, headers, body), once it is done."""
        self.keys[:] = [Kept(once, answer, self.now())]

    def require(self, permission: str) -> None:
        """Go on only if the actor has this permission."""
        self.actor.must(permission)

    def require_confirmation(self) -> None:
        """Go on only if the person has shown a moment ago that it is still them."""
        if not self.actor.confirmed:
            raise NotConfirmed

    def within(self, act: str, actor: Actor) -> "Context":
        """Return the same unit of work inside an act, for the actor as far as it lets them."""
        made = object.__new__(Context)  # `replace` costs five times that.
        made.__dict__.update(self.__dict__, act=act, actor=actor)
        return made

    def _opened(self) -> None:
        if self.act is None:
            raise Undeclared


Body = Callable[[Context, Wish], Result]


def use_case(
    name: str,
    *,
    permission: str | None = None,
    reads: bool = False,
    before: Callable[[Context, Any], Command] | None = None,
) -> Callable[[Body[Wish, Result]], Body[Wish, Result]]:
    """Declare what people can do; the permission is the name unless another one is given.

    `before` is a query for what takes long to read, such as a file: surfaces ask it before anybody
    has the turn to write, and hand on the wish that it returns (`Town.ahead`).
    """

    def declare(body: Body[Wish, Result]) -> Body[Wish, Result]:
        @wraps(body)
        def call(ctx: Context, wish: Wish) -> Result:
            if not watching.WATCHERS:
                return body(ctx.within(name, act.admit(ctx.actor)), wish)
            with watching.Piece(watching.USE_CASE, name):
                return body(ctx.within(name, act.admit(ctx.actor)), wish)

        if name in REGISTRY:
            message = f"{name} is declared twice."
            raise TypeError(message)
        command, result = _shape(body)
        act = UseCase(name, permission or name, command, result, reads, call, before)
        call.act = act  # type: ignore[attr-defined]  # declared() finds it here.
        REGISTRY[name] = act
        return call

    return declare


def query(
    name: str, *, permission: str | None = None
) -> Callable[[Body[Wish, Result]], Body[Wish, Result]]:
    """Declare what people can look at: a use case that changes nothing."""
    return use_case(name, permission=permission, reads=True)


def declared(function: Callable[[Context, Wish], Result]) -> UseCase[Wish, Result]:
    """Return the declaration of this function; refuse a function that has none."""
    act = getattr(function, "act", None)
    if act is None:
        raise Undeclared
    return cast("UseCase[Wish, Result]", act)


@contextmanager
def unit_of_work(
    sessions: sessionmaker[Session],
    actor: Actor,
    *,
    now: Callable[[], datetime] = clock,
    engines: Engines | None = None,
    reads: bool = False,
    request_id: str = "",
) -> Iterator[Context]:
    """Commit what happened inside together with its events and audit, or nothing at all."""
    engines = engines or Engines(Settings())
    bound: Engine = sessions.kw["bind"]
    # The connection has the transaction; a session that only carries prepared statements is never
    # put together.
    with (
        working(bound, reads=reads) as connection,
        closing(connection.connection.cursor()) as cursor,
        UnitSession(sessions, connection, cursor) as db,
    ):
        ctx = Context(db, actor, now, engines, request_id=request_id)
        yield ctx
        if reads:
            return
        if ctx.events or ctx.keys:
            kept = ctx.keys[0] if ctx.keys else None
            keys = engines.at(AUDIT_KEYS)
            write_down(db, _teller(ctx), ctx.events, keys=keys, kept=kept)
        db.flush()
        faults.hit("core.unit.before-commit")
    faults.hit("core.unit.after-commit")


def _teller(ctx: Context) -> Teller:
    # Of people the number only: whoever reads asks for the name, while there is one.
    name = "" if ctx.actor.signed_in else ctx.actor.name
    return Teller(ctx.actor.id, name, ctx.now(), ctx.request_id)


def _shape(body: Callable[..., object]) -> tuple[Any, Any]:
    hints = get_type_hints(body)
    result = hints.pop("return", None)
    takes = [hints.get(name, Context) for name in signature(body).parameters]
    if len(takes) != len((Context, Command)) or not issubclass(takes[1], Command):
        message = f"{body.__name__} takes a Context and one Command."
        raise TypeError(message)
    return takes[1], result
