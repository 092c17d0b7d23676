"""A delivery of new goods: what is known of its codes beforehand, and its rows until written."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, insert, select

from townsquare.blocks.catalogue.commands import NewItem, NewPrice, NewVariant
from townsquare.blocks.catalogue.errors import (
    CodeTaken,
    IdentifierTaken,
    PriceStartTaken,
    UnknownBrand,
    UnknownCategory,
    UnknownPriceList,
    UnknownTaxClass,
)
from townsquare.blocks.catalogue.models.items import (
    AllergenRow,
    FactRow,
    IdentifierRow,
    ItemRow,
    UnitRow,
    VariantRow,
)
from townsquare.blocks.catalogue.models.prices import PriceListRow, PriceRow, TaxClassRow
from townsquare.blocks.catalogue.models.shops import BrandRow, CategoryRow
from townsquare.blocks.catalogue.results import Shop
from townsquare.blocks.catalogue.rules import texts
from townsquare.blocks.catalogue.usecases import shapes
from townsquare.blocks.catalogue.usecases.found import ids_by_key, parts
from townsquare.core.errors import DomainError
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context

Values = dict[str, Any]
REFERENCES: Mapping[str, tuple[type[Any], type[DomainError]]] = {
    "brand": (BrandRow, UnknownBrand),
    "category": (CategoryRow, UnknownCategory),
    "tax_class": (TaxClassRow, UnknownTaxClass),
}
OF_VARIANTS = (IdentifierRow, UnitRow, AllergenRow, FactRow, PriceRow)


@dataclass
class Known:
    """What the shop has already, and what the goods before this one have taken."""

    brands: Mapping[str, int]
    categories: Mapping[str, int]
    classes: Mapping[str, int]
    lists: Mapping[str, int]
    taken: set[tuple[str, str]]
    _now: set[tuple[str, str]] = field(default_factory=set)

    def take(self, kind: str, key: str) -> bool:
        """Tell whether this is still free, and take it."""
        free = (kind, key) not in self.taken and (kind, key) not in self._now
        self._now.add((kind, key))
        return free

    @contextmanager
    def trying(self) -> Iterator[None]:
        """Keep what was taken inside, or free it where it raises."""
        self._now = set()
        try:
            yield
            self.taken |= self._now
        finally:
            self._now = set()


@dataclass
class Rows:
    """What is to be written; a variant names its item, the rest its variant, by public id."""

    shop_id: int
    at: datetime
    items: list[Values] = field(default_factory=list)
    variants: list[Values] = field(default_factory=list)
    rest: dict[type[Any], list[Values]] = field(
        default_factory=lambda: {kind: [] for kind in OF_VARIANTS}
    )

    def extend(self, other: "Rows") -> None:
        """Take over the rows of one more item."""
        self.items += other.items
        self.variants += other.variants
        for kind, rows in other.rest.items():
            self.rest[kind] += rows

    def add_item(self, new: NewItem, *, known: Known) -> Values:
        """Add the row of an item and return it; refuse what is taken and what does not exist."""
        values = shapes.item_values(new)
        if not known.take("item", values["code_key"]):
            raise CodeTaken(taken=values["code"])
        refers = refers_to(known, brand=new.brand, category=new.category, tax_class=new.tax_class)
        values |= {**self._recorded(), **refers}
        self.items.append(values)
        return values

    def add_variant(self, new: NewVariant, *, item: Mapping[str, Any], known: Known) -> None:
        """Add the rows of a variant of this item, which may have no row id yet."""
        values = shapes.variant_values(new, item["base_unit"])
        if not known.take("variant", values["code_key"]):
            raise CodeTaken(taken=values["code"])
        values |= {**self._recorded(), "item": item.get("public_id"), "item_id": item.get("id")}
        self.variants.append(values)
        self._rest(new, values["public_id"], known=known)

    def _rest(self, new: NewVariant, variant: str, *, known: Known) -> None:
        for given in new.identifiers:
            told = shapes.identifier_values(given.value, scheme=given.scheme, short=given.short)
            if not known.take(told["scheme"], told["value_key"]):
                raise IdentifierTaken(value=told["value"])
            self._add(IdentifierRow, variant, {"shop_id": self.shop_id, **told})
        for code, base_qty in new.units.items():
            told = shapes.unit_values(code, base_qty)
            if not known.take(f"unit of {variant}", told["code_key"]):
                raise CodeTaken(taken=code)
            self._add(UnitRow, variant, told)
        for told in shapes.allergen_values(new.allergens):
            self._add(AllergenRow, variant, told)
        for fact in {(fact.code, fact.source): fact for fact in new.facts}.values():
            self._add(FactRow, variant, shapes.fact_values(fact))
        for price in new.prices:
            self._price(price, variant, known=known)

    def _price(self, price: NewPrice, variant: str, *, known: Known) -> None:
        key = texts.code_key(price.price_list)
        if key not in known.lists or price.lot_id is not None:  # New goods have no lot yet.
            raise UnknownPriceList(price_list=price.price_list)
        told = shapes.price_values(price, self.at)
        starts = f"{key} {told['min_qty']} {told['valid_from']}"
        if not known.take(f"price of {variant}", starts):
            raise PriceStartTaken
        self._add(PriceRow, variant, {"list_id": known.lists[key], **told})

    def _add(self, kind: type[Any], variant: str, values: Values) -> None:
        self.rest[kind].append({"variant": variant, **values})

    def _recorded(self) -> Values:
        recorded = {"public_id": new_id(), "created_at": self.at, "version": 1}
        return {**recorded, "shop_id": self.shop_id}


def refers_to(
    known: Known, *, brand: str | None, category: str | None, tax_class: str
) -> dict[str, int | None]:
    """Return what an item refers to by row id; refuse a code that the shop does not have."""
    return {
        "brand_id": _one(known.brands, brand, UnknownBrand(brand=brand)),
        "category_id": _one(known.categories, category, UnknownCategory(category=category)),
        "tax_class_id": _one(known.classes, tax_class, UnknownTaxClass(tax_class=tax_class)),
    }


def reference_ids(
    ctx: Context, shop: Shop, changes: Mapping[str, str | None]
) -> dict[str, int | None]:
    """Return the columns of those references of an item that change, by their codes."""
    found: dict[str, int | None] = {}
    for name, code in changes.items():
        kind, unknown = REFERENCES[name]
        if code is None and name == "tax_class":
            raise UnknownTaxClass(tax_class="")
        ids = ids_by_key(ctx, kind, shop=shop, codes=[code] if code is not None else [])
        found[f"{name}_id"] = _one(ids, code, unknown(**{name: code}))
    return found


def known_to(
    ctx: Context, shop: Shop, items: Sequence[NewItem], *, variants: Sequence[NewVariant]
) -> Known:
    """Return what the shop has of all that these goods name: one statement for each kind."""

    def ids(
        kind: type[Any], codes: Iterable[str | None], only: ColumnElement[bool] | None = None
    ) -> dict[str, int]:
        named = [code for code in codes if code is not None]
        return ids_by_key(ctx, kind, shop=shop, codes=named, only=only)

    lists = [price.price_list for variant in variants for price in variant.prices]
    taken = {("item", key) for key in ids(ItemRow, [new.code for new in items])}
    taken |= {("variant", key) for key in ids(VariantRow, [new.code for new in variants])}
    return Known(
        brands=ids(BrandRow, [new.brand for new in items]),
        categories=ids(CategoryRow, [new.category for new in items]),
        classes=ids(TaxClassRow, [new.tax_class for new in items]),
        lists=ids(PriceListRow, lists, PriceListRow.kind != "markdown"),
        taken=taken | _identifiers(ctx, shop, variants),
    )


def write_rows(ctx: Context, rows: Rows) -> tuple[dict[str, int], dict[str, int]]:
    """Write all of it, each table at once; return the ids of items and of variants by code."""
    items = _insert(ctx, ItemRow, rows.items)
    for row in rows.variants:
        item = row.pop("item")
        row["item_id"] = row["item_id"] or items[item]
    variants = _insert(ctx, VariantRow, rows.variants)
    for kind, of_variants in rows.rest.items():
        for row in of_variants:
            row["variant_id"] = variants[row.pop("variant")]
        if of_variants:
            ctx.db.execute(insert(kind).returning(kind.id), of_variants).all()
    return (
        {row["code"]: items[row["public_id"]] for row in rows.items},
        {row["code"]: variants[row["public_id"]] for row in rows.variants},
    )


def _insert(ctx: Context, kind: type[Any], rows: list[Values]) -> dict[str, int]:
    """Write rows and return their ids by public id."""
    if not rows:
        return {}
    made = ctx.db.execute(insert(kind).returning(kind.public_id, kind.id), rows)
    return dict(made.all())


def _one(ids: Mapping[str, int], code: str | None, unknown: DomainError) -> int | None:
    if code is None:
        return None
    key = texts.code_key(code)
    if key not in ids:
        raise unknown
    return ids[key]


def _identifiers(ctx: Context, shop: Shop, variants: Sequence[NewVariant]) -> set[tuple[str, str]]:
    """Return which of the numbers of these variants the shop has; unreadable ones it has not."""
    given = [one for variant in variants for one in variant.identifiers]
    keys = sorted({key for one in given if (key := shapes.identifier_key(one))})
    chosen = select(IdentifierRow.scheme, IdentifierRow.value_key).where(
        IdentifierRow.shop_id == shop.id
    )
    return {
        (scheme, key)
        for part in parts(keys)
        for scheme, key in ctx.db.execute(chosen.where(IdentifierRow.value_key.in_(part)))
    }
