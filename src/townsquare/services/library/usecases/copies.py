"""Add copies, move them between shelves and branches, withdraw them."""

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError

from townsquare.core.db import breaks
from townsquare.core.errors import StaleVersion
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context, use_case
from townsquare.services.library.commands.catalogue import (
    AddCopies,
    AddCopy,
    MoveCopy,
    WithdrawCopy,
)
from townsquare.services.library.errors import (
    BarcodeTaken,
    UnknownBranch,
    UnknownCopy,
    UnknownDocument,
    WrongState,
)
from townsquare.services.library.events import CopiesAdded, CopyAdded, CopyChanged, CopyWithdrawn
from townsquare.services.library.models.catalogue import (
    DOCUMENT_WITHDRAWN,
    ONE_BARCODE,
    BranchRow,
    CopyRow,
    DocumentRow,
    known,
)
from townsquare.services.library.models.circulating import NOTE_CHANGE
from townsquare.services.library.results.catalogue import CopiesMade, Written
from townsquare.services.library.rules.texts import folded
from townsquare.services.library.usecases.asking import ask_for_any

BARCODE_DIGITS = 6
MARK_LETTERS = 3
# From these states a copy may leave the collection or go to another branch.
AT_REST = ("available", "repair", "missing", "lost")
ON_A_SHELF = ("in_process", "available", "repair", "missing")


@use_case("library.copy.add", permission="library.copy.edit")
def add_copy(ctx: Context, wish: AddCopy) -> Written:
    """Put a copy of a document on the shelf of a branch."""
    branch = _branch(ctx, wish.branch)
    # Shared lock: the document cannot be withdrawn before this copy is written.
    wanted = select(DocumentRow).filter_by(public_id=wish.document).with_for_update(read=True)
    document = ctx.db.scalar(wanted)
    if document is None:
        raise UnknownDocument
    copy = CopyRow(
        **wish.model_dump(exclude={"document", "branch"}),
        document_id=document.id,
        owner_branch_id=branch.id,
        at_branch_id=branch.id,
        created_at=ctx.now(),
    )
    ctx.db.add(copy)
    try:
        ctx.db.flush()
    except IntegrityError as error:
        if breaks(error, ONE_BARCODE):
            raise BarcodeTaken(barcode=wish.barcode) from error
        if breaks(error, DOCUMENT_WITHDRAWN):
            raise WrongState(state="withdrawn") from error
        raise
    ctx.emit(CopyAdded(copy.public_id, document.public_id, copy.barcode))
    return Written(copy.public_id, copy.version, copy.state)


@use_case("library.copy.add-many", permission="library.copy.edit")
def add_copies(ctx: Context, wish: AddCopies) -> CopiesMade:
    """Give each published document without a copy one, numbered on from the highest barcode."""
    branch = _branch(ctx, wish.branch)
    without = ctx.db.execute(
        select(DocumentRow.id, DocumentRow.names)
        .where(
            DocumentRow.state == "published",
            ~select(CopyRow.id).where(CopyRow.document_id == DocumentRow.id).exists(),
        )
        .order_by(DocumentRow.id)
        .limit(wish.most)
    ).all()
    if not without:
        return CopiesMade(0)
    number = _highest_number(ctx, wish.prefix)
    rows = [
        {
            "document_id": document_id,
            "barcode": f"{wish.prefix}{number + place:0{BARCODE_DIGITS}}",
            "owner_branch_id": branch.id,
            "at_branch_id": branch.id,
            "shelf_mark": shelf_mark(names),
            "created_at": ctx.now(),
            "public_id": new_id(),
        }
        for place, (document_id, names) in enumerate(without, start=1)
    ]
    ctx.db.execute(insert(CopyRow), rows)
    first, last = str(rows[0]["barcode"]), str(rows[-1]["barcode"])
    ctx.emit(CopiesAdded(branch.public_id, len(rows), first, last))
    return CopiesMade(len(rows), first, last)


@use_case("library.copy.move", permission="library.copy.edit")
def move_copy(ctx: Context, wish: MoveCopy) -> Written:
    """Give a copy another branch, shelf, mark, condition or price; what is not named stays."""
    copy = _found(ctx, wish)
    named = wish.model_fields_set
    for field in {"shelf", "shelf_mark", "condition", "note", "price_minor"} & named:
        setattr(copy, field, getattr(wish, field))
    if wish.branch:
        _rehouse(copy, _branch(ctx, wish.branch))
    copy.version += 1
    document = ctx.db.get_one(DocumentRow, copy.document_id)
    ctx.emit(CopyChanged(copy.public_id, document.public_id, copy.barcode))
    return Written(copy.public_id, copy.version, copy.state)


@use_case("library.copy.withdraw", permission="library.copy.edit")
def withdraw_copy(ctx: Context, wish: WithdrawCopy) -> Written:
    """Take a copy that nobody has out of the collection."""
    copy = _found(ctx, wish)
    before = copy.state
    # One statement finds and changes: a desk that lends the copy meanwhile wins or loses whole.
    leaving = update(CopyRow).where(
        CopyRow.id == copy.id, CopyRow.version == wish.version, CopyRow.state.in_(AT_REST)
    )
    gone = leaving.values(state="withdrawn", version=CopyRow.version + 1).returning(CopyRow.id)
    if ctx.db.scalar(gone) is None:
        raise WrongState(state=before)
    NOTE_CHANGE.run(
        ctx.db,
        thing="copy",
        thing_id=copy.id,
        from_state=before,
        to_state="withdrawn",
        at=ctx.now(),
        by=ctx.actor.name,
        why="withdrawn",
    )
    ask_for_any(ctx, copy.id)
    document = ctx.db.get_one(DocumentRow, copy.document_id)
    ctx.emit(CopyWithdrawn(copy.public_id, document.public_id, copy.barcode, before))
    return Written(copy.public_id, wish.version + 1, "withdrawn")


def shelf_mark(names: str) -> str:
    """Return the first letters of the first author's last name, such as MUR."""
    first = names.partition(";")[0].strip()
    last = first.partition(",")[0] if "," in first else first.rpartition(" ")[2]
    return "".join(sign for sign in folded(last) if sign.isalnum())[:MARK_LETTERS].upper()


def _branch(ctx: Context, code: str) -> BranchRow:
    branch = ctx.db.scalar(select(BranchRow).filter_by(code=code))
    if branch is None:
        raise UnknownBranch(branch=code)
    return branch


def _found(ctx: Context, wish: MoveCopy | WithdrawCopy) -> CopyRow:
    copy = known(ctx.db, CopyRow, wish.id, changing=True)
    if copy is None:
        raise UnknownCopy(barcode=wish.id)
    if copy.version != wish.version:
        raise StaleVersion
    return copy


def _rehouse(copy: CopyRow, branch: BranchRow) -> None:
    if copy.owner_branch_id == branch.id and copy.at_branch_id == branch.id:
        return
    if copy.state not in ON_A_SHELF:
        raise WrongState(state=copy.state)
    copy.owner_branch_id = copy.at_branch_id = branch.id


def _highest_number(ctx: Context, prefix: str) -> int:
    length = len(prefix) + BARCODE_DIGITS
    numbered = select(func.max(CopyRow.barcode)).where(
        CopyRow.barcode >= prefix,
        CopyRow.barcode < prefix + "~",
        func.length(CopyRow.barcode) == length,
    )
    highest = ctx.db.scalar(numbered) or ""
    digits = highest[len(prefix) :]
    return int(digits) if digits.isdecimal() else 0
