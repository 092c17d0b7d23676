"""What operators do with elections on the command line."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from sqlalchemy import select

from townsquare.core.console import operating, settings_here
from townsquare.core.identity.models import AccountRow
from townsquare.core.imports.csvfiles import encoding_of, unpacked
from townsquare.core.town import Town, found
from townsquare.core.usecase import Actor
from townsquare.services.elections.commands.elections import AddContest
from townsquare.services.elections.commands.fields import Nothing
from townsquare.services.elections.commands.imports import ballots_of, question_of
from townsquare.services.elections.commands.replays import (
    CompareTotals,
    DraftFromReturns,
    ImportReturns,
)
from townsquare.services.elections.commands.voting import ImportRoll
from townsquare.services.elections.readers.files import count_file, read_file, told
from townsquare.services.elections.readers.unreadable import Unreadable
from townsquare.services.elections.results.returns import PrecinctReport
from townsquare.services.elections.rules import detached
from townsquare.services.elections.rules.counting.refusals import CountRefused
from townsquare.services.elections.usecases.counting import RUN, close_due
from townsquare.services.elections.usecases.importing import import_ballots
from townsquare.services.elections.usecases.precincts import MANAGE as PRECINCTS
from townsquare.services.elections.usecases.replaying import (
    compare_totals,
    draft_from_returns,
    import_returns,
)
from townsquare.services.elections.usecases.returning import ENTERING
from townsquare.services.elections.usecases.rolls import MANAGE, check_roll, import_roll
from townsquare.services.elections.usecases.setting_up import MANAGE as MANAGE_ELECTIONS
from townsquare.services.elections.usecases.setting_up import add_contest

PRESENT = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def elections() -> None:
    """Look after elections."""


@elections.command("import-roll")
@click.argument("election")
@click.argument("file", type=PRESENT)
@click.option("--dry-run", is_flag=True, help="Tell what would be taken, and change nothing.")
def take_roll(election: str, file: Path, *, dry_run: bool) -> None:
    """Put the voters of FILE (columns number, name, email) on the roll of ELECTION."""
    wish = ImportRoll(id=election, rows=_text(file))
    with _here() as town, operating(town, MANAGE, reads=dry_run) as ctx:
        told = (check_roll if dry_run else import_roll)(ctx, wish)
    for fault in told.faults:
        click.echo(f"  line {fault.line}: {fault.reason}")
    click.echo(f"{told.good} voters {'can be ' if dry_run else ''}enrolled.")
    sys.exit(1 if told.faults else 0)


@elections.command("check-signature")
@click.argument("file", type=PRESENT)
@click.argument("signature", type=PRESENT)
@click.option("--log-key", required=True, help="The public key of the town, 64 hex digits.")
def check_signature(file: Path, signature: Path, log_key: str) -> None:
    """Tell whether the town of this key has signed FILE, a result; needs no town here."""
    try:
        made = detached.read(signature.read_text("utf-8", "replace"))
    except detached.NoSignature:
        click.echo("This is no signature of a result.", err=True)
        sys.exit(2)
    if not detached.is_signed(file.read_bytes(), made, log_key.strip().lower()):
        click.echo("This key has NOT signed this file as it is.", err=True)
        sys.exit(1)
    click.echo(f"Signed with {made.key}; the file has the SHA-256 {made.sha256}.")


@elections.command("draft-returns")
@click.argument("file", type=PRESENT)
@click.option("--office", required=True, help="The office as FILE calls it.")
@click.option("--title", required=True, help="What the election is called.")
@click.option("--zone", required=True, help="The time zone, such as Europe/London.")
@click.option("--opens", required=True, help="When it opens, such as 2026-05-04T07:00.")
@click.option("--closes", required=True, help="When it closes, such as 2026-05-04T22:00.")
@click.option("--towns", type=PRESENT, help="Totals by town; precincts belong to these towns.")
def draft_returns(file: Path, towns: Path | None, **told: str) -> None:
    """Draft a paper election with the candidates and precincts of the returns in FILE."""
    rows = {"rows": _text(file), "towns": _text(towns) if towns else ""}
    wish = DraftFromReturns.model_validate({**told, **rows})
    with _here() as town, operating(town, MANAGE_ELECTIONS, PRECINCTS) as ctx:
        made = draft_from_returns(ctx, wish)
    click.echo(f"Election {made.id} is a draft; two people freeze it at /elections/office.")


@elections.command("import-returns")
@click.argument("election")
@click.argument("file", type=PRESENT)
@click.option("--office", required=True, help="The office as FILE calls it.")
@click.option("--by", required=True, help="The address of the precinct officer who enters them.")
@click.option("--towns", type=PRESENT, help="Totals by town to compare with.")
def take_returns(election: str, file: Path, *, office: str, by: str, towns: Path | None) -> None:
    """Enter and submit the returns in FILE; somebody else approves them at the office."""
    told = {"id": election, "office": office}
    with _here() as town:
        with town.working(_officer(town, by)) as ctx:
            report = import_returns(ctx, ImportReturns(**told, rows=_text(file)))
        _tell(report, f"{report.good} returns were entered and submitted.")
        if towns:
            with operating(town, PRECINCTS) as ctx:
                compared = compare_totals(ctx, CompareTotals(**told, rows=_text(towns)))
            _tell(compared, f"{compared.good} totals by town were kept to compare with.")
    sys.exit(1 if report.faults else 0)


@elections.command("close-due")
def close() -> None:
    """Close and count each poll whose time is over."""
    with _here() as town, operating(town, RUN) as ctx:
        told = close_due(ctx, Nothing())
    click.echo(f"{told.polls} polls closed and counted.")


@elections.command("count")
@click.argument("file", type=PRESENT)
@click.option(
    "--rules", required=True, help="Rules of ours, such as scottish-2011, or a rule file of RCTab."
)
@click.option("--lot", default="", help="The codes of all options in the order of the lot: 3,1,2.")
@click.option("--drawn", multiple=True, help="The order drawn for one tie: 3,1. Repeat it.")
@click.option("--json", "as_json", is_flag=True, help="Print the table in its canonical form.")
def count_ballots(
    file: Path, rules: str, *, lot: str, drawn: tuple[str, ...], as_json: bool
) -> None:
    """Count the ballots of FILE: .csv of a Scottish ward, .xlsx, .blt, .soc, .soi, .toc or .toi."""
    try:
        table = count_file(file, rules, tie_order=_codes(lot), drawn=[_codes(one) for one in drawn])
    except (Unreadable, CountRefused) as error:
        raise click.ClickException(str(error)) from error
    click.echo(table.json.decode() if as_json else "\n".join(told(table)))


@elections.command("import-ballots")
@click.argument("file", type=PRESENT)
@click.argument("election")
@click.argument("contest")
@click.option("--rules", default="scottish-2011", help="Rules of ours for a question of the file.")
@click.option("--set-up", is_flag=True, help="Put the question of FILE into the draft ELECTION.")
def take_ballots(file: Path, election: str, contest: str, *, rules: str, set_up: bool) -> None:
    """Count the ballots of FILE, cast elsewhere, for the question CONTEST of ELECTION.

    First its question goes into a draft with --set-up, and two people freeze that.
    """
    try:
        read = read_file(file, rules)
        wish = (
            question_of(read, election, contest) if set_up else ballots_of(read, election, contest)
        )
    except (Unreadable, CountRefused) as error:
        raise click.ClickException(str(error)) from error
    with _here() as town, operating(town, RUN, MANAGE_ELECTIONS) as ctx:
        if isinstance(wish, AddContest):
            add_contest(ctx, wish)
            click.echo(f"The question {contest} stands in the draft; two people freeze it now.")
            return
        import_ballots(ctx, wish)
    click.echo(f"{sum(many for _ranks, many in wish.papers):,} ballots were counted.")


def _officer(town: Town, email: str) -> Actor:
    """Return the officer of this address, who may enter returns of their own precincts here."""
    chosen = select(AccountRow.id, AccountRow.name).where(
        AccountRow.email == email.casefold(), AccountRow.confirmed_at.is_not(None)
    )
    with town.sessions() as db:
        known = db.execute(chosen).first()
    if known is None:
        message = f"Nobody has confirmed the address {email}."
        raise click.ClickException(message)
    return Actor(known.id, known.name, frozenset({ENTERING}))


def _tell(report: PrecinctReport, said: str) -> None:
    for fault in report.faults:
        click.echo(f"  {fault.reason}")
    click.echo(said)


def _codes(text: str) -> list[str]:
    return [code.strip() for code in text.split(",") if code.strip()]


def _text(file: Path) -> str:
    """Return what is in a file, packed or not: UTF-8 with or without a mark, or Latin-1."""
    with file.open("rb") as opened, unpacked(opened) as plain:
        encoding = encoding_of(plain, plain.read(3))
        plain.seek(0)
        return plain.read().decode(encoding).removeprefix("\ufeff")


@contextmanager
def _here() -> Iterator[Town]:
    town = found(settings_here(), ())
    try:
        yield town
    finally:
        town.database.dispose()
