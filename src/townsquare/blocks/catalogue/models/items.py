"""What a shop sells: items, their variants, and what is known of each variant."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from townsquare.blocks.catalogue.results import ALLERGENS, Fact, Item, Unit, Variant
from townsquare.core.db import Model, Recorded

KINDS = ("goods", "ingredient", "service", "fee")
BASE_UNITS = ("g", "ml", "piece")
LOT_POLICIES = ("none", "lot", "serial")
STATUSES = ("draft", "active", "paused", "retired")
SOLD_BY = ("piece", "weight", "volume")
BACKORDERS = ("no", "backorder", "preorder")
SCHEMES = ("gtin", "sku", "isbn", "supplier")
LEVELS = ("contains", "traces")
STOP_SOURCES = ("manual", "schedule", "stock")


class ItemRow(Recorded, Model):
    """A thing of the catalogue; what is sold of it are its variants."""

    __tablename__ = "catalogue_item"

    shop_id: Mapped[int] = mapped_column(ForeignKey("catalogue_shop.id"))
    code: Mapped[str]
    code_key: Mapped[str]
    kind: Mapped[str]
    name: Mapped[str]
    # Where it stands in a list; the database itself makes it, so that no two spellings differ.
    name_key: Mapped[str] = mapped_column(Computed("lower(name)"))
    description: Mapped[str] = mapped_column(default="")
    brand_id: Mapped[int | None] = mapped_column(ForeignKey("catalogue_brand.id"), index=True)
    category_id: Mapped[int | None] = mapped_column(ForeignKey("catalogue_category.id"), index=True)
    base_unit: Mapped[str]
    unit_label: Mapped[str] = mapped_column(default="")
    tracked: Mapped[bool] = mapped_column(default=True)
    lot_policy: Mapped[str] = mapped_column(default="none")
    perishable: Mapped[bool] = mapped_column(default=False)
    tax_class_id: Mapped[int] = mapped_column(ForeignKey("catalogue_tax_class.id"), index=True)
    hs_code: Mapped[str] = mapped_column(default="")
    origin_country: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default="active")
    attributes: Mapped[dict[str, Any]] = mapped_column(default=dict)

    __table_args__ = (
        CheckConstraint("kind IN " + str(KINDS), name="kind"),
        CheckConstraint("base_unit IN " + str(BASE_UNITS), name="base_unit"),
        CheckConstraint("lot_policy IN " + str(LOT_POLICIES), name="lot_policy"),
        CheckConstraint("status IN " + str(STATUSES), name="status"),
        CheckConstraint("NOT perishable OR lot_policy = 'lot'", name="perishable"),
        CheckConstraint("tracked OR lot_policy = 'none'", name="tracked"),
    )

    def told(self) -> Item:
        """Return what people get to know of this item."""
        return Item(
            id=self.id,
            public_id=self.public_id,
            version=self.version,
            code=self.code,
            kind=self.kind,
            name=self.name,
            description=self.description,
            brand_id=self.brand_id,
            category_id=self.category_id,
            base_unit=self.base_unit,
            unit_label=self.unit_label,
            tracked=self.tracked,
            lot_policy=self.lot_policy,
            perishable=self.perishable,
            tax_class_id=self.tax_class_id,
            hs_code=self.hs_code,
            origin_country=self.origin_country,
            status=self.status,
            attributes=self.attributes,
        )


class VariantRow(Recorded, Model):
    """One size or make of an item: what is priced, stored and sold."""

    __tablename__ = "catalogue_variant"

    shop_id: Mapped[int] = mapped_column(ForeignKey("catalogue_shop.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("catalogue_item.id"), index=True)
    code: Mapped[str]
    code_key: Mapped[str]
    name: Mapped[str] = mapped_column(default="")
    size: Mapped[str] = mapped_column(default="")
    content_qty: Mapped[int | None]
    content_unit: Mapped[str | None]
    weight_g: Mapped[int | None]
    sold_by: Mapped[str]
    tolerance_ppm: Mapped[int] = mapped_column(default=0)
    max_per_order: Mapped[int | None]
    backorder: Mapped[str] = mapped_column(default="no")
    status: Mapped[str] = mapped_column(default="active")

    __table_args__ = (
        CheckConstraint("content_qty > 0", name="content_qty"),
        CheckConstraint("content_unit IN " + str(BASE_UNITS), name="content_unit"),
        CheckConstraint("(content_qty IS NULL) = (content_unit IS NULL)", name="content"),
        CheckConstraint("weight_g > 0", name="weight_g"),
        CheckConstraint("sold_by IN " + str(SOLD_BY), name="sold_by"),
        CheckConstraint("tolerance_ppm BETWEEN 0 AND 1000000", name="tolerance_ppm"),
        CheckConstraint("max_per_order > 0", name="max_per_order"),
        CheckConstraint("backorder IN " + str(BACKORDERS), name="backorder"),
        CheckConstraint("status IN " + str(STATUSES), name="status"),
    )

    def told(self, item: ItemRow) -> Variant:
        """Return what people get to know of this variant, with what its item says of it."""
        return Variant(
            id=self.id,
            public_id=self.public_id,
            version=self.version,
            shop_id=self.shop_id,
            item_id=self.item_id,
            code=self.code,
            item_name=item.name,
            name=self.name,
            size=self.size,
            content_qty=self.content_qty,
            content_unit=self.content_unit,
            weight_g=self.weight_g,
            sold_by=self.sold_by,
            tolerance_ppm=self.tolerance_ppm,
            max_per_order=self.max_per_order,
            backorder=self.backorder,
            status=self.status,
            kind=item.kind,
            base_unit=item.base_unit,
            unit_label=item.unit_label,
            tracked=item.tracked,
            lot_policy=item.lot_policy,
            perishable=item.perishable,
            tax_class_id=item.tax_class_id,
            item_status=item.status,
        )


class ListedRow(Model):
    """What is sold, where it stands in a list by name, and what a line of that list says of it.

    One place instead of two rows far apart. Triggers of the migration keep it: no code of ours
    writes here. A row is there while variant and item are active.
    """

    __tablename__ = "catalogue_listed"

    # In this order the embedded database keeps the rows themselves, so that a page lies together.
    shop_id: Mapped[int] = mapped_column(primary_key=True)
    name_key: Mapped[str] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(primary_key=True)
    variant_id: Mapped[int] = mapped_column(
        ForeignKey("catalogue_variant.id", ondelete="CASCADE"), primary_key=True
    )
    public_id: Mapped[str]
    code: Mapped[str]
    name: Mapped[str]
    size: Mapped[str]
    base_unit: Mapped[str]
    content_qty: Mapped[int | None]
    content_unit: Mapped[str | None]
    brand_id: Mapped[int | None]
    category_id: Mapped[int | None]

    __table_args__ = (
        Index("uq_catalogue_listed_variant", "variant_id", unique=True),
        Index("ix_catalogue_listed_brand", "brand_id", "name_key", "item_id"),
        Index("ix_catalogue_listed_category", "category_id", "name_key", "item_id"),
        {"sqlite_with_rowid": False},
    )


class IdentifierRow(Model):
    """A number under which others know a variant; one variant may have several of a scheme."""

    __tablename__ = "catalogue_identifier"

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("catalogue_shop.id"))
    variant_id: Mapped[int] = mapped_column(ForeignKey("catalogue_variant.id"), index=True)
    scheme: Mapped[str]
    value: Mapped[str]
    value_key: Mapped[str]

    __table_args__ = (CheckConstraint("scheme IN " + str(SCHEMES), name="scheme"),)


class UnitRow(Model):
    """What a variant is also counted in: a case of 12 has 12 of its base unit."""

    __tablename__ = "catalogue_unit"

    id: Mapped[int] = mapped_column(primary_key=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("catalogue_variant.id"))
    code: Mapped[str]
    code_key: Mapped[str]
    base_qty: Mapped[int]

    __table_args__ = (CheckConstraint("base_qty > 0", name="base_qty"),)

    def told(self) -> Unit:
        """Return the unit and how much of the base unit it holds."""
        return Unit(self.id, self.variant_id, self.code, self.base_qty)


class AllergenRow(Model):
    """One of the fourteen allergens, and whether it is in there or may be."""

    __tablename__ = "catalogue_allergen"

    id: Mapped[int] = mapped_column(primary_key=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("catalogue_variant.id"))
    allergen: Mapped[str]
    level: Mapped[str]

    __table_args__ = (
        CheckConstraint("allergen IN " + str(ALLERGENS), name="allergen"),
        CheckConstraint("level IN " + str(LEVELS), name="level"),
    )


class FactRow(Model):
    """What somebody says of a variant, such as its fat per 100 g, and who says so."""

    __tablename__ = "catalogue_fact"

    id: Mapped[int] = mapped_column(primary_key=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("catalogue_variant.id"))
    code: Mapped[str]
    value: Mapped[str]
    unit: Mapped[str] = mapped_column(default="")
    source: Mapped[str] = mapped_column(default="")

    def told(self) -> Fact:
        """Return what is said, and by whom."""
        return Fact(self.code, self.value, self.unit, self.source)


class StopRow(Model):
    """A variant on the board of what is sold out; without an end until somebody resumes it."""

    __tablename__ = "catalogue_stop"

    id: Mapped[int] = mapped_column(primary_key=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("catalogue_variant.id"), index=True)
    starts_at: Mapped[datetime]
    until: Mapped[datetime | None]
    source: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        CheckConstraint("source IN " + str(STOP_SOURCES), name="source"),
        CheckConstraint("until >= starts_at", name="until"),
    )


ITEM_CODE = Index("uq_catalogue_item_code", ItemRow.shop_id, ItemRow.code_key, unique=True)
# Lists of goods, by name and by age, begin anywhere in one of these and read no others.
ITEM_NAME = Index("ix_catalogue_item_name", ItemRow.shop_id, ItemRow.name_key, ItemRow.id)
VARIANT_AGE = Index("ix_catalogue_variant_age", VariantRow.shop_id, VariantRow.public_id)
VARIANT_CODE = Index(
    "uq_catalogue_variant_code", VariantRow.shop_id, VariantRow.code_key, unique=True
)
IDENTIFIER = Index(
    "uq_catalogue_identifier",
    IdentifierRow.shop_id,
    IdentifierRow.scheme,
    IdentifierRow.value_key,
    unique=True,
)
UNIT_CODE = Index("uq_catalogue_unit_code", UnitRow.variant_id, UnitRow.code_key, unique=True)
ALLERGEN = Index("uq_catalogue_allergen", AllergenRow.variant_id, AllergenRow.allergen, unique=True)
FACT = Index("uq_catalogue_fact", FactRow.variant_id, FactRow.code, FactRow.source, unique=True)
ONE_OPEN_STOP = Index(
    "uq_catalogue_stop_open",
    StopRow.variant_id,
    StopRow.source,
    unique=True,
    sqlite_where=StopRow.until.is_(None),
    postgresql_where=StopRow.until.is_(None),
)
