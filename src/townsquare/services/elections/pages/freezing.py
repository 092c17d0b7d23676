"""The buttons of two people who freeze an election, and of who counts one that is over."""

from collections.abc import Callable
from typing import Any

from flask import abort, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.usecase import Context
from townsquare.core.web import needs
from townsquare.core.web.attempts import press
from townsquare.core.web.forms import posted
from townsquare.core.words import translatable
from townsquare.services.elections.commands.elections import ConfirmFreeze
from townsquare.services.elections.commands.fields import Chosen, ChosenVersion
from townsquare.services.elections.pages import bp
from townsquare.services.elections.results.elections import Drafted
from townsquare.services.elections.usecases.counting import RUN, close_poll
from townsquare.services.elections.usecases.freezing import (
    FREEZE,
    confirm_freeze,
    propose_freeze,
    withdraw_freeze,
)

DECISIONS: dict[str, tuple[Callable[[Context, Any], Drafted], type[ChosenVersion], str]] = {
    "proposal": (
        propose_freeze,
        ChosenVersion,
        translatable("It is proposed; the election is frozen when somebody else confirms it."),
    ),
    "withdrawal": (
        withdraw_freeze,
        ChosenVersion,
        translatable("The election stays a draft for now."),
    ),
    "confirmation": (
        confirm_freeze,
        ConfirmFreeze,
        translatable("The election is frozen; it opens and closes by its times."),
    ),
}


@bp.post("/office/<id>/freeze/<decision>")
@needs(FREEZE)
def freeze(id: str, decision: str) -> ResponseReturnValue:  # noqa: A002 (the place in the address)
    """Propose to freeze an election, take that back, or confirm what somebody else proposed."""
    act, kind, said = DECISIONS.get(decision) or abort(404)
    press(act, posted(kind, id=id), say=lambda _done: _(said))
    return redirect(url_for("elections.set_up", id=id), 303)


@bp.post("/office/<id>/closing")
@needs(RUN)
def close(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Close and count a poll whose time is over."""
    press(close_poll, posted(Chosen, id=id), say=lambda _done: _("The poll was counted."))
    return redirect(url_for("elections.set_up", id=id), 303)
