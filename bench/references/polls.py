"""Bare Flask and the raw driver: put a vote into its slot, with the same rows read and written."""

import hmac
import json
import os
import sqlite3
from datetime import UTC, datetime
from hashlib import sha256
from secrets import token_bytes
from threading import Lock, local
from zoneinfo import ZoneInfo

from flask import Flask, Response, abort, jsonify, request

SESSION = """
SELECT a.id, a.person FROM core_session s JOIN core_account a ON a.id = s.account_id
WHERE s.key_hash = ? AND s.ended_at IS NULL AND a.disabled_at IS NULL
"""
POLL = "SELECT id, state, opens_at, closes_at, zone FROM elections_election WHERE public_id = ?"
PLACE = """
SELECT r.public_id, r.weight, r.style_id, s.code AS style FROM elections_roll_entry r
JOIN elections_voter v ON v.id = r.voter_id LEFT JOIN elections_style s ON s.id = r.style_id
WHERE r.election_id = ? AND v.person = ?
"""
ASKED = """
SELECT id, code, least, most FROM elections_contest WHERE election_id = ? ORDER BY position
"""
OPTIONS = """
SELECT o.contest_id, o.code FROM elections_option o
JOIN elections_contest c ON c.id = o.contest_id WHERE c.election_id = ?
"""
KEY = "SELECT secret FROM elections_poll_key WHERE poll_id = ?"
PUT = """
INSERT INTO elections_poll_slot
(poll_id, slot_hash, content, receipt, marked_on, style_id, weight)
VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (poll_id, slot_hash)
DO UPDATE SET content = excluded.content, receipt = excluded.receipt
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

    @app.put("/api/v1/elections/<poll>/ballot")
    def cast(poll: str) -> Response:
        choices = request.get_json()["choices"]
        with turn, database() as db:
            db.execute("BEGIN IMMEDIATE")
            return jsonify({"election": poll, "receipt": _cast(db, poll, choices)})

    return app


def _cast(db: sqlite3.Connection, public_id: str, choices: dict[str, list[str]]) -> str:
    who, now = _who(db), datetime.now(UTC)
    poll = db.execute(POLL, (public_id,)).fetchone()
    place = db.execute(PLACE, (poll["id"], who["person"])).fetchone()
    assert place  # noqa: S101 (the reference stops where its data are wrong)
    assert poll["opens_at"] <= str(now)[:26] < poll["closes_at"]  # noqa: S101 (as above)
    content = json.dumps(_checked(db, poll["id"], choices), separators=(",", ":"))
    secret = bytes.fromhex(db.execute(KEY, (poll["id"],)).fetchone()["secret"])
    said = f"slot {public_id} {place['public_id']}".encode()
    slot = hmac.new(secret, said, sha256).hexdigest()
    counts = f"{place['style'] or 'all'} {place['weight']}".encode()
    receipt = _receipt(sha256(token_bytes(32) + counts + content.encode()).hexdigest())
    day = now.astimezone(ZoneInfo(poll["zone"])).date().isoformat()
    first = (day, place["style_id"], place["weight"])
    db.execute(PUT, (poll["id"], slot, content, receipt, *first))
    return receipt


def _who(db: sqlite3.Connection) -> sqlite3.Row:
    digest = sha256(request.cookies.get("townsquare-session", "").encode()).hexdigest()
    found: sqlite3.Row | None = db.execute(SESSION, (digest,)).fetchone()
    return found or abort(401)


def _receipt(digest: str) -> str:
    """Return something as long as a receipt."""
    return "-".join(digest[at : at + 5] for at in range(0, 25, 5))


def _checked(
    db: sqlite3.Connection, poll: int, choices: dict[str, list[str]]
) -> dict[str, list[str]]:
    known: dict[int, set[str]] = {}
    for row in db.execute(OPTIONS, (poll,)):
        known.setdefault(row["contest_id"], set()).add(row["code"])
    marked = {}
    for one in db.execute(ASKED, (poll,)):
        told = choices.get(one["code"], [])
        assert {*told} <= known[one["id"]]  # noqa: S101 (as above)
        assert one["least"] <= len(told) <= one["most"]  # noqa: S101 (as above)
        marked[one["code"]] = told
    return marked
