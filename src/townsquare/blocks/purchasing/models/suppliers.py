"""Suppliers, what they offer, and what people wish to be bought."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from townsquare.blocks.purchasing.results import Offer, Request, Supplier
from townsquare.blocks.purchasing.rules import REQUEST_STATES, SUPPLIER_STATES
from townsquare.core.columns import SEALED, Place
from townsquare.core.db import Model, Recorded


class SupplierRow(Recorded, Model):
    """Somebody a shop buys from; approved by another person than the one who entered it."""

    __tablename__ = "purchasing_supplier"

    shop_id: Mapped[int] = mapped_column(ForeignKey("catalogue_shop.id"))
    number: Mapped[str]
    number_key: Mapped[str]
    company: Mapped[str]
    email: Mapped[str] = mapped_column(default="")
    mobile: Mapped[str] = mapped_column(default="")
    bank_name: Mapped[str] = mapped_column(default="")
    bank_account: Mapped[bytes | None] = mapped_column(info=SEALED)
    account_ends: Mapped[str] = mapped_column(default="")
    state: Mapped[str]
    created_by_id: Mapped[int]
    approved_on: Mapped[date | None]
    approved_by_id: Mapped[int | None]
    lead_days: Mapped[int] = mapped_column(default=0)
    min_order_minor: Mapped[int] = mapped_column(default=0)

    __table_args__ = (
        CheckConstraint("state IN " + str(SUPPLIER_STATES), name="state"),
        CheckConstraint("approved_by_id <> created_by_id", name="two_people"),
        CheckConstraint(
            "state NOT IN ('approved', 'suspended')"
            " OR (approved_by_id IS NOT NULL AND approved_on IS NOT NULL)",
            name="approved",
        ),
        CheckConstraint("lead_days >= 0 AND min_order_minor >= 0", name="terms"),
    )

    @property
    def place(self) -> Place:
        """Return where the sealed bank account belongs."""
        return Place("purchasing_supplier", "bank_account", self.public_id)

    @property
    def payable(self) -> str:
        """Return the account of the ledger that says what this supplier is owed."""
        return f"payable:{self.number}"

    def told(self) -> Supplier:
        """Return what people get to know of this supplier."""
        return Supplier(
            row=self.id,
            id=self.public_id,
            version=self.version,
            number=self.number,
            company=self.company,
            email=self.email,
            mobile=self.mobile,
            bank_name=self.bank_name,
            account_ends=self.account_ends,
            state=self.state,
            approved_on=self.approved_on,
            lead_days=self.lead_days,
            min_order_minor=self.min_order_minor,
        )


class OfferRow(Model):
    """What a supplier sells, in packs of so much of the variant's base unit."""

    __tablename__ = "purchasing_supplier_item"

    id: Mapped[int] = mapped_column(primary_key=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("purchasing_supplier.id"))
    variant_id: Mapped[int] = mapped_column(ForeignKey("catalogue_variant.id"), index=True)
    supplier_code: Mapped[str] = mapped_column(default="")
    pack_qty: Mapped[int]
    price_minor: Mapped[int]
    min_packs: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        CheckConstraint("pack_qty > 0 AND price_minor >= 0 AND min_packs > 0", name="pack"),
        UniqueConstraint("supplier_id", "variant_id"),
    )

    def told(self) -> Offer:
        """Return what people get to know of this offer."""
        return Offer(
            self.variant_id, self.supplier_code, self.pack_qty, self.price_minor, self.min_packs
        )


class RequestRow(Recorded, Model):
    """A wish that goods are bought; it becomes a line of an order."""

    __tablename__ = "purchasing_request"

    shop_id: Mapped[int] = mapped_column(ForeignKey("catalogue_shop.id"))
    code: Mapped[str]
    code_key: Mapped[str]
    variant_id: Mapped[int] = mapped_column(ForeignKey("catalogue_variant.id"))
    qty: Mapped[int]
    wanted_on: Mapped[date | None]
    reason: Mapped[str] = mapped_column(default="")
    state: Mapped[str]

    __table_args__ = (
        CheckConstraint("state IN " + str(REQUEST_STATES), name="state"),
        CheckConstraint("qty > 0", name="qty"),
    )

    def told(self) -> Request:
        """Return what people get to know of this request."""
        return Request(
            self.public_id,
            self.code,
            self.variant_id,
            self.qty,
            self.wanted_on,
            self.reason,
            self.state,
        )


ONE_SUPPLIER = Index(
    "uq_purchasing_supplier_number", SupplierRow.shop_id, SupplierRow.number_key, unique=True
)

ONE_REQUEST = Index(
    "uq_purchasing_request_code", RequestRow.shop_id, RequestRow.code_key, unique=True
)

TWO_PEOPLE = "ck_purchasing_supplier_two_people"
