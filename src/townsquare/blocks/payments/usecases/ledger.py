"""Writing entries into the ledger; a trigger checks each one and moves the balances."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Select, select, update
from sqlalchemy.exc import IntegrityError

from townsquare.blocks.payments.errors import BadAmount, Overdrawn
from townsquare.blocks.payments.models import (
    BALANCE,
    AccountRow,
    EntryRow,
    PostingRow,
    SeriesRow,
)
from townsquare.core.db import breaks, insert_new
from townsquare.core.usecase import Context

FUNDS, RECEIVABLE, SALES, WRITE_OFFS = "customer-funds", "receivable", "sales", "write-offs"
KINDS: Mapping[str, str] = {
    "cash": "asset",
    "clearing": "asset",
    "bank": "asset",
    RECEIVABLE: "asset",
    SALES: "income",
    WRITE_OFFS: "expense",
}
MAY_BE_NEGATIVE = {SALES}


@dataclass(frozen=True)
class Shop:
    """Whose money it is: the service, and the currency of the town."""

    name: str
    currency: str


def post(ctx: Context, shop: Shop, key: str, *, kind: str, lines: Mapping[str, int]) -> None:
    """Write an entry with its postings and post it; the trigger checks it and moves balances."""
    entry = EntryRow(at=ctx.now(), kind=kind, source=shop.name, key=f"{shop.name} {key}")
    ctx.db.add(entry)
    ctx.db.flush()
    accounts = _accounts(ctx, shop, lines)
    ctx.db.add_all(
        PostingRow(entry_id=entry.id, account_id=accounts[code], amount_minor=amount)
        for code, amount in sorted(lines.items())
    )
    ctx.db.flush()
    try:
        ctx.db.execute(update(EntryRow).where(EntryRow.id == entry.id).values(posted=True))
    except IntegrityError as error:
        if breaks(error, BALANCE):
            raise Overdrawn from error
        raise


def next_number(ctx: Context, kind: str) -> str:
    """Return the next number of this kind and year, such as R-2026-000017; none is left out."""
    year = ctx.now().year
    ctx.db.execute(insert_new(SeriesRow).values(kind=kind, year=year, next=1))
    taking = (
        update(SeriesRow)
        .where(SeriesRow.kind == kind, SeriesRow.year == year)
        .values(next=SeriesRow.next + 1)
        .returning(SeriesRow.next)
    )
    return f"{kind}-{year}-{ctx.db.execute(taking).scalar_one() - 1:06}"


def refuse_nothing(amount_minor: int) -> None:
    """Refuse an amount that is no money."""
    if amount_minor <= 0:
        raise BadAmount


def _accounts(ctx: Context, shop: Shop, codes: Mapping[str, int]) -> dict[str, int]:
    chosen = select(AccountRow.code, AccountRow.id).where(
        AccountRow.shop == shop.name,
        AccountRow.currency == shop.currency,
        AccountRow.code.in_(sorted(codes)),
    )
    found = _by_code(ctx, chosen)
    missing = sorted(set(codes) - found.keys())
    if not missing:
        return found
    for code in missing:
        ctx.db.execute(
            insert_new(AccountRow).values(
                shop=shop.name,
                code=code,
                kind=KINDS.get(code.partition(":")[0], "liability"),
                currency=shop.currency,
                allow_negative=code in MAY_BE_NEGATIVE,
            )
        )
    return _by_code(ctx, chosen)


def _by_code(ctx: Context, chosen: Select[str, int]) -> dict[str, int]:
    return {row.code: row.id for row in ctx.db.execute(chosen)}
