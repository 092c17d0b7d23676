"""Shops of the town, with what each of them orders its goods by: brands and categories."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from townsquare.blocks.catalogue.results import Brand, Category, Shop, ShopCard
from townsquare.core.db import Model, Recorded


class ShopRow(Recorded, Model):
    """One shop of one service: its currency, its day, and how its prices are meant."""

    __tablename__ = "catalogue_shop"

    service: Mapped[str]
    code: Mapped[str]
    code_key: Mapped[str]
    name: Mapped[str]
    currency: Mapped[str]
    zone: Mapped[str]
    prices_include_tax: Mapped[bool]
    tax_region: Mapped[str] = mapped_column(default="")
    number_prefix: Mapped[str] = mapped_column(default="")
    paused_until: Mapped[datetime | None]
    about: Mapped[str] = mapped_column(default="")
    legal_notices: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        CheckConstraint("length(currency) = 3", name="currency"),
        Index("ix_catalogue_shop_service", "service", "id"),
    )

    def told(self) -> Shop:
        """Return what steps of every block need to know of this shop."""
        return Shop(
            self.id,
            self.public_id,
            self.service,
            self.code,
            self.name,
            self.currency,
            self.zone,
            self.prices_include_tax,
            self.tax_region,
            self.number_prefix,
        )

    def card(self) -> ShopCard:
        """Return what a page of this shop shows besides."""
        return ShopCard(
            self.told(), self.version, self.paused_until, self.about, self.legal_notices
        )


class BrandRow(Recorded, Model):
    """Under what name a maker sells."""

    __tablename__ = "catalogue_brand"

    shop_id: Mapped[int] = mapped_column(ForeignKey("catalogue_shop.id"))
    code: Mapped[str]
    code_key: Mapped[str]
    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="")

    def told(self) -> Brand:
        """Return what people get to know of this brand."""
        return Brand(self.id, self.public_id, self.version, self.code, self.name, self.description)


class CategoryRow(Recorded, Model):
    """A shelf of the shop, perhaps inside another one."""

    __tablename__ = "catalogue_category"

    shop_id: Mapped[int] = mapped_column(ForeignKey("catalogue_shop.id"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("catalogue_category.id"), index=True)
    code: Mapped[str]
    code_key: Mapped[str]
    name: Mapped[str]
    name_key: Mapped[str]
    description: Mapped[str] = mapped_column(default="")

    __table_args__ = (CheckConstraint("parent_id <> id", name="self"),)

    def told(self) -> Category:
        """Return what people get to know of this category."""
        return Category(
            self.id,
            self.public_id,
            self.version,
            self.code,
            self.name,
            self.description,
            self.parent_id,
        )


SHOP_CODE = Index("uq_catalogue_shop_code", ShopRow.code_key, unique=True)
BRAND_CODE = Index("uq_catalogue_brand_code", BrandRow.shop_id, BrandRow.code_key, unique=True)
CATEGORY_CODE = Index(
    "uq_catalogue_category_code", CategoryRow.shop_id, CategoryRow.code_key, unique=True
)
CATEGORY_NAME = Index(
    "uq_catalogue_category_name",
    CategoryRow.shop_id,
    CategoryRow.parent_id,
    CategoryRow.name_key,
    unique=True,
)
# No parent is no value, so that two categories at the top need a guard of their own.
TOP_NAME = Index(
    "uq_catalogue_category_top_name",
    CategoryRow.shop_id,
    CategoryRow.name_key,
    unique=True,
    sqlite_where=CategoryRow.parent_id.is_(None),
    postgresql_where=CategoryRow.parent_id.is_(None),
)
ITSELF = "ck_catalogue_category_self"
