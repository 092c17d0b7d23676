"""Bare Flask and the raw driver: put an encrypted ballot on its board, with the same rows.

It decides nothing: the work in the group that a ballot takes is given to it, to be done alone.
"""

import json
import sqlite3
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256

from flask import Flask, Response, abort, jsonify, request

SESSION = """
SELECT a.person FROM core_session s JOIN core_account a ON a.id = s.account_id
WHERE s.key_hash = ? AND s.ended_at IS NULL AND a.disabled_at IS NULL
"""
ELECTION = "SELECT id, state, opens_at, closes_at FROM elections_election WHERE public_id = ?"
PLACE = """
SELECT r.id FROM elections_roll_entry r JOIN elections_voter v ON v.id = r.voter_id
WHERE r.election_id = ? AND v.person = ?
"""
CREDENTIAL = "SELECT id, state FROM elections_credential WHERE election_id = ? AND pub = ?"
LAST = """
SELECT max(sequence) FROM elections_ballot WHERE election_id = ? AND credential_id = ?
"""
CLAIM = """
SELECT credential_id, roll_entry_id FROM elections_credential_claim
WHERE roll_entry_id = ? OR (election_id = ? AND credential_id = ?)
"""
KNOWN = "SELECT board_seq FROM elections_ballot WHERE election_id = ? AND body_hash = ?"
OPENED = "SELECT board_seq FROM elections_challenged WHERE election_id = ? AND body_hash = ?"
HEAD = """
SELECT seq, hash FROM elections_board_entry WHERE election_id = ? ORDER BY seq DESC LIMIT 1
"""
ENTER = """
INSERT INTO elections_board_entry (election_id, seq, kind, prev, body, hash)
VALUES (?, ?, 'ballot', ?, ?, ?)
"""
KEEP = """
INSERT INTO elections_ballot (election_id, body_hash, credential_id, sequence, board_seq, by_server)
VALUES (?, ?, ?, ?, ?, 0)
"""
HOLD = """
INSERT INTO elections_credential_claim (roll_entry_id, election_id, credential_id) VALUES (?, ?, ?)
"""


def create_app(path: str, now: Callable[[], datetime], work: Callable[[str], None]) -> Flask:
    """Return the reference for a database; `work` does the group work of a credential's ballot."""
    app = Flask(__name__)
    db = sqlite3.connect(path, isolation_level=None)
    db.row_factory = sqlite3.Row
    db.execute("PRAGMA synchronous=FULL")
    db.execute("PRAGMA foreign_keys=ON")

    @app.post("/api/v1/elections/<election>/ballots")
    def cast(election: str) -> tuple[Response, int]:
        text = request.get_data()
        body = json.loads(text)
        work(body["credential"])
        with db:
            db.execute("BEGIN IMMEDIATE")
            seq, hashed = _cast(
                db, election, body, text=text.decode(), now=f"{now():%Y-%m-%d %H:%M:%S.%f}"
            )
        return jsonify({"board_seq": seq, "body_hash": hashed}), 201

    return app


def _cast(
    db: sqlite3.Connection, election: str, body: dict[str, str], *, text: str, now: str
) -> tuple[int, str]:
    key = sha256(request.cookies.get("townsquare-session", "").encode()).hexdigest()
    who = db.execute(SESSION, (key,)).fetchone() or abort(401)
    row = db.execute(ELECTION, (election,)).fetchone()
    assert row["state"] == "frozen" and row["opens_at"] <= now < row["closes_at"]  # noqa: S101, PT018 (the reference stops where its data are wrong)
    place = db.execute(PLACE, (row["id"], who["person"])).fetchone()["id"]
    held = db.execute(CREDENTIAL, (row["id"], body["credential"])).fetchone()
    last = db.execute(LAST, (row["id"], held["id"])).fetchone()[0] or 0
    assert held["state"] != "void" and body["sequence"] == last + 1  # noqa: S101, PT018 (as above)
    assert not db.execute(CLAIM, (place, row["id"], held["id"])).fetchone()  # noqa: S101 (as above)
    hashed = sha256(text.encode()).hexdigest()
    for known in (KNOWN, OPENED):
        assert not db.execute(known, (row["id"], hashed)).fetchone()  # noqa: S101 (as above)
    seq, prev = db.execute(HEAD, (row["id"],)).fetchone()
    entry = sha256(f"{prev} {hashed}".encode()).hexdigest()
    db.execute(ENTER, (row["id"], seq + 1, prev, text, entry))
    db.execute(KEEP, (row["id"], hashed, held["id"], body["sequence"], seq + 1))
    db.execute(HOLD, (place, row["id"], held["id"]))
    return seq + 1, hashed
