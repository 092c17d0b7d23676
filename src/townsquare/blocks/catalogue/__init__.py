"""Shops, what they sell and what it costs, for every service that trades.

`SHOP`, `ITEM`, `VARIANT` and the other tables in capitals are there for joins, so that a list of a
service needs one statement.
"""

from townsquare.blocks.catalogue import invariants
from townsquare.blocks.catalogue.commands import (
    NewFact,
    NewIdentifier,
    NewItem,
    NewPrice,
    NewVariant,
)
from townsquare.blocks.catalogue.errors import (
    BadCheckDigit,
    BadPrice,
    CategoryLoop,
    CodeTaken,
    IdentifierTaken,
    InUse,
    LotDateRequired,
    NameTaken,
    NoTaxRate,
    NotSold,
    PriceStartTaken,
    RateStartTaken,
    TooManyDecimals,
    UnknownBrand,
    UnknownCategory,
    UnknownItem,
    UnknownPriceList,
    UnknownShop,
    UnknownTaxClass,
    UnknownVariant,
)
from townsquare.blocks.catalogue.models.items import (
    AllergenRow,
    FactRow,
    IdentifierRow,
    ItemRow,
    ListedRow,
    StopRow,
    UnitRow,
    VariantRow,
)
from townsquare.blocks.catalogue.models.prices import (
    PriceListRow,
    PriceRow,
    TaxClassRow,
    TaxRateRow,
)
from townsquare.blocks.catalogue.models.shops import BrandRow, CategoryRow, ShopRow
from townsquare.blocks.catalogue.queries.goods import (
    allergens_of,
    brands_of,
    categories_of,
    facts_of,
    find_scanned,
    is_stopped,
    item_of,
    numbers_of,
    shop_card,
    shop_of,
    shops_of,
    sold_variants,
    units_of,
    variant_of,
    variants_by_id,
)
from townsquare.blocks.catalogue.queries.prices import (
    lowest_in_30_days,
    price_lists_of,
    price_now,
    prices_in_force,
    tax_classes_of,
    tax_rates,
)
from townsquare.blocks.catalogue.results import (
    ALLERGENS,
    Added,
    Brand,
    Category,
    Fact,
    Item,
    PriceAsk,
    PriceInForce,
    PriceList,
    Refused,
    Shop,
    ShopCard,
    TaxClass,
    Unit,
    Variant,
)
from townsquare.blocks.catalogue.rules.gtin import gtin_of
from townsquare.blocks.catalogue.rules.money import cost_of, decimals_of, tax_of, unit_price
from townsquare.blocks.catalogue.rules.prices import Offer
from townsquare.blocks.catalogue.rules.texts import code_key
from townsquare.blocks.catalogue.usecases.adding import add_item, add_items, add_variant
from townsquare.blocks.catalogue.usecases.facts import (
    add_identifier,
    add_unit,
    remove_identifier,
    resume_selling,
    set_allergens,
    set_facts,
    stop_selling,
)
from townsquare.blocks.catalogue.usecases.prices import (
    add_price_list,
    add_tax_class,
    plan_sale,
    set_price,
    set_prices,
    set_tax_rate,
)
from townsquare.blocks.catalogue.usecases.revising import retire_item, revise_item, revise_variant
from townsquare.blocks.catalogue.usecases.shelves import (
    add_brand,
    add_category,
    move_category,
    remove_brand,
    remove_category,
    revise_brand,
    revise_category,
)
from townsquare.blocks.catalogue.usecases.shops import open_shop, revise_shop
from townsquare.blocks.catalogue.usecases.typed import code_typed, price_typed, text_typed

SHOP = ShopRow
BRAND = BrandRow
CATEGORY = CategoryRow
ITEM = ItemRow
VARIANT = VariantRow
LISTED = ListedRow
IDENTIFIER = IdentifierRow
UNIT = UnitRow
ALLERGEN = AllergenRow
FACT = FactRow
STOP = StopRow
TAX_CLASS = TaxClassRow
TAX_RATE = TaxRateRow
PRICE_LIST = PriceListRow
PRICE = PriceRow
INVARIANTS = invariants.ALL

__all__ = [
    "ALLERGEN",
    "ALLERGENS",
    "BRAND",
    "CATEGORY",
    "FACT",
    "IDENTIFIER",
    "INVARIANTS",
    "ITEM",
    "LISTED",
    "PRICE",
    "PRICE_LIST",
    "SHOP",
    "STOP",
    "TAX_CLASS",
    "TAX_RATE",
    "UNIT",
    "VARIANT",
    "Added",
    "BadCheckDigit",
    "BadPrice",
    "Brand",
    "Category",
    "CategoryLoop",
    "CodeTaken",
    "Fact",
    "IdentifierTaken",
    "InUse",
    "Item",
    "LotDateRequired",
    "NameTaken",
    "NewFact",
    "NewIdentifier",
    "NewItem",
    "NewPrice",
    "NewVariant",
    "NoTaxRate",
    "NotSold",
    "Offer",
    "PriceAsk",
    "PriceInForce",
    "PriceList",
    "PriceStartTaken",
    "RateStartTaken",
    "Refused",
    "Shop",
    "ShopCard",
    "TaxClass",
    "TooManyDecimals",
    "Unit",
    "UnknownBrand",
    "UnknownCategory",
    "UnknownItem",
    "UnknownPriceList",
    "UnknownShop",
    "UnknownTaxClass",
    "UnknownVariant",
    "Variant",
    "add_brand",
    "add_category",
    "add_identifier",
    "add_item",
    "add_items",
    "add_price_list",
    "add_tax_class",
    "add_unit",
    "add_variant",
    "allergens_of",
    "brands_of",
    "categories_of",
    "code_key",
    "code_typed",
    "cost_of",
    "decimals_of",
    "facts_of",
    "find_scanned",
    "gtin_of",
    "is_stopped",
    "item_of",
    "lowest_in_30_days",
    "move_category",
    "numbers_of",
    "open_shop",
    "plan_sale",
    "price_lists_of",
    "price_now",
    "price_typed",
    "prices_in_force",
    "remove_brand",
    "remove_category",
    "remove_identifier",
    "resume_selling",
    "retire_item",
    "revise_brand",
    "revise_category",
    "revise_item",
    "revise_shop",
    "revise_variant",
    "set_allergens",
    "set_facts",
    "set_price",
    "set_prices",
    "set_tax_rate",
    "shop_card",
    "shop_of",
    "shops_of",
    "sold_variants",
    "stop_selling",
    "tax_classes_of",
    "tax_of",
    "tax_rates",
    "text_typed",
    "unit_price",
    "units_of",
    "variant_of",
    "variants_by_id",
]
