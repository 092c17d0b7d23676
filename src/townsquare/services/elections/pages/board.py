"""The board of an encrypted election for everybody: its entries, a single ballot, its proof."""

from datetime import datetime

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.usecase import declared
from townsquare.core.web import actor, looking, needs, town
from townsquare.core.web.attempts import press
from townsquare.core.web.errors import sentence
from townsquare.core.web.forms import posted
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.elections.commands.ballots import FindTracker, ReadBoard
from townsquare.services.elections.commands.fields import Chosen, Nothing
from townsquare.services.elections.errors import UnknownTracker
from townsquare.services.elections.pages import bp
from townsquare.services.elections.pages.front import poll_moment
from townsquare.services.elections.queries import board as looks
from townsquare.services.elections.results.board import Board, Tracked
from townsquare.services.elections.usecases.counting import RUN
from townsquare.services.elections.usecases.stepping import step_board

FOUND, MISSING = 200, 404
# What the last entry of a board says of what has to be done next, and by whom.
WAITS = {
    "close": translatable("The board is closed. Each holder of a seed shows it now."),
    "tally": translatable("The sums are on the board. The trustees decrypt them now."),
    "partial": translatable("The board waits for more trustees to decrypt the sums."),
    "count": translatable("The election is decrypted and counted."),
}
NOTHING = translatable("Nothing is due now; the clock goes on by itself.")
KINDS = {
    "setup": translatable("Set-up"),
    "ceremony": translatable("Ceremony of the trustees"),
    "roll": translatable("Roll of credentials"),
    "open": translatable("Opening"),
    "ballot": translatable("Ballot"),
    "challenged": translatable("Ballot that was opened, not cast"),
    "credential-void": translatable("Credential made void"),
    "suspend": translatable("Suspension"),
    "resume": translatable("Resumption"),
    "extend": translatable("Later closing"),
    "close": translatable("Closing"),
    "seed-reveal": translatable("Seed of the lot"),
    "tally": translatable("Encrypted sums"),
    "partial": translatable("Part of a trustee"),
    "result": translatable("Result"),
    "count": translatable("Count"),
    "return": translatable("Return of a precinct"),
    "certification": translatable("Decision about the result"),
}


@bp.app_template_filter("board_moment")
def board_moment(at: str) -> str:
    """Return a moment of a checkpoint as the clock of the town shows it."""
    return poll_moment(datetime.fromisoformat(at), town().settings.zone)


@bp.get("/<id>/board")
@needs("public")
def board(id: str) -> ResponseReturnValue:  # noqa: A002 (the place in the address)
    """Show the entries of a board, page by page."""
    found = _read(id, request.args.get("from", "0"))
    here = url_for("elections.board", id=id)
    more = f"{here}?from={found.next}" if found.next >= 0 else None
    first = here if found.entries and found.entries[0].seq else None
    ways = {"next_url": more, "first_url": first}
    return render_template("elections/board.html", found=found, kinds=KINDS, **ways)


@bp.get("/<id>/tracker")
@needs("public")
def tracker(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Say whether the ballot of a tracker is on the board, and show what proves it."""
    typed = request.args.get("tracker", "").strip()
    about, asked, refused = _read(id, "0", limit=1), None, ""
    if typed:
        asked, refused = _find(id, typed)
    facts = {"typed": typed, "asked": asked, "refused": refused, "found": about}
    page = render_template("elections/tracker.html", kinds=KINDS, **facts)
    return page, MISSING if refused else FOUND


@bp.get("/<id>/verify")
@needs("public")
def verify(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Tell how anybody examines the whole election without this server."""
    found = _read(id, "0", limit=1)
    with looking() as ctx:
        key = looks.read_log_key(ctx, Nothing()).log_key
        setup = looks.read_setup(ctx, read(Chosen, {"id": id}))
    return render_template("elections/verify.html", found=found, key=key, setup=setup.hash)


@bp.post("/office/<id>/step")
@needs(RUN)
def step(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Do what the board waits for now, and say how far it has come."""
    wish = town().ahead(declared(step_board), actor(), posted(Chosen, id=id))
    press(step_board, wish, say=lambda done: _(WAITS.get(done.kind, NOTHING)))
    return redirect(url_for("elections.set_up", id=id), 303)


def _read(public_id: str, first: str, *, limit: int = 20) -> Board:
    wish = read(ReadBoard, {"id": public_id, "from": first, "limit": str(limit)})
    with looking() as ctx:
        return looks.read_board(ctx, wish)


def _find(public_id: str, typed: str) -> tuple[Tracked | None, str]:
    try:
        with looking() as ctx:
            wish = read(FindTracker, {"id": public_id, "tracker": typed})
            return looks.find_tracker(ctx, wish), ""
    except UnknownTracker as error:
        return None, sentence(error)
