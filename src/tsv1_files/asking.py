"""What the programs ask a person: a passphrase, and whether to go on."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from tsv1_files import storing
from tsv1_files.refusals import Refused
from tsv1_files.sealed import SHORTEST

Command = Callable[..., Any]
PATH = click.Path(path_type=Path, dir_okay=False)


def with_passphrase(command: Command) -> Command:
    """Let a command take its passphrase from a file instead of a question."""
    told = "Read the passphrase from the first line of this file."
    return click.option("--passphrase-file", type=PATH, help=told)(command)


def agreed(command: Command) -> Command:
    """Let a command go on without a question."""
    return click.option("--yes", is_flag=True, help="Go on without asking.")(command)


def passphrase(file: Path | None, *, new: bool = False) -> str:
    """Return the passphrase of a file or of a person; a new one is typed twice."""
    if file is not None:
        lines = storing.read(file).decode(errors="replace").splitlines()
        typed = lines[0] if lines else ""
    else:
        typed = click.prompt("Passphrase", hide_input=True, confirmation_prompt=new, err=True)
    if new and len(typed) < SHORTEST:
        raise Refused(f"A passphrase needs {SHORTEST} characters or more; five words are good.")
    return typed


def go_on(question: str, *, yes: bool) -> None:
    """Stop unless a person agrees."""
    if not yes and not click.confirm(question, err=True):
        raise Refused("Nothing was done.")


def say(facts: dict[str, object]) -> None:
    """Print facts, one line each."""
    wide = max(map(len, facts))
    for name, value in facts.items():
        click.echo(f"{name:<{wide}}  {value}")


def done(path: Path, what: str) -> None:
    """Say what to do with a file that was written."""
    click.echo(f"{path}: {what}")
