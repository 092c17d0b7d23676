"""Live topics: screens at the desk and pages of documents change while somebody looks at them.

Messages are JSON with codes and numbers; names are read by whoever may, from the page itself.
"""

from collections.abc import Mapping
from typing import Any

from townsquare.core.listening import own
from townsquare.core.manifest import Listener, Topic
from townsquare.core.realtime import publish
from townsquare.core.usecase import Context
from townsquare.services.library.commands.lending import ChooseCopy
from townsquare.services.library.commands.notices import TellOfHold
from townsquare.services.library.queries.live import availability_of_copy, turn_of_hold

DESK, QUEUE = "library.loan.create", "library.hold.manage"

TOPICS = (
    Topic("library.desk", "library.loan.view"),
    Topic("library.desk.<branch>", DESK),
    Topic("library.holds", QUEUE),
    Topic("library.holds.<branch>", QUEUE),
    Topic("library.document.<document>", "public"),
    Topic("library.me.<person>", "signed-in", allow=own),
)


def show_lent(ctx: Context, facts: Mapping[str, Any]) -> None:
    """Tell the desk that a copy has left, and the document's page what is still there."""
    told = {name: facts[name] for name in ("copy", "loan", "due_at")}
    _say(ctx, "library.desk", {"what": "lent", **told}, branch=facts["branch"])
    show_availability(ctx, facts)


def show_returned(ctx: Context, facts: Mapping[str, Any]) -> None:
    """Tell the desk where a copy goes that came back, and the document's page."""
    told = {name: facts[name] for name in ("copy", "goes_to")}
    _say(ctx, "library.desk", {"what": "returned", **told}, branch=facts["branch"])
    show_availability(ctx, facts)


def show_availability(ctx: Context, facts: Mapping[str, Any]) -> None:
    """Tell the document's page how many copies can be had."""
    barcode = facts.get("copy") or facts["barcode"]
    found = availability_of_copy(ctx, ChooseCopy(barcode=barcode))
    if found:
        told = {"copies": found.copies, "available": found.available}
        publish(ctx, f"library.document.{found.document}", told)


def show_turn(ctx: Context, facts: Mapping[str, Any]) -> None:
    """Tell the queue's screen, and the reader's own page, where a hold stands."""
    turn = turn_of_hold(ctx, TellOfHold(hold=facts["hold"]))
    if turn:
        told = {"hold": turn.hold, "state": turn.state, "document": turn.document}
        _say(ctx, "library.holds", {**told, "copy": turn.barcode}, branch=turn.branch)
        publish(ctx, f"library.me.{turn.person}", told)


def _say(ctx: Context, topic: str, told: Mapping[str, object], *, branch: str) -> None:
    """Tell the screens of one branch, and those that look at all of them."""
    publish(ctx, f"{topic}.{branch}", told)
    publish(ctx, topic, {**told, "branch": branch})


_ANYBODY, _QUEUE = frozenset({"public"}), frozenset({QUEUE})
LISTENERS = (
    Listener("library.CopyBorrowed", show_lent, _ANYBODY),
    Listener("library.CopyReturned", show_returned, _ANYBODY),
    *(
        Listener(f"library.{name}", show_availability, _ANYBODY)
        for name in ("CopyAdded", "CopyWithdrawn", "CopyLost", "CopyFound")
    ),
    *(
        Listener(f"library.{name}", show_turn, _QUEUE)
        for name in ("HoldPlaced", "HoldReady", "HoldEnded")
    ),
)
