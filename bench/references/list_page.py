"""Bare Flask and the raw driver: a list of 20 documents after one of them."""

import os
import sqlite3
from threading import local

from flask import Flask, Response, jsonify, request

from bench.references.sessions import who

LIST = """
SELECT d.public_id AS id, d.title, d.subtitle, d.names, d.published_year, d.language, d.material,
  d.state,
  (SELECT count(*) FROM library_copy c WHERE c.document_id = d.id AND c.state != 'withdrawn')
    AS copies,
  (SELECT count(*) FROM library_copy c WHERE c.document_id = d.id AND c.state = 'available')
    AS available
FROM library_document d
WHERE d.state = 'published' AND (d.filing_title, d.public_id) >
  ((SELECT b.filing_title FROM library_document b WHERE b.public_id = ?), ?)
ORDER BY d.filing_title, d.public_id LIMIT 20
"""
kept = local()


def database() -> sqlite3.Connection:
    """Return this thread's connection."""
    if not hasattr(kept, "db"):
        kept.db = sqlite3.connect(os.environ["BENCH_DATABASE"], isolation_level=None)
        kept.db.row_factory = sqlite3.Row
    found: sqlite3.Connection = kept.db
    return found


def create_app() -> Flask:
    """Return the reference."""
    app = Flask(__name__)

    @app.get("/api/v1/library/documents")
    def documents() -> Response:
        db, after = database(), request.args.get("after", "")
        who(db)
        return jsonify([dict(row) for row in db.execute(LIST, (after, after))])

    return app
