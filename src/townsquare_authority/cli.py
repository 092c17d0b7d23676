"""The program: townsquare-authority; docs/elections/trustees.md tells its commands."""

from pathlib import Path

import click

from townsquare_authority.authority import Authority, issue, read_authority
from townsquare_authority.letters import write_letters
from townsquare_authority.roll import read_export
from tsv1.group import base
from tsv1.schema import fits
from tsv1_files import asking, storing
from tsv1_files.asking import PATH
from tsv1_files.refusals import Refused
from tsv1_files.sealed import read_sealed, write_sealed

KIND = "authority"
REASONS = ("lost", "stolen", "error")
FILE = click.argument("file", type=PATH)
NUMBER = click.argument("number")
OUT = click.option("-o", "--output", type=PATH, required=True, help="The file to upload.")
LETTERS = click.option(
    "--letters",
    type=PATH,
    required=True,
    help="Where the letters go: .html to print, .csv for a mail merge. A new file.",
)


@click.group()
def main() -> None:
    """Give voters their credentials, so that the server never learns whose is whose."""


@main.command("issue")
@FILE
@click.argument("roll", type=PATH)
@click.option("--election", default="", help="Its id, where the roll is a table and tells none.")
@LETTERS
@click.option("--title", default="", help="What stands above each letter.")
@OUT
@asking.with_passphrase
def issue_all(
    file: Path,
    roll: Path,
    *,
    election: str,
    letters: Path,
    title: str,
    output: Path,
    passphrase_file: Path | None,
) -> None:
    """Draw a credential for each voter of ROLL; FILE keeps them sealed."""
    export = read_export(roll)
    chosen = election or export.election
    if not fits("ulid", chosen) or export.election not in {"", chosen}:
        raise Refused("Name the election of this roll: --election, the 26 characters of its page.")
    authority = issue(chosen, title or export.title or "Election", export.entries)
    passphrase = asking.passphrase(passphrase_file, new=True)
    write_sealed(file, KIND, authority.told(), passphrase=passphrase)
    write_letters(letters, authority.title, authority.issued.values())
    storing.write_messages(output, [authority.roll_keys()])
    asking.say({**_facts(authority), "weight": _weight(authority)})
    asking.done(file, "the recovery file; keep it, and a copy in another house.")
    asking.done(letters, "print and send the letters, then delete this file.")
    asking.done(output, "upload it on the page of the roll; it names no voter.")


def _facts(authority: Authority) -> dict[str, object]:
    return {
        "election": authority.election,
        "authority key": base(authority.secret).hex(),
        "voters": len(authority.issued),
    }


def _weight(authority: Authority) -> int:
    return sum(one.entry.weight for one in authority.issued.values())


def _open(file: Path, passphrase: str) -> Authority:
    return read_authority(read_sealed(file, KIND, passphrase))


@main.command()
@FILE
@NUMBER
@asking.with_passphrase
def find(file: Path, number: str, *, passphrase_file: Path | None) -> None:
    """Say which public credential the voter with NUMBER has; the code itself is not shown."""
    authority = _open(file, asking.passphrase(passphrase_file))
    found = authority.find(number)
    asking.say(
        {
            **vars(found.entry),
            "credential": authority.public(found.token) if found.token else "none",
            "void": ", ".join(map(authority.public, found.void)) or "none",
        }
    )


@main.command()
@FILE
@NUMBER
@LETTERS
@asking.with_passphrase
def letter(file: Path, number: str, *, letters: Path, passphrase_file: Path | None) -> None:
    """Write the letter of the voter with NUMBER once more."""
    authority = _open(file, asking.passphrase(passphrase_file))
    write_letters(letters, authority.title, [authority.find(number)])
    asking.done(letters, "print and send the letter, then delete this file.")


@main.command()
@FILE
@NUMBER
@click.option("--reason", type=click.Choice(REASONS), default="lost", show_default=True)
@click.option(
    "--letters",
    type=PATH,
    help="Where the new letter goes (.html or .csv); without it the voter gets no new credential.",
)
@OUT
@asking.agreed
@asking.with_passphrase
def void(
    file: Path,
    number: str,
    *,
    reason: str,
    letters: Path | None,
    output: Path,
    yes: bool,
    passphrase_file: Path | None,
) -> None:
    """Take the credential of the voter with NUMBER back, and give a new one in its place."""
    passphrase = asking.passphrase(passphrase_file)
    authority = _open(file, passphrase)
    message = authority.void(number, reason, replaced=letters is not None)
    shown = {name: message[name] or "none" for name in ("credential", "replacement", "reason")}
    asking.say(shown)
    asking.go_on("Ballots of the old credential will not count. Go on?", yes=yes)
    write_sealed(file, KIND, authority.told(), passphrase=passphrase, replace=True)
    if letters is not None:
        write_letters(letters, authority.title, [authority.find(number)])
        asking.done(letters, "print and send the letter, then delete this file.")
    storing.write_messages(output, [message])
    asking.done(output, "upload it on the page of the credentials.")
