"""The `townsquare` command; each verb is loaded when it is asked for."""

import sys
from collections.abc import Mapping
from importlib import import_module
from typing import NoReturn

import click

from townsquare.core.errors import DomainError
from townsquare.core.loading import loading

# Where each verb lives; verbs of services are named in their manifests.
VERBS = {
    "serve": "townsquare.cli.serve:serve",
    "worker": "townsquare.cli.serve:worker",
    "jobs": "townsquare.cli.jobs:jobs",
    "migrate": "townsquare.cli.schema:migrate",
    "demo": "townsquare.cli.town:demo",
    "rehearse-tally": "townsquare.cli.town:rehearse_tally",
    "status": "townsquare.cli.status:status",
    "routes": "townsquare.cli.town:routes",
    "openapi": "townsquare.cli.town:openapi",
    "settings": "townsquare.cli.town:settings",
    "check-invariants": "townsquare.cli.town:check_invariants",
    "search": "townsquare.cli.town:search",
    "audit": "townsquare.cli.audit:audit",
    "keys": "townsquare.cli.keys:keys",
    "backup": "townsquare.cli.schema:backup",
    "restore": "townsquare.cli.schema:restore",
    "resume": "townsquare.cli.schema:resume",
    "users": "townsquare.cli.users:users",
    "library": "townsquare.services.library.cli:library",
    "grocery": "townsquare.services.grocery.cli:grocery",
    "elections": "townsquare.services.elections.cli:elections",
}

NOT_MIGRATED = (
    "This database has no tables of the town yet. If the town's data is elsewhere, name the folder"
    " in TOWNSQUARE_DATA; if the town is new, run ./townsquare migrate, then this again."
)


class Verbs(click.Group):
    """The verbs by name; one whose module is broken does not break the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        """Return the names, in the order of the table."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return the command, imported now."""
        if cmd_name not in VERBS:
            return None
        module, _, name = VERBS[cmd_name].partition(":")
        with loading():
            found: click.Command = getattr(import_module(module), name)
        return found


@click.group(cls=Verbs)
def townsquare() -> None:
    """Digital services for a community."""


def main() -> None:
    """Run the command line; what can be explained is one sentence on stderr and exit code 1."""
    try:
        townsquare.main(standalone_mode=True)
    except DomainError as error:
        fields = error.facts.get("fields")
        named = fields.items() if isinstance(fields, Mapping) else ()
        lines = [f"  {name}: {said}" for name, said in named]
        _end(error.message.format(**error.facts), *lines)
    except Exception as error:
        if _has_no_tables(error):
            _end(NOT_MIGRATED)
        if lines := _unread(error):
            _end(*lines)
        raise


def _end(*lines: str) -> NoReturn:
    click.echo("\n".join(lines), err=True)
    sys.exit(1)


def _unread(error: Exception) -> list[str]:
    """Return what is wrong with which field of a wish that could not be read."""
    from pydantic import ValidationError  # noqa: PLC0415 (a verb that reads no wish needs it not)

    if not isinstance(error, ValidationError):
        return []
    return [f"{'.'.join(map(str, one['loc']))}: {one['msg']}." for one in error.errors()]


def _has_no_tables(error: Exception) -> bool:
    # By what both drivers say, so that a verb without a database need not load one.
    told = getattr(error, "orig", None)
    return getattr(told, "sqlstate", "") == "42P01" or "no such table" in str(told)
