"""A shop with very many products: named, shelved, priced, numbered, on the shelf, and findable.

The town itself opens the shop and receives the first product; the others are written beside it.
"""

import random
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from bench.people import SIGNED_WITH
from bench.shops import LENA, ZONE
from townsquare import migrations
from townsquare.app import create_app
from townsquare.blocks.catalogue.rules.gtin import check_digit
from townsquare.core.ids import new_id
from townsquare.core.search.words import folded, folded_title, tag
from townsquare.core.settings import Settings
from townsquare.core.town import Town
from townsquare.services.grocery.commands.products import AddProduct
from townsquare.services.grocery.commands.shelves import AddBrand, AddCategory
from townsquare.services.grocery.commands.shop import OpenShop
from townsquare.services.grocery.commands.stock import ReceiveGoods
from townsquare.services.grocery.models.searching import KIND
from townsquare.services.grocery.usecases.products import add_product
from townsquare.services.grocery.usecases.receiving import receive_goods
from townsquare.services.grocery.usecases.shelves import add_brand, add_category
from townsquare.services.grocery.usecases.shop import open_grocery

SEED = 20_261_218
BATCH = 20_000
NOW = "2026-03-02 02:00:00.000000"
GOODS = (
    *("Apple juice", "Bread", "Butter", "Cheese", "Chocolate", "Coffee", "Crackers", "Flour"),
    *("Honey", "Ice cream", "Jam", "Lentils", "Milk", "Mustard", "Noodles", "Oats", "Olive oil"),
    *("Peanuts", "Pepper", "Rice", "Salt", "Soup", "Soy sauce", "Sugar", "Tea", "Tomatoes"),
    *("Tuna", "Vinegar", "Walnuts", "Yoghurt"),
)
KINDS = (
    *("Creamy", "Dark", "Dried", "Fine", "Fresh", "Frozen", "Golden", "Ground", "Light"),
    *("Mild", "Organic", "Plain", "Roasted", "Salted", "Smoked", "Sweet", "Toasted", "Whole"),
)
MAKERS = ("Alder", "Birch", "Cedar", "Elm", "Hazel", "Juniper", "Larch", "Maple", "Oak", "Willow")
PLACES = ("Farm", "Garden", "Harbour", "Hill", "House", "Mill", "Orchard", "River", "Valley")
BRANDS = tuple(f"{maker} {place}" for maker in MAKERS for place in PLACES)
SHELVES = tuple(f"{name} and more" for name in GOODS)
SIZES = (("250 g", 250, "g"), ("500 g", 500, "g"), ("1 kg", 1000, "g"), ("1 L", 1000, "ml"))
ALLERGENS = ("gluten", "milk", "nuts", "soybeans")


class Good(NamedTuple):
    """One product as the tables hold it; brand and shelf are row ids, which begin with 1."""

    id: int
    public_id: str
    code: str
    name: str
    size: int
    brand: int
    shelf: int
    amount_minor: int
    number: str
    allergen: str
    stock: int


def shop_with_products(folder: Path, products: int) -> Path:
    """Return a database file of a shop with this many products, made once and kept."""
    path = folder / f"products-{products}.db"
    if path.exists():
        return path
    making = path.with_suffix(".making")
    opened_shop(making)
    with sqlite3.connect(making) as db:
        for wish in ("synchronous=OFF", "journal_mode=MEMORY", "cache_size=-400000"):
            db.execute(f"PRAGMA {wish}")
        goods = goods_of(products)
        while batch := list(islice(goods, BATCH)):
            _write(db, batch)
        db.execute("INSERT INTO core_search_fts (core_search_fts) VALUES ('rebuild')")
    db.close()
    making.rename(path)
    return path


def goods_of(products: int) -> Iterator[Good]:
    """Yield all products but the first one, the same ones every time but for their ids."""
    chance = random.Random(SEED)
    for number in range(2, products + 1):
        brand, shelf = chance.randrange(len(BRANDS)), chance.randrange(len(SHELVES))
        digits = f"20{number:010}"
        yield Good(
            id=number,
            public_id=new_id(),
            code=f"P{number:07}",
            name=f"{BRANDS[brand]} {chance.choice(KINDS)} {GOODS[shelf].lower()} {number}",
            size=chance.randrange(len(SIZES)),
            brand=brand + 1,
            shelf=shelf + 1,
            amount_minor=chance.randrange(500, 90_000),
            number=f"0{digits}{check_digit(digits)}",
            allergen=chance.choice(ALLERGENS) if chance.random() < 0.4 else "",  # noqa: PLR2004 (a part of all)
            stock=chance.choice((0, 3, 20, 200)),
        )


def opened_shop(path: Path) -> None:
    """Make a file of a shop with its brands and shelves, which has received its first product."""
    path.unlink(missing_ok=True)
    migrations.upgrade(f"sqlite:///{path}")
    app = create_app(Settings(database=f"sqlite:///{path}", demo=True, secret_key=SIGNED_WITH))
    town: Town = app.extensions["townsquare"]
    with town.working(LENA) as ctx:
        told = {"name": "Shop", "zone": ZONE, "tax_percent": "12"}
        open_grocery(ctx, OpenShop.model_validate(told))
        for number, name in enumerate(BRANDS, 1):
            add_brand(ctx, AddBrand.model_validate({"code": f"b{number}", "name": name}))
        for number, name in enumerate(SHELVES, 1):
            add_category(ctx, AddCategory.model_validate({"code": f"c{number}", "name": name}))
        told = {"code": "P0000001", "name": "Alder Farm first bread 1", "price": "62.50"}
        add_product(ctx, AddProduct.model_validate({**told, "brand": "b1", "category": "c1"}))
        received = {"product": "P0000001", "qty": 20, "expires_on": date(2099, 1, 1)}
        receive_goods(ctx, ReceiveGoods.model_validate(received))
    town.database.dispose()


ITEM = """
INSERT INTO catalogue_item (id, public_id, created_at, code, code_key, kind, name, description,
  base_unit, unit_label, lot_policy, hs_code, origin_country, status, tracked, perishable,
  attributes, shop_id, tax_class_id, brand_id, category_id)
VALUES (?, ?, ?, ?, lower(?), 'goods', ?, '', 'piece', '', 'none', '', '', 'active', 1, 0, '{}',
  1, 1, ?, ?)
"""
VARIANT = """
INSERT INTO catalogue_variant (id, public_id, created_at, code, code_key, name, size, sold_by,
  backorder, status, tolerance_ppm, content_qty, content_unit, item_id, shop_id)
VALUES (?, ?, ?, ?, lower(?), '', ?, 'piece', 'no', 'active', 0, ?, ?, ?, 1)
"""
NUMBER = """
INSERT INTO catalogue_identifier (scheme, value, value_key, shop_id, variant_id)
VALUES ('gtin', ?, ?, 1, ?)
"""
ALLERGEN = """
INSERT INTO catalogue_allergen (allergen, level, variant_id) VALUES (?, 'contains', ?)
"""
PRICE = """
INSERT INTO catalogue_price (reason, amount_minor, per_qty, min_qty, public_id, created_at,
  valid_from, list_id, variant_id)
VALUES ('first price', ?, 1, 1, ?, ?, ?, 1, ?)
"""
LOT = """
INSERT INTO stock_lot (id, variant_id, code, code_key, part, hidden, serial, removal_days,
  blocked_reason, received_at, received_qty, total_cost_minor, public_id, created_at)
VALUES (?, ?, ?, lower(?), 1, 1, 0, 0, '', ?, ?, 0, ?, ?)
"""
# The database itself makes the levels of a move.
MOVE = """
INSERT INTO stock_move (public_id, shop_id, at, variant_id, lot_id, from_location_id,
  to_location_id, qty, reason, source_kind, source_id, note, "key", line)
VALUES (?, 1, ?, ?, ?, (SELECT id FROM stock_location WHERE code_key = '@supplier'),
  (SELECT id FROM stock_location WHERE code_key = 'shelf'), ?, 'receipt', 'grocery.receipt', ?,
  '', ?, 0)
"""
FOUND = """
INSERT INTO core_search (kind, subject, title, detail, permission, title_words, body_words,
  scope, updated_at)
VALUES (?, ?, ?, ?, 'public', ?, ?, ?, ?)
"""


def _write(db: sqlite3.Connection, goods: Sequence[Good]) -> None:
    shelved = ((g.id, new_id(), NOW, g.code, g.code, g.name, g.brand, g.shelf) for g in goods)
    db.executemany(ITEM, shelved)
    sold = ((g.id, g.public_id, NOW, g.code, g.code, *SIZES[g.size], g.id) for g in goods)
    db.executemany(VARIANT, sold)
    db.executemany(NUMBER, ((g.number, g.number, g.id) for g in goods))
    db.executemany(ALLERGEN, ((g.allergen, g.id) for g in goods if g.allergen))
    db.executemany(PRICE, ((g.amount_minor, new_id(), NOW, NOW, g.id) for g in goods))
    stocked = [(g, new_id()) for g in goods if g.stock]
    db.executemany(LOT, ((g.id, g.id, lot, lot, NOW, g.stock, lot, NOW) for g, lot in stocked))
    db.executemany(MOVE, ((new_id(), NOW, g.id, g.id, g.stock, lot, lot) for g, lot in stocked))
    db.executemany(FOUND, map(_findable, goods))


def _findable(good: Good) -> tuple[str, ...]:
    """Return what the search knows of a product, as the shop would tell it."""
    brand, size = BRANDS[good.brand - 1], SIZES[good.size][0]
    plain = good.number.lstrip("0")
    numbers = dict.fromkeys((good.number, plain, plain.zfill(12), plain.zfill(13)))
    detail = f"{size} {brand}"
    body = " ".join((detail, good.code, SHELVES[good.shelf - 1], *numbers))
    words = folded_title(good.name), folded(body)
    scope = f"{tag('k', KIND)} {tag('p', 'public')}"
    return KIND, good.public_id, good.name, detail, *words, scope, NOW
