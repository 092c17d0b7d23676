"""What somebody writes into the books by hand, and takes back by its reverse.

Other blocks write into the same books, under kinds and keys of their own that no hand reaches.
"""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from townsquare.blocks.payments.errors import Frozen, Unbalanced, UnknownEntry
from townsquare.blocks.payments.events import EntryPosted
from townsquare.blocks.payments.models import ONE_ENTRY, AccountRow, EntryRow, PostingRow
from townsquare.blocks.payments.results import Entry
from townsquare.blocks.payments.usecases.ledger import (
    OWN,
    Shop,
    known_entry,
    post,
    refuse_kept,
)
from townsquare.core.db import breaks
from townsquare.core.usecase import Context

BY_HAND = "manual"


def post_entry(ctx: Context, shop: Shop, *, lines: Mapping[str, int], memo: str, key: str) -> Entry:
    """Post an entry by hand, once for each key: debit is positive, credit negative."""
    refuse_kept(lines)
    return _posted(ctx, shop, f"manual {key}", kind=BY_HAND, lines=lines, memo=memo)


def post_for(
    ctx: Context, shop: Shop, *, kind: str, key: str, lines: Mapping[str, int], memo: str = ""
) -> Entry:
    """Post an entry of another block, once for each kind and key; nobody reverses it by hand."""
    refuse_kept(lines, OWN)
    if kind == BY_HAND:
        raise Frozen
    return _posted(ctx, shop, f"block {kind} {key}", kind=kind, lines=lines, memo=memo)


def reverse_entry(ctx: Context, shop: Shop, entry: int, *, memo: str) -> Entry:
    """Post the reverse of an entry that was made by hand; each is reversed once."""
    row = ctx.db.scalar(select(EntryRow).filter_by(id=entry, source=shop.name))
    if row is None:
        raise UnknownEntry
    if row.kind != BY_HAND or row.reversal_of is not None:
        raise Frozen
    posted = (
        select(AccountRow.code, AccountRow.currency, PostingRow.amount_minor)
        .join(PostingRow, PostingRow.account_id == AccountRow.id)
        .where(PostingRow.entry_id == row.id)
    )
    found = ctx.db.execute(posted).all()
    lines = {code: -amount for code, _currency, amount in found}
    own, key = Shop(shop.name, found[0].currency), f"reversal {row.id}"
    try:
        made = post(ctx, own, key, kind=BY_HAND, lines=lines, memo=memo, reversal_of=row.id)
    except IntegrityError as error:
        if breaks(error, ONE_ENTRY) or "reversal_of" in str(error.orig):
            raise Frozen from error
        raise
    ctx.emit(EntryPosted(made, memo))
    return _told(ctx.db.get_one(EntryRow, made))


def _posted(
    ctx: Context, shop: Shop, key: str, *, kind: str, lines: Mapping[str, int], memo: str
) -> Entry:
    if len(lines) < 2 or sum(lines.values()) != 0 or not all(lines.values()):  # noqa: PLR2004 (two sides)
        raise Unbalanced
    known = known_entry(ctx, shop, key, lines=lines)
    if known is not None:
        return _told(known)
    made = post(ctx, shop, key, kind=kind, lines=lines, memo=memo)
    ctx.emit(EntryPosted(made, memo))
    return _told(ctx.db.get_one(EntryRow, made))


def _told(row: EntryRow) -> Entry:
    return Entry(row.id, row.kind, row.key, row.memo)
