"""What a roll is made of: styles, whole precincts, challenges; and what a voter reads of it."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from townsquare.core.usecase import Command, Context
from townsquare.core.web import looking, needs
from townsquare.core.web.attempts import attempt, attempt_look, press
from townsquare.core.web.forms import CommandForm, posted
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.elections.commands.fields import Chosen
from townsquare.services.elections.commands.rolls import (
    ChallengeVoter,
    ConfirmRemoval,
    DecideChallenge,
    Decision,
    DefineStyle,
    FindRollWork,
    Grounds,
    Move,
    MoveVoters,
    OfRollPrecinct,
    OfVoter,
    Style,
)
from townsquare.services.elections.errors import Frozen
from townsquare.services.elections.errors.rolls import UnknownChallenge
from townsquare.services.elections.models.reading import VIEW
from townsquare.services.elections.pages import bp
from townsquare.services.elections.pages.office import asking, must_belong, with_id
from townsquare.services.elections.queries.elections import read_election
from townsquare.services.elections.queries.registration import (
    check_registration,
    read_roll_work,
)
from townsquare.services.elections.queries.rolls import read_voter
from townsquare.services.elections.results.rolls import Moved
from townsquare.services.elections.usecases import challenging, moving, styling

MANAGE, CHALLENGE, DECIDE = challenging.MANAGE, challenging.CHALLENGE, challenging.DECIDE
STATES = {
    "challenged": translatable("challenged"),
    "suspended": translatable("suspended"),
    "open": translatable("Not decided yet"),
    "upheld": translatable("Goes off the roll"),
    "dismissed": translatable("Stays on the roll"),
}


@bp.app_template_filter("roll_state")
def roll_state(state: str) -> str:
    """Return in words what is with somebody on a roll, or with a challenge."""
    return str(_(STATES[state]))


@bp.get("/<id>/register")
@needs("signed-in")
def register(id: str) -> ResponseReturnValue:  # noqa: A002 (the place in the address)
    """Tell readers whether they are on the roll, on what they vote, and where."""
    with looking() as ctx:
        told = check_registration(ctx, read(Chosen, {"id": id}))
    return render_template("elections/register.html", told=told)


@bp.get("/office/<id>/roll/work")
@needs(VIEW)
def roll_work(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Show styles and precincts of a roll, and what waits for somebody."""
    after = request.args.get("after", "")
    with looking() as ctx:
        election = read_election(ctx, read(Chosen, {"id": id}))
        work = read_roll_work(ctx, read(FindRollWork, {"id": election.id, "after": after}))
    more = url_for("elections.roll_work", id=id, after=work.after) if work.after else None
    first = url_for("elections.roll_work", id=id) if after else None
    told = {"election": election, "work": work, "next_url": more, "first_url": first}
    return render_template("elections/roll_work.html", **told)


@bp.route("/office/<id>/roll/styles", methods=["GET", "POST"])
@needs(MANAGE)
def new_style(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Ask which questions some voters answer, and define that style."""
    form, status = CommandForm(Style), 200
    if request.method == "POST":
        wish = with_id(form, DefineStyle, id)
        done, status = attempt(form, styling.define_style, wish=wish)
        if done is not None:
            flash(_("The style is defined."), "success")
            return redirect(url_for("elections.roll_work", id=id), 303)
    with looking() as ctx:
        asked = read_election(ctx, read(Chosen, {"id": id})).contests
    told = ", ".join(f"{one.code} ({one.title})" for one in asked)
    about = (_("Define a style"), request.path, url_for("elections.roll_work", id=id))
    said = _("The questions of this election: %(questions)s.", questions=told) if told else ""
    return asking(form, about, act=_("Define it"), said=said), status


@bp.post("/office/<id>/roll/styles/<chosen>/removal")
@needs(MANAGE)
def no_style(id: str, chosen: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Take a style out that nobody has."""
    must_belong(id, "style", chosen)
    wish = posted(Chosen, id=chosen)
    return _pressed(styling.drop_style, wish, id=id)


@bp.route("/office/<id>/roll/move", methods=["GET", "POST"])
@needs(MANAGE)
def move(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Ask which precinct goes where, and tell how many voters that are."""
    form, status, found = CommandForm(Move), 200, None
    if request.method == "POST":
        wish = with_id(form, MoveVoters, id)
        found, status = attempt_look(form, moving.preview_move, wish=wish)
    return _moving(id, form, found), status


@bp.post("/office/<id>/roll/move/now")
@needs(MANAGE)
def move_now(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Move the voters of a precinct to another one."""
    form = CommandForm(Move)
    done, status = attempt(form, moving.move_precinct_voters, wish=with_id(form, MoveVoters, id))
    if done is None:
        return _moving(id, form, None), status
    flash(_("%(many)s voters were moved.", many=done.voters), "success")
    return redirect(url_for("elections.roll_work", id=id), 303)


@bp.post("/office/<id>/roll/removals")
@needs(MANAGE)
def propose_removal(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Propose that the voters of a precinct go off the roll."""
    return _pressed(moving.remove_precinct_voters, posted(OfRollPrecinct, id=id), id=id)


@bp.post("/office/<id>/roll/removals/<removal>/withdrawal")
@needs(MANAGE)
def withdraw_removal(id: str, removal: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Take back that the voters of a precinct go off the roll."""
    must_belong(id, "removal", removal)
    wish = posted(Chosen, id=removal)
    return _pressed(moving.withdraw_removal, wish, id=id)


@bp.post("/office/<id>/roll/removals/<removal>/confirmation")
@needs(DECIDE)
def confirm_removal(id: str, removal: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Confirm that the voters of a precinct go off the roll."""
    must_belong(id, "removal", removal)
    wish = posted(ConfirmRemoval, id=removal)
    return _pressed(moving.confirm_removal, wish, id=id)


@bp.post("/office/<id>/roll/voters/<voter>/suspension", defaults={"act": "suspension"})
@bp.post("/office/<id>/roll/voters/<voter>/restoration", defaults={"act": "restoration"})
@needs(MANAGE)
def suspend(id: str, voter: str, act: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Suspend a voter, or let them vote again."""
    acts = {"suspension": challenging.suspend_voter, "restoration": challenging.restore_voter}
    must_belong(id, "voter", voter)
    wish = posted(Chosen, id=voter)
    press(acts[act], wish, say=lambda _done: _("It is done."))
    return redirect(url_for("elections.roll", id=id), 303)


@bp.route("/office/<id>/roll/voters/<voter>/challenge", methods=["GET", "POST"])
@needs(CHALLENGE)
def challenge(id: str, voter: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Ask why somebody may not vote; another person decides it."""
    form, status = CommandForm(Grounds), 200
    with looking() as ctx:
        whom = read_voter(ctx, read(OfVoter, {"id": id, "voter": voter}))
    if request.method == "POST":
        wish = with_id(form, ChallengeVoter, voter)
        done, status = attempt(form, challenging.challenge_voter, wish=wish)
        if done is not None:
            flash(_("The voter is challenged; somebody else decides it."), "success")
            return redirect(url_for("elections.roll_work", id=id), 303)
    about = (_("Challenge a voter"), request.path, url_for("elections.roll", id=id))
    said = _("Voter number %(number)s.", number=whom.number)
    return asking(form, about, act=_("Challenge them"), said=said), status


@bp.route("/office/<id>/roll/challenges/<challenge>", methods=["GET", "POST"])
@needs(DECIDE)
def decide_challenge(id: str, challenge: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Ask what is decided of a challenge and why, and decide it."""
    form, status = CommandForm(Decision), 200
    if request.method == "POST":
        wish = with_id(form, DecideChallenge, challenge)
        must_belong(id, "challenge", challenge)
        done, status = attempt(form, challenging.decide_challenge, wish=wish)
        if done is not None:
            flash(_("It is decided."), "success")
            return redirect(url_for("elections.roll_work", id=id), 303)
    with looking() as ctx:
        work = read_roll_work(ctx, read(FindRollWork, {"id": id, "limit": "1"}))
    said = next((one.grounds for one in work.challenges if one.id == challenge), None)
    if said is None:
        raise UnknownChallenge
    about = (_("Decide a challenge"), request.path, url_for("elections.roll_work", id=id))
    return asking(form, about, act=_("Decide it"), said=said), status


def _pressed(act: Callable[[Context, Any], object], wish: Command, *, id: str) -> Response:  # noqa: A002
    press(act, wish, say=lambda _done: _("It is done."))
    return redirect(url_for("elections.roll_work", id=id), 303)


def _moving(public_id: str, form: CommandForm[Move], found: Moved | None) -> str:
    with looking() as ctx:
        election = read_election(ctx, read(Chosen, {"id": public_id}))
    if election.stage != "draft":
        raise Frozen
    return render_template("elections/roll_move.html", election=election, form=form, found=found)
