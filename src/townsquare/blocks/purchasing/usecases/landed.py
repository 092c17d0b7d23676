"""Freight that lots have cost besides: shared out by value, weight or quantity."""

from collections.abc import Mapping, Sequence

from sqlalchemy import insert, select, update

from townsquare.blocks import catalogue, payments, stock
from townsquare.blocks.purchasing import rules
from townsquare.blocks.purchasing.errors import BadCost, UnknownLot
from townsquare.blocks.purchasing.events import CostLanded
from townsquare.blocks.purchasing.models import LandedCostRow, LotValueRow, SupplierRow
from townsquare.blocks.purchasing.usecases.suppliers import supplier_row
from townsquare.blocks.purchasing.usecases.values import locked_values, value_lots
from townsquare.core.errors import KeyReused
from townsquare.core.frozen import dataclass
from townsquare.core.rounding import split
from townsquare.core.usecase import Context


@dataclass(frozen=True)
class _Lot:
    id: int
    received_qty: int
    total_cost_minor: int
    base_unit: str
    weight_g: int | None


def add_landed_cost(
    ctx: Context,
    shop: catalogue.Shop,
    lots: Sequence[int],
    *,
    amount_minor: int,
    by: str,
    supplier: str,
    key: str,
) -> list[int]:
    """Add freight to the cost of lots by value, weight or quantity, once for each key.

    It is owed to the supplier who carried them. What is in stock is worth more from now on; the
    part of what has left goes to the cost of sales. Returns the share of each lot.
    """
    known = _landed(ctx, shop, key)
    if known:
        if known.keys() != set(lots):
            raise KeyReused
        return [known[lot] for lot in lots]
    carrier = supplier_row(ctx, shop, supplier)
    _shares(amount_minor, _lots(ctx, shop, lots), by)  # What cannot be shared is refused first.
    value_lots(ctx, shop, lots)
    values = locked_values(ctx, shop, lots)
    found = _lots(ctx, shop, lots)  # What they cost is certain behind the lock.
    shares = _shares(amount_minor, found, by)
    dearer = [
        _dearer(ctx, values[lot.id], lot, share=share)
        for lot, share in zip(found, shares, strict=True)
    ]
    told = {"shop_id": shop.id, "key": key, "spread": by, "at": ctx.now()}
    rows = [
        {"lot_id": lot.id, "amount_minor": share, "in_stock_minor": there} | told
        for lot, share, there in zip(found, shares, dearer, strict=True)
    ]
    ctx.db.flush()
    ctx.db.execute(insert(LandedCostRow), rows)
    _owe(ctx, shop, carrier, key=key, amount_minor=amount_minor, there=sum(dearer))
    ctx.emit(CostLanded(key, amount_minor, len(rows)))
    return shares


def _owe(
    ctx: Context,
    shop: catalogue.Shop,
    carrier: SupplierRow,
    *,
    key: str,
    amount_minor: int,
    there: int,
) -> None:
    owed = {
        rules.INVENTORY: there,
        rules.COST_OF_SALES: amount_minor - there,
        carrier.payable: -amount_minor,
    }
    payments.post_for(
        ctx,
        payments.Shop(shop.code, shop.currency, zone=shop.zone),
        kind="landed_cost",
        lines={code: amount for code, amount in owed.items() if amount},
        memo=key,
        key=key,
    )


def _landed(ctx: Context, shop: catalogue.Shop, key: str) -> Mapping[int, int]:
    chosen = select(LandedCostRow.lot_id, LandedCostRow.amount_minor)
    found = ctx.db.execute(chosen.where(LandedCostRow.shop_id == shop.id, LandedCostRow.key == key))
    return {row.lot_id: row.amount_minor for row in found}


def _lots(ctx: Context, shop: catalogue.Shop, lots: Sequence[int]) -> list[_Lot]:
    """Return these lots of the shop in their order."""
    chosen = (
        select(
            stock.LOT.id,
            stock.LOT.received_qty,
            stock.LOT.total_cost_minor,
            catalogue.ITEM.base_unit,
            catalogue.VARIANT.weight_g,
        )
        .join(catalogue.VARIANT, catalogue.VARIANT.id == stock.LOT.variant_id)
        .join(catalogue.ITEM, catalogue.ITEM.id == catalogue.VARIANT.item_id)
        .where(stock.LOT.id.in_(lots), catalogue.ITEM.shop_id == shop.id)
    )
    found = {row.id: _Lot(*row) for row in ctx.db.execute(chosen)}
    if set(lots) - found.keys():
        raise UnknownLot
    return [found[lot] for lot in lots]


def _shares(amount_minor: int, lots: Sequence[_Lot], by: str) -> list[int]:
    if by not in rules.SPREADS or amount_minor <= 0 or len({lot.id for lot in lots}) < len(lots):
        raise BadCost
    weights = [_weight(lot, by) for lot in lots]
    if not sum(weights):
        raise BadCost
    return split(amount_minor, weights)


def _weight(lot: _Lot, by: str) -> int:
    if by == "value":
        return lot.total_cost_minor
    if by == "quantity":
        return lot.received_qty
    weight = rules.weight_of(lot.base_unit, lot.received_qty, lot.weight_g)
    if weight is None:
        raise BadCost
    return weight


def _dearer(ctx: Context, value: LotValueRow, lot: _Lot, *, share: int) -> int:
    """Let a lot have cost more; return by how much what is left of it is worth more."""
    cost = lot.total_cost_minor + share
    ctx.db.execute(update(stock.LOT).where(stock.LOT.id == lot.id).values(total_cost_minor=cost))
    before, value.value_minor = (
        value.value_minor,
        rules.value_of(cost, lot.received_qty, value.qty),
    )
    return value.value_minor - before
