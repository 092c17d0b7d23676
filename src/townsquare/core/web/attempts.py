"""One way for every form: do what was wished, or show the form again with the reason."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from flask import flash
from flask_babel import gettext as _

from townsquare.core.errors import (
    Conflict,
    DomainError,
    Invalid,
    NotAllowed,
    NotFound,
    StaleVersion,
)
from townsquare.core.usecase import Command, Context
from townsquare.core.web import acting, looking
from townsquare.core.web.errors import sentence, status_of
from townsquare.core.web.forms import CommandForm
from townsquare.core.web.reading import read
from townsquare.core.words import translatable

Wish = TypeVar("Wish", bound=Command)
Result = TypeVar("Result")
UNREADABLE = 422
CAUGHT_UP = translatable(
    "Somebody has changed this since you opened it. What you typed still stands here, and where"
    " something else is kept now, the field says so. Save again to keep what you typed."
)


def attempt(
    form: CommandForm[Any],
    act: Callable[[Context, Wish], Result],
    *,
    wish: Wish | None,
    once: bool = True,
) -> tuple[Result | None, int]:
    """Return the result; None, the reason at its place on the form, and the status if refused."""
    if wish is None:
        return None, UNREADABLE
    try:
        with acting(once=form.once if once else "") as ctx:
            return act(ctx, wish), 200
    except (NotAllowed, NotFound):
        raise
    except DomainError as error:
        return None, _refused(form, error)


def attempt_look(
    form: CommandForm[Any], look: Callable[[Context, Wish], Result], *, wish: Wish | None
) -> tuple[Result | None, int]:
    """Return what a form asked to see, as `attempt` does what a form asked to do."""
    if wish is None:
        return None, UNREADABLE
    try:
        with looking() as ctx:
            return look(ctx, wish), 200
    except (NotAllowed, NotFound):
        raise
    except DomainError as error:
        return None, _refused(form, error)


def read_onto(form: CommandForm[Any], kind: type[Wish], told: Mapping[str, object]) -> Wish | None:
    """Return a wish that a page has put together; None, the reasons on the form, if it is odd."""
    try:
        return read(kind, told)
    except Invalid as error:
        form.refuse({"": " ".join(dict.fromkeys(error.fields.values()))})
        return None


def press(
    act: Callable[[Context, Wish], Result], wish: Wish, *, say: Callable[[Result], str]
) -> None:
    """Do what a button says and say what came of it, or why it cannot be done any more."""
    try:
        with acting() as ctx:
            done = act(ctx, wish)
    except Conflict as error:
        flash(sentence(error), "danger")
    else:
        flash(say(done), "success")


def decide_proposal(act: Callable[[Context, Wish], object], wish: Wish) -> None:
    """Decide what somebody has proposed and say so, or why it cannot be decided any more."""
    press(act, wish, say=lambda _done: _("It is decided."))


def _refused(form: CommandForm[Any], error: DomainError) -> int:
    if isinstance(error, StaleVersion) and form.catch_up():
        form.refuse({"": _(CAUGHT_UP)})
        return status_of(error)
    fields = error.fields if isinstance(error, Invalid) else {}
    form.refuse(fields or {form.named_by(error.facts): sentence(error)})
    return status_of(error)
