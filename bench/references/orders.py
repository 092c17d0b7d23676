"""Bare Flask and the raw driver: place a quoted cart, with the same rows written for the order.

No key of the wish is kept, nothing is told to the audit or to the rest of the town.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from threading import Lock, local
from typing import Any
from uuid import uuid4

import psycopg
from flask import Flask, Response, abort, jsonify, request

SESSION = """
SELECT a.id, a.name FROM core_session s JOIN core_account a ON a.id = s.account_id
WHERE s.key_hash = ? AND s.ended_at IS NULL AND a.disabled_at IS NULL
"""
CART = """
SELECT o.id, o.public_id, o.version, o.currency, o.guest_token, o.wish_from, o.wish_to,
  o.quote_expires_at, s.id, s.number_prefix, s.code
FROM ordering_order o JOIN catalogue_shop s ON s.id = o.shop_id
WHERE s.code = 'ogs' AND o.party = '' AND o.guest_token = ? AND o.state = 'quoted'
  AND o.state IN ('draft', 'quoted') AND (o.party != '' OR o.guest_token != ''){lock}
"""
LINES = """
SELECT l.id, l.variant_id, l.qty, l.net_minor, l.tax_minor, l.gross_minor,
  (SELECT p.amount_minor * l.qty / p.per_qty FROM catalogue_price p
   JOIN catalogue_price_list t ON t.id = p.list_id
   WHERE p.variant_id = l.variant_id AND p.valid_from <= ? AND (p.valid_to IS NULL
     OR p.valid_to > ?) AND t.kind = 'standard' AND p.lot_id IS NULL
   ORDER BY p.valid_from DESC LIMIT 1)
FROM ordering_line l WHERE l.order_id = ? ORDER BY l.position
"""
KEEP = """
UPDATE stock_reservation SET expires_at = NULL WHERE owner_kind = 'order' AND owner_id = ?
  AND state = 'live' AND (expires_at IS NULL OR expires_at > ?)
"""
NUMBER = """
UPDATE ordering_series SET next = next + 1 WHERE shop_id = ? AND kind = 'order' AND year = ?
RETURNING next
"""
PLACE = """
UPDATE ordering_order SET state = 'placed', number = ?, placed_at = ?, promised_from = wish_from,
  promised_to = wish_to, version = version + 1 WHERE id = ? AND version = ? AND state = 'quoted'
"""
CONFIRM = """
UPDATE ordering_order SET state = 'confirmed', version = version + 1
WHERE id = ? AND state = 'placed'
"""
CHARGE = """
INSERT INTO payments_charge (public_id, created_at, version, shop, party, source, reason, memo, key,
  currency, amount_minor, credited_minor, allocated_minor)
VALUES (?, ?, 1, ?, ?, ?, 'order', ?, ?, ?, ?, 0, 0)
"""
ENTRY = """
INSERT INTO payments_entry (at, kind, source, memo, key, posted)
VALUES (?, 'charge', ?, '', ?, ?) RETURNING id
"""
POSTINGS = """
INSERT INTO payments_posting (entry_id, account_id, amount_minor)
SELECT ?, id, CASE code WHEN 'receivable' THEN ? WHEN 'sales' THEN ? ELSE ? END
FROM payments_account WHERE shop = ? AND code IN ('receivable', 'sales', 'tax-payable')
"""
POST = "UPDATE payments_entry SET posted = ? WHERE id = ?"
CHANGES = """
INSERT INTO ordering_change
  (order_id, entity, entity_id, from_state, to_state, event, "by", at, reason)
VALUES (?, 'order', ?, 'quoted', 'placed', 'place', ?, ?, ''),
  (?, 'order', ?, 'placed', 'confirmed', 'accept', ?, ?, ''),
  (?, 'fulfilment', ?, '', 'pending', 'plan', ?, ?, '')
"""
WORK = """
INSERT INTO ordering_fulfilment (public_id, created_at, version, order_id, kind, state, window_from,
  window_to, booking, handed_to) VALUES (?, ?, 1, ?, 'pickup', 'pending', ?, ?, '', '') RETURNING id
"""
PARTS = """
INSERT INTO ordering_fulfilment_line (fulfilment_id, line_id, qty)
SELECT ?, id, qty FROM ordering_line WHERE order_id = ?
"""
kept, turn = local(), Lock()
Ask = Callable[[str, Sequence[object]], Any]


@contextmanager
def _sqlite(path: str) -> Iterator[Ask]:
    if not hasattr(kept, "db"):
        kept.db = sqlite3.connect(path, isolation_level=None)
        kept.db.execute("PRAGMA synchronous=FULL")
        kept.db.execute("PRAGMA foreign_keys=ON")
    with turn, kept.db as db:
        db.execute("BEGIN IMMEDIATE")
        yield db.execute


@contextmanager
def _postgresql(address: str) -> Iterator[Ask]:
    if not hasattr(kept, "db"):
        kept.db = psycopg.connect(address)
    with kept.db.transaction(), kept.db.cursor() as cursor:
        yield cursor.execute


def _spoken(dialect: str) -> dict[str, str]:
    """Return the statements as this driver wants them."""
    told = {name: text for name, text in globals().items() if name.isupper() and type(text) is str}
    if dialect == "sqlite":
        return {name: text.replace("{lock}", "") for name, text in told.items()}
    lock = " FOR UPDATE OF o"
    return {n: text.replace("{lock}", lock).replace("?", "%s") for n, text in told.items()}


def create_app() -> Flask:
    """Return the reference."""
    app, place = Flask(__name__), os.environ["BENCH_DATABASE"]
    lite = not place.startswith("postgresql")
    say, begin = _spoken("sqlite" if lite else "postgresql"), _sqlite if lite else _postgresql

    @app.post("/api/v1/grocery/orders")
    def orders() -> tuple[Response, int]:
        with begin(place) as ask:
            return jsonify(_place(ask, say, request.get_json())), 201

    return app


def _place(ask: Ask, say: dict[str, str], wish: dict[str, Any]) -> dict[str, object]:
    now = datetime.now(UTC)
    at = now if say["PLACE"].count("%s") else str(now)
    cookie = request.cookies.get("townsquare-session", "")
    who = ask(say["SESSION"], (_hashed(cookie),)).fetchone() or abort(401)
    cart = ask(say["CART"], (_hashed(request.headers["X-Cart-Key"]),)).fetchone() or abort(404)
    number, public_id, version, currency, token, starts, ends, until, shop, prefix, code = cart
    lines = ask(say["LINES"], (at, at, number)).fetchall()
    total, tax = sum(line[3] for line in lines), sum(line[4] for line in lines)
    dearer = any(line[6] is None or line[6] > line[5] for line in lines)
    if version != wish["version"] or total > wish["expected_minor"] or until <= at or dearer:
        abort(409)
    if ask(say["KEEP"], (public_id, at)).rowcount < len(lines):
        abort(409)
    count = ask(say["NUMBER"], (shop, now.year)).fetchone()[0] - 1
    named = f"{prefix or code.upper()}-{now.year}-{count:06}"
    if ask(say["PLACE"], (named, at, number, version)).rowcount != 1:
        abort(409)
    _charge(ask, say, (at, code, currency), what=(public_id, f"guest:{token}", named, total, tax))
    ask(say["CONFIRM"], (number,))
    told = (uuid4().hex, at, number, starts, ends)
    work = ask(say["WORK"], told).fetchone()[0]
    ask(say["PARTS"], (work, number))
    by, of = (who[0], at), (number, number)
    ask(say["CHANGES"], (*of, *by, *of, *by, number, work, *by))
    return {"id": public_id, "number": named, "total_minor": total, "currency": currency}


def _charge(
    ask: Ask, say: dict[str, str], where: tuple[object, str, str], *, what: tuple[Any, ...]
) -> None:
    at, shop, currency = where
    order, party, named, total, tax = what
    source, charge = f"order:{order}", uuid4().hex
    told = (charge, at, shop, party, source, named, source, currency, total)
    ask(say["CHARGE"], told)
    entry = ask(say["ENTRY"], (at, shop, f"{shop} charge {charge}", False)).fetchone()[0]
    amounts = (entry, total, tax - total, -tax, shop)
    ask(say["POSTINGS"], amounts)
    ask(say["POST"], (True, entry))


def _hashed(key: str) -> str:
    return sha256(key.encode()).hexdigest()
