"""The same rows for everybody: generated documents and copies in the tables of the library."""

import random
import sqlite3
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from townsquare import migrations
from townsquare.core.ids import new_id

SEED = 20_260_302
BATCH = 20_000
NOW = "2026-03-02 02:00:00.000000"
WORDS = ("river", "garden", "winter", "letter", "shadow", "island", "market", "school", "bridge")
MAKERS = ("Ada Bell", "Bo Carver", "Cy Dunn", "Eva Finch", "Gil Hart", "Ivy Jones", "Kim Lowe")


def library(folder: Path, documents: int) -> Path:
    """Return a migrated database file with this many documents, made once and kept."""
    path = folder / f"library-{documents}.db"
    if path.exists():
        return path
    making = path.with_suffix(".making")
    making.unlink(missing_ok=True)
    migrations.upgrade(f"sqlite:///{making}")
    with sqlite3.connect(making) as db:
        db.execute("PRAGMA synchronous=OFF")
        _branch(db)
        _documents(db, documents)
    db.close()
    making.rename(path)
    return path


BRANCH = """
INSERT INTO library_branch
  (id, public_id, created_at, code, name, kind, address, postcode, area, mail, website, zone)
VALUES (1, ?, ?, 'CEN', 'Central', '', '', '', '', '', '', 'Asia/Manila')
"""
DOCUMENT = """
INSERT INTO library_document
  (id, public_id, created_at, title, filing_title, names, published_year, subtitle,
   original_title, edition, language, material, series, volume, description, contents, cover, state)
VALUES (?, ?, ?, ?, ?, ?, ?, '', '', '', 'eng', 'book', '', '', '', '', '', 'published')
"""
COPY = """
INSERT INTO library_copy
  (public_id, created_at, document_id, barcode, owner_branch_id, at_branch_id, shelf, shelf_mark,
   item_type, condition, state, price_minor)
VALUES (?, ?, ?, ?, 1, 1, '', '', 'book', 'good', 'available', 0)
"""


def _branch(db: sqlite3.Connection) -> None:
    db.execute(BRANCH, (new_id(), NOW))


def _documents(db: sqlite3.Connection, documents: int) -> None:
    rows = _rows(random.Random(SEED), documents)
    while batch := list(islice(rows, BATCH)):
        db.executemany(DOCUMENT, batch)
        db.executemany(COPY, [(new_id(), NOW, row[0], f"TS{row[0]:07}") for row in batch])
    db.execute("ANALYZE")


def _rows(chance: random.Random, documents: int) -> Iterator[tuple[object, ...]]:
    for number in range(1, documents + 1):
        title = " ".join(chance.choices(WORDS, k=3)).capitalize() + f" {number}"
        maker = chance.choice(MAKERS)
        yield (number, new_id(), NOW, title, title.lower(), maker, chance.randrange(1850, 2026))
