"""Suppliers: entered by one person, approved by another, with what they sell."""

from typing import Any

from townsquare.blocks import catalogue, purchasing
from townsquare.core.usecase import Context, use_case
from townsquare.services.grocery.commands.suppliers import (
    AddSupplier,
    ApproveSupplier,
    OfferGoods,
    RefuseSupplier,
    ReviseSupplier,
    SuspendSupplier,
)
from townsquare.services.grocery.models.ours import our_shop
from townsquare.services.grocery.results.suppliers import WrittenOffer, WrittenSupplier

EDIT, APPROVE = "grocery.supplier.edit", "grocery.supplier.approve"
TERMS = ("company", "email", "mobile", "bank_name", "bank_account", "lead_days")


@use_case("grocery.supplier.add", permission=EDIT)
def add_supplier(ctx: Context, wish: AddSupplier) -> WrittenSupplier:
    """Enter a supplier, who waits for the approval of somebody else."""
    shop = our_shop(ctx)
    contact = purchasing.Contact(wish.email, wish.mobile, wish.bank_name, wish.bank_account)
    entered = purchasing.apply_supplier(
        ctx,
        shop,
        number=wish.number,
        company=wish.company,
        contact=contact,
        lead_days=wish.lead_days,
        min_order_minor=_amount(shop, wish.min_order),
    )
    return _written(entered)


@use_case("grocery.supplier.revise", permission=EDIT)
def revise_supplier(ctx: Context, wish: ReviseSupplier) -> WrittenSupplier:
    """Change what is named of a supplier; another bank account needs to be approved again."""
    shop, named = our_shop(ctx), wish.model_fields_set
    changes: dict[str, Any] = {name: getattr(wish, name) for name in TERMS if name in named}
    if "min_order" in named:
        changes["min_order_minor"] = _amount(shop, wish.min_order)
    told = {"version": wish.version, **changes}
    return _written(purchasing.revise_supplier(ctx, shop, wish.id, **told))


@use_case("grocery.supplier.approve", permission=APPROVE)
def approve_supplier(ctx: Context, wish: ApproveSupplier) -> WrittenSupplier:
    """Let the shop buy from a supplier that somebody else has entered."""
    return _written(purchasing.approve_supplier(ctx, our_shop(ctx), wish.id))


@use_case("grocery.supplier.suspend", permission=APPROVE)
def suspend_supplier(ctx: Context, wish: SuspendSupplier) -> WrittenSupplier:
    """Buy nothing more from a supplier until somebody approves it again."""
    return _written(purchasing.suspend_supplier(ctx, our_shop(ctx), wish.id))


@use_case("grocery.supplier.refuse", permission=APPROVE)
def refuse_supplier(ctx: Context, wish: RefuseSupplier) -> WrittenSupplier:
    """Turn down a supplier who waits for approval."""
    return _written(purchasing.refuse_supplier(ctx, our_shop(ctx), wish.id))


@use_case("grocery.supplier.offer", permission=EDIT)
def offer_goods(ctx: Context, wish: OfferGoods) -> WrittenOffer:
    """Set in what packs and at what price a supplier sells something; what is ordered stays."""
    shop = our_shop(ctx)
    variant = catalogue.find_scanned(ctx, shop, wish.product)
    price = catalogue.price_typed(wish.price, shop.currency)
    offer = purchasing.Offer(variant.id, wish.supplier_code, wish.pack_qty, price, wish.min_packs)
    kept = purchasing.offer_goods(ctx, shop, wish.id, offer=offer)
    return WrittenOffer(
        variant.public_id, kept.pack_qty, kept.price_minor, kept.min_packs, shop.currency
    )


def _amount(shop: catalogue.Shop, typed: str | None) -> int:
    return catalogue.price_typed(typed, shop.currency) if typed else 0


def _written(told: purchasing.Supplier) -> WrittenSupplier:
    return WrittenSupplier(
        told.id, told.version, told.number, told.company, told.state, told.account_ends
    )
