"""Files of products sent over the web: tried first if wished, taken in by a job, taken back."""

from io import BytesIO

from sqlalchemy import exists, select

from townsquare.blocks import catalogue, stock
from townsquare.blocks.catalogue import ITEM, PRICE, VARIANT
from townsquare.core.errors import StaleVersion
from townsquare.core.imports.runs import (
    ImportRow,
    UnknownImport,
    approve,
    keep_row,
    mark_undone,
    rows_of,
)
from townsquare.core.jobs import enqueue
from townsquare.core.usecase import Context, query, use_case
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.imports import (
    EDIT,
    KIND,
    SERVICE,
    UNDO,
    ChooseImport,
    ExaminedGoods,
    StartImport,
    UndoRows,
    UploadGoods,
)
from townsquare.services.grocery.events import ImportUndone
from townsquare.services.grocery.models.ours import our_shop
from townsquare.services.grocery.models.searching import remember
from townsquare.services.grocery.results.imports import ImportRun, told
from townsquare.services.grocery.usecases.importing import (
    CHUNK,
    RETIRED,
    ProductImporter,
    start_import,
)

CONTINUE = "grocery.import.continue"
WAITING, UNDONE = "uploaded", "undone"
AS_IT_CAME = 2  # The versions of an item and its variant together, before anybody has changed them.
CHANGED_SINCE = translatable("It has been changed since, or has another price.")
ON_THE_SHELF = translatable("Some of it is in stock.")


@query("grocery.import.examine", permission=EDIT)
def examine_goods(_ctx: Context, wish: UploadGoods) -> ExaminedGoods:
    """Read a file before anybody's turn to write; refuse one that holds no products."""
    mapping, total = ProductImporter.columns(BytesIO(wish.content))
    return ExaminedGoods.model_construct(**dict(wish), mapping=mapping, total=total)


@use_case("grocery.import.upload", permission=EDIT, before=examine_goods)
def upload_goods(ctx: Context, wish: UploadGoods) -> ImportRun:
    """Keep a file of products and begin to try it, or to take it in."""
    found = wish if isinstance(wish, ExaminedGoods) else examine_goods(ctx, wish)
    run = start_import(ctx, StartImport(**dict(found)))
    return _go_on(ctx, run.id)


@use_case("grocery.import.apply", permission=EDIT)
def apply_import(ctx: Context, wish: ChooseImport) -> ImportRun:
    """Take in for good what was tried before."""
    _ours(ctx, wish.id)
    approve(ctx, wish.id)
    return _go_on(ctx, wish.id)


@use_case("grocery.import.resume", permission=EDIT)
def resume_import(ctx: Context, wish: ChooseImport) -> ImportRun:
    """Go on with an import that was interrupted, or with taking it back, where it was."""
    run = _ours(ctx, wish.id)
    if run.state != UNDONE:
        return _go_on(ctx, wish.id)
    _ask(ctx, UndoRows(id=wish.id))
    return told(run.told(), leaving=True)


@use_case("grocery.import.undo", permission=EDIT)
def undo_import(ctx: Context, wish: ChooseImport) -> ImportRun:
    """Begin to take back what an import has made; it happens once."""
    run = _ours(ctx, wish.id)
    mark_undone(ctx, wish.id)
    ctx.emit(ImportUndone(run.public_id))
    _ask(ctx, UndoRows(id=wish.id))
    return told(run.told(), leaving=True)


@use_case(UNDO, permission=EDIT)
def undo_rows(ctx: Context, wish: UndoRows) -> int:
    """Retire the next products of an undone import; return the last row, 0 at the end."""
    run, shop = _ours(ctx, wish.id), our_shop(ctx)
    if run.state != UNDONE:
        return 0
    rows = rows_of(ctx.db, wish.id, outcome="made", after=wish.after, limit=CHUNK)
    for row in rows:
        if reason := _taken_back(ctx, shop, row.record):
            keep_row(ctx.db, run.id, row.row_no, reason=reason)
    last = rows[-1].row_no if len(rows) == CHUNK else 0
    if last:
        _ask(ctx, UndoRows(id=wish.id, after=last))
    return last


def _taken_back(ctx: Context, shop: catalogue.Shop, code: str) -> str:
    """Retire a product that is as it came; return why it stays, if it does."""
    level = stock.LEVEL
    there = exists().where(level.variant_id == VARIANT.id, level.bounded, level.on_hand > 0)
    priced = exists().where(PRICE.variant_id == VARIANT.id, PRICE.created_at > VARIANT.created_at)
    versions = ITEM.version + VARIANT.version
    chosen = (
        select(ITEM.id, ITEM.version, VARIANT.id, (versions > AS_IT_CAME) | priced, there)
        .join(ITEM, ITEM.id == VARIANT.item_id)
        .where(VARIANT.shop_id == shop.id, VARIANT.code_key == catalogue.code_key(code))
        .where(ITEM.status != RETIRED)
    )
    found = ctx.db.execute(chosen).first()
    if found is None:  # An earlier turn, or somebody else, has retired it.
        return ""
    item, version, variant, changed, stands = found
    if changed or stands:
        return CHANGED_SINCE if changed else ON_THE_SHELF
    try:
        catalogue.retire_item(ctx, shop, item, version=version)
    except StaleVersion:  # Somebody was quicker; now it is locked, and a second look is true.
        return _taken_back(ctx, shop, code)
    remember(ctx, [variant])
    return ""


def _ours(ctx: Context, public_id: str) -> ImportRow:
    chosen = select(ImportRow).filter_by(public_id=public_id, service=SERVICE, kind=KIND)
    run = ctx.db.scalar(chosen)
    if run is None:
        raise UnknownImport(run=public_id)
    return run


def _go_on(ctx: Context, public_id: str) -> ImportRun:
    run = _ours(ctx, public_id)
    enqueue(ctx, CONTINUE, ChooseImport(id=public_id))
    return told(run.told())


def _ask(ctx: Context, wish: UndoRows) -> None:
    enqueue(ctx, UNDO, wish)  # Without a key: who resumes asks for the same rows again.
