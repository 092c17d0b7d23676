"""What things cost at this moment and who may have how much: all that is asked of the catalogue."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import select

from townsquare.blocks import catalogue
from townsquare.blocks.ordering import rules
from townsquare.blocks.ordering.errors import BadQuantity, Limit
from townsquare.blocks.ordering.models.carts import LineRow, OrderRow
from townsquare.blocks.ordering.results import Order
from townsquare.blocks.ordering.usecases.policy import Policy
from townsquare.core.frozen import dataclass
from townsquare.core.rounding import rounded
from townsquare.core.usecase import Context

MOST = 1_000_000  # Of anything, in base units: a tonne of rice is a mistake.


class Lot(Protocol):
    """So much of a lot that is held, or would be."""

    @property
    def variant_id(self) -> int:
        """Return of which variant."""

    @property
    def lot_id(self) -> int:
        """Return of which lot."""

    @property
    def qty(self) -> int:
        """Return how much."""


@dataclass(frozen=True)
class Terms:
    """A price for a quantity, which row it comes from, and why it is this one."""

    amount_minor: int
    per_qty: int
    price_id: int
    why: Mapping[str, Any]

    def cost_of(self, qty: int) -> int:
        """Return what a quantity costs, in minor units."""
        return rules.price_of(self.amount_minor, self.per_qty, qty)


@dataclass(frozen=True)
class Offer:
    """A variant as it is sold at this moment, in this quantity, to this buyer."""

    variant_id: int
    name: str
    sold_by: str
    tracked: bool
    backorder: bool
    tolerance_ppm: int
    most: int
    amount_minor: int
    per_qty: int
    price_id: int
    tax_ppm: int
    why: Mapping[str, Any]

    def over_qty(self, qty: int, policy: Policy | None) -> int:
        """Return how much more than this may be picked; pieces are counted, not weighed."""
        if self.sold_by == "piece":
            return 0
        usual = policy.overpick_ppm if policy else 0
        return rules.over_qty(qty, self.tolerance_ppm or usual)

    def must_allow(self, qty: int) -> None:
        """Refuse a quantity that is none, or more than one order may have."""
        if qty <= 0:
            raise BadQuantity
        if qty > self.most:
            raise Limit(most=self.most, name=self.name)


def offers_for(
    ctx: Context,
    shop: catalogue.Shop,
    order: OrderRow,
    *,
    wanted: Mapping[int, int],
    lots: Sequence[Lot] = (),
) -> dict[int, Offer]:
    """Return what these quantities of variants, by row id, are offered at; refuse what is not.

    A statement each for what is stopped, the variants, their prices and their taxes.
    """
    offers = offers_among(ctx, shop, order, wanted=wanted, lots=lots)
    missing = [variant for variant in wanted if variant not in offers]
    if missing:
        found = catalogue.variants_by_id(ctx, shop, missing)
        raise catalogue.NotSold(variant=found[missing[0]].full_name)
    return offers


def offers_among(
    ctx: Context,
    shop: catalogue.Shop,
    order: OrderRow,
    *,
    wanted: Mapping[int, int],
    lots: Sequence[Lot] = (),
) -> dict[int, Offer]:
    """Return those of these variants that are sold at this moment, as they are offered."""
    stopped = catalogue.is_stopped(catalogue.VARIANT.id, ctx.now())
    chosen = select(catalogue.VARIANT.id).where(catalogue.VARIANT.id.in_(sorted(wanted)), ~stopped)
    sold = catalogue.variants_by_id(ctx, shop, ctx.db.scalars(chosen))
    prices = prices_for(ctx, shop, order, wanted=wanted, lots=lots)
    day = ctx.now().astimezone(ZoneInfo(shop.zone)).date()
    classes = {variant.tax_class_id for variant in sold.values()}
    rates = catalogue.tax_rates(ctx, shop, classes, on=day, service_type=order.service_type)
    return {
        number: _offer(variant, prices[number], tax_ppm=rates[variant.tax_class_id])
        for number, variant in sold.items()
        if variant.sellable and number in prices
    }


def prices_for(
    ctx: Context,
    shop: catalogue.Shop,
    order: OrderRow | Order,
    *,
    wanted: Mapping[int, int],
    lots: Sequence[Lot] = (),
    sold_only: bool = False,
) -> dict[int, Terms]:
    """Return what each variant costs that has a price, for this buyer, in one statement.

    What comes of a lot that is marked down costs what that lot does, where it is less. With
    `sold_only` what is not sold (any more) at this moment has no price.
    """
    tiers = () if order.tier == "none" else (order.tier,)
    asks = [catalogue.PriceAsk(variant, qty) for variant, qty in wanted.items()]
    of_lots = [
        catalogue.PriceAsk(lot.variant_id, wanted[lot.variant_id], lot.lot_id) for lot in lots
    ]
    found = catalogue.prices_in_force(
        ctx, shop, [*asks, *of_lots], tiers=tiers, sold_only=sold_only
    )
    marked = list(zip(lots, found[len(wanted) :], strict=True))
    return {
        ask.variant_id: _terms(price, ask.qty, [one for one in marked if _beats(*one, price)])
        for ask, price in zip(asks[: len(wanted)], found, strict=False)
        if price is not None
    }


def _beats(lot: Lot, marked: catalogue.PriceInForce | None, price: catalogue.PriceInForce) -> bool:
    """Tell whether a lot has a price of its own that is lower than that of the list."""
    if marked is None or lot.variant_id != price.offer.variant_id:
        return False
    return marked.offer.lot_id == lot.lot_id and marked.offer.each < price.offer.each


def _terms(
    price: catalogue.PriceInForce,
    qty: int,
    marked: Sequence[tuple[Lot, catalogue.PriceInForce | None]],
) -> Terms:
    """Return what a quantity costs of which some may come from lots that are marked down.

    It is one price for the whole quantity, rounded once; `parts` says what it is made of.
    """
    of_lots = [(lot.qty, lot.lot_id, one.offer) for lot, one in marked if one is not None]
    rest = qty - sum(part for part, _lot, _offer in of_lots)
    if not of_lots:
        return Terms(price.amount_minor, price.per_qty, price.price_id, why(price))
    first = of_lots[0][2]
    parts = [_part(part, offer, lot) for part, lot, offer in of_lots]
    told = {**why(price), "parts": [*parts, *([_part(rest, price.offer)] if rest else [])]}
    if not rest and len({offer.each for _part, _lot, offer in of_lots}) == 1:
        return Terms(first.amount_minor, first.per_qty, first.price_id, told)
    whole = sum((offer.each * part for part, _lot, offer in of_lots), price.offer.each * rest)
    return Terms(rounded(whole), qty, first.price_id, told)


def why(price: catalogue.PriceInForce) -> dict[str, Any]:
    """Return where a price comes from and which others lost, as it is kept with a line."""
    return {**_told(price.offer), "lost": [_told(one) for one in price.lost]}


def _part(qty: int, offer: catalogue.Offer, lot: int | None = None) -> dict[str, Any]:
    return {"qty": qty, "lot": lot, **_told(offer)}


def fill(row: LineRow, offer: Offer, *, over_qty: int) -> None:
    """Write an offer into a line; what it costs in all comes with the whole order."""
    row.name, row.sold_by, row.tracked = offer.name, offer.sold_by, offer.tracked
    row.amount_minor, row.per_qty, row.price_id = offer.amount_minor, offer.per_qty, offer.price_id
    row.tax_ppm, row.over_qty, row.why = offer.tax_ppm, over_qty, dict(offer.why)


def priced_of(row: LineRow) -> rules.Priced:
    """Return a line as the rules reckon with it."""
    return rules.Priced(
        row.amount_minor,
        row.per_qty,
        row.qty,
        row.over_qty,
        row.tax_ppm,
        row.gross_minor,
        row.discount_minor,
        row.net_minor,
        row.tax_minor,
        row.agreed_minor,
    )


def keep(row: LineRow, priced: rules.Priced) -> None:
    """Write what a line costs into it."""
    row.gross_minor, row.discount_minor = priced.gross_minor, priced.discount_minor
    row.net_minor, row.tax_minor = priced.net_minor, priced.tax_minor
    row.agreed_minor = priced.agreed_minor


def set_terms(row: LineRow, terms: Terms) -> None:
    """Write a price into a line; what it costs in all comes with the whole order."""
    row.amount_minor, row.per_qty = terms.amount_minor, terms.per_qty
    row.price_id, row.why = terms.price_id, dict(terms.why)


def _offer(variant: catalogue.Variant, price: Terms, *, tax_ppm: int) -> Offer:
    return Offer(
        variant_id=variant.id,
        name=variant.full_name,
        sold_by=variant.sold_by,
        tracked=variant.tracked,
        backorder=variant.backorder != "no",
        tolerance_ppm=variant.tolerance_ppm,
        most=variant.max_per_order or MOST,
        amount_minor=price.amount_minor,
        per_qty=price.per_qty,
        price_id=price.price_id,
        tax_ppm=tax_ppm,
        why=price.why,
    )


def _told(offer: catalogue.Offer) -> dict[str, Any]:
    return {
        "price": offer.price_id,
        "list": offer.list_code,
        "kind": offer.list_kind,
        "amount_minor": offer.amount_minor,
        "per_qty": offer.per_qty,
        "min_qty": offer.min_qty,
        "from": offer.valid_from.isoformat(),
    }
