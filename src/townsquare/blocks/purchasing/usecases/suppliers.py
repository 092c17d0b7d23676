"""Suppliers: entered by one person, approved by another, and what they offer."""

from typing import TypedDict, Unpack

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from townsquare.blocks import catalogue
from townsquare.blocks.purchasing import rules
from townsquare.blocks.purchasing.errors import (
    BadAccount,
    BadPurchase,
    BadSupplier,
    SelfApproval,
    SupplierTaken,
    UnknownSupplier,
    WrongState,
)
from townsquare.blocks.purchasing.events import OfferSet, SupplierChanged
from townsquare.blocks.purchasing.models import ONE_SUPPLIER, TWO_PEOPLE, OfferRow, SupplierRow
from townsquare.blocks.purchasing.results import Contact, Offer, Supplier
from townsquare.core.columns import COLUMNS
from townsquare.core.db import breaks
from townsquare.core.errors import StaleVersion, UnknownField
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context

ENDS = 4  # So many signs of a bank account are shown.
NO_CONTACT = Contact()


class SupplierChanges(TypedDict, total=False):
    """What may change of a supplier; its number stays."""

    company: str
    email: str
    mobile: str
    bank_name: str
    bank_account: str
    lead_days: int
    min_order_minor: int


def apply_supplier(
    ctx: Context,
    shop: catalogue.Shop,
    *,
    number: str,
    company: str,
    contact: Contact = NO_CONTACT,
    lead_days: int = 0,
    min_order_minor: int = 0,
) -> Supplier:
    """Enter a supplier, who waits for the approval of somebody else."""
    _refuse_bad(number, company, contact)
    row = SupplierRow(
        public_id=new_id(),
        created_at=ctx.now(),
        version=1,
        shop_id=shop.id,
        number=number,
        number_key=rules.code_key(number),
        company=company,
        email=contact.email,
        mobile=contact.mobile,
        bank_name=contact.bank_name,
        state=rules.APPLIED,
        created_by_id=ctx.actor.id,
        lead_days=lead_days,
        min_order_minor=min_order_minor,
    )
    _seal_account(ctx, row, contact.bank_account)
    ctx.db.add(row)
    try:
        ctx.db.flush()
    except IntegrityError as error:
        if breaks(error, ONE_SUPPLIER):
            raise SupplierTaken(number=number) from error
        raise
    ctx.emit(SupplierChanged(row.public_id, row.number, row.state))
    return row.told()


def revise_supplier(
    ctx: Context,
    shop: catalogue.Shop,
    supplier: str,
    *,
    version: int | None = None,
    **changes: Unpack[SupplierChanges],
) -> Supplier:
    """Change the named facts of a supplier.

    With another bank account it waits for approval again, by somebody else than who entered that.
    """
    if unknown := sorted(changes.keys() - SupplierChanges.__annotations__.keys()):
        raise UnknownField(names=", ".join(unknown))
    row = supplier_row(ctx, shop, supplier, lock=True)
    if version not in {None, row.version}:
        raise StaleVersion
    account = changes.pop("bank_account", None)
    for field, value in changes.items():
        setattr(row, field, value)
    contact = Contact(row.email, row.mobile, row.bank_name)
    _refuse_bad(row.number, row.company, contact)
    if account is not None and (account and rules.account_number(account)) != _known(ctx, row):
        _seal_account(ctx, row, account)
        row.state, row.created_by_id = rules.APPLIED, ctx.actor.id
        row.approved_on = row.approved_by_id = None
    row.version += 1
    return _told(ctx, row)


def approve_supplier(ctx: Context, shop: catalogue.Shop, supplier: str) -> Supplier:
    """Let a shop buy from a supplier; whoever has entered it cannot say so."""
    row = _turned(ctx, shop, supplier, to=rules.APPROVED)
    row.approved_on, row.approved_by_id = rules.day_of(ctx.now(), shop.zone), ctx.actor.id
    try:
        ctx.db.flush()
    except IntegrityError as error:
        if breaks(error, TWO_PEOPLE):
            raise SelfApproval from error
        raise
    return _told(ctx, row)


def suspend_supplier(ctx: Context, shop: catalogue.Shop, supplier: str) -> Supplier:
    """Buy nothing more from a supplier until somebody approves it again."""
    return _told(ctx, _turned(ctx, shop, supplier, to=rules.SUSPENDED))


def refuse_supplier(ctx: Context, shop: catalogue.Shop, supplier: str) -> Supplier:
    """Turn down a supplier who has applied."""
    return _told(ctx, _turned(ctx, shop, supplier, to=rules.REFUSED))


def offer_goods(ctx: Context, shop: catalogue.Shop, supplier: str, *, offer: Offer) -> Offer:
    """Set in what packs and at what price a supplier sells a variant; what is ordered stays."""
    if offer.pack_qty <= 0 or offer.price_minor < 0 or offer.min_packs <= 0:
        raise BadPurchase
    seller = supplier_row(ctx, shop, supplier, lock=True)
    row = ctx.db.scalar(
        select(OfferRow).filter_by(supplier_id=seller.id, variant_id=offer.variant_id)
    )
    if row is None:
        row = OfferRow(supplier_id=seller.id, variant_id=offer.variant_id)
        ctx.db.add(row)
    row.supplier_code, row.pack_qty = offer.supplier_code, offer.pack_qty
    row.price_minor, row.min_packs = offer.price_minor, offer.min_packs
    ctx.db.flush()
    told = (offer.variant_id, offer.supplier_code, offer.pack_qty, offer.price_minor)
    ctx.emit(OfferSet(seller.public_id, *told))
    return row.told()


def supplier_row(
    ctx: Context, shop: catalogue.Shop, supplier: str, *, lock: bool = False
) -> SupplierRow:
    """Return a supplier of this shop; locked, nobody else approves or suspends it meanwhile."""
    chosen = select(SupplierRow).filter_by(shop_id=shop.id, public_id=supplier)
    if lock:
        chosen = chosen.with_for_update(key_share=True)
        chosen = chosen.execution_options(populate_existing=True)
    row = ctx.db.scalar(chosen)
    if row is None:
        raise UnknownSupplier
    return row


def _turned(ctx: Context, shop: catalogue.Shop, supplier: str, *, to: str) -> SupplierRow:
    row = supplier_row(ctx, shop, supplier, lock=True)
    if row.state not in rules.SUPPLIER_TURNS[to]:
        raise WrongState(state=row.state)
    row.state, row.version = to, row.version + 1
    return row


def _told(ctx: Context, row: SupplierRow) -> Supplier:
    ctx.db.flush()
    ctx.emit(SupplierChanged(row.public_id, row.number, row.state))
    return row.told()


def _known(ctx: Context, row: SupplierRow) -> str:
    if row.bank_account is None:
        return ""
    return ctx.engine(COLUMNS).open(row.bank_account, row.place).decode()


def _seal_account(ctx: Context, row: SupplierRow, typed: str) -> None:
    if not typed:
        row.bank_account, row.account_ends = None, ""
        return
    number = rules.account_number(typed)
    if number is None:
        raise BadAccount
    row.bank_account = ctx.engine(COLUMNS).seal(number.encode(), row.place)
    row.account_ends = number[-ENDS:]


def _refuse_bad(number: str, company: str, contact: Contact) -> None:
    for text, most in (
        (number, rules.MOST_NUMBER),
        (company, rules.MOST_COMPANY),
        (f"+{contact.bank_name}", rules.MOST_BANK + 1),
        (f"+{contact.mobile}", rules.MOST_NUMBER + 1),
    ):
        if not text.strip() or len(text) > most:
            raise BadSupplier
    if not rules.is_address(contact.email):
        raise BadSupplier
