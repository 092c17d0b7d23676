"""The shelves of the demo town's shop: real groceries, fresh goods, the milk of the cast."""

import csv
import gzip
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import time, timedelta
from decimal import Decimal
from importlib.resources import files
from io import StringIO
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import select

from townsquare.blocks import catalogue, stock
from townsquare.core.town import Town
from townsquare.core.usecase import Actor, Command, Context, use_case
from townsquare.services.grocery.commands.delivery import AddArea, PlanVan, VanHours
from townsquare.services.grocery.commands.shop import OpenShop
from townsquare.services.grocery.models.ours import SHELF, STANDARD, our_shop
from townsquare.services.grocery.models.searching import remember
from townsquare.services.grocery.usecases.shop import open_grocery
from townsquare.services.grocery.usecases.van import add_area, plan_van

SHOP, ZONE, TAX = "San Roque Community Shop", "Asia/Manila", Decimal(12)
FOUNDER = Actor(
    0, "demo", frozenset({"grocery.shop.edit", "grocery.product.edit", "grocery.delivery.edit"})
)
SEED = 20_260_302
SOURCE = "Open Food Facts, ODbL 1.0"
NUTRITION = ("fat", "saturated_fat", "carbohydrate", "sugar", "fibre", "protein", "salt")
CATEGORIES = {
    "fruit-vegetables": "Fruit and vegetables",
    "dairy-eggs": "Dairy and eggs",
    "bread-cakes": "Bread and cakes",
    "meat-fish": "Meat and fish",
    "pasta-rice": "Pasta, rice and grains",
    "soups": "Soups and ready meals",
    "sauces": "Sauces and spreads",
    "spices": "Spices and baking",
    "frozen": "Frozen",
    "drinks": "Drinks",
    "nuts-snacks": "Nuts and snacks",
    "sweets": "Sweets",
}
BRANDS = {"BCH": "Batangas Creamery", "SRB": "San Roque Bakery", "BTF": "Batangas Farms"}
# By weight: name, category, price of a kilogram in centavos, days that it keeps.
WEIGHED = (
    ("TOMATO", "Tomatoes", "fruit-vegetables", 18990, 6),
    ("APPLE", "Apples", "fruit-vegetables", 16500, 14),
    ("BANANA", "Lakatan bananas", "fruit-vegetables", 9800, 5),
    ("MANGO", "Carabao mangoes", "fruit-vegetables", 21000, 5),
    ("CARROT", "Carrots", "fruit-vegetables", 12000, 14),
    ("ONION", "Red onions", "fruit-vegetables", 14000, 30),
    ("GARLIC", "Garlic", "fruit-vegetables", 19500, 30),
    ("POTATO", "Potatoes", "fruit-vegetables", 11000, 30),
    ("CABBAGE", "Cabbage", "fruit-vegetables", 9000, 7),
    ("CALAMANSI", "Calamansi", "fruit-vegetables", 13000, 10),
    ("TILAPIA", "Tilapia", "meat-fish", 18500, 2),
    ("CHICKEN", "Whole chicken", "meat-fish", 22500, 3),
)
# By the piece: name, size, category, brand, price, days, how much is in one.
PACKED = (
    ("MILK-1L", "Whole milk", "1 L", "dairy-eggs", "BCH", 6250, 8, (1000, "ml")),
    ("YOG-500", "Yoghurt", "500 g", "dairy-eggs", "BCH", 6250, 14, (500, "g")),
    ("EGGS-12", "Eggs", "12 pieces", "dairy-eggs", "BTF", 11500, 21, (12, "piece")),
    ("BREAD-400", "Sliced bread", "400 g", "bread-cakes", "SRB", 7500, 4, (400, "g")),
    ("PANDESAL-10", "Pandesal", "10 pieces", "bread-cakes", "SRB", 4500, 2, (10, "piece")),
)
KEEPS = {one[0]: one[4] for one in WEIGHED} | {one[0]: one[6] for one in PACKED}
LOW, FEW, NONE = 0.08, (1, 4), 0.06  # How much of the shelf is nearly sold out, and sold out.
FULL, HEAVY = (6, 60), (4_000, 30_000)
CASE, DELIVERY = 12, "demo delivery 1"
COST = 70  # Percent of the price that goods have cost the shop.
AREAS: tuple[dict[str, str], ...] = (
    {"code": "SR", "name": "San Roque", "postcodes": "4023", "fee": "49", "free_from": "1500"},
    {
        "code": "HILLS",
        "name": "The hills",
        "postcodes": "4024, 4025",
        "fee": "89",
        "minimum": "300",
    },
)
WEEK = tuple(
    VanHours(weekday=day, starts=starts, ends=ends, places=12)
    for day in range(6)
    for starts, ends in ((time(9), time(12)), (time(15), time(19)))
)
OFFERS, OFF = 14, 15  # So many goods are cheaper this week, by so many percent.


class FillShelves(Command):
    """A wish for the shelves of the demo."""


@use_case("demo.shop.list", permission="grocery.product.edit")
def list_goods(ctx: Context, _wish: FillShelves) -> None:
    """Let the shop sell all goods of the demo."""
    shop = our_shop(ctx)
    for code, name in CATEGORIES.items():
        catalogue.add_category(ctx, shop, code=code, name=name)
    for code, name in BRANDS.items():
        catalogue.add_brand(ctx, shop, code=code, name=name)
    added = catalogue.add_items(ctx, shop, [new for new, _days in (*_own(), *_real())])
    remember(ctx, added.variants.values())


@use_case("demo.shop.fill", permission="grocery.product.edit")
def fill(ctx: Context, _wish: FillShelves) -> None:
    """Put all goods of the demo on their shelves, with lots from a fixed seed."""
    shop, goods, variant = our_shop(ctx), [*_own(), *_real()], catalogue.VARIANT
    ids = select(variant.code, variant.id).where(variant.shop_id == shop.id)
    variants: dict[str, int] = dict(ctx.db.execute(ids).all())
    chance = Random(SEED)
    stocked = {variants[new.code]: (days, new.variants[0].prices[0]) for new, days in goods}
    _stock(ctx, shop, chance, goods=stocked)
    _offers(ctx, shop, chance, goods=goods, variants=variants)


def open_shop(town: Town) -> None:
    """Open the shop of the demo and say what it sells, unless that was done."""
    with town.sessions() as db:
        if db.scalar(select(catalogue.SHOP.id).limit(1)) is not None:
            return
    with town.working(FOUNDER) as ctx:
        open_grocery(ctx, OpenShop(name=SHOP, zone=ZONE, tax_percent=TAX))
        list_goods(ctx, FillShelves())


def fill_shop(town: Town) -> None:
    """Put the goods of today on the shelves, unless that was done."""
    with town.sessions() as db:
        if db.scalar(select(stock.MOVE.id).where(stock.MOVE.key == DELIVERY).limit(1)) is not None:
            return
    with town.working(FOUNDER) as ctx:
        fill(ctx, FillShelves())
        for area in AREAS:
            add_area(ctx, AddArea.model_validate(area))
        plan_van(ctx, PlanVan(week=WEEK))


Goods = tuple[catalogue.NewItem, int]
Stocked = dict[int, tuple[int, catalogue.NewPrice]]  # By variant: days and price.


def _own() -> Iterator[Goods]:
    """Return what is weighed and what the cast buys, with the days that it keeps."""
    for code, name, category, price, days in WEIGHED:
        variant = catalogue.NewVariant(
            code, tolerance_ppm=100_000, prices=(catalogue.NewPrice(price, 1000),)
        )
        yield replace(_item(variant, name, category, days=days), base_unit="g"), days
    for code, name, size, category, brand, price, days, content in PACKED:
        variant = catalogue.NewVariant(
            code,
            size=size,
            content_qty=content[0],
            content_unit=content[1],
            max_per_order=CASE,
            units={"case": CASE},
            prices=(catalogue.NewPrice(price),),
        )
        yield replace(_item(variant, name, category, days=days), brand=brand), days


def _real() -> Iterator[Goods]:
    """Return the products of Open Food Facts, with the days that they keep."""
    codes = {name: code for code, name in CATEGORIES.items()}
    packed = files("townsquare.demo").joinpath("data/groceries.csv.gz").read_bytes()
    for row in csv.DictReader(StringIO(gzip.decompress(packed).decode())):
        days = int(row["keeps_days"])
        facts = tuple(
            catalogue.NewFact(name, row[name], "g", SOURCE) for name in NUTRITION if row[name]
        )
        variant = catalogue.NewVariant(
            row["barcode"],
            identifiers=(catalogue.NewIdentifier(row["barcode"]),),
            facts=facts,
            prices=(catalogue.NewPrice(int(row["price_minor"])),),
        )
        yield _item(variant, row["name"], codes[row["category"]], days=days), days


def _item(
    variant: catalogue.NewVariant, name: str, category: str, *, days: int
) -> catalogue.NewItem:
    return catalogue.NewItem(
        variant.code,
        name,
        STANDARD,
        category=category,
        perishable=days > 0,
        variants=(variant,),
    )


def _stock(ctx: Context, shop: catalogue.Shop, chance: Random, *, goods: Stocked) -> None:
    """Receive one or two lots of most goods, the older one sooner over, with what they cost."""
    found = catalogue.variants_by_id(ctx, shop, goods)
    today = ctx.now().astimezone(ZoneInfo(shop.zone)).date()
    lines = []
    for variant, (days, price) in goods.items():
        luck = chance.random()
        for at in range(2 if days and luck > LOW * 3 else 1):
            if luck < NONE:
                continue
            heavy = found[variant].base_unit == "g"
            few = FEW if luck < NONE + LOW and not heavy else HEAVY if heavy else FULL
            good = today + timedelta(days=max(1, days // (2 - at))) if days else None
            qty = chance.randint(*few) // (1 + at) or 1
            lines.append(
                stock.Incoming(
                    variant,
                    qty,
                    total_cost_minor=price.amount_minor * qty * COST // (100 * price.per_qty),
                    lot_code=f"L{chance.randint(1000, 9999)}" if days else None,
                    expires_on=good,
                )
            )
    shelf = stock.location_of(ctx, shop, SHELF)
    stock.receive_goods(
        ctx, shop, lines, to=shelf, source_kind="demo.delivery", source_id=1, key=DELIVERY
    )


def _offers(
    ctx: Context,
    shop: catalogue.Shop,
    chance: Random,
    *,
    goods: list[Goods],
    variants: Mapping[str, int],
) -> None:
    """Make some goods cheaper for a week."""
    catalogue.add_price_list(ctx, shop, code="week", kind="promotion", name="Offers of the week")
    prices = []
    for new, _days in chance.sample(goods, OFFERS):
        (variant,) = new.variants
        (usual,) = variant.prices
        amount = usual.amount_minor * (100 - OFF) // 100
        offer = catalogue.NewPrice(
            amount, usual.per_qty, price_list="week", reason=f"{OFF} % off this week"
        )
        prices.append((variants[variant.code], offer))
    catalogue.plan_sale(ctx, shop, prices, starts=ctx.now(), ends=ctx.now() + timedelta(days=7))
