"""The pages of programs: one's own tokens, and those of programs that act for nobody."""

from collections.abc import Callable
from typing import TypeVar

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.identity.commands import (
    ChooseToken,
    Days,
    DescribeProgram,
    DescribeToken,
    MakeProgram,
    MakeToken,
    Nothing,
    Reach,
)
from townsquare.core.identity.errors import NoPermissionNamed, PermissionsNotMeant, TooManyTokens
from townsquare.core.identity.manifest import PERMISSIONS
from townsquare.core.identity.results import NewToken
from townsquare.core.identity.usecases import tokens
from townsquare.core.usecase import Context
from townsquare.core.web import acting, actor, looking, needs, town
from townsquare.core.web.errors import sentence
from townsquare.core.web.forms import CommandForm, posted

TICKED = "permission"
MANAGE = "identity.program.manage"
Described = TypeVar("Described", bound=DescribeProgram)
bp = Blueprint("programs", __name__, template_folder="templates")


@bp.get("/account/programs")
@needs("signed-in")
def mine() -> ResponseReturnValue:
    """List one's own tokens."""
    with looking() as ctx:
        found = tokens.my_tokens(ctx, Nothing())
    return render_template("identity/programs.html", tokens=found, sentences=_sentences())


@bp.route("/account/programs/new", methods=["GET", "POST"])
@needs("signed-in")
def make() -> ResponseReturnValue:
    """Make a token of one's own."""
    form = CommandForm(DescribeToken, choices={"scope": _scopes(), **_days()}, beside=[TICKED])

    def act(ctx: Context, wish: DescribeToken) -> NewToken:
        return tokens.make_token(ctx, MakeToken(**dict(wish), permissions=_ticked()))

    return _made(form, act, "identity/new_token.html")


@bp.post("/account/programs/<id>/revoke")
@needs("signed-in")
def revoke(id: str) -> ResponseReturnValue:  # noqa: A002 (the place in the address)
    """Take one of one's own tokens back."""
    with acting() as ctx:
        tokens.revoke_token(ctx, posted(ChooseToken, id=id))
    flash(_("The token is taken back; the program that has it is refused from now on."))
    return redirect(url_for("programs.mine"), 303)


@bp.get("/admin/programs")
@needs(MANAGE)
def programs() -> ResponseReturnValue:
    """List the tokens of programs that act for nobody."""
    with looking() as ctx:
        found = tokens.programs(ctx, Nothing())
    return render_template("identity/town_programs.html", tokens=found, sentences=_sentences())


@bp.route("/admin/programs/new", methods=["GET", "POST"])
@needs(MANAGE)
def admit() -> ResponseReturnValue:
    """Make a token for a program that acts for nobody."""
    form = CommandForm(DescribeProgram, choices=_days(), beside=[TICKED])

    def act(ctx: Context, wish: DescribeProgram) -> NewToken:
        return tokens.admit_program(ctx, MakeProgram(**dict(wish), permissions=_ticked()))

    return _made(form, act, "identity/new_program.html")


@bp.post("/admin/programs/<id>/revoke")
@needs(MANAGE)
def dismiss(id: str) -> ResponseReturnValue:  # noqa: A002 (the place in the address)
    """Take the token of a program back."""
    with acting() as ctx:
        tokens.dismiss_program(ctx, posted(ChooseToken, id=id))
    flash(_("The token is taken back; the program that has it is refused from now on."))
    return redirect(url_for("programs.programs"), 303)


def _made(
    form: CommandForm[Described], act: Callable[[Context, Described], NewToken], template: str
) -> ResponseReturnValue:
    """Show the form, or what was made with it: the secret stands on this one answer only."""
    if request.method == "GET":
        with looking() as ctx:
            tokens.may_make_tokens(ctx, Nothing())
    shown = {"form": form, "may": _own(), "ticked": set(_ticked())}
    wish = form.read() if request.method == "POST" else None
    if wish is None:
        return render_template(template, **shown), 422 if form.failed else 200
    try:
        with acting(once=form.once) as ctx:
            made = act(ctx, wish)
    except (NoPermissionNamed, PermissionsNotMeant, TooManyTokens) as error:
        form.refuse({"": sentence(error)})
        return render_template(template, **shown), 422
    return render_template(
        "identity/token_made.html", made=made, own=template.endswith("token.html")
    )


def _ticked() -> tuple[str, ...]:
    return tuple(request.form.getlist(TICKED))


def _sentences() -> dict[str, str]:
    """Return what each permission of the town allows."""
    services = (service.permissions for service in town().services)
    return {name: said for each in (PERMISSIONS, *services) for name, said in each.items()}


def _own() -> list[tuple[str, str]]:
    """Return the permissions of this person with their sentences: what they may hand on."""
    return [(name, _(said)) for name, said in _sentences().items() if name in actor().permissions]


def _scopes() -> list[tuple[Reach, str]]:
    return [
        (Reach.READ, _("look at everything that I may see")),
        (Reach.WRITE, _("do everything that I may do")),
        (Reach.NAMED, _("do only what is ticked below")),
    ]


def _days() -> dict[str, list[tuple[int, str]]]:
    said = {Days.MONTH: _("a month"), Days.QUARTER: _("three months"), Days.YEAR: _("a year")}
    return {"days": [(days.value, told) for days, told in said.items()]}
