"""The goals of the shop's goods: its list beside the bare one, its search, and its import."""

import csv
import math
import sqlite3
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from time import perf_counter
from urllib.parse import quote

from bench.goods import goods_of, opened_shop, shop_with_products
from bench.measure import SERVER_CORE, Slice, cpu_seconds, ratios
from bench.people import sign_in_customer
from bench.scenarios import (
    OURS,
    SAMPLE,
    Bench,
    Goal,
    Listed,
    Measure,
    Measured,
    copied,
    environment,
    list_slice,
    refuse_unequal,
    rows_of,
)
from bench.servers import Contestant, serving

BARE = "bench.references.products:create_app"
CONTESTANTS = (OURS, BARE)
FEW, TAKEN_IN = 10_000, 10_000
LIST = "/api/v1/grocery/products?limit=20"
Words = Mapping[str, tuple[str, ...]]
# What people type, by its kind, asked one after the other, so that nobody waits for another.
WORDS: Words = {
    "one word": ("milk", "bread", "chocolate", "rice", "salt", "organic", "smoked", "honey", "tea"),
    "two words": ("dark chocolate", "fresh milk", "olive oil", "soy sauce", "salted butter"),
    "a beginning": ("choc", "yog", "lent", "mu", "ta", "wal", "app", "or", "smo", "no"),
    "a brand": ("alder farm", "oak mill bread", "cedar river tea", "larch valley", "hazel hill"),
    "a barcode": ("200000000424", "200000007777", "200000000999"),
    "a slip": ("chocolat milk", "bred", "yogurth", "orgnic rice", "smoekd"),
    "nothing": ("unobtainium", "milk zzz", "qqq", "bread 99999999", "organic xylophone"),
}
TURNS = 8  # Of all words in one round.


class NotTakenIn(Exception):
    """The import has left out rows, so that its time proves nothing."""


class NobodyAnswered(Exception):
    """A search was not answered as it should be, so that its wait proves nothing."""


def all_of(bench: Bench) -> Iterator[tuple[Goal, Measure]]:
    """Return every goal of products with the function that measures it."""
    for size in (FEW, bench.many):
        title = f"product list of 20, signed in, {size:,}, of bare Flask"
        yield Goal(title, 0.45), partial(_against, bench, size)
    title = f"product list, median wait, {bench.many:,} beside {FEW:,}"
    yield Goal(title, 1.3, at_least=False, unit="x"), partial(_growth, bench)
    title = f"product search, 95th wait, {bench.many:,}"
    yield Goal(title, 25, at_least=False, unit=" ms"), partial(_search, bench)
    title = f"import of {TAKEN_IN:,} products"
    yield Goal(title, 60, at_least=False, unit=" s"), partial(_import, bench)


def _against(bench: Bench, products: int) -> Measured:
    found = _lists(bench, products)
    ours, theirs = (statistics.median(s.cpu_us for s in found[name]) for name in CONTESTANTS)
    note = f"ours {ours:.0f} us, theirs {theirs:.0f} us of CPU"
    return Measured(ratios(found[OURS], found[BARE]), note)


def _growth(bench: Bench) -> Measured:
    small, large = (_lists(bench, size)[OURS] for size in (FEW, bench.many))
    spent = statistics.median(1 / ratio for ratio in ratios(large, small))
    note = f"{spent:.2f} times the CPU"
    return Measured([b.p50_ms / a.p50_ms for a, b in zip(small, large, strict=True)], note)


def _lists(bench: Bench, products: int) -> dict[str, list[Slice]]:
    """Return the slices of both contestants on the list of this shop."""
    if (f"{OURS} products", products) not in bench.slices:
        _measure(bench)
    return {name: bench.slices[f"{name} products", products] for name in CONTESTANTS}


def _measure(bench: Bench) -> None:
    """Load both contestants in both shops, turn by turn."""
    running = {}
    with ExitStack() as stack:
        for size in (FEW, bench.many):
            listed = _shop(bench.folder, size)
            for name in CONTESTANTS:
                server = serving(name, environment(bench.folder, listed.path), None)
                running[name, size] = stack.enter_context(server), listed
            refuse_unequal([rows_of(*running[name, size]) for name in CONTESTANTS])
        for number in range(bench.rounds + 1):  # The first round warms up and is dropped.
            for (name, size), (contestant, listed) in running.items():
                found = list_slice(contestant, listed, seed=number)
                if number:
                    bench.slices.setdefault((f"{name} products", size), []).append(found)


def _shop(folder: Path, products: int) -> Listed:
    path = shop_with_products(folder, products)
    ids, step = folder / f"products-{products}-ids", max(1, products // SAMPLE)
    with sqlite3.connect(path) as db:
        found = db.execute("SELECT public_id FROM catalogue_variant WHERE id % ? = 0", (step,))
        ids.write_text("\n".join(row[0] for row in found))
    db.close()
    return Listed(path, ids, sign_in_customer(path), LIST, "products")


def _search(bench: Bench) -> Measured:
    """Let one person search for all words again and again; of each kind the 95th wait is told."""
    listed = _shop(bench.folder, bench.many)
    with serving(OURS, environment(bench.folder, listed.path), None) as contestant:
        searched(contestant, listed, WORDS)
        spent = cpu_seconds(contestant.pid)
        rounds = [searched(contestant, listed, WORDS) for _ in range(bench.rounds)]
        spent = cpu_seconds(contestant.pid) - spent
    told = (f"{kind} {_percentile([w for r in rounds for w in r[kind]]):.0f}" for kind in WORDS)
    every = [[wait for waits in found.values() for wait in waits] for found in rounds]
    note = f"{', '.join(told)} ms; {spent / sum(map(len, every)) * 1000:.1f} ms of CPU each"
    return Measured([_percentile(waits) for waits in every], note)


def searched(contestant: Contestant, listed: Listed, words: Words) -> dict[str, list[float]]:
    """Return the waits of one who searches for all of these, kind by kind, in milliseconds."""
    line = HTTPConnection(contestant.address.removeprefix("http://"))
    told: dict[str, list[float]] = {kind: [] for kind in words}
    for kind, texts in words.items():
        for text in texts * TURNS:
            place = f"{listed.place}&words={quote(text)}"
            began = perf_counter()
            line.request("GET", place, headers=listed.visitor.headers)
            answer = line.getresponse()
            answer.read()
            told[kind].append((perf_counter() - began) * 1000)
            if answer.status != 200:  # noqa: PLR2004 (whatever else proves nothing)
                raise NobodyAnswered(text, answer.status)
    line.close()
    return told


def _import(bench: Bench) -> Measured:
    """Let the verb of operators take a file in, each time into another empty shop."""
    file, shop = bench.folder / "products.csv", bench.folder / "import-empty.db"
    write_file(file, TAKEN_IN)
    if not shop.exists():
        opened_shop(shop)
    told = [taken_in(bench, file, copied(shop, shop.with_stem("import"))) for _ in range(3)]
    return Measured(told, f"{TAKEN_IN / statistics.median(told):.0f} products/s, by the clock")


def taken_in(bench: Bench, file: Path, path: Path) -> float:
    program = str(Path(sys.executable).with_name("townsquare"))
    verb = ["taskset", "-c", SERVER_CORE, program, "grocery", "import-products", str(file)]
    began = perf_counter()
    run = subprocess.run(
        verb, env=environment(bench.folder, path), capture_output=True, text=True, check=True
    )
    took = perf_counter() - began
    if f"{TAKEN_IN} were new" not in run.stdout:
        raise NotTakenIn(run.stdout)
    return took


def write_file(file: Path, products: int) -> None:
    """Write a file of products as others give them away: named, numbered, described, priced."""
    with file.open("w", newline="") as opened:
        table = csv.writer(opened)
        table.writerow(("barcode", "product_name", "ingredients", "fat", "sugar", "salt", "price"))
        for good in goods_of(products + 1):
            price = f"{good.amount_minor // 100}.{good.amount_minor % 100:02}"
            text = f"Made of {good.name.lower()}, salt, and nothing else."
            table.writerow((good.number[1:], good.name, text, "3.5", "12", "0.4", price))


def _percentile(waits: list[float]) -> float:
    return sorted(waits)[math.ceil(0.95 * len(waits)) - 1]
