"""The goals of orders: a quoted cart is bought, on both databases, beside the bare and Django's."""

import json
import statistics
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from urllib.request import Request, urlopen

import psycopg
from sqlalchemy import create_engine, text

from bench.measure import Slice, load, ratios
from bench.people import Visitor, sign_in_at
from bench.scenarios import OURS, Bench, Goal, Measure, Measured, copied, environment
from bench.servers import Contestant, serving
from bench.shops import CARTS, PATTERNS, guest, shop_with_carts, sqlite_shop
from tests.kit.servers import postgresql

BARE = "bench.references.orders:create_app"
DJANGO = "bench.peers.django_orders:create_app"
CONTESTANTS = (OURS, BARE, DJANGO)
LUA = Path(__file__).parent / "load" / "orders.lua"
SECONDS, SLICE = 4, 4_000  # Nobody places more in a slice: who runs out of carts is refused.
ORDERS = "/api/v1/grocery/orders"
Seen = Sequence[tuple[int, int]]  # The version and the total of each of the first carts.
Shops = dict[str, str]  # Addresses of databases, by who works on them.
# What an order leaves behind, whoever has placed it.
LEFT = """
SELECT o.state, o.version, c.amount_minor, c.reason, c.memo = o.number,
  (SELECT count(*) FROM ordering_change s WHERE s.order_id = o.id AND s.event <> 'quote'),
  (SELECT sum(l.planned_qty) FROM ordering_line l WHERE l.order_id = o.id),
  (SELECT count(*) FROM stock_reservation r WHERE r.owner_id = o.public_id
    AND r.state = 'live' AND r.expires_at IS NULL),
  (SELECT sum(abs(p.amount_minor)) FROM payments_posting p JOIN payments_entry e
    ON e.id = p.entry_id WHERE e.key = 'ogs charge ' || c.public_id AND e.posted)
FROM ordering_order o JOIN payments_charge c ON c.source = 'order:' || o.public_id
WHERE o.public_id = :order
"""


class OtherOrder(Exception):
    """The contestants do not write the same for one order, so nothing is worth comparing."""


def all_of(bench: Bench) -> Iterator[tuple[Goal, Measure]]:
    """Return every goal of orders with the function that measures it."""
    for kind, bound in (("SQLite", 0.35), ("PostgreSQL", 0.45)):
        what = f"order, {kind}"
        yield (
            Goal(f"{what}, of bare Flask without audit", bound),
            partial(_against, bench, kind, BARE),
        )
        yield (
            Goal(f"{what}, times Django's bare order", 1.5, unit="x"),
            partial(_against, bench, kind, DJANGO),
        )


def _against(bench: Bench, kind: str, other: str) -> Measured:
    key = f"{OURS} orders {kind}", 0
    if key not in bench.slices:
        _measure(bench, kind)
    found = {name: bench.slices[f"{name} orders {kind}", 0] for name in (OURS, other)}
    ours, theirs = (statistics.median(s.cpu_us for s in found[name]) for name in (OURS, other))
    note = f"ours {ours:.0f} us, theirs {theirs:.0f} us of CPU"
    return Measured(ratios(found[OURS], found[other]), note)


def _measure(bench: Bench, kind: str) -> None:
    """Let all contestants place orders turn by turn, each in its own copy of one shop."""
    carts = PATTERNS + (bench.rounds + 1) * SLICE
    with ExitStack() as stack:
        shops = stack.enter_context((_sqlite if kind == "SQLite" else _postgresql)(bench, carts))
        seen, running = _seen(shops[OURS]), {}
        for name, url in shops.items():
            visitor, chosen = sign_in_at(url), _chosen(bench.folder, url)
            running[name] = stack.enter_context(serving(name, chosen, None)), visitor
        left = [_left(shops[name], *running[name], seen=seen) for name in shops]
        if any(other != left[0] for other in left):
            raise OtherOrder(left)
        for number in range(bench.rounds + 1):  # The first round warms up and is dropped.
            for name, (contestant, visitor) in running.items():
                found = _slice(contestant, visitor, number, seen=seen)
                if number:
                    bench.slices.setdefault((f"{name} orders {kind}", 0), []).append(found)


@contextmanager
def _sqlite(bench: Bench, carts: int) -> Iterator[Shops]:
    made = sqlite_shop(bench.folder, carts)
    paths = {name: bench.folder / f"orders-{name.split(':')[0]}.db" for name in CONTESTANTS}
    yield {name: f"sqlite:///{copied(made, path)}" for name, path in paths.items()}
    for path in paths.values():
        path.unlink()


@contextmanager
def _postgresql(_bench: Bench, carts: int) -> Iterator[Shops]:
    with postgresql(durable=True) as server:
        dsn = server.dsn("postgres")
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("CREATE DATABASE made")
            shop_with_carts(server.url("made"), carts)
            names = {name: f"shop{number}" for number, name in enumerate(CONTESTANTS)}
            for database in names.values():
                connection.execute(f"CREATE DATABASE {database} TEMPLATE made")
        yield {name: server.url(database) for name, database in names.items()}


def _chosen(folder: Path, url: str) -> dict[str, str]:
    path = url.removeprefix("sqlite:///")
    place = url.replace("+psycopg", "") if path == url else path
    told = environment(folder, Path(path))
    return {**told, "TOWNSQUARE_DATABASE": url, "BENCH_DATABASE": place}


def _seen(url: str) -> Seen:
    """Return the version and the total of the first carts; all others are their copies."""
    told = "SELECT version, quoted_minor FROM ordering_order WHERE {} ORDER BY id LIMIT {}"
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.execute(text(told.format(CARTS, PATTERNS))).all()
    engine.dispose()
    return [(version, total) for version, total in found]


def _left(url: str, contestant: Contestant, visitor: Visitor, *, seen: Seen) -> tuple[object, ...]:
    """Let a contestant place the order of the first guest; return what that has left behind."""
    wish = {"version": seen[0][0], "expected_minor": seen[0][1]}
    own = {"Content-Type": "application/json", "Idempotency-Key": "the-first"}
    own |= {"X-Cart-Key": guest(1)}
    asked = Request(
        contestant.address + ORDERS, json.dumps(wish).encode(), {**visitor.headers, **own}
    )
    with urlopen(asked) as answer:
        told = json.load(answer)
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.execute(text(LEFT), {"order": told["id"]}).one()
    engine.dispose()
    return (told["number"], told["total_minor"], *map(int_of, found))


def int_of(value: object) -> object:
    """Return a figure as a whole number, whatever the database makes of it."""
    return value if isinstance(value, str) else int(str(int(value)))  # type: ignore[call-overload]


def _slice(contestant: Contestant, visitor: Visitor, number: int, *, seen: Seen) -> Slice:
    headers = "|".join(f"{name}: {value}" for name, value in visitor.headers.items())
    first = PATTERNS + number * SLICE
    return load(
        contestant.address,
        *contestant.pids,
        wrk=["-s", str(LUA)],
        script=[str(first), str(first + SLICE), headers, "|".join(f"{v} {t}" for v, t in seen)],
        seconds=SECONDS,
    )
