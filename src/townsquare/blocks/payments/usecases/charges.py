"""Money that somebody owes: charged in its parts, waived, credited, written off."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import String, bindparam, cast, func, literal, select
from sqlalchemy.exc import IntegrityError

from townsquare.blocks.payments.errors import OverWaiver, Unbalanced, UnknownCharge
from townsquare.blocks.payments.events import ChargeRaised, ChargeReduced
from townsquare.blocks.payments.models import (
    CHARGE,
    AccountRow,
    ChargeRow,
    EntryRow,
    PostingRow,
    ReductionRow,
)
from townsquare.blocks.payments.results import Charge
from townsquare.blocks.payments.usecases.ledger import (
    CONTROLLED,
    RECEIVABLE,
    SALES,
    WRITE_OFFS,
    Shop,
    post,
    post_with,
    refuse_nothing,
)
from townsquare.core.db import breaks, insert_new
from townsquare.core.ids import new_id
from townsquare.core.rounding import split
from townsquare.core.usecase import Context

WRITTEN = [column.key for column in ChargeRow.__table__.columns if column.key != "id"]


NEW = (
    insert_new(ChargeRow)
    .values({name: bindparam(name) for name in WRITTEN})
    .returning(ChargeRow.id)
)


def raise_charge(  # noqa: PLR0913 (each is one fact of the charge)
    ctx: Context,
    shop: Shop,
    *,
    party: str,
    source: str,
    reason: str,
    amount_minor: int,
    key: str,
    memo: str = "",
    due_on: date | None = None,
    parts: Mapping[str, int] | None = None,
) -> Charge:
    """Charge somebody; the same key is charged once, and its charge is returned again.

    `parts` says which accounts get how much of it (tax-payable …); without it all is sales.
    """
    refuse_nothing(amount_minor)
    income = _parts(parts or {SALES: amount_minor}, amount_minor)
    made = Charge(
        id=new_id(),
        party=party,
        source=source,
        reason=reason,
        memo=memo,
        amount_minor=amount_minor,
        currency=shop.currency,
        raised_at=ctx.now(),
        due_on=due_on,
        version=1,
        credited_minor=0,
        allocated_minor=0,
    )
    lines = {RECEIVABLE: amount_minor, **{code: -part for code, part in income.items()}}
    named = {"public_id": made.id, "created_at": made.raised_at, "shop": shop.name, "key": key}
    told, name = {**vars(made), **named}, f"charge {made.id}"
    if not post_with(ctx, shop, name, first=NEW, values=told, kind="charge", lines=lines):
        return ctx.db.scalars(select(ChargeRow).filter_by(shop=shop.name, key=key)).one().told()
    ctx.emit(ChargeRaised(made.id, party, reason, amount_minor, shop.currency))
    return made


def waive_charge(ctx: Context, charge: str, *, amount_minor: int, reason: str) -> Charge:
    """Let somebody off part of a charge, or all that is open."""
    return _reduce(ctx, charge, kind="waiver", amount_minor=amount_minor, reason=reason)


def credit_charge(
    ctx: Context,
    charge: str,
    *,
    amount_minor: int,
    reason: str,
    parts: Mapping[str, int] | None = None,
) -> Charge:
    """Take back part of a charge that should not have been.

    Each part of the charge loses its share of what is left of it, unless `parts` says how much.
    """
    return _reduce(
        ctx, charge, kind="credit_note", amount_minor=amount_minor, reason=reason, parts=parts
    )


def parts_left(ctx: Context, charge: str) -> dict[str, int]:
    """Return what is left of each part of a charge after what was credited, by account."""
    return _left_of(ctx, charge_row(ctx, charge))


def reclassify_charge(ctx: Context, charge: str, *, gains: Mapping[str, int], key: str) -> None:
    """Move parts of a charge between accounts, once for each key; its amount stays what it is.

    `gains` says what each account gets more, or less where it is negative, zero in all. Refuses
    more than is left of a part.
    """
    row = charge_row(ctx, charge)
    left, moved = _left_of(ctx, row), {code: part for code, part in gains.items() if part}
    if sum(moved.values()) or moved.keys() & CONTROLLED or not moved:
        raise Unbalanced
    for code, part in moved.items():
        if -part > left.get(code, 0):
            raise OverWaiver(open_minor=left.get(code, 0), currency=row.currency)
    lines = {code: -part for code, part in moved.items()}
    shop = Shop(row.shop, row.currency)
    post(ctx, shop, f"charge {row.public_id} {key}", kind="reclass", lines=lines)


def write_off_charge(ctx: Context, charge: str, *, amount_minor: int, reason: str) -> Charge:
    """Give up part of a charge that will not be paid; it is a loss, the sale stays one."""
    return _reduce(ctx, charge, kind="write_off", amount_minor=amount_minor, reason=reason)


def charge_row(ctx: Context, charge: str) -> ChargeRow:
    """Return the row of a charge."""
    row = ctx.db.scalar(select(ChargeRow).filter_by(public_id=charge))
    if row is None:
        raise UnknownCharge
    return row


def _parts(parts: Mapping[str, int], amount_minor: int) -> dict[str, int]:
    """Return the parts of an amount by account; refuse parts that are not the whole of it."""
    told = {code: part for code, part in parts.items() if part}
    if sum(told.values()) != amount_minor or min(told.values()) < 0 or told.keys() & CONTROLLED:
        raise Unbalanced
    return told


def _left_of(ctx: Context, charge: ChargeRow) -> dict[str, int]:
    """Return what is left of each part of a charge after what was credited, by account."""
    name = literal(f"{charge.shop} reduction ").concat(cast(ReductionRow.id, String))
    credited = select(name).where(
        ReductionRow.charge_id == charge.id, ReductionRow.kind == "credit_note"
    )
    key = f"{charge.shop} charge {charge.public_id}"
    raised = (EntryRow.key == key) | EntryRow.key.between(f"{key} ", f"{key} ~")
    left = -func.sum(PostingRow.amount_minor)
    found = (
        select(AccountRow.code, left)
        .join(PostingRow, PostingRow.account_id == AccountRow.id)
        .join(EntryRow, EntryRow.id == PostingRow.entry_id)
        .where(raised | EntryRow.key.in_(credited), AccountRow.code != RECEIVABLE)
        .group_by(AccountRow.code)
        .having(left > 0)
        .order_by(AccountRow.code)
    )
    return {code: int(part) for code, part in ctx.db.execute(found)}


def _taken_back(
    ctx: Context, charge: ChargeRow, amount_minor: int, *, parts: Mapping[str, int] | None
) -> dict[str, int]:
    """Return what a credit note takes from which part; refuse more than is left of one."""
    left = _left_of(ctx, charge)
    if parts is None:
        shares = split(amount_minor, list(left.values()))
        return {code: part for code, part in zip(left, shares, strict=True) if part}
    told = _parts(parts, amount_minor)
    for code, part in told.items():
        if part > left.get(code, 0):
            raise OverWaiver(open_minor=left.get(code, 0), currency=charge.currency)
    return told


def _reduce(
    ctx: Context,
    charge: str,
    *,
    kind: str,
    amount_minor: int,
    reason: str,
    parts: Mapping[str, int] | None = None,
) -> Charge:
    refuse_nothing(amount_minor)
    row = charge_row(ctx, charge)
    ctx.db.refresh(row)  # What a trigger has counted since it was read.
    left, currency = row.told().open_minor, row.currency
    reduction = ReductionRow(
        charge_id=row.id,
        kind=kind,
        amount_minor=amount_minor,
        reason=reason,
        at=ctx.now(),
        by=ctx.actor.name,
    )
    ctx.db.add(reduction)
    try:
        ctx.db.flush()
    except IntegrityError as error:
        if breaks(error, CHARGE):
            raise OverWaiver(open_minor=left, currency=currency) from error
        raise
    against = {WRITE_OFFS: amount_minor}
    if kind == "credit_note":
        against = _taken_back(ctx, row, amount_minor, parts=parts)
    lines = {**against, RECEIVABLE: -amount_minor}
    shop = Shop(row.shop, row.currency)
    post(ctx, shop, f"reduction {reduction.id}", kind=kind, lines=lines)
    ctx.emit(ChargeReduced(row.public_id, kind, amount_minor))
    ctx.db.refresh(row)
    return row.told()
