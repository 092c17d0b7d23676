"""Goods that come in: a lot with its dates and cost, and a move from the supplier's side."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy import func, insert, select

from townsquare.blocks import catalogue
from townsquare.blocks.stock.errors import BadQuantity, SerialKnown, SerialRequired
from townsquare.blocks.stock.models.goods import LotRow
from townsquare.blocks.stock.results import Incoming, Location, Lot
from townsquare.blocks.stock.rules import code_key, sellable_until
from townsquare.blocks.stock.usecases.places import known_place
from townsquare.blocks.stock.usecases.posting import Deed, Leg, moves_of, post_moves
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context

Known = Mapping[tuple[int, str], int]


def receive_goods(  # noqa: PLR0913 (each is one fact of the receipt)
    ctx: Context,
    shop: catalogue.Shop,
    lines: Sequence[Incoming],
    *,
    to: Location,
    supplier: int | None = None,
    source_kind: str,
    source_id: str | int,
    key: str,
) -> list[Lot]:
    """Take goods in, once for each key; each line is a lot, returned in the order of the lines.

    A lot code that came before makes another part of it, with a date and a cost of its own. Goods
    without a code of their own get one that nobody is shown.
    """
    known = moves_of(ctx, shop, key, reason="receipt")
    if known:
        return _lots(ctx, [move.lot_id for move in known])
    variants = _variants(ctx, shop, lines)
    taken = _taken(ctx, lines)
    rows = []
    for line in lines:
        row = _lot(ctx, shop, line, variant=variants[line.variant_id], taken=taken)
        taken[(line.variant_id, str(row["code_key"]))] = int(str(row["part"]))
        rows.append({**row, "supplier_id": supplier})
    made = ctx.db.execute(insert(LotRow).returning(LotRow.id, LotRow.public_id), rows)
    ids = {public_id: number for number, public_id in made}
    supply = known_place(ctx, shop, "supplier")
    lots = [LotRow(id=ids[str(row["public_id"])], **row).told() for row in rows]
    legs = [Leg(lot.variant_id, lot.id, supply, to.id, lot.received_qty, "receipt") for lot in lots]
    post_moves(ctx, shop, legs, deed=Deed(source_kind, source_id, key))
    return lots


def _variants(
    ctx: Context, shop: catalogue.Shop, lines: Sequence[Incoming]
) -> Mapping[int, catalogue.Variant]:
    if not lines or any(line.qty <= 0 or line.total_cost_minor < 0 for line in lines):
        raise BadQuantity
    return catalogue.variants_by_id(ctx, shop, {line.variant_id for line in lines})


def _taken(ctx: Context, lines: Sequence[Incoming]) -> dict[tuple[int, str], int]:
    """Return the last part of each lot code that is coming again."""
    keys = {code_key(line.lot_code) for line in lines if line.lot_code}
    if not keys:
        return {}
    chosen = (
        select(LotRow.variant_id, LotRow.code_key, func.max(LotRow.part))
        .where(LotRow.variant_id.in_({line.variant_id for line in lines}))
        .where(LotRow.code_key.in_(keys))
        .group_by(LotRow.variant_id, LotRow.code_key)
    )
    return {(variant_id, code): part for variant_id, code, part in ctx.db.execute(chosen)}


def _lot(
    ctx: Context,
    shop: catalogue.Shop,
    line: Incoming,
    *,
    variant: catalogue.Variant,
    taken: Known,
) -> dict[str, object]:
    _refuse_unlike(line, variant)
    public_id = new_id()
    hidden = not line.lot_code or variant.lot_policy == "none"
    code = public_id if hidden else str(line.lot_code)
    part = taken.get((line.variant_id, code_key(code)), 0) + 1
    serial = variant.lot_policy == "serial"
    if serial and part > 1:
        raise SerialKnown(serial=code)
    return {
        "public_id": public_id,
        "created_at": ctx.now(),
        "version": 1,
        "variant_id": line.variant_id,
        "code": code,
        "code_key": code_key(code),
        "part": part,
        "hidden": hidden,
        "serial": serial,
        "blocked_reason": "",
        "received_at": ctx.now(),
        "received_qty": line.qty,
        "total_cost_minor": line.total_cost_minor,
        **_dates(line, shop.zone),
    }


def _refuse_unlike(line: Incoming, variant: catalogue.Variant) -> None:
    if variant.perishable and line.expires_on is None and line.best_before is None:
        raise catalogue.LotDateRequired(variant=variant.full_name)
    if variant.lot_policy == "serial" and (not line.lot_code or line.qty != 1):
        raise SerialRequired(variant=variant.full_name)


def _dates(line: Incoming, zone: str) -> dict[str, object]:
    until = line.expires_on
    over = until or line.best_before
    alert = None if line.alert_days is None else timedelta(days=line.alert_days)
    return {
        "expires_on": until,
        "best_before": line.best_before,
        "sellable_until": until and sellable_until(until, line.removal_days, zone),
        "alert_on": over - alert if over and alert is not None else None,
        "removal_days": line.removal_days,
    }


def _lots(ctx: Context, lot_ids: Sequence[int]) -> list[Lot]:
    chosen = ctx.db.scalars(select(LotRow).where(LotRow.id.in_(lot_ids)))
    found = {row.id: row.told() for row in chosen}
    return [found[lot_id] for lot_id in lot_ids]
