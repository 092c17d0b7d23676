"""A shop with very many quoted carts, on either database: what a bench of orders is made of.

A few carts are filled and quoted by the town itself; the others are copies of their rows.
"""

from collections.abc import Mapping
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Connection, create_engine, inspect, text

from bench.people import SIGNED_WITH
from townsquare import migrations
from townsquare.app import create_app
from townsquare.core.settings import Settings
from townsquare.core.town import Town
from townsquare.core.usecase import Actor
from townsquare.services.grocery.commands.orders import PlaceOrder, PutLine, Quote, SayContact
from townsquare.services.grocery.commands.products import AddProduct
from townsquare.services.grocery.commands.shop import OpenShop
from townsquare.services.grocery.commands.stock import ReceiveGoods
from townsquare.services.grocery.permissions import MANAGING
from townsquare.services.grocery.rules.hours import next_hours
from townsquare.services.grocery.usecases.carts import put_line, say_contact
from townsquare.services.grocery.usecases.checkout import place_order, quote_cart
from townsquare.services.grocery.usecases.products import add_product
from townsquare.services.grocery.usecases.receiving import receive_goods
from townsquare.services.grocery.usecases.shop import open_grocery

ZONE = "Asia/Manila"
PRODUCTS, PATTERNS, LINES = 40, 20, 2
BATCH = 2_000  # Of carts in one transaction: their holds all count on the same few levels.
FAR = "2099-01-01 00:00:00"
MUCH = 1_000_000
LENA = Actor(0, "bench", MANAGING | {"public"})
CARTS = "guest_token <> '' AND state IN ('draft', 'quoted')"


def guest(number: int) -> str:
    """Return the key of a guest, as `load/orders.lua` sends it."""
    return f"bench-guest-of-the-town-{number:08}"


def shop_with_carts(url: str, carts: int) -> None:
    """Fill an empty database with a shop and this many quoted carts, of guests 1, 2, 3 …."""
    migrations.upgrade(url)
    _patterns(url)
    engine = create_engine(url)
    for first in range(PATTERNS, carts, BATCH):
        with engine.begin() as connection:
            _copy(connection, range(first + 1, min(first + BATCH, carts) + 1))
    with engine.begin() as connection:
        _last_for_ever(connection)
    engine.dispose()


def sqlite_shop(folder: Path, carts: int) -> Path:
    """Return a file with such a shop, made once and kept."""
    path = folder / f"orders-{carts}.db"
    if not path.exists():
        making = path.with_suffix(".making")
        making.unlink(missing_ok=True)
        shop_with_carts(f"sqlite:///{making}", carts)
        making.rename(path)
    return path


def _patterns(url: str) -> None:
    """Open the shop and let the first guests fill their carts and ask what they cost."""
    app = create_app(Settings(database=url, demo=True, secret_key=SIGNED_WITH))
    town: Town = app.extensions["townsquare"]
    with town.working(LENA) as ctx:
        told = {"name": "Shop", "zone": ZONE, "tax_percent": "12"}
        open_grocery(ctx, OpenShop.model_validate(told))
        for number in range(PRODUCTS):
            told = {"code": f"P{number}", "name": f"Goods {number}", "perishable": True}
            add_product(ctx, AddProduct.model_validate({**told, "price": "62.50"}))
            goods = {"product": f"P{number}", "qty": MUCH, "expires_on": date(2099, 1, 1)}
            receive_goods(ctx, ReceiveGoods.model_validate(goods))
    for number in range(PATTERNS + 1):
        with town.working(LENA) as ctx:
            key, hour = guest(number), next_hours(town.now(), ZONE)[-1]
            for line in range(LINES):
                product = f"P{(number * LINES + line) % PRODUCTS}"
                put_line(ctx, PutLine(guest=key, product=product, qty=line + 1))
            say_contact(ctx, SayContact(guest=key, name="Carla Ruiz", phone="+639171234567"))
            cart = quote_cart(ctx, Quote(guest=key, starts=hour))
            if not number:  # The first order makes the accounts, and the numbers of its year.
                told = {"version": cart.version, "expected_minor": cart.total_minor}
                place_order(ctx, PlaceOrder(guest=key, **told))
    town.database.dispose()


def _copy(connection: Connection, numbers: range) -> None:
    """Let these guests have the carts of the first ones, with lines and holds of their own."""
    made = [
        {
            "pattern": _hashed(guest((n - 1) % PATTERNS + 1)),
            "cart": f"CART-{n}",
            "token": _hashed(guest(n)),
        }
        for n in numbers
    ]
    connection.execute(text("CREATE TEMPORARY TABLE made (pattern TEXT, cart TEXT, token TEXT)"))
    connection.execute(text("INSERT INTO made VALUES (:pattern, :cart, :token)"), made)
    cart = {"public_id": "m.cart", "guest_token": "m.token", "state": "'draft'"}
    _insert(
        connection, "ordering_order", "o JOIN made m ON m.pattern = o.guest_token", changed=cart
    )
    new = "JOIN ordering_order n ON n.public_id = m.cart"
    line = {"public_id": "m.cart || '-' || o.position", "order_id": "n.id"}
    whose = "JOIN made m ON m.pattern = p.guest_token"
    of_line = f"o JOIN ordering_order p ON p.id = o.order_id {whose} {new}"
    _insert(connection, "ordering_line", of_line, changed=line)
    of_hold = (
        "o JOIN ordering_order p ON p.public_id = o.owner_id AND o.owner_kind = 'order'"
        f" AND o.state = 'live' {whose}"
    )
    _insert(connection, "stock_reservation", of_hold, changed={"owner_id": "m.cart"})
    connection.execute(text("DROP TABLE made"))


def _insert(connection: Connection, table: str, source: str, *, changed: Mapping[str, str]) -> None:
    columns = [column["name"] for column in inspect(connection).get_columns(table)]
    columns.remove("id")
    values = ", ".join(changed.get(name, f'o."{name}"') for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    copying = f"INSERT INTO {table} ({names}) SELECT {values} FROM {table} {source}"  # noqa: S608 (our own words)
    connection.execute(text(copying))


def _last_for_ever(connection: Connection) -> None:
    """Let every quote and hold last until nobody measures any more."""
    lite = connection.dialect.name == "sqlite"
    far = {"far": f"{FAR}.000000" if lite else datetime.fromisoformat(f"{FAR}+00:00")}
    times = ", ".join(f"{name} = :far" for name in ("quote_expires_at", "wish_from", "wish_to"))
    quoted = f"UPDATE ordering_order SET state = 'quoted' WHERE {CARTS} AND state = 'draft'"  # noqa: S608 (our own words, also below)
    connection.execute(text(quoted))
    connection.execute(text(f"UPDATE ordering_order SET {times} WHERE {CARTS}"), far)  # noqa: S608
    held = "UPDATE stock_reservation SET expires_at = :far WHERE state = 'live'"
    connection.execute(text(held), far)
    connection.execute(text("ANALYZE"))


def _hashed(key: str) -> str:
    return sha256(key.encode()).hexdigest()
