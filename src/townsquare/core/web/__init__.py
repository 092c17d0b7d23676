"""Flask glue shared by all pages and APIs."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar, cast

from flask import current_app, g, request
from sqlalchemy.exc import IntegrityError

from townsquare.core.db import breaks
from townsquare.core.errors import AlreadyDone, DomainError
from townsquare.core.once import ONE_EFFECT, Once, answered
from townsquare.core.town import Town
from townsquare.core.usecase import Actor, Context

Told = ParamSpec("Told")
Shown = TypeVar("Shown")
Thing = TypeVar("Thing")
# Everybody may do what is declared "public", every account what is declared "signed-in".
GUEST = Actor(0, "guest", frozenset({"public"}))


def bare(proxy: Thing) -> Thing:
    """Return what stands behind a proxy of Flask, which costs more to ask than what it is asked."""
    thing: Thing = proxy._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 (its documented way)
    return thing


def town() -> Town:
    """Return the running town of this request."""
    return cast("Town", bare(current_app).extensions["townsquare"])


def actor() -> Actor:
    """Return who is acting in this request."""
    return cast("Actor", bare(g).get("actor", GUEST))


def needs(permission: str) -> Callable[[Callable[Told, Shown]], Callable[Told, Shown]]:
    """Shut a page before anything sent to it is read; its use case asks for the permission too."""

    def shut(page: Callable[Told, Shown]) -> Callable[Told, Shown]:
        @wraps(page)
        def opened(*args: Told.args, **kwargs: Told.kwargs) -> Shown:
            actor().must(permission)
            return page(*args, **kwargs)

        opened.needs = permission  # type: ignore[attr-defined]  # refuse_undeclared() looks for it.
        return opened

    return shut


def looking() -> AbstractContextManager[Context]:
    """Open a unit of work that only reads, so that it waits for no writer."""
    return town().working(actor(), reads=True)


@contextmanager
def acting(*, once: str = "") -> Iterator[Context]:
    """Open the unit of work of this request, as the signed-in person.

    `once` is the one-use token of a form: a page that is sent twice raises AlreadyDone.
    """
    here, who = town(), actor()
    token = Once(f"{who.id} {request.path}", once)
    try:
        with here.working(who, request_id=g.get("request_id", "")) as ctx:
            yield ctx
            if once:
                ctx.keep(token, (0, "", ""))
    except (DomainError, IntegrityError) as error:
        if once and _was_done(here, token, error):
            raise AlreadyDone from error
        raise
    here.bell.set()


def _was_done(here: Town, token: Once, error: Exception) -> bool:
    if isinstance(error, IntegrityError):
        return breaks(error, ONE_EFFECT)
    with here.sessions() as db:
        db.connection(execution_options={"reads": True})
        return answered(db, token) is not None
