"""The shop of the bench is one that the town itself would have, and nothing false is measured."""

import subprocess
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from sqlalchemy import select

from bench import products
from bench.goods import shop_with_products
from bench.people import SIGNED_WITH, Visitor
from bench.scenarios import Bench, Listed
from bench.servers import Contestant
from townsquare.app import create_app
from townsquare.core.invariants import breaches
from townsquare.core.search.index import SearchRow, index
from townsquare.core.settings import Settings
from townsquare.services.grocery.models.searching import every_entry

WORDS = {"one word": ("milk",)}
KEPT = ("title", "detail", "permission", "title_words", "body_words", "scope")


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """Return the file of a small shop of the bench."""
    return shop_with_products(tmp_path_factory.mktemp("bench"), 60)


@pytest.fixture
def town(shop):
    """Return the town of that shop."""
    app = create_app(Settings(database=f"sqlite:///{shop}", demo=True, secret_key=SIGNED_WITH))
    yield app.extensions["townsquare"]
    app.extensions["townsquare"].database.dispose()


def known(db):
    """Return what the search knows of each product."""
    return {row.subject: [getattr(row, n) for n in KEPT] for row in db.scalars(select(SearchRow))}


def test_nothing_in_the_shop_is_what_must_never_be(town):
    assert not any(breaches(town).values())


def test_its_index_of_words_is_what_the_shop_would_write(town):
    with town.sessions() as db:
        written = known(db)
        index(db, every_entry(db), now=town.now())
        assert known(db) == written
        assert len(written) == 60


@contextmanager
def answering(status):
    """Serve this status to everybody; return where."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_told): ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    Thread(target=server.serve_forever, daemon=True).start()
    yield Contestant(f"http://127.0.0.1:{server.server_address[1]}", 0, 0.0, 0.0)
    server.shutdown()
    server.server_close()


def test_a_search_that_errs_proves_nothing(tmp_path):
    listed = Listed(tmp_path, tmp_path, Visitor({}), products.LIST, "products")
    with answering(200) as contestant:
        found = products.searched(contestant, listed, WORDS)
        assert len(found["one word"]) == products.TURNS
    with answering(500) as contestant, pytest.raises(products.NobodyAnswered):
        products.searched(contestant, listed, WORDS)


def test_an_import_that_leaves_rows_out_proves_nothing(tmp_path, monkeypatch):
    def run(*_told, **_how):
        return subprocess.CompletedProcess([], 0, stdout="10000 products: 9999 were new, 1 refused")

    monkeypatch.setattr(products.subprocess, "run", run)
    with pytest.raises(products.NotTakenIn):
        products.taken_in(Bench(tmp_path, 1, 5, 50), tmp_path / "goods.csv", tmp_path / "shop.db")


def test_what_a_product_of_the_file_is_called_and_costs_is_the_same_every_time(tmp_path):
    for name in ("a", "b"):
        products.write_file(tmp_path / name, 20)
    assert (tmp_path / "a").read_text() == (tmp_path / "b").read_text()
