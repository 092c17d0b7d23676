"""Houses, hours, books and copies of the demo town's library."""

from base64 import b64encode
from datetime import time
from importlib.resources import files

from sqlalchemy import func, select

from townsquare.core.imports.carrying import Carrier
from townsquare.core.town import Town
from townsquare.core.usecase import Actor
from townsquare.services.library.commands.catalogue import AddCopies, AddCopy
from townsquare.services.library.commands.imports import StartImport
from townsquare.services.library.commands.lending import OpenHours, SetHours
from townsquare.services.library.models.catalogue import BranchRow, CopyRow, DocumentRow
from townsquare.services.library.usecases.copies import add_copies, add_copy
from townsquare.services.library.usecases.imports import (
    IMPORT,
    IMPORTER,
    start_import,
    take_rows,
)
from townsquare.services.library.usecases.policies import set_hours

FOUNDER = Actor(
    0, "demo", frozenset({IMPORT, "library.copy.edit", "library.calendar.set", "public"})
)
FIRST_BARCODE, FIRST_TITLE = "TS000001", "Norwegian Wood"
POPULAR = 160
SATURDAY, CLOSES = 5, time(18)


def fill_shelves(town: Town) -> list[str]:
    """Take in what is missing of houses and books; return the codes of the houses."""
    if not _count(town, BranchRow):
        _take_in(town, "branches.csv")
    branches = _branches(town)
    if not _count(town, CopyRow):
        _take_in(town, "books.csv.gz")
        _first_copy(town, branches[0])
    with town.working(FOUNDER) as ctx:
        add_copies(ctx, AddCopies.model_validate({"branch": branches[0]}))
    if _count(town, CopyRow) == _count(town, DocumentRow):
        _more_copies(town, branches[1:])
    return branches


def open_houses(town: Town, branches: list[str]) -> None:
    """Open each house from Monday to Saturday."""
    week = tuple(
        OpenHours(weekday=day, opens=time(9), closes=CLOSES) for day in range(SATURDAY + 1)
    )
    for branch in branches:
        with town.working(FOUNDER) as ctx:
            set_hours(ctx, SetHours(branch=branch, week=week))


def _take_in(town: Town, name: str) -> None:
    content = files("townsquare.demo").joinpath(f"data/{name}").read_bytes()
    sent = b64encode(content)
    wish = StartImport(file_name=name, content=sent, dry_run=False, zone=town.settings.zone)
    with town.working(FOUNDER) as ctx:
        run = start_import(ctx, wish)
    Carrier(town, FOUNDER, IMPORTER, take_rows).carry_out(run.id)


def _first_copy(town: Town, branch: str) -> None:
    """Give the book of the guided tour the first barcode."""
    with town.sessions() as db:
        titled = select(DocumentRow.public_id).where(DocumentRow.title == FIRST_TITLE)
        document = db.scalars(titled.order_by(DocumentRow.id).limit(1)).one()
    with town.working(FOUNDER) as ctx:
        wish = {"document": document, "barcode": FIRST_BARCODE, "branch": branch}
        add_copy(ctx, AddCopy.model_validate({**wish, "shelf_mark": "MUR"}))


def _more_copies(town: Town, branches: list[str]) -> None:
    """Give the most read books a second copy in another house."""
    with town.sessions() as db:
        first = select(DocumentRow.public_id, CopyRow.shelf_mark).join(CopyRow)
        rows = db.execute(first.order_by(DocumentRow.id).limit(POPULAR)).all()
    with town.working(FOUNDER) as ctx:
        for place, (document, mark) in enumerate(rows):
            branch = branches[place % len(branches)]
            wish = {"document": document, "barcode": f"TS2{place:05}", "branch": branch}
            add_copy(ctx, AddCopy.model_validate({**wish, "shelf_mark": mark}))


def _branches(town: Town) -> list[str]:
    with town.sessions() as db:
        return list(db.scalars(select(BranchRow.code).order_by(BranchRow.id)))


def _count(town: Town, table: type[BranchRow] | type[CopyRow] | type[DocumentRow]) -> int:
    with town.sessions() as db:
        return db.scalar(select(func.count(table.id))) or 0
