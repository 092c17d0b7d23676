"""What operators do with the library on the command line."""

import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError

from townsquare.core.clock import clock
from townsquare.core.console import operating, settings_here
from townsquare.core.imports.carrying import Carrier
from townsquare.core.reports.codes import label_sheet
from townsquare.core.reports.csvfiles import to_csv
from townsquare.core.reports.pdf import to_pdf
from townsquare.core.reports.report import Report
from townsquare.core.town import Town, found
from townsquare.core.usecase import Actor
from townsquare.services.library.commands.catalogue import AddCopies, PrintLabels
from townsquare.services.library.commands.imports import (
    ChooseImport,
    ExportDocuments,
    ReadImport,
    StartImport,
    UndoRows,
)
from townsquare.services.library.commands.lending import Nothing, PublishRules
from townsquare.services.library.commands.notices import LookAtLoans
from townsquare.services.library.queries.copies import labels_of
from townsquare.services.library.queries.exports import export_documents
from townsquare.services.library.queries.imports import read_import
from townsquare.services.library.results.imports import CSV, MARCXML, ExportedPart, ImportRun
from townsquare.services.library.results.published_files import (
    book_numbers,
    comparison_of,
    report_of,
)
from townsquare.services.library.rules.published import Published
from townsquare.services.library.rules.trying import Shift
from townsquare.services.library.usecases.copies import add_copies
from townsquare.services.library.usecases.holds import expire_holds
from townsquare.services.library.usecases.imports import (
    CHUNK,
    IMPORT,
    IMPORTER,
    start_import,
    take_rows,
)
from townsquare.services.library.usecases.overdue import CONDITION, give_up_late_loans
from townsquare.services.library.usecases.trying import try_rules
from townsquare.services.library.usecases.undoing import take_back, undo_import

COPIES = "library.copy.edit"
PRESENT = click.Path(exists=True, dir_okay=False, path_type=Path)
SAVED = {".csv": to_csv, ".pdf": to_pdf}


@click.group()
def library() -> None:
    """Look after the library."""


@library.command("import")
@click.argument("file", type=PRESENT)
@click.option("--dry-run", is_flag=True, help="Show what would happen, change nothing.")
@click.option("--copies", default="", help="The branch that gets one copy of each new document.")
@click.option(
    "--map", "maps", multiple=True, help="The column of a field, such as title=Titel; repeat it."
)
@click.option("--separator", type=click.Choice([";", ","]), default=";", help="Between authors.")
@click.option("--restore-zeros", is_flag=True, help="Of ISBNs that a spreadsheet has shortened.")
@click.option("--resume", default="", help="Go on with this interrupted import.")
def take_in(
    file: Path,
    maps: tuple[str, ...],
    *,
    copies: str,
    resume: str,
    **how: Any,  # noqa: ANN401 (the options that the wish takes over as they are)
) -> None:
    """Take in the records of FILE: MARC 21, MARCXML, MARC-in-JSON, CSV of books or branches."""
    with _here() as town:
        run = resume or _started(town, file, {"columns": _columns(maps), **how})
        _carry_out(town, run)
        with operating(town, IMPORT, reads=True) as ctx:
            told = read_import(ctx, ReadImport.model_validate({"id": run}))
        _show(told)
        if copies and told.state == "applied":
            with operating(town, COPIES) as ctx:
                made = add_copies(ctx, AddCopies.model_validate({"branch": copies}))
            click.echo(f"{made.added} copies added, {made.first} to {made.last}.")
    sys.exit(1 if told.state == "failed" or (told.done and told.refused == told.done) else 0)


@library.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def write_out(file: Path) -> None:
    """Write the published documents into FILE: MARCXML if it ends in .xml, else CSV."""
    kind = MARCXML if file.suffix == ".xml" else CSV
    with _here() as town, file.open("w", encoding="utf-8", newline="") as out:
        out.writelines(kind.pieces(partial(_part, town)))
    click.echo(f"The catalogue is in {file}.")


@library.command()
@click.argument("run")
def undo(run: str) -> None:
    """Take back what the import RUN has made, as far as nobody has used or changed it since."""
    with _here() as town:
        with operating(town, IMPORT) as ctx:
            undo_import(ctx, ChooseImport.model_validate({"id": run}))
        last = -1
        while last:
            with operating(town, IMPORT) as ctx:
                last = take_back(ctx, UndoRows(id=run, after=max(last, 0)))
        with operating(town, IMPORT, reads=True) as ctx:
            told = read_import(ctx, ReadImport.model_validate({"id": run}))
    click.echo(f"The import {run} was taken back.")
    for line in told.lines:
        click.echo(f"  record {line.row} {line.record} stays: {line.sentence}")


@library.command()
@click.argument("barcodes", nargs=-1, required=True)
@click.option("--to", default="labels.pdf", type=click.Path(dir_okay=False, path_type=Path))
def labels(barcodes: tuple[str, ...], to: Path) -> None:
    """Write a sheet with the labels of these BARCODES."""
    with _here() as town, operating(town, COPIES, reads=True) as ctx:
        printed = labels_of(ctx, PrintLabels(barcodes="\n".join(barcodes)))
    to.write_bytes(label_sheet(printed))
    click.echo(f"{len(printed)} labels in {to}.")


@library.command()
@click.argument("file", type=PRESENT)
@click.option("--by", multiple=True, help="Sum by this column, or by financial_year; repeat it.")
@click.option("--against", type=PRESENT, help="The summary by year to compare the months with.")
@click.option("--books", type=PRESENT, help="The CSV file of books that the ratings are of.")
@click.option("--to", type=click.Path(dir_okay=False, path_type=Path), help="A .csv or .pdf file.")
def figures(
    file: Path, *, by: tuple[str, ...], against: Path | None, books: Path | None, to: Path | None
) -> None:
    """Check and sum published FIGURES: bills, payments, issues, reservations, stock, ratings."""
    if to and to.suffix not in SAVED:
        message = f"{to.name} is neither .csv nor .pdf; choose a name that ends so."
        raise click.BadParameter(message, param_hint="--to")
    if against and (by or books):
        message = "A comparison is by year and authority; leave --by and --books out."
        raise click.UsageError(message)
    made, read = _read(file, by=by, against=against, books=books)
    _print(made)
    for name, one in read:
        click.echo("".join(f"  {name} {sentence}.\n" for sentence in one.wrong), nl=False)
    if to:
        to.write_bytes(SAVED[to.suffix](made))
        click.echo(f"The report is in {to}.")
    sys.exit(1 if any(one.refused for _name, one in read) else 0)


@library.command("expire-holds")
def expire() -> None:
    """End the holds whose readers have not come; each copy goes to the next reader."""
    ended, last = 0, -1
    with _here() as town:
        while last:
            with operating(town, "library.hold.manage") as ctx:
                last = expire_holds(ctx, Nothing()).open_minor
            ended += last
    click.echo(f"Holds that nobody came for: {ended} ended.")


@library.command("charge-overdue")
def give_up() -> None:
    """Give up the loans that are late beyond their last day; the worker charges what they cost."""
    with _here() as town, operating(town, CONDITION) as ctx:
        given_up = give_up_late_loans(ctx, LookAtLoans())
    click.echo(f"Loans beyond their last day: {given_up} go to the worker.")


@library.group()
def rules() -> None:
    """Look at rules of lending before they are published."""


@rules.command()
@click.argument("file", type=PRESENT)
def check(file: Path) -> None:
    """Try the rules in FILE, as JSON like that of POST /rules: what they would change, for whom."""
    try:
        wish = PublishRules.model_validate_json(file.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or file.name
        message = f"{place}: {first['msg']}."
        raise click.BadParameter(message, param_hint="FILE") from error
    with _here() as town, operating(town, "library.rule.publish", reads=True) as ctx:
        tried = try_rules(ctx, wish)
    click.echo(f"From {tried.valid_from} these rules would change:")
    for what, shifts in (("loans that are out", tried.loans), ("copies", tried.next_loans)):
        for shift in shifts:
            click.echo(f"  {_shifted(shift)}, for {shift.number} {what}")
        if not shifts:
            click.echo(f"  nothing for {what}")


def _shifted(shift: Shift) -> str:
    """Return in one line for whom which fields change; nothing but the line may have changed."""
    fields = [f"{change.field} {change.old} -> {change.new}" for change in shift.changes]
    line = f"line {shift.old_line}"
    line += "" if shift.new_line == shift.old_line else f" -> {shift.new_line}"
    return f"{shift.kind}, {shift.item_type}: " + ", ".join([line, *fields])


@contextmanager
def _here() -> Iterator[Town]:
    town = found(settings_here(), ())
    try:
        yield town
    finally:
        town.database.dispose()


def _part(town: Town, after: str) -> ExportedPart:
    with operating(town, IMPORT, reads=True) as ctx:
        return export_documents(ctx, ExportDocuments(after=after))


def _columns(maps: tuple[str, ...]) -> dict[str, str]:
    told = [text.partition("=") for text in maps]
    if wrong := next(("".join(parts) for parts in told if not parts[2]), ""):
        message = f"{wrong!r} is no mapping; write field=column, such as title=Titel."
        raise click.BadParameter(message, param_hint="--map")
    return {field.strip(): column.strip() for field, _equals, column in told}


def _started(town: Town, file: Path, how: dict[str, Any]) -> str:
    content = b64encode(file.read_bytes())
    told = {"file_name": file.name, "content": content, "zone": town.settings.zone, **how}
    wish = StartImport.model_validate(told)
    with operating(town, IMPORT) as ctx:
        return start_import(ctx, wish).id


def _carry_out(town: Town, run: str) -> None:
    with operating(town, IMPORT, reads=True) as ctx:
        told = read_import(ctx, ReadImport.model_validate({"id": run}))
        operator = Actor(0, ctx.actor.name, frozenset({IMPORT}))
    if told.state != "uploaded":
        return
    carrier = Carrier(town, operator, IMPORTER, take_rows, chunk=CHUNK)
    with click.progressbar(length=told.total, label=f"Import {run}", file=sys.stderr) as bar:
        bar.update(told.done)
        carrier.carry_out(run, lambda progress: bar.update(progress.done - bar.pos))


def _show(told: ImportRun) -> None:
    verb = "would be" if told.state == "checked" else "were"
    click.echo(
        f"{told.done} records: {told.new} {verb} new, {told.changed} changed, {told.same} same,"
        f" {told.refused} refused, {told.warned} with a warning."
    )
    for line in told.lines:
        click.echo(f"  record {line.row} {line.record}: {line.sentence}")
    if told.reason:
        click.echo(f"The file could not be read to its end: {told.reason}.")


def _read(
    file: Path, *, by: tuple[str, ...], against: Path | None, books: Path | None
) -> tuple[Report, list[tuple[str, Published]]]:
    with ExitStack() as opened:
        stream, *others = (
            opened.enter_context(path.open("rb")) for path in (file, against, books) if path
        )
        if against:
            made, months, years = comparison_of(stream, others[0], clock())
            return made, [(file.name, months), (against.name, years)]
        known = book_numbers(others[0]) if books else None
        made, sums = report_of(stream, clock(), by=by, books=known)
        return made, [(file.name, sums)]


def _print(made: Report) -> None:
    click.echo(made.title)
    lines = [[column.title for column in made.columns], *made.shown()]
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    for cells in lines:
        told = [
            text.rjust(width) if column.numeric else text.ljust(width)
            for text, width, column in zip(cells, widths, made.columns, strict=True)
        ]
        click.echo("  ".join(told).rstrip())
    click.echo(made.note)
