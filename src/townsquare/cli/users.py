"""Verbs about accounts, for whoever runs the town."""

import click
from sqlalchemy import select

from townsquare.app import services_of
from townsquare.core.console import operating, settings_here
from townsquare.core.identity.commands import ChangeRole, ChooseAccount, FindAccounts, Invite
from townsquare.core.identity.errors import UnknownAccount
from townsquare.core.identity.manifest import ADMINISTRATOR, APPOINT_ALONE
from townsquare.core.identity.models import AccountRow
from townsquare.core.identity.queries import find_accounts
from townsquare.core.identity.steps import APPOINT
from townsquare.core.identity.usecases import administration, factors
from townsquare.core.permissions import install_roles
from townsquare.core.town import Town, found
from townsquare.core.words import role_title


@click.group()
def users() -> None:
    """Look after accounts and roles."""


@users.command("list")
@click.option("--words", default="", help="Part of a name or e-mail.")
def listed(words: str) -> None:
    """List accounts."""
    with operating(_town(), "identity.account.view", reads=True) as ctx:
        page = find_accounts(ctx, FindAccounts(words=words))
    for line in page.items:
        click.echo(f"{line.email:40} {line.name}{' (disabled)' if line.disabled else ''}")


@users.command()
@click.argument("email")
@click.argument("role")
def invite(email: str, role: str) -> None:
    """Invite somebody to a role, and print the link that was mailed."""
    town = _town()
    with town.sessions.begin() as db:
        install_roles(db, town.services)
    with operating(town, "identity.account.invite", APPOINT, APPOINT_ALONE) as ctx:
        made = administration.invite(ctx, Invite(email=email, role=role))
    click.echo(f"{town.settings.public_url}/account/invitation/{made.token}")


@users.command("create-admin")
@click.argument("email")
@click.pass_context
def create_admin(ctx: click.Context, email: str) -> None:
    """Invite the first administrator of a town."""
    ctx.invoke(invite, email=email, role=ADMINISTRATOR)


@users.command()
@click.argument("email")
@click.argument("role")
def grant(email: str, role: str) -> None:
    """Give an account a role; that of the administrators too, without a second one."""
    town = _town()
    wish = ChangeRole(id=_id_of(town, email), role=role)
    with operating(town, "identity.role.grant", APPOINT, APPOINT_ALONE) as ctx:
        administration.grant_role(ctx, wish)
    click.echo(f"{email} has the role {role_title(role)}.")


@users.command()
@click.argument("email")
@click.argument("role")
def withdraw(email: str, role: str) -> None:
    """Take a role back."""
    town = _town()
    wish = ChangeRole(id=_id_of(town, email), role=role)
    with operating(town, "identity.role.grant", APPOINT) as ctx:
        administration.withdraw_role(ctx, wish)
    click.echo(f"{email} no longer has the role {role_title(role)}.")


@users.command()
@click.argument("email")
def disable(email: str) -> None:
    """Let an account sign in no more."""
    town = _town()
    wish = ChooseAccount(id=_id_of(town, email))
    with operating(town, "identity.account.disable") as ctx:
        administration.disable_account(ctx, wish)
    click.echo(f"{email} is signed out and cannot sign in any more.")


@users.command("remove-second-step")
@click.argument("email")
def remove_second_step(email: str) -> None:
    """Let somebody who has lost phone and recovery codes enter by their password."""
    town = _town()
    wish = ChooseAccount(id=_id_of(town, email))
    with operating(town, "identity.factor.drop") as ctx:
        factors.drop_factor(ctx, wish)
    click.echo(f"{email} is signed out and enters by password alone.")


def _town() -> Town:
    settings = settings_here()
    return found(settings, services_of(settings))


def _id_of(town: Town, email: str) -> str:
    with town.sessions() as db:
        known = db.scalar(select(AccountRow.public_id).where(AccountRow.email == email.casefold()))
    if known is None:
        raise UnknownAccount
    return known
