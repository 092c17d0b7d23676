"""What things cost and how they are taxed; rows are added, triggers keep them as they are."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from townsquare.blocks.catalogue.results import PriceList, TaxClass
from townsquare.core.db import Model, Recorded
from townsquare.core.ids import new_id

LIST_KINDS = ("standard", "tier", "promotion", "markdown", "staff", "supplier")


class TaxClassRow(Model):
    """Things that are taxed alike."""

    __tablename__ = "catalogue_tax_class"

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("catalogue_shop.id"))
    code: Mapped[str]
    code_key: Mapped[str]
    name: Mapped[str]

    def told(self) -> TaxClass:
        """Return what people get to know of this class."""
        return TaxClass(self.id, self.code, self.name)


class TaxRateRow(Model):
    """The rate of a class in a region from a day on; with a kind of service, only for that."""

    __tablename__ = "catalogue_tax_rate"

    id: Mapped[int] = mapped_column(primary_key=True)
    class_id: Mapped[int] = mapped_column(ForeignKey("catalogue_tax_class.id"))
    region: Mapped[str]
    service_type: Mapped[str] = mapped_column(default="")
    ppm: Mapped[int]
    valid_from: Mapped[date]

    __table_args__ = (CheckConstraint("ppm BETWEEN 0 AND 1000000", name="ppm"),)


class PriceListRow(Recorded, Model):
    """Prices for everybody, for a tier, for a time, or for a lot that has to go."""

    __tablename__ = "catalogue_price_list"

    shop_id: Mapped[int] = mapped_column(ForeignKey("catalogue_shop.id"))
    code: Mapped[str]
    code_key: Mapped[str]
    name: Mapped[str] = mapped_column(default="")
    kind: Mapped[str]
    tier: Mapped[str | None]
    priority: Mapped[int] = mapped_column(default=0)

    __table_args__ = (
        CheckConstraint("kind IN " + str(LIST_KINDS), name="kind"),
        CheckConstraint("kind NOT IN ('tier', 'staff') OR tier IS NOT NULL", name="tier"),
    )

    def told(self) -> PriceList:
        """Return what people get to know of this list."""
        return PriceList(self.id, self.public_id, self.code, self.kind, self.tier, self.priority)


class PriceRow(Model):
    """One price from a moment on; the latest that has begun and not ended is in force."""

    __tablename__ = "catalogue_price"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_id)
    created_at: Mapped[datetime]
    list_id: Mapped[int] = mapped_column(ForeignKey("catalogue_price_list.id"))
    variant_id: Mapped[int] = mapped_column(ForeignKey("catalogue_variant.id"))
    # No foreign key: lots belong to the block of stock, which stands above this one.
    lot_id: Mapped[int | None]
    amount_minor: Mapped[int]
    per_qty: Mapped[int] = mapped_column(default=1)
    min_qty: Mapped[int] = mapped_column(default=1)
    valid_from: Mapped[datetime]
    valid_to: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        CheckConstraint("amount_minor >= 0", name="amount"),
        CheckConstraint("per_qty > 0", name="per_qty"),
        CheckConstraint("min_qty >= 1", name="min_qty"),
        CheckConstraint("valid_to > valid_from", name="valid_to"),
        # All that tells which price is in force, so that a line of a list looks in one place.
        Index(
            "ix_catalogue_price_variant",
            *("variant_id", "list_id", "valid_from", "lot_id", "min_qty", "valid_to"),
            *("amount_minor", "per_qty"),
        ),
    )


CLASS_CODE = Index(
    "uq_catalogue_tax_class_code", TaxClassRow.shop_id, TaxClassRow.code_key, unique=True
)
RATE_START = Index(
    "uq_catalogue_tax_rate_start",
    TaxRateRow.class_id,
    TaxRateRow.region,
    TaxRateRow.service_type,
    TaxRateRow.valid_from,
    unique=True,
)
LIST_CODE = Index(
    "uq_catalogue_price_list_code", PriceListRow.shop_id, PriceListRow.code_key, unique=True
)
PRICE_START = Index(
    "uq_catalogue_price_start",
    PriceRow.list_id,
    PriceRow.variant_id,
    PriceRow.min_qty,
    PriceRow.valid_from,
    unique=True,
    sqlite_where=PriceRow.lot_id.is_(None),
    postgresql_where=PriceRow.lot_id.is_(None),
)
# Two lots of one variant may be marked down at the same moment.
LOT_PRICE_START = Index(
    "uq_catalogue_price_lot_start",
    PriceRow.list_id,
    PriceRow.variant_id,
    PriceRow.lot_id,
    PriceRow.min_qty,
    PriceRow.valid_from,
    unique=True,
    sqlite_where=PriceRow.lot_id.is_not(None),
    postgresql_where=PriceRow.lot_id.is_not(None),
)
OF_ANOTHER_SHOP = "catalogue_price_of_another_shop"
NOT_FOR_A_LOT = "catalogue_price_needs_a_lot"
