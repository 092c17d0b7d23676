"""What an order costs in the ledger: its charges together are its total, whatever happens to it."""

from collections.abc import Mapping

from sqlalchemy import func, select

from townsquare.blocks import catalogue, payments
from townsquare.blocks.ordering.results import Order
from townsquare.core.usecase import Context

SALES, TAX, DELIVERY = "sales", "tax-payable", "delivery-income"
FEES = "fees"  # The source of the credit that takes them back.


def books_of(shop: catalogue.Shop) -> payments.Shop:
    """Return the shop as the ledger knows it."""
    return payments.Shop(shop.code, shop.currency, zone=shop.zone)


def parts_of(order: Order) -> dict[str, int]:
    """Return into which accounts the total of an order goes."""
    fees = sum(
        one.amount_minor - one.tax_minor
        for one in order.adjustments
        if one.kind == "fee" or one.source == FEES
    )
    rest = order.total_minor - order.tax_minor - fees
    return {SALES: rest, TAX: order.tax_minor, DELIVERY: fees}


def charge_order(
    ctx: Context, shop: catalogue.Shop, order: Order, *, more: Mapping[str, int] | None = None
) -> str | None:
    """Charge an order, or `more` for one that has grown; return the charge, None for nothing."""
    parts = parts_of(order) if more is None else more
    if sum(parts.values()) <= 0:
        return None
    key = f"order:{order.public_id}"
    charge = payments.raise_charge(
        ctx,
        books_of(shop),
        party=order.payer,
        source=f"order:{order.public_id}",
        reason="order",
        memo=order.number or "",
        amount_minor=sum(parts.values()),
        key=key if more is None else f"{key}:{order.version}",
        parts=parts,
    )
    return charge.id


def settle(ctx: Context, shop: catalogue.Shop, *, before: Order, after: Order, reason: str) -> int:
    """Let the charges follow an order and its parts; return how much of what was paid goes back.

    What is open is credited; what was paid is taken off its charge first, so that it waits in the
    customer's funds for whoever refunds it. What only goes to another account, such as the tax of
    something that came instead, is moved there and costs nobody anything.
    """
    gains, losses = _difference(before, after)
    if not (gains or losses):
        return 0
    charges = _charges(ctx, shop, after) if losses else []
    left = {charge.id: payments.parts_left(ctx, charge.id) for charge in charges}
    if gains and losses:
        _move(ctx, left, gains=gains, losses=losses, key=str(after.version))
    charge_order(ctx, shop, after, more=gains)
    back = 0
    for charge in charges:
        kept = charge.amount_minor - charge.credited_minor
        parts = _fitting(losses, left[charge.id], most=kept)
        amount = sum(parts.values())
        back += _credit(ctx, shop, charge, amount=amount, reason=reason, parts=parts)
    if not losses:
        return back
    return back + _credit_rest(ctx, shop, after, amount_minor=sum(losses.values()), reason=reason)


def _credit_rest(
    ctx: Context, shop: catalogue.Shop, order: Order, *, amount_minor: int, reason: str
) -> int:
    """Credit what no part of a charge has any more, as somebody has credited charges by hand."""
    back = 0
    for charge in _charges(ctx, shop, order):
        part = min(amount_minor, charge.amount_minor - charge.credited_minor)
        back += _credit(ctx, shop, charge, amount=part, reason=reason)
        amount_minor -= part
    return back


def _credit(
    ctx: Context,
    shop: catalogue.Shop,
    charge: payments.Charge,
    *,
    amount: int,
    reason: str,
    parts: Mapping[str, int] | None = None,
) -> int:
    """Credit part of a charge; return how much of what was paid had to be taken off it."""
    back = 0
    if not amount:
        return 0
    if amount > charge.open_minor:
        back = _release(ctx, shop, charge.id, amount_minor=amount - charge.open_minor)
    payments.credit_charge(ctx, charge.id, amount_minor=amount, reason=reason, parts=parts)
    return back


def _move(
    ctx: Context,
    left: Mapping[str, dict[str, int]],
    *,
    gains: dict[str, int],
    losses: dict[str, int],
    key: str,
) -> None:
    """Move what one account loses and another gains, the newest charge first; both get smaller."""
    for charge, parts in left.items():
        gone = _fitting(losses, parts, most=sum(gains.values()))
        come = _fitting(gains, dict(gains), most=sum(gone.values()))
        if gone:
            moved = {**come, **{code: -part for code, part in gone.items()}}
            payments.reclassify_charge(ctx, charge, gains=moved, key=key)
        for code, part in come.items():
            parts[code] = parts.get(code, 0) + part


def _fitting(wanted: dict[str, int], left: dict[str, int], *, most: int) -> dict[str, int]:
    """Take what is wanted of each account out of both, as far as it is left; return what that is.

    Never more than `most` in all.
    """
    taken = {}
    for code in sorted(wanted):
        part = min(wanted[code], left.get(code, 0), most)
        if part > 0:
            taken[code] = part
            most -= part
            left[code] = left.get(code, 0) - part
            wanted[code] -= part
            if not wanted[code]:
                del wanted[code]
    return taken


def charges_of_order(ctx: Context, shop: catalogue.Shop, order: Order) -> list[payments.Charge]:
    """Return the charges of an order, the first one first."""
    return _charges(ctx, shop, order)[::-1]


def _charges(ctx: Context, shop: catalogue.Shop, order: Order) -> list[payments.Charge]:
    """Return the charges of an order, the newest first: what was raised last goes back first."""
    row, key = payments.CHARGE, f"order:{order.public_id}"
    chosen = select(row).where(
        row.shop == shop.code, (row.key == key) | row.key.between(f"{key}:", f"{key}:~")
    )
    chosen = chosen.order_by(row.id.desc()).execution_options(populate_existing=True)
    return [found.told() for found in ctx.db.scalars(chosen)]


def _release(ctx: Context, shop: catalogue.Shop, charge: str, *, amount_minor: int) -> int:
    """Take this much of what was paid off a charge, the newest payment first."""
    part, left = func.sum(payments.ALLOCATION.amount_minor), amount_minor
    paid = (
        select(payments.PAYMENT.public_id, part)
        .join(payments.ALLOCATION, payments.ALLOCATION.payment_id == payments.PAYMENT.id)
        .join(payments.CHARGE, payments.CHARGE.id == payments.ALLOCATION.charge_id)
        .where(payments.CHARGE.public_id == charge)
        .group_by(payments.PAYMENT.id, payments.PAYMENT.public_id)
        .having(part > 0)
        .order_by(payments.PAYMENT.id.desc())
    )
    for payment, settled in ctx.db.execute(paid).all():
        taken = min(left, int(settled))
        if taken:
            payments.release_allocation(
                ctx, books_of(shop), payment, charge=charge, amount_minor=taken
            )
            left -= taken
    return amount_minor - left


def _difference(before: Order, after: Order) -> tuple[dict[str, int], dict[str, int]]:
    """Return what each account gains, and what each loses."""
    old, new = parts_of(before), parts_of(after)
    gains = {code: new[code] - old[code] for code in new if new[code] > old[code]}
    losses = {code: old[code] - new[code] for code in new if new[code] < old[code]}
    return gains, losses
