"""Who asks: the session of the cookie, looked up once for each request as our town does."""

import sqlite3
from hashlib import sha256

from flask import abort, request

SESSION = """
SELECT a.id, a.name FROM core_session s JOIN core_account a ON a.id = s.account_id
WHERE s.key_hash = ? AND s.ended_at IS NULL AND a.disabled_at IS NULL
"""


def who(db: sqlite3.Connection) -> sqlite3.Row:
    """Return the account behind this request; end it where there is none."""
    key = request.cookies.get("townsquare-session", "")
    digest = sha256(key.encode()).hexdigest()
    found: sqlite3.Row | None = db.execute(SESSION, (digest,)).fetchone()
    return found or abort(401)
