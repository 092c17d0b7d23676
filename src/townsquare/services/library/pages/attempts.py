"""One way for every form: do what was wished, or show the form again with the reason."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import flash
from flask_babel import gettext as _

from townsquare.core.errors import Conflict, DomainError, Invalid, NotAllowed, NotFound
from townsquare.core.usecase import Command, Context
from townsquare.core.web import acting
from townsquare.core.web.errors import sentence, status_of
from townsquare.core.web.forms import CommandForm

Wish = TypeVar("Wish", bound=Command)
Result = TypeVar("Result")
UNREADABLE = 422


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
    except Invalid as error:
        form.refuse(error.fields or {"": sentence(error)})
        return None, status_of(error)
    except DomainError as error:
        form.refuse({"": sentence(error)})
        return None, status_of(error)


def decide_proposal(act: Callable[[Context, Wish], object], wish: Wish) -> None:
    """Decide what somebody has proposed and say so, or why it cannot be decided any more."""
    try:
        with acting() as ctx:
            act(ctx, wish)
    except Conflict as error:
        flash(sentence(error), "danger")
    else:
        flash(_("It is decided."), "success")
