"""What is packed of a line: as it was ordered, as it weighs, less of it, or something else."""

from sqlalchemy import select

from townsquare.blocks import catalogue, ordering, stock
from townsquare.core.frozen import dataclass
from townsquare.core.usecase import Context
from townsquare.services.grocery.commands.orders import PickLine
from townsquare.services.grocery.errors import (
    InsteadMissing,
    NotFirstExpiring,
    NothingShort,
    NotWeighed,
    SameProduct,
    WeightMissing,
    WrongItem,
)
from townsquare.services.grocery.usecases.recalled_bags import lost_of

PICKED, SHORT, SUBSTITUTED = "picked", "short", "substituted"


@dataclass(frozen=True)
class AtLine:
    """A line of an order of the shop, and what was said of it at its shelf."""

    shop: catalogue.Shop
    order: ordering.Order
    line: ordering.Line
    wish: PickLine

    @property
    def missing(self) -> int:
        """Return how much of the line was not found."""
        return self.line.due_qty - self.wish.found

    @property
    def replacement(self) -> ordering.Line | None:
        """Return the line that has come instead of this one."""
        return next((one for one in self.order.lines if one.replaces_id == self.line.id), None)


def must_match(ctx: Context, at: AtLine) -> None:
    """Refuse goods that are not those of the line, or that others of the same kind go before."""
    scanned = at.wish.scanned
    if not scanned or _scanned(ctx, at.shop, scanned) == at.line.variant_id:
        return
    lot = stock.LOT
    chosen = select(lot.id).where(lot.variant_id == at.line.variant_id, ~lot.hidden)
    lots = set(ctx.db.scalars(chosen.where(lot.code_key == catalogue.code_key(scanned))))
    if not lots:
        raise WrongItem(name=at.line.name)
    if not lots & _told_lots(ctx, at):
        raise NotFirstExpiring(name=at.line.name)


def is_the_same(ctx: Context, at: AtLine, outcome: str) -> bool:
    """Tell whether a line has become exactly what is said of it once more."""
    wish, due = at.wish, at.line.due_qty
    if outcome != wish.outcome:
        return False
    if outcome == PICKED:
        return wish.weighs in {None, due}
    if outcome == SHORT:
        return wish.found == due
    made = at.replacement
    instead = _scanned(ctx, at.shop, wish.instead)
    return wish.found == due and made is not None and made.variant_id == instead


def packed(ctx: Context, at: AtLine) -> ordering.Reduced:
    """Let the order follow what the shelf or the scale says."""
    if at.wish.weighs is not None and at.line.sold_by == "piece":
        raise NotWeighed(fields={"weighs": NotWeighed.message})
    if at.wish.outcome == SUBSTITUTED:
        return _replaced(ctx, at)
    if at.wish.outcome == SHORT:
        part = _missing_part(at)
        return ordering.short_line(ctx, at.shop, order=at.order.public_id, part=part, reason=SHORT)
    return _weighed(ctx, at)


def _weighed(ctx: Context, at: AtLine) -> ordering.Reduced:
    if at.line.sold_by == "piece":
        _must_be_held(ctx, at)
        return ordering.Reduced(at.order, 0)
    if at.wish.weighs is None:
        raise WeightMissing(fields={"weighs": WeightMissing.message})
    told = {"order": at.order.public_id, "line": at.line.public_id}
    return ordering.settle_weight(ctx, at.shop, **told, qty=at.wish.weighs)


def _must_be_held(ctx: Context, at: AtLine) -> None:
    """Refuse to pack what the order has lost, rather than to stop it when it is handed over.

    Lines of one product share what is held of it, so it is reckoned over all of them.
    """
    missing = lost_of(ctx, at.order, at.line.variant_id) + at.line.backordered_qty
    if at.line.tracked and missing > 0:
        raise ordering.GoodsLost(names=at.line.name)


def _missing_part(at: AtLine) -> ordering.Part:
    if at.missing <= 0:
        raise NothingShort(fields={"found": NothingShort.message})
    return ordering.Part(at.line.public_id, at.missing)


def _replaced(ctx: Context, at: AtLine) -> ordering.Reduced:
    """Give something else instead of what is missing, at no more than that would cost."""
    part = _missing_part(at)
    if not at.wish.instead:
        raise InsteadMissing(fields={"instead": InsteadMissing.message})
    found = catalogue.find_scanned(ctx, at.shop, at.wish.instead)
    if found.id == at.line.variant_id:
        raise SameProduct(fields={"instead": SameProduct.message})
    qty = at.wish.instead_qty or (part.qty if found.sold_by == at.line.sold_by else 0)
    if not qty:
        raise InsteadMissing(fields={"instead_qty": InsteadMissing.message})
    return ordering.substitute_line(
        ctx, at.shop, order=at.order.public_id, part=part, variant=found.id, qty=qty
    )


def _scanned(ctx: Context, shop: catalogue.Shop, code: str) -> int | None:
    """Return the row id of what was scanned, if the shop has it."""
    try:
        return catalogue.find_scanned(ctx, shop, code).id
    except catalogue.UnknownVariant:
        return None


def _told_lots(ctx: Context, at: AtLine) -> set[int]:
    """Return from which lots the goods of a line are to be taken."""
    held = stock.holds_of(ctx, owner_kind=ordering.OWNER, owner_id=at.order.public_id)
    return {one.lot_id for one in held if one.variant_id == at.line.variant_id}
