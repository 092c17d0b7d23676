"""The pages of the administrators: accounts, roles, audit."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.identity import queries
from townsquare.core.identity.commands import (
    ChangeRole,
    ChooseAccount,
    FindAccounts,
    Invite,
    Nothing,
    ReadAudit,
)
from townsquare.core.identity.manifest import ADMINISTRATOR
from townsquare.core.identity.usecases import administration
from townsquare.core.web import acting, looking, needs, town
from townsquare.core.web.forms import CommandForm, posted
from townsquare.core.web.limits import rated
from townsquare.core.web.reading import read
from townsquare.core.words import role_title, translatable

bp = Blueprint("administration", __name__, url_prefix="/admin", template_folder="templates")
bp.add_app_template_filter(role_title)
# As people call what is of the house; a service says itself how it is called.
HOUSE = dict.fromkeys(("identity", "personal"), translatable("Accounts"))


@bp.get("/accounts")
@needs("identity.account.view")
def accounts() -> ResponseReturnValue:
    """List the accounts."""
    wish = read(FindAccounts, request.args.to_dict())
    with looking() as ctx:
        page = queries.find_accounts(ctx, wish)
    return render_template("identity/accounts.html", page=page, words=wish.words)


@bp.get("/accounts/<id>")
@needs("identity.account.view")
def account(id: str) -> ResponseReturnValue:  # noqa: A002 (the place in the address)
    """Show one account with its roles."""
    with looking() as ctx:
        found = queries.read_account(ctx, read(ChooseAccount, {"id": id}))
        roles = queries.role_names(ctx, Nothing())
    free = [name for name in roles if name not in {*found.roles, ADMINISTRATOR}]
    return render_template("identity/one_account.html", account=found, free=free)


@bp.post("/accounts/<id>/<act>")
@needs("identity.account.disable")
def change(id: str, act: str) -> ResponseReturnValue:  # noqa: A002 (the place in the address)
    """Give or take a role, disable or enable."""
    if act in {"grant", "withdraw"}:
        role = posted(ChangeRole, id=id)
        with acting() as ctx:
            chosen = administration.grant_role if act == "grant" else administration.withdraw_role
            chosen(ctx, role)
    elif act in {"disable", "enable"}:
        wish = posted(ChooseAccount, id=id)
        disables = act == "disable"
        with acting() as ctx:
            (administration.disable_account if disables else administration.enable_account)(
                ctx, wish
            )
    else:
        abort(404)
    flash(_("Done; it acts on the next request."))
    return redirect(url_for("administration.account", id=id), 303)


@bp.route("/invitations", methods=["GET", "POST"])
@rated("mail")
@needs("identity.account.invite")
def invite() -> ResponseReturnValue:
    """Invite somebody to a role."""
    with looking() as ctx:
        roles = queries.role_names(ctx, Nothing())
    offered = [(name, role_title(name)) for name in roles if name != ADMINISTRATOR]
    form = CommandForm(Invite, choices={"role": offered})
    wish = form.read() if request.method == "POST" else None
    if wish is None:
        return render_template("identity/invite.html", form=form), 422 if form.failed else 200
    with acting(once=form.once) as ctx:
        administration.invite(ctx, wish)
    flash(_("The invitation is on its way to %(email)s.", email=wish.email))
    return redirect(url_for("administration.accounts"), 303)


@bp.get("/audit")
@needs("audit.view")
def audit() -> ResponseReturnValue:
    """Show what happened, newest first."""
    wish = read(ReadAudit, request.args.to_dict())
    with looking() as ctx:
        page = queries.read_audit(ctx, wish)
    titles = {service.name: service.title for service in town().services} | HOUSE
    return render_template("identity/audit.html", page=page, service=wish.service, titles=titles)
