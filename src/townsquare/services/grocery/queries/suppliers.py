"""Suppliers, and what each of them sells."""

from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select

from townsquare.blocks import purchasing
from townsquare.blocks.catalogue import ITEM, SHOP, VARIANT
from townsquare.core.paging import Order
from townsquare.core.usecase import Context, query
from townsquare.services.grocery.commands.fields import Several
from townsquare.services.grocery.commands.suppliers import ChooseSupplier, FindSuppliers
from townsquare.services.grocery.models.ours import OUR_SHOP
from townsquare.services.grocery.results.suppliers import (
    Offered,
    SupplierCard,
    SupplierLine,
    SupplierOffer,
    SupplierPage,
)

Wanted = Select[*tuple[Any, ...]]
READ = "grocery.purchase.read"
OFFER, SUPPLIER = purchasing.OFFER, purchasing.SUPPLIER
BY_NUMBER = Order(SUPPLIER.public_id, SUPPLIER.number_key, SUPPLIER.public_id)


@query("grocery.supplier.list", permission=READ)
def find_suppliers(ctx: Context, wish: FindSuppliers) -> SupplierPage:
    """Return one page of the suppliers whose number or name holds the words, by number."""
    goods = select(func.count()).where(OFFER.supplier_id == SUPPLIER.id).scalar_subquery()
    lines: Wanted = select(
        SUPPLIER.public_id.label("id"),
        SUPPLIER.number,
        SUPPLIER.company,
        SUPPLIER.state,
        SUPPLIER.bank_name,
        SUPPLIER.account_ends,
        SUPPLIER.lead_days,
        goods,
    ).where(SUPPLIER.shop_id == OUR_SHOP)
    if wish.state:
        lines = lines.where(SUPPLIER.state == wish.state)
    if wish.words:
        key = wish.words.casefold()
        named = func.lower(SUPPLIER.company).contains(key, autoescape=True)
        as_typed = SUPPLIER.company.contains(wish.words, autoescape=True)  # SQLite lowers a to z.
        numbered = SUPPLIER.number_key.contains(key, autoescape=True)
        lines = lines.where(or_(named, as_typed, numbered))
    found = BY_NUMBER.read(ctx.db, lines, SupplierLine, after=wish.after, limit=wish.limit)
    return SupplierPage(*found)


@query("grocery.supplier.read", permission=READ)
def read_supplier(ctx: Context, wish: ChooseSupplier) -> SupplierCard:
    """Return a supplier with all that it sells."""
    chosen = (
        select(SUPPLIER, SHOP.currency)
        .join(SHOP, SHOP.id == SUPPLIER.shop_id)
        .where(SUPPLIER.shop_id == OUR_SHOP, SUPPLIER.public_id == wish.id)
    )
    found = ctx.db.execute(chosen).first()
    if found is None:
        raise purchasing.UnknownSupplier
    row, currency = found
    return SupplierCard(
        row.public_id,
        row.version,
        row.number,
        row.company,
        row.email,
        row.mobile,
        row.bank_name,
        row.account_ends,
        row.state,
        row.approved_on,
        row.lead_days,
        row.min_order_minor,
        currency,
        mine=row.created_by_id == ctx.actor.id,
        goods=_goods(ctx, row.id),
    )


@query("grocery.supplier.offers", permission=READ)
def offers_of_suppliers(ctx: Context, wish: Several) -> list[SupplierOffer]:
    """Return what several suppliers sell, by the ids of these."""
    chosen = _offers(SUPPLIER.public_id.label("supplier"))
    chosen = chosen.join(SUPPLIER, SUPPLIER.id == OFFER.supplier_id)
    chosen = chosen.where(SUPPLIER.shop_id == OUR_SHOP, SUPPLIER.public_id.in_(wish.ids))
    return [SupplierOffer(*row) for row in ctx.db.execute(chosen)]


def _goods(ctx: Context, supplier: int) -> list[Offered]:
    chosen = _offers().where(OFFER.supplier_id == supplier)
    return [Offered(*row) for row in ctx.db.execute(chosen)]


def _offers(*further: ColumnElement[Any]) -> Wanted:
    """Return the way to what is offered, by the name of the product, in the order of Offered."""
    return (
        select(
            VARIANT.public_id,
            VARIANT.code,
            ITEM.name,
            ITEM.base_unit,
            OFFER.supplier_code,
            OFFER.pack_qty,
            OFFER.price_minor,
            OFFER.min_packs,
            *further,
        )
        .join(VARIANT, VARIANT.id == OFFER.variant_id)
        .join(ITEM, ITEM.id == VARIANT.item_id)
        .order_by(ITEM.name_key, VARIANT.id)
    )
