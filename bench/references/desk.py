"""Bare Flask and the raw driver: lend a copy, take it back, with the same rows written."""

import json
import os
import sqlite3
from datetime import UTC, datetime, timedelta
from threading import Lock, local
from uuid import uuid4

from flask import Flask, Response, jsonify, request

from bench.references.sessions import who as signed_in

FIND = """
SELECT c.id, c.state, c.version, c.at_branch_id AS branch, d.title,
  (SELECT l.id FROM library_loan l WHERE l.copy_id = c.id AND l.closed_reason IS NULL) AS loan
FROM library_copy c JOIN library_document d ON d.id = c.document_id WHERE c.barcode = ?
"""
READER = """
SELECT p.id, p.state, p.expires_on, n.name,
  (SELECT coalesce(sum(h.amount_minor - h.credited_minor - h.allocated_minor), 0)
   FROM payments_charge h WHERE h.party = p.person AND h.shop = 'library') AS owed
FROM library_patron p JOIN people_person n ON n.public_id = p.person WHERE p.card = ?
"""
MOVE = "UPDATE library_copy SET state = ?, version = version + 1 WHERE id = ? AND state = ?"
LOAD = """
INSERT INTO library_patron_load (patron_id, limit_group, open_loans, loan_limit, lifted)
VALUES (?, '20', 1, 20, 0) ON CONFLICT (patron_id, limit_group)
DO UPDATE SET open_loans = open_loans + 1
"""
LEND = """
INSERT INTO library_loan (copy_id, patron_id, kind, out_at, out_branch_id, due_at, approved_by,
  lifted, renewals, recalled, edition, priority, limit_group, policy, public_id, created_at)
VALUES (?, ?, 'home', ?, ?, ?, ?, 0, 0, 0, 0, 20, '20', '{}', ?, ?) RETURNING id
"""
CLOSE = """
UPDATE library_loan SET returned_at = ?, return_branch_id = 1, closed_reason = 'returned',
  version = version + 1 WHERE id = ? AND closed_reason IS NULL RETURNING patron_id
"""
UNLOAD = "UPDATE library_patron_load SET open_loans = open_loans - 1 WHERE patron_id = ?"
HISTORY = """
INSERT INTO library_loan_event (loan_id, kind, at, effective_at, by, facts)
VALUES (?, ?, ?, ?, ?, '{}')
"""
CHANGE = """
INSERT INTO library_state_change (thing, thing_id, from_state, to_state, at, by, why)
VALUES ('copy', ?, ?, ?, ?, ?, '')
"""
OUTBOX = """
INSERT INTO core_outbox (name, facts, actor_id, request_id, emitted_at) VALUES (?, ?, ?, '', ?)
"""
AUDIT = """
INSERT INTO core_audit
  (at, service, actor_id, actor_name, act, event, subject, facts, request_id)
VALUES (?, 'library', ?, ?, ?, ?, ?, ?, '')
"""
ONCE = """
INSERT INTO core_once (scope, key_hash, request_hash, status, body, done_at)
VALUES ('bench', ?, '', 201, ?, ?)
"""
kept, turn = local(), Lock()


def database() -> sqlite3.Connection:
    """Return this thread's connection, as safe against a loss of power as ours."""
    if not hasattr(kept, "db"):
        kept.db = sqlite3.connect(os.environ["BENCH_DATABASE"], isolation_level=None)
        kept.db.row_factory = sqlite3.Row
        kept.db.execute("PRAGMA synchronous=FULL")
        kept.db.execute("PRAGMA foreign_keys=ON")
    found: sqlite3.Connection = kept.db
    return found


def create_app() -> Flask:
    """Return the reference."""
    app = Flask(__name__)

    @app.post("/api/v1/library/loans")
    def lend() -> tuple[Response, int]:
        with turn, database() as db:
            db.execute("BEGIN IMMEDIATE")
            return jsonify(_lend(db, request.get_json(), request.headers["Idempotency-Key"])), 201

    @app.post("/api/v1/library/returns")
    def take_back() -> Response:
        with turn, database() as db:
            db.execute("BEGIN IMMEDIATE")
            return jsonify(_take_back(db, request.get_json()))

    return app


def _lend(db: sqlite3.Connection, wish: dict[str, str], key: str) -> dict[str, str]:
    now = datetime.now(UTC)
    at, due, who = str(now), str(now + timedelta(days=28)), signed_in(db)
    copy = db.execute(FIND, (wish["barcode"],)).fetchone()
    reader = db.execute(READER, (wish["card"],)).fetchone()
    assert copy["state"] == "available"  # noqa: S101 (the reference stops where its data are wrong)
    loan = {"id": uuid4().hex, "barcode": wish["barcode"], "title": copy["title"], "due_at": due}
    db.execute(LOAD, (reader["id"],))
    db.execute(MOVE, ("on_loan", copy["id"], "available"))
    db.execute(CHANGE, (copy["id"], "available", "on_loan", at, who["name"]))
    told = (copy["id"], reader["id"], at, copy["branch"], due, who["name"], loan["id"], at)
    number = db.execute(LEND, told).fetchone()["id"]
    db.execute(HISTORY, (number, "lent", at, at, who["name"]))
    _tell(db, who, event="library.CopyBorrowed", facts=wish, at=at)
    db.execute(ONCE, (key, json.dumps(loan), at))
    return loan


def _take_back(db: sqlite3.Connection, wish: dict[str, str]) -> dict[str, str]:
    at, who = str(datetime.now(UTC)), signed_in(db)
    copy = db.execute(FIND, (wish["barcode"],)).fetchone()
    if copy["loan"]:
        reader = db.execute(CLOSE, (at, copy["loan"])).fetchone()
        db.execute(UNLOAD, (reader["patron_id"],))
        db.execute(HISTORY, (copy["loan"], "returned", at, at, who["name"]))
        db.execute(MOVE, ("available", copy["id"], "on_loan"))
        db.execute(CHANGE, (copy["id"], "on_loan", "available", at, who["name"]))
    _tell(db, who, event="library.CopyReturned", facts=wish, at=at)
    return {"barcode": wish["barcode"], "title": copy["title"], "goes_to": "available"}


def _tell(
    db: sqlite3.Connection, who: sqlite3.Row, *, event: str, facts: dict[str, str], at: str
) -> None:
    said = json.dumps(facts)
    db.execute(OUTBOX, (event, said, who["id"], at))
    told = (at, who["id"], who["name"], event, event, facts["barcode"], said)
    db.execute(AUDIT, told)
