"""Look after branches, categories, publishers and names."""

from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Index, delete, select, update
from sqlalchemy.exc import IntegrityError

from townsquare.core.db import breaks
from townsquare.core.errors import Invalid, StaleVersion
from townsquare.core.usecase import Command, Context, use_case
from townsquare.core.words import translatable
from townsquare.services.library.commands.authorities import (
    AddBranch,
    AddCategory,
    AddName,
    AddPublisher,
    ChangeBranch,
    ChangeCoded,
    ChangeName,
    MergeNames,
    RemoveAuthority,
)
from townsquare.services.library.errors import CodeTaken, InUse, MergeLoop, UnknownAuthority
from townsquare.services.library.events import AuthorityChanged, NameChanged, NamesMerged
from townsquare.services.library.models.catalogue import (
    MERGED_ONCE,
    ONE_BRANCH_CODE,
    ONE_CATEGORY_CODE,
    ONE_HEADING,
    ONE_PUBLISHER_CODE,
    BranchRow,
    CategoryRow,
    DocumentNameRow,
    NameRow,
    PublisherRow,
    known,
)
from townsquare.services.library.results.catalogue import Registered
from townsquare.services.library.usecases.describing import category_id, retell_names, split

BAD_ZONE = translatable("Use a name such as Asia/Manila.")
Authority = BranchRow | CategoryRow | PublisherRow | NameRow
Versioned = ChangeBranch | ChangeCoded | ChangeName | RemoveAuthority


@use_case("library.branch.add", permission="library.authority.edit")
def add_branch(ctx: Context, wish: AddBranch) -> Registered:
    """Open a branch."""
    _check_zone(wish.zone)
    row = BranchRow(**wish.model_dump(), created_at=ctx.now())
    return _added(ctx, row, guard=ONE_BRANCH_CODE, taken=wish.code)


@use_case("library.branch.change", permission="library.authority.edit")
def change_branch(ctx: Context, wish: ChangeBranch) -> Registered:
    """Describe a branch anew; what is not named stays."""
    row = _found(ctx, BranchRow, wish)
    return _changed(ctx, row, _named(wish, "name"))


@use_case("library.category.add", permission="library.authority.edit")
def add_category(ctx: Context, wish: AddCategory) -> Registered:
    """Divide the collection further."""
    row = CategoryRow(
        **wish.model_dump(exclude={"parent"}),
        parent_id=category_id(ctx.db, wish.parent),
        created_at=ctx.now(),
    )
    return _added(ctx, row, guard=ONE_CATEGORY_CODE, taken=wish.code)


@use_case("library.category.change", permission="library.authority.edit")
def change_category(ctx: Context, wish: ChangeCoded) -> Registered:
    """Rename a category."""
    return _changed(ctx, _found(ctx, CategoryRow, wish), {"name": wish.name})


@use_case("library.publisher.add", permission="library.authority.edit")
def add_publisher(ctx: Context, wish: AddPublisher) -> Registered:
    """Write down a publisher."""
    row = PublisherRow(**wish.model_dump(), created_at=ctx.now())
    return _added(ctx, row, guard=ONE_PUBLISHER_CODE, taken=wish.code)


@use_case("library.publisher.change", permission="library.authority.edit")
def change_publisher(ctx: Context, wish: ChangeCoded) -> Registered:
    """Rename a publisher."""
    return _changed(ctx, _found(ctx, PublisherRow, wish), {"name": wish.name})


@use_case("library.name.add", permission="library.authority.edit")
def add_name(ctx: Context, wish: AddName) -> Registered:
    """Write down a person or body."""
    told = wish.model_dump() | {"variants": split(wish.variants)}
    return _added(ctx, NameRow(**told, created_at=ctx.now()), guard=ONE_HEADING, taken=wish.heading)


@use_case("library.name.change", permission="library.authority.edit")
def change_name(ctx: Context, wish: ChangeName) -> Registered:
    """Correct a heading; the documents of this name follow."""
    row = _found(ctx, NameRow, wish)
    told = _named(wish, "heading")
    if "variants" in told:
        told["variants"] = split(wish.variants)
    try:
        changed = _changed(ctx, row, told)
    except IntegrityError as error:
        if breaks(error, ONE_HEADING):
            raise CodeTaken(taken=wish.heading) from error
        raise
    retell_names(ctx.db, row.id)
    ctx.emit(NameChanged(row.public_id))
    return changed


@use_case("library.name.merge", permission="library.authority.edit")
def merge_names(ctx: Context, wish: MergeNames) -> Registered:
    """Make one heading of two: the first becomes a spelling of the second."""
    goes, stays = _both(ctx, wish)
    if stays is goes or goes.merged_into_id is not None:
        raise MergeLoop
    ctx.db.execute(
        update(NameRow).filter_by(merged_into_id=goes.id).values(merged_into_id=stays.id)
    )
    ctx.db.execute(update(DocumentNameRow).filter_by(name_id=goes.id).values(name_id=stays.id))
    _drop_repeated(ctx, stays)
    spellings = [*stays.variants, goes.heading, *goes.variants]
    stays.variants = [s for s in dict.fromkeys(spellings) if s != stays.heading]
    stays.version += 1
    goes.merged_into_id, goes.version = stays.id, goes.version + 1
    try:
        ctx.db.flush()
    except IntegrityError as error:
        if breaks(error, MERGED_ONCE):
            raise MergeLoop from error
        raise
    ctx.emit(NamesMerged(goes.public_id, stays.public_id, retell_names(ctx.db, stays.id)))
    return Registered(stays.public_id, stays.version)


@use_case("library.branch.remove", permission="library.authority.edit")
def remove_branch(ctx: Context, wish: RemoveAuthority) -> Registered:
    """Delete a branch that nothing points to."""
    return _removed(ctx, BranchRow, wish)


@use_case("library.category.remove", permission="library.authority.edit")
def remove_category(ctx: Context, wish: RemoveAuthority) -> Registered:
    """Delete a category that nothing points to."""
    return _removed(ctx, CategoryRow, wish)


@use_case("library.publisher.remove", permission="library.authority.edit")
def remove_publisher(ctx: Context, wish: RemoveAuthority) -> Registered:
    """Delete a publisher that nothing points to."""
    return _removed(ctx, PublisherRow, wish)


@use_case("library.name.remove", permission="library.authority.edit")
def remove_name(ctx: Context, wish: RemoveAuthority) -> Registered:
    """Delete a name that no document carries."""
    return _removed(ctx, NameRow, wish)


def _named(wish: Command, needed: str) -> dict[str, Any]:
    told = wish.model_dump(include=wish.model_fields_set - {"id", "version"})
    if needed in told and not told[needed]:
        raise Invalid(fields={needed: translatable("Fill in this field.")})
    return told


def _check_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        raise Invalid(fields={"zone": BAD_ZONE}) from error


def _found(ctx: Context, kind: type[Any], wish: Versioned) -> Any:  # noqa: ANN401 (a row of this kind)
    row = known(ctx.db, kind, wish.id, changing=True)
    if row is None:
        raise UnknownAuthority
    if row.version != wish.version:
        raise StaleVersion
    return row


def _added(ctx: Context, row: Authority, *, guard: Index, taken: str) -> Registered:
    ctx.db.add(row)
    try:
        ctx.db.flush()
    except IntegrityError as error:
        if breaks(error, guard):
            raise CodeTaken(taken=taken) from error
        raise
    return _told(ctx, row)


def _changed(ctx: Context, row: Authority, told: dict[str, Any]) -> Registered:
    for field, value in told.items():
        setattr(row, field, value)
    row.version += 1
    ctx.db.flush()
    return _told(ctx, row)


def _removed(ctx: Context, kind: type[Any], wish: RemoveAuthority) -> Registered:
    row = _found(ctx, kind, wish)
    try:
        ctx.db.execute(delete(kind).filter_by(id=row.id))
    except IntegrityError as error:
        raise InUse from error
    return _told(ctx, row)


def _told(ctx: Context, row: Authority) -> Registered:
    kind = row.__tablename__.removeprefix("library_")
    ctx.emit(AuthorityChanged(kind, row.public_id))
    return Registered(row.public_id, row.version)


def _both(ctx: Context, wish: MergeNames) -> tuple[NameRow, NameRow]:
    # Always in one order, so that two merges that meet do not wait for each other.
    rows = {public_id: _name(ctx, public_id) for public_id in sorted({wish.id, wish.into})}
    goes, stays = rows[wish.id], rows[wish.into]
    if stays.merged_into_id is not None:
        stays = ctx.db.get_one(NameRow, stays.merged_into_id, with_for_update=True)
    return goes, stays


def _name(ctx: Context, public_id: str) -> NameRow:
    row = known(ctx.db, NameRow, public_id, changing=True)
    if row is None:
        raise UnknownAuthority
    return row


def _drop_repeated(ctx: Context, name: NameRow) -> None:
    """Let a document that carried both spellings carry the heading once in each role."""
    lines = ctx.db.execute(
        select(DocumentNameRow.id, DocumentNameRow.document_id, DocumentNameRow.role)
        .filter_by(name_id=name.id)
        .order_by(DocumentNameRow.document_id, DocumentNameRow.position)
    )
    seen: set[tuple[int, str]] = set()
    for line, document, role in lines.all():
        if (document, role) in seen:
            ctx.db.execute(delete(DocumentNameRow).filter_by(id=line))
        seen.add((document, role))
