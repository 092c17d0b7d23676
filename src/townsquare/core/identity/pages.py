"""The pages of the door: one decision a page."""

from collections.abc import Callable
from typing import TypeVar

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.errors import Invalid
from townsquare.core.identity import entrance, queries
from townsquare.core.identity.commands import (
    AcceptInvitation,
    AskForReset,
    ChangePassword,
    ChooseSession,
    FollowLink,
    Nothing,
    ResetPassword,
    SignIn,
    SignInAs,
    SignUp,
)
from townsquare.core.identity.cookies import entered, forget_session, this_session
from townsquare.core.identity.errors import NotRecognised
from townsquare.core.identity.usecases import accounts, factors, signing
from townsquare.core.web import acting, looking, needs, town
from townsquare.core.web.errors import sentence
from townsquare.core.web.forms import CommandForm, posted
from townsquare.core.web.limits import rated
from townsquare.core.web.places import local_path

Mailed = TypeVar("Mailed", SignUp, AskForReset)
Linked = TypeVar("Linked", ResetPassword, AcceptInvitation)
bp = Blueprint("identity", __name__, url_prefix="/account", template_folder="templates")


@bp.get("")
@needs("signed-in")
def account() -> ResponseReturnValue:
    """Show one's own account: devices and ways on."""
    with looking() as ctx:
        devices = queries.my_sessions(ctx, this_session())
        second_step = factors.my_second_step(ctx, Nothing())
    return render_template("identity/account.html", devices=devices, second_step=second_step)


@bp.get("/sign-in")
@needs("public")
def sign_in() -> ResponseReturnValue:
    """Show the form, and in a demo town its people."""
    return sign_in_page(CommandForm(SignIn))


@bp.post("/sign-in")
@needs("public")
def enter() -> ResponseReturnValue:
    """Open a session for whoever knows the password."""
    form = CommandForm(SignIn, beside=["next"])
    wish = form.read()
    if wish is None:
        return sign_in_page(form), 422
    try:
        signed_in = entrance.sign_in(wish)
    except NotRecognised as error:
        form.refuse({"": sentence(error)})
        return sign_in_page(form), 422
    return entered(signed_in, _target())


@bp.post("/sign-in/demo")
@needs("public")
def enter_as() -> ResponseReturnValue:
    """Sign in as somebody of the demo town."""
    wish = posted(SignInAs, beside=("next",))
    wish = wish.model_copy(update={"agent": entrance.agent_here()})
    with acting() as ctx:
        signed_in = signing.enter_as(ctx, wish)
    return entered(signed_in, _target())


@bp.post("/sign-out")
@needs("signed-in")
def sign_out() -> ResponseReturnValue:
    """End the session of this browser."""
    with acting() as ctx:
        signing.sign_out(ctx, this_session())
    return forget_session(redirect(url_for("front.home"), 303))


@bp.post("/sessions/<id>/end")
@needs("signed-in")
def end_session(id: str) -> ResponseReturnValue:  # noqa: A002 (the place in the address)
    """End one of one's own sessions."""
    with acting() as ctx:
        signing.end_session(ctx, posted(ChooseSession, id=id))
    flash(_("That device is signed out."))
    return redirect(url_for("identity.account"), 303)


@bp.post("/sessions/end-others")
@needs("signed-in")
def end_others() -> ResponseReturnValue:
    """End all of one's own sessions but this one."""
    with acting() as ctx:
        signing.end_other_sessions(ctx, this_session())
    flash(_("You are signed out everywhere else."))
    return redirect(url_for("identity.account"), 303)


@bp.post("/sessions/end-all")
@needs("signed-in")
def end_all() -> ResponseReturnValue:
    """End all of one's own sessions, this one included."""
    with acting() as ctx:
        signing.end_all_sessions(ctx, Nothing())
    return redirect(url_for("identity.sign_in"), 303)


@bp.get("/sign-up")
@needs("public")
def sign_up() -> ResponseReturnValue:
    """Show the form for an account."""
    return render_template("identity/sign_up.html", form=CommandForm(SignUp))


@bp.post("/sign-up")
@rated("sign-up")
@needs("public")
def make_account() -> ResponseReturnValue:
    """Make an account; the answer is the same whether the address was known or not."""
    return _by_form(
        SignUp, entrance.sign_up, template="identity/sign_up.html", done="identity/check_mail.html"
    )


@bp.get("/confirm/<token>")
@needs("public")
def confirm(token: str) -> ResponseReturnValue:
    """Ask for the click that confirms; mail programs that look ahead confirm nothing."""
    return render_template("identity/confirm.html", token=token)


@bp.post("/confirm/<token>")
@needs("public")
def confirmed(token: str) -> ResponseReturnValue:
    """Confirm an address."""
    with acting() as ctx:
        accounts.confirm_address(ctx, posted(FollowLink, token=token))
    flash(_("Your address is confirmed; you can sign in now."))
    return redirect(url_for("identity.sign_in"), 303)


@bp.get("/forgotten")
@needs("public")
def forgotten() -> ResponseReturnValue:
    """Show the form for a forgotten password."""
    return render_template("identity/forgotten.html", form=CommandForm(AskForReset))


@bp.post("/forgotten")
@rated("mail")
@needs("public")
def ask_for_reset() -> ResponseReturnValue:
    """Send the link, if the address is known; the answer is the same."""
    return _by_form(
        AskForReset,
        _ask_for_reset,
        template="identity/forgotten.html",
        done="identity/check_mail.html",
    )


@bp.route("/reset/<token>", methods=["GET", "POST"])
@needs("public")
def reset(token: str) -> ResponseReturnValue:
    """Choose a new password by a link."""
    return _by_link(token, ResetPassword, entrance.reset_password)


@bp.route("/invitation/<token>", methods=["GET", "POST"])
@needs("public")
def invitation(token: str) -> ResponseReturnValue:
    """Accept an invitation: a name and a password."""
    return _by_link(token, AcceptInvitation, entrance.accept_invitation)


@bp.route("/password", methods=["GET", "POST"])
@needs("signed-in")
def password() -> ResponseReturnValue:
    """Change the password in exchange for the old one."""
    form = CommandForm(ChangePassword)
    if request.method == "GET":
        with looking() as ctx:
            accounts.own_password(ctx, Nothing())
        return render_template("identity/password.html", form=form)
    wish = form.read()
    if wish is None:
        return render_template("identity/password.html", form=form), 422
    try:
        entrance.change_password(wish)
    except Invalid as error:
        form.refuse(
            {"old" if error.code.endswith("wrong-password") else "password": sentence(error)}
        )
        return render_template("identity/password.html", form=form), 422
    flash(
        _("Your password is changed, and you are signed out everywhere; sign in with the new one.")
    )
    return redirect(url_for("identity.sign_in"), 303)


def sign_in_page(form: CommandForm[SignIn]) -> str:
    """Return the door, with what was typed and what was wrong with it."""
    with looking() as ctx:
        people = queries.demo_people(ctx, Nothing()) if town().settings.demo else []
    target = local_path(request.values.get("next", ""))
    return render_template("identity/sign_in.html", form=form, people=people, next=target)


def _target() -> str:
    return local_path(request.form.get("next", "")) or url_for("front.home")


def _ask_for_reset(wish: AskForReset) -> None:
    with acting() as ctx:
        accounts.ask_for_reset(ctx, wish)


def _by_form(
    command: type[Mailed], act: Callable[[Mailed], object], *, template: str, done: str
) -> ResponseReturnValue:
    form = CommandForm(command)
    wish = form.read()
    if wish is None:
        return render_template(template, form=form), 422
    try:
        act(wish)
    except Invalid as error:
        form.refuse({"password": sentence(error)})
        return render_template(template, form=form), 422
    return render_template(done, email=wish.email)


def _by_link(
    token: str, command: type[Linked], act: Callable[[Linked], object]
) -> ResponseReturnValue:
    form = CommandForm(command, hidden=["token"])
    form["token"].value = token
    shown = {"form": form, "action": request.path}
    if request.method == "GET":
        return render_template("identity/choose.html", **shown)
    wish = form.read()
    if wish is None:
        return render_template("identity/choose.html", **shown), 422
    try:
        act(wish)
    except Invalid as error:
        form.refuse({"password": sentence(error)})
        return render_template("identity/choose.html", **shown), 422
    flash(_("Your password is set; you can sign in now."))
    return redirect(url_for("identity.sign_in"), 303)
