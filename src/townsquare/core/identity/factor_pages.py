"""The pages of the second step: to come in by it, to confirm, to set it up and to remove it."""

from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.errors import Invalid, NotAllowed, NotConfirmed
from townsquare.core.identity import second_step
from townsquare.core.identity.codes import address_of
from townsquare.core.identity.commands import Nothing
from townsquare.core.identity.cookies import entered, forget_half, half_key, this_session
from townsquare.core.identity.factor_commands import (
    GiveCode,
    GiveFirstCode,
    GivePassword,
    NoteEntry,
)
from townsquare.core.identity.factor_errors import NeedsSecondStep, SignInAgain
from townsquare.core.identity.sessions import digest
from townsquare.core.identity.usecases import factors, proving
from townsquare.core.web import acting, actor, looking, needs, town
from townsquare.core.web.codes import qr
from townsquare.core.web.errors import is_for_programs, sentence, show
from townsquare.core.web.forms import CommandForm, posted
from townsquare.core.web.places import local_path

Confirming = CommandForm[GiveCode] | CommandForm[GivePassword]
bp = Blueprint("factors", __name__, url_prefix="/account", template_folder="templates")


@bp.get("/sign-in/code")
@needs("public")
def code() -> ResponseReturnValue:
    """Ask for the code, after the password was right."""
    return _code_page(CommandForm(GiveCode))


@bp.post("/sign-in/code")
@needs("public")
def enter() -> ResponseReturnValue:
    """Open the session for a right code."""
    form = CommandForm(GiveCode, beside=["next"])
    wish = form.read()
    if wish is None:
        return _code_page(form), 422
    try:
        signed_in = second_step.enter(wish, digest(half_key()))
    except Invalid as error:
        form.refuse({"code": sentence(error)})
        return _code_page(form), 422
    return forget_half(entered(signed_in, _next() or url_for("front.home")))


@bp.app_errorhandler(SignInAgain)
def begin_again(error: SignInAgain) -> ResponseReturnValue:
    """Lead back to the password."""
    flash(sentence(error))
    target = url_for("identity.sign_in", next=_next() or None)
    return forget_half(redirect(target, 303))


@bp.app_errorhandler(NotAllowed)
def set_up_first(error: NotAllowed) -> ResponseReturnValue:
    """Lead staff who lack a second step to it; everybody else is refused."""
    if not actor().lacks_factor:
        return show(error)
    if is_for_programs():
        return show(NeedsSecondStep())
    flash(sentence(NeedsSecondStep()))
    return redirect(url_for("identity.account"), 303)


@bp.app_errorhandler(NotConfirmed)
def ask_first(error: NotConfirmed) -> ResponseReturnValue:
    """Lead to the confirmation, which leads back to the page that was asked for or sent from."""
    if is_for_programs():
        return show(error)
    sent_from = urlsplit(request.referrer or "").path
    back = request.full_path.rstrip("?") if request.method == "GET" else sent_from
    return redirect(url_for("factors.confirmation", next=local_path(back) or None), 303)


@bp.route("/confirmation", methods=["GET", "POST"])
@needs("signed-in")
def confirmation() -> ResponseReturnValue:
    """Let people show that it is still them, and lead them back."""
    proofs = my_proofs()
    form = confirming(proofs)
    wish = form.read() if request.method == "POST" else None
    if wish is None:
        return confirmation_page(form, proofs), 422 if form.failed else 200
    try:
        if isinstance(wish, GiveCode):
            confirmed = second_step.confirm_by_code(wish, this_session())
        else:
            confirmed = second_step.confirm_by_password(wish, this_session())
    except Invalid as error:
        form.refuse({"code" if proofs.by_code else "password": sentence(error)})
        return confirmation_page(form, proofs), 422
    return entered(confirmed, _next() or url_for("identity.account"))


@bp.post("/second-step/begin")
@needs("signed-in")
def begin() -> ResponseReturnValue:
    """Make the secret of a new app."""
    with acting() as ctx:
        factors.begin_factor(ctx, posted(Nothing))
    return redirect(url_for("factors.set_up"), 303)


@bp.route("/second-step/set-up", methods=["GET", "POST"])
@needs("signed-in")
def set_up() -> ResponseReturnValue:
    """Show the new secret, and take the first code that the app makes of it."""
    form = CommandForm(GiveFirstCode)
    wish = form.read() if request.method == "POST" else None
    if wish is None:
        return _set_up_page(form), 422 if form.failed else 200
    try:
        made = second_step.set_up(wish, this_session())
    except Invalid as error:
        form.refuse({"code": sentence(error)})
        return _set_up_page(form), 422
    return render_template("identity/recovery_codes.html", codes=made, fresh=True)


@bp.post("/second-step/recovery-codes")
@needs("signed-in")
def recovery_codes() -> ResponseReturnValue:
    """Make new recovery codes and show them this once."""
    posted(Nothing)
    made = second_step.renew_codes(this_session())
    return render_template("identity/recovery_codes.html", codes=made, fresh=False)


@bp.post("/second-step/remove")
@needs("signed-in")
def remove() -> ResponseReturnValue:
    """Enter by the password alone again."""
    posted(Nothing)
    with acting() as ctx:
        factors.remove_factor(ctx, this_session())
    flash(_("Your second step is removed, and you are signed out everywhere else."))
    return redirect(url_for("identity.account"), 303)


def _next() -> str:
    return local_path(request.values.get("next", ""))


def _code_page(form: CommandForm[GiveCode]) -> str:
    try:
        with looking() as ctx:
            proofs = proving.half_signed_in(ctx, NoteEntry(key_hash=digest(half_key())))
    except SignInAgain:
        if not form.failed:
            raise
        proofs = proving.Proofs(by_code=True, by_passkey=False)  # What was typed is wrong first.
    return render_template("identity/code.html", form=form, next=_next(), proofs=proofs)


def my_proofs() -> proving.Proofs:
    """Return how the person of this request confirms that it is them."""
    with looking() as ctx:
        return proving.my_proofs(ctx, Nothing())


def confirming(proofs: proving.Proofs) -> Confirming:
    """Return the form for a code, or for the password of whoever has no second step."""
    if proofs.by_code:
        return CommandForm(GiveCode, beside=["next"])
    return CommandForm(GivePassword, beside=["next"])


def confirmation_page(form: Confirming, proofs: proving.Proofs) -> str:
    """Return the page that asks whether it is still them."""
    return render_template("identity/confirmation.html", form=form, next=_next(), proofs=proofs)


def _set_up_page(form: CommandForm[GiveFirstCode]) -> str:
    with looking() as ctx:
        app = factors.new_app(ctx, Nothing())
    drawn = qr(address_of(app.secret, account=app.email, town=town().settings.name))
    groups = [app.secret[at : at + 4] for at in range(0, len(app.secret), 4)]
    shown = {"secret": " ".join(groups), "qr": drawn}
    return render_template("identity/set_up.html", form=form, **shown)
