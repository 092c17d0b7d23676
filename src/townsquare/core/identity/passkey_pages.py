"""The pages of passkeys: to come in and to confirm by one, to add and to remove one.

A script asks for a challenge, lets the browser answer it, and sends the answer as a form. Without
it the buttons stay hidden, and password and codes are there as ever.
"""

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.errors import Invalid
from townsquare.core.identity import second_step
from townsquare.core.identity.commands import Nothing, SignIn
from townsquare.core.identity.cookies import (
    asked,
    entered,
    forget_half,
    half_key,
    passkey_key,
    this_session,
)
from townsquare.core.identity.entrance import agent_here
from townsquare.core.identity.factor_errors import WrongPasskey
from townsquare.core.identity.factor_pages import confirmation_page, confirming, my_proofs
from townsquare.core.identity.pages import sign_in_page
from townsquare.core.identity.passkey_commands import (
    AskForChallenge,
    ChoosePasskey,
    GivePasskey,
    NamePasskey,
)
from townsquare.core.identity.relying import ANSWER_WITHIN
from townsquare.core.identity.sessions import digest, new_key
from townsquare.core.identity.usecases import passkeys
from townsquare.core.web import acting, looking, needs, town
from townsquare.core.web.errors import sentence
from townsquare.core.web.forms import CommandForm, posted
from townsquare.core.web.places import local_path

BESIDE = ("next", "remember")  # What the pages read of the form of every passkey.
bp = Blueprint("passkeys", __name__, url_prefix="/account", template_folder="templates")


@bp.post("/sign-in/passkey/ask")
@needs("public")
def ask_to_enter() -> ResponseReturnValue:
    """Give a browser a challenge, and the key that ties the challenge to it."""
    posted(Nothing)
    key = passkey_key() or new_key()
    with looking() as ctx:
        wish = passkeys.ask_for_entry(ctx, AskForChallenge(browser=digest(key)))
    return asked(jsonify(wish.options), key, town().now() + ANSWER_WITHIN)


@bp.post("/sign-in/passkey")
@needs("public")
def enter() -> ResponseReturnValue:
    """Open the session of whoever holds a passkey."""
    wish = posted(GivePasskey, beside=BESIDE)
    half = digest(half_key()) if half_key() else ""
    try:
        signed_in = second_step.enter_by_passkey(
            wish,
            browser=digest(passkey_key()),
            half=half,
            remember=bool(request.form.get("remember")),
        )
    except WrongPasskey as error:
        door = CommandForm(SignIn)
        door.refuse({"": sentence(error)})
        return sign_in_page(door), 422
    return forget_half(entered(signed_in, _next() or url_for("front.home")))


@bp.post("/confirmation/passkey/ask")
@needs("signed-in")
def ask_to_confirm() -> ResponseReturnValue:
    """Give a browser a challenge for its session."""
    posted(Nothing)
    with looking() as ctx:
        return jsonify(passkeys.ask_for_confirmation(ctx, this_session()).options)


@bp.post("/confirmation/passkey")
@needs("signed-in")
def confirm() -> ResponseReturnValue:
    """Let people show by a passkey that it is still them, and lead them back."""
    wish = posted(GivePasskey, beside=BESIDE)
    try:
        confirmed = second_step.confirm_by_passkey(wish, this_session())
    except WrongPasskey as error:
        proofs = my_proofs()
        form = confirming(proofs)
        form.refuse({"": sentence(error)})
        return confirmation_page(form, proofs), 422
    return entered(confirmed, _next() or url_for("identity.account"))


@bp.post("/passkeys/ask")
@needs("signed-in")
def ask_for_new() -> ResponseReturnValue:
    """Give a browser what it needs to make a passkey."""
    posted(Nothing)
    with looking() as ctx:
        return jsonify(passkeys.ask_for_new(ctx, this_session()).options)


@bp.route("/passkeys/new", methods=["GET", "POST"])
@needs("signed-in")
def add() -> ResponseReturnValue:
    """Keep a new passkey under a name; the first second step comes with recovery codes."""
    form = CommandForm(NamePasskey, hidden=["answer"], values={"name": agent_here()})
    if request.method == "GET":
        with looking() as ctx:
            passkeys.is_first_step(ctx, Nothing())  # Nobody is to fill it in in vain.
        return _add_page(form)
    wish = form.read()
    if wish is None:
        return _add_page(form), 422
    try:
        made = second_step.add_passkey(wish, this_session())
    except Invalid as error:
        form.refuse({"": sentence(error)})
        return _add_page(form), 422
    if made:
        return render_template("identity/recovery_codes.html", codes=made, fresh=True)
    flash(
        _("Your passkey %(name)s is added, and you are signed out everywhere else.", name=wish.name)
    )
    return redirect(url_for("identity.account"), 303)


@bp.post("/passkeys/<id>/remove")
@needs("signed-in")
def remove(id: str) -> ResponseReturnValue:  # noqa: A002 (the place in the address)
    """Let a passkey open nothing any more."""
    wish = posted(ChoosePasskey, id=id, key_hash=this_session().key_hash)
    with acting() as ctx:
        passkeys.remove_passkey(ctx, wish)
    flash(_("That passkey is removed, and you are signed out everywhere else."))
    return redirect(url_for("identity.account"), 303)


def _add_page(form: CommandForm[NamePasskey]) -> str:
    form["answer"].value = ""  # An answer works once.
    return render_template("identity/new_passkey.html", form=form)


def _next() -> str:
    return local_path(request.values.get("next", ""))
