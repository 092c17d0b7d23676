"""Writing entries into the ledger; a trigger checks each one and moves the balances."""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Insert,
    String,
    bindparam,
    case,
    insert,
    literal_column,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.dml import ReturningInsert

from townsquare.blocks.payments.errors import BadAmount, Frozen, Overdrawn
from townsquare.blocks.payments.models import (
    BALANCE,
    AccountRow,
    BalanceRow,
    EntryRow,
    PostingRow,
    SeriesRow,
)
from townsquare.blocks.payments.rules import day_in
from townsquare.core.db import breaks, insert_new
from townsquare.core.errors import KeyReused
from townsquare.core.frozen import dataclass
from townsquare.core.prepared import Prepared, Silent, takes_both
from townsquare.core.usecase import Context

FUNDS, RECEIVABLE, SALES, WRITE_OFFS = "customer-funds", "receivable", "sales", "write-offs"
OVER_SHORT, REFUNDS_DUE, GOODWILL = "cash-over-short", "refunds-due", "goodwill"
CONTROLLED = frozenset({FUNDS, RECEIVABLE})  # The sums of charges and payments, nothing else.
# What these hold is the sum of rows of this block: charges, payments, shifts, cards, deposits.
OWN = (*CONTROLLED, "cash:", "gift-card:", "store-credit:", "deposit:", REFUNDS_DUE)
# These are the sums of what other blocks keep, which no hand may write either.
KEPT = (*OWN, "inventory", "grni", "payable:", "payout:")
KINDS: Mapping[str, str] = {  # What is not named here is owed to somebody: a liability.
    **dict.fromkeys(("cash", "clearing", "bank", "courier-float", RECEIVABLE), "asset"),
    **dict.fromkeys(("inventory", "input-tax"), "asset"),
    **dict.fromkeys((SALES, "delivery-income"), "income"),
    **dict.fromkeys((WRITE_OFFS, "cost-of-sales", "waste", GOODWILL, OVER_SHORT), "expense"),
    **dict.fromkeys(("count-difference", "price-variance"), "expense"),
}
MAY_BE_NEGATIVE = {
    *(SALES, "delivery-income", "tax-payable", "cost-of-sales", "waste"),
    *("count-difference", OVER_SHORT, "price-variance"),
}


@dataclass(frozen=True)
class Shop:
    """Whose money it is: the service or shop, its currency, whether cash needs a shift, its zone.

    Days and the years of numbers are those on the calendar of the zone.
    """

    name: str
    currency: str
    needs_shift: bool = False
    zone: str = "UTC"


@dataclass(frozen=True)
class _Made:
    id: int


@dataclass(frozen=True)
class _Posted:
    code: str


@dataclass(frozen=True)
class _Entered:
    """An entry with one of its postings, without one where none of its accounts is there."""

    id: int
    code: str | None


FACTS = ("at", "kind", "source", "memo", "key", "reversal_of", "posted")
ENTRY = Prepared(
    insert(EntryRow).values({name: bindparam(name) for name in FACTS}).returning(EntryRow.id),
    _Made,
)
POST = Silent(update(EntryRow).where(EntryRow.id == bindparam("entry")).values(posted=True))


def post(
    ctx: Context,
    shop: Shop,
    key: str,
    *,
    kind: str,
    lines: Mapping[str, int],
    memo: str = "",
    reversal_of: int | None = None,
) -> int:
    """Write an entry with its postings and post it; the trigger checks it and moves balances.

    Three statements where the accounts are there; returns the id of the entry.
    """
    told = _facts(ctx, shop, key, kind=kind) | {"memo": memo, "reversal_of": reversal_of}
    (entry,) = (made.id for made in ENTRY.rows(ctx.db, **told))
    _write_postings(ctx, shop, entry, lines=lines)
    _take_effect(ctx, entry)
    return entry


def post_with(
    ctx: Context,
    shop: Shop,
    key: str,
    *,
    first: Insert,
    values: Mapping[str, object],
    kind: str,
    lines: Mapping[str, int],
) -> bool:
    """Write a row with the entry that tells of it; tell whether it was new, else post nothing.

    On PostgreSQL the row, the entry and its postings are one statement.
    """
    if not takes_both(ctx.db):
        if _alone(first).first(ctx.db, **values) is None:
            return False
        post(ctx, shop, key, kind=kind, lines=lines)
        return True
    entry = {f"entry_{name}": told for name, told in _facts(ctx, shop, key, kind=kind).items()}
    told = {**values, **entry, **_lines(shop, lines)}
    found = _with_entry(first, len(lines)).rows(ctx.db, **told)
    if not found:
        return False
    written = {one.code for one in found if one.code}
    _write_postings(ctx, shop, found[0].id, lines=lines, written=written)
    _take_effect(ctx, found[0].id)
    return True


def _facts(ctx: Context, shop: Shop, key: str, *, kind: str) -> dict[str, object]:
    told = {"at": ctx.now(), "kind": kind, "source": shop.name, "key": f"{shop.name} {key}"}
    return {**told, "memo": "", "reversal_of": None, "posted": False}


def _take_effect(ctx: Context, entry: int) -> None:
    # A statement of its own: what a statement has inserted it cannot update.
    try:
        POST.run(ctx.db, entry=entry)
    except IntegrityError as error:
        if breaks(error, BALANCE):
            raise Overdrawn from error
        raise


def known_entry(ctx: Context, shop: Shop, key: str, *, lines: Mapping[str, int]) -> EntryRow | None:
    """Return the entry that was posted with this key; refuse the key of one that says otherwise."""
    found: EntryRow | None = ctx.db.scalar(select(EntryRow).filter_by(key=f"{shop.name} {key}"))
    if found is None:
        return None
    posted = (
        select(AccountRow.code, AccountRow.currency, PostingRow.amount_minor)
        .join(PostingRow, PostingRow.account_id == AccountRow.id)
        .where(PostingRow.entry_id == found.id)
    )
    told = {(code, shop.currency, amount) for code, amount in lines.items()}
    if {tuple(line) for line in ctx.db.execute(posted)} != told:
        raise KeyReused
    return found


def refuse_kept(codes: Iterable[str], kept: tuple[str, ...] = KEPT) -> None:
    """Refuse accounts whose balance is the sum of rows that somebody keeps."""
    if any(code.startswith(kept) for code in codes):
        raise Frozen


def next_number(ctx: Context, kind: str, zone: str) -> str:
    """Return the next number of this kind and year, such as R-2026-000017; none is left out."""
    year = day_in(ctx.now(), zone).year
    taking = (
        update(SeriesRow)
        .where(SeriesRow.kind == kind, SeriesRow.year == year)
        .values(next=SeriesRow.next + 1)
        .returning(SeriesRow.next)
        .execution_options(synchronize_session=False)
    )
    taken = ctx.db.execute(taking).scalar_one_or_none()
    if taken is None:  # The first of this year.
        ctx.db.execute(insert_new(SeriesRow).values(kind=kind, year=year, next=1))
        taken = ctx.db.execute(taking).scalar_one()
    return f"{kind}-{year}-{taken - 1:06}"


def balance_of(ctx: Context, shop: Shop, code: str) -> int:
    """Return the balance of an account on its normal side, zero where nothing was posted yet."""
    held = (
        select(BalanceRow.amount_minor)
        .join(AccountRow, AccountRow.id == BalanceRow.account_id)
        .where(
            AccountRow.shop == shop.name,
            AccountRow.code == code,
            AccountRow.currency == shop.currency,
        )
    )
    return ctx.db.scalar(held) or 0


def refuse_nothing(amount_minor: int) -> None:
    """Refuse an amount that is no money."""
    if amount_minor <= 0:
        raise BadAmount


def _write_postings(
    ctx: Context,
    shop: Shop,
    entry: int,
    *,
    lines: Mapping[str, int],
    written: set[str] | None = None,
) -> None:
    """Write the postings in one statement; make the accounts that are not there yet."""
    if written is None:
        written = _written(ctx, shop, entry, lines=lines)
    if len(written) == len(lines):
        return
    ctx.db.execute(
        insert_new(AccountRow).values(
            [
                {
                    "shop": shop.name,
                    "code": code,
                    "kind": KINDS.get(code.partition(":")[0], "liability"),
                    "currency": shop.currency,
                    "allow_negative": code in MAY_BE_NEGATIVE,
                }
                for code in sorted(lines)
            ]
        )
    )
    left = {code: amount for code, amount in lines.items() if code not in written}
    _written(ctx, shop, entry, lines=left)


def _written(ctx: Context, shop: Shop, entry: int, *, lines: Mapping[str, int]) -> set[str]:
    """Write the postings to those of these accounts that are there; return which they are."""
    found = _postings(len(lines)).rows(ctx.db, entry=entry, **_lines(shop, lines))
    return {one.code for one in found}


def _lines(shop: Shop, lines: Mapping[str, int]) -> dict[str, object]:
    told: dict[str, object] = {f"code_{number}": code for number, code in enumerate(lines)}
    told |= {f"amount_{number}": amount for number, amount in enumerate(lines.values())}
    return {**told, "shop": shop.name, "currency": shop.currency}


@lru_cache(64)
def _postings(count: int) -> Prepared[_Posted]:
    """Return the statement that writes so many postings, each under the code of its account."""
    return Prepared(_posting(count, bindparam("entry", type_=BigInteger())), _Posted)


@lru_cache(8)
def _alone(first: Insert) -> Prepared[_Made]:
    return Prepared(first, _Made)


@lru_cache(64)
def _with_entry(first: Insert, count: int) -> Prepared[_Entered]:
    """Return the statement that writes a row and, if it is new, an entry with so many postings."""
    new = first.cte("new")
    columns = EntryRow.__table__.columns
    told = [bindparam(f"entry_{name}", type_=columns[name].type) for name in FACTS]
    writing = insert(EntryRow).from_select(FACTS, select(*told).select_from(new))
    entry = writing.returning(EntryRow.id).cte("entry")
    posting = _posting(count, entry.c.id).cte("posting")
    both = entry.outerjoin(posting, true())
    return Prepared(select(entry.c.id, posting.c.code).select_from(both), _Entered)


def _posting(count: int, entry: ColumnElement[int]) -> ReturningInsert[tuple[str]]:
    codes = [bindparam(f"code_{number}", type_=String()) for number in range(count)]
    amounts = [bindparam(f"amount_{number}", type_=BigInteger()) for number in range(count)]
    of_codes = [AccountRow.code == code for code in codes]
    chosen = select(
        entry,
        AccountRow.id,
        case(*zip(of_codes, amounts, strict=True)),
    ).where(
        AccountRow.shop == bindparam("shop"),
        AccountRow.currency == bindparam("currency"),
        or_(*of_codes),
    )
    writing = insert(PostingRow).from_select(
        ["entry_id", "account_id", "amount_minor"], chosen.order_by(AccountRow.code)
    )
    # As text: behind an insert SQLAlchemy names no table for SQLite, also not inside a part.
    account = "payments_account a WHERE a.id = payments_posting.account_id"
    code = literal_column(f"(SELECT a.code FROM {account})", String()).label("code")  # noqa: S608 (our own words)
    return writing.returning(code)
