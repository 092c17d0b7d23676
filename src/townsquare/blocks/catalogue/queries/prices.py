"""What things cost at a moment, for whom, and why; how they are taxed on a day."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Float,
    Select,
    and_,
    bindparam,
    cast,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import SQLColumnExpression

from townsquare.blocks.catalogue.errors import NoTaxRate
from townsquare.blocks.catalogue.models.items import ItemRow, VariantRow
from townsquare.blocks.catalogue.models.prices import (
    PriceListRow,
    PriceRow,
    TaxClassRow,
    TaxRateRow,
)
from townsquare.blocks.catalogue.queries.goods import is_stopped
from townsquare.blocks.catalogue.results import PriceAsk, PriceInForce, PriceList, Shop, TaxClass
from townsquare.blocks.catalogue.rules import prices, texts
from townsquare.blocks.catalogue.rules.prices import Ask, Offer
from townsquare.core.prepared import Prepared
from townsquare.core.usecase import Context

Moment = datetime | ColumnElement[datetime]
FEW = 16  # Variants of one cart, more or less: for so many there is a statement of its own.
# The larger statement may join prices and lists itself.
_PRICE, _LIST, _LATER = aliased(PriceRow), aliased(PriceListRow), aliased(PriceRow)


def prices_in_force(
    ctx: Context,
    shop: Shop,
    asks: Sequence[PriceAsk],
    *,
    tiers: Collection[str] = (),
    at: datetime | None = None,
    sold_only: bool = False,
) -> list[PriceInForce | None]:
    """Return what each ask costs, in their order and in one statement; None where it has no price.

    `tiers` are the groups to which the buyer belongs, such as gold; without `at` it is now. With
    `sold_only` what is retired or sold out at that moment has no price either.
    """
    at = at or ctx.now()
    tiers = {texts.code_key(tier) for tier in tiers}
    offers = _offers(ctx, shop, asks, tiers=tiers, at=at, sold_only=sold_only)
    orders = [
        prices.ranked(offers.get(ask.variant_id, []), Ask(ask.qty, at, tiers, ask.lot_id))
        for ask in asks
    ]
    return [PriceInForce(order[0], tuple(order[1:])) if order else None for order in orders]


def lowest_in_30_days(
    ctx: Context,
    shop: Shop,
    variants: Iterable[int],
    *,
    tiers: Collection[str] = (),
    at: datetime | None = None,
) -> dict[int, Offer]:
    """Return the lowest price of each variant in the thirty days up to a moment, if it had one."""
    at = at or ctx.now()
    tiers = {texts.code_key(tier) for tier in tiers}
    since = at - prices.LOOKED_BACK
    wanted = sorted(set(variants))
    rows = ctx.db.execute(
        _open_to(shop.id, tiers).where(
            PriceRow.variant_id.in_(wanted),
            PriceRow.lot_id.is_(None),
            PriceRow.min_qty == 1,
            PriceRow.valid_from <= at,
            or_(PriceRow.valid_to.is_(None), PriceRow.valid_to > since),
        )
    )
    offers = _by_variant(Offer(*row) for row in rows)
    found = {one: prices.lowest(offers.get(one, []), at, tiers=tiers) for one in wanted}
    return {one: offer for one, offer in found.items() if offer is not None}


def price_now(
    variant: SQLColumnExpression[int],
    at: Moment,
    *,
    qty: int = 1,
    tiers: Collection[str] = (),
    tier: ColumnElement[str] | None = None,
) -> ColumnElement[int]:
    """Return the row id of the price in force, as a part of a larger statement.

    A list joins its prices by it: `outerjoin(PRICE, PRICE.id == price_now(VARIANT.id, now))`.
    Markdowns are left out, as they belong to one lot. `tier` is the tier of who asks where the
    statement finds it out by itself.
    """
    tiers = {texts.code_key(tier) for tier in tiers}
    price, its, later = _PRICE, _LIST, _LATER
    superseded = select(later.id).where(
        later.list_id == price.list_id,
        later.variant_id == price.variant_id,
        later.valid_from >= price.valid_from,
        _holds(later, at, qty),
        or_(
            later.valid_from > price.valid_from,
            and_(later.valid_from == price.valid_from, later.min_qty > price.min_qty),
        ),
    )
    each = cast(price.amount_minor, Float) / price.per_qty
    chosen = (
        select(price.id)
        .join(its, its.id == price.list_id)
        .where(price.variant_id == variant, _holds(price, at, qty), _for(its, tiers, tier))
        .where(~superseded.exists())
        .order_by(each, its.priority.desc(), its.id)
        .limit(1)
    )
    return chosen.scalar_subquery()


def tax_rates(
    ctx: Context,
    shop: Shop,
    classes: Iterable[int],
    *,
    on: date,
    region: str | None = None,
    service_type: str = "",
) -> dict[int, int]:
    """Return the rate of each class on a day, in millionths and one statement.

    A rate for the kind of service comes before the one for every kind; refuses a class without.
    """
    wanted = sorted(set(classes))
    rank = func.row_number().over(
        partition_by=TaxRateRow.class_id,
        order_by=(TaxRateRow.service_type.desc(), TaxRateRow.valid_from.desc()),
    )
    known = (
        select(TaxRateRow.class_id, TaxRateRow.ppm, rank.label("rank"))
        .where(
            TaxRateRow.class_id.in_(wanted),
            TaxRateRow.region == (shop.tax_region if region is None else region),
            TaxRateRow.service_type.in_({"", service_type}),
            TaxRateRow.valid_from <= on,
        )
        .subquery()
    )
    found = select(known.c.class_id, known.c.ppm).where(known.c.rank == 1)
    rates = dict(ctx.db.execute(found).all())
    for tax_class in wanted:
        if tax_class not in rates:
            raise NoTaxRate(tax_class=tax_class, on=on.isoformat())
    return rates


def price_lists_of(ctx: Context, shop: Shop) -> list[PriceList]:
    """Return the price lists of a shop, the oldest first."""
    chosen = select(PriceListRow).filter_by(shop_id=shop.id).order_by(PriceListRow.id)
    return [row.told() for row in ctx.db.scalars(chosen)]


def tax_classes_of(ctx: Context, shop: Shop) -> list[TaxClass]:
    """Return the tax classes of a shop, the oldest first."""
    chosen = select(TaxClassRow).filter_by(shop_id=shop.id).order_by(TaxClassRow.id)
    return [row.told() for row in ctx.db.scalars(chosen)]


def _offers(
    ctx: Context,
    shop: Shop,
    asks: Sequence[PriceAsk],
    *,
    tiers: Collection[str],
    at: datetime,
    sold_only: bool,
) -> dict[int, list[Offer]]:
    """Return what may be in force; of each list and quantity only the row that began last."""
    variants, told = sorted({ask.variant_id for ask in asks}), {"shop": shop.id, "at": at}
    lots = sorted({ask.lot_id for ask in asks if ask.lot_id is not None})
    buyers = tuple(sorted(tiers))
    if max(len(variants), len(lots)) <= FEW:
        told |= {f"variant_{number}": variant for number, variant in enumerate(variants)}
        told |= {f"lot_{number}": lot for number, lot in enumerate(lots)}
        few = _few_standing(buyers, (len(variants), len(lots)), sold_only=sold_only)
        return _by_variant(few.rows(ctx.db, **told))
    told |= {"variants": variants, "lots": lots}
    rows = ctx.db.execute(_standing(buyers, None, sold_only=sold_only), told)
    return _by_variant(Offer(*row) for row in rows)


@lru_cache(FEW * FEW)
def _few_standing(
    tiers: tuple[str, ...], count: tuple[int, int], *, sold_only: bool
) -> Prepared[Offer]:
    """Return the same for the usual cart, as a statement whose text is fixed."""
    return Prepared(_standing(tiers, count, sold_only=sold_only), Offer)


@lru_cache(FEW)
def _standing(
    tiers: tuple[str, ...], count: tuple[int, int] | None, *, sold_only: bool
) -> Select[*tuple[Any, ...]]:
    """Return what asks for the rows that may be in force; it is built once for the same buyers.

    Of so many variants and lots, or of any number of them.
    """
    at: Any = bindparam("at", type_=PriceRow.valid_from.type)
    whole: ColumnElement[bool] = PriceRow.lot_id.is_(None)
    if count is None:
        wanted = PriceRow.variant_id.in_(bindparam("variants", expanding=True))
        whole = or_(whole, PriceRow.lot_id.in_(bindparam("lots", expanding=True)))
    else:
        variants, lots = count
        wanted = PriceRow.variant_id.in_([_place("variant", number) for number in range(variants)])
        whole = or_(whole, *(PriceRow.lot_id == _place("lot", number) for number in range(lots)))
    ended = and_(PriceRow.valid_to.is_not(None), PriceRow.valid_to <= at)
    rank = func.row_number().over(
        partition_by=(PriceRow.variant_id, PriceRow.list_id, PriceRow.min_qty, PriceRow.lot_id),
        order_by=PriceRow.valid_from.desc(),
    )
    standing = (
        _open_to(bindparam("shop"), tiers)
        .add_columns(rank.label("rank"))
        .where(wanted, whole, PriceRow.valid_from <= at, ~ended)
        .where(_is_sold(PriceRow.variant_id, at) if sold_only else true())
        .subquery()
    )
    columns = [column for column in standing.c if column.name != "rank"]
    return select(*columns).where(standing.c.rank == 1)


def _place(name: str, number: int) -> Any:  # noqa: ANN401 (a place for a row id)
    return bindparam(f"{name}_{number}", type_=PriceRow.variant_id.type)


def _is_sold(variant: SQLColumnExpression[int], at: Moment) -> ColumnElement[bool]:
    """Return when a variant of a larger statement and its item are sold at a moment."""
    active = (
        select(VariantRow.id)
        .join(ItemRow, ItemRow.id == VariantRow.item_id)
        .where(VariantRow.id == variant, VariantRow.status == ItemRow.status)
        .where(VariantRow.status == "active")
    )
    return and_(active.exists(), ~is_stopped(variant, at))


def _open_to(shop: int | BindParameter[int], tiers: Collection[str]) -> Select[*tuple[Any, ...]]:
    """Return the columns of an offer, of the lists that sell to these tiers."""
    return (
        select(
            PriceRow.id.label("price_id"),
            PriceRow.variant_id,
            PriceRow.list_id,
            PriceListRow.code.label("list_code"),
            PriceListRow.kind.label("list_kind"),
            PriceListRow.tier,
            PriceListRow.priority,
            PriceRow.lot_id,
            PriceRow.amount_minor,
            PriceRow.per_qty,
            PriceRow.min_qty,
            PriceRow.valid_from,
            PriceRow.valid_to,
        )
        .join(PriceListRow, PriceListRow.id == PriceRow.list_id)
        .where(PriceListRow.shop_id == shop, PriceListRow.kind != prices.SUPPLIER)
        .where(_of_tiers(PriceListRow, tiers))
    )


def _by_variant(offers: Iterable[Offer]) -> dict[int, list[Offer]]:
    found: dict[int, list[Offer]] = {}
    for offer in offers:
        found.setdefault(offer.variant_id, []).append(offer)
    return found


def _holds(price: type[PriceRow], at: Moment, qty: int) -> ColumnElement[bool]:
    return and_(
        price.lot_id.is_(None),
        price.min_qty <= qty,
        price.valid_from <= at,
        or_(price.valid_to.is_(None), price.valid_to > at),
    )


def _for(
    its: type[PriceListRow], tiers: Collection[str], tier: ColumnElement[str] | None
) -> ColumnElement[bool]:
    # One by one: a list has no fixed text, which a prepared statement needs.
    plain = and_(its.kind != prices.SUPPLIER, its.kind != prices.MARKDOWN)
    mine = _of_tiers(its, tiers)
    return and_(plain, mine if tier is None else or_(mine, its.tier == tier))


def _of_tiers(its: type[PriceListRow], tiers: Collection[str]) -> ColumnElement[bool]:
    everybody = its.tier.is_(None)
    return or_(everybody, *(its.tier == tier for tier in sorted(tiers)))
