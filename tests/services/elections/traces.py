"""What somebody finds who reads the files of a database, and not only asks it by SQL."""

import re
import struct
from collections import Counter
from itertools import pairwise
from pathlib import Path

from sqlalchemy import inspect

PAGE = 8192  # Of PostgreSQL, which fills one from its end.
FRAMES, FRAME = 32, 24  # Where frames begin in SQLite's log, and what stands before each page.
# A slot as it lies in a page, and a mark: the length of a row, its number, its heading, the day.
VOTE = re.compile(rb'([0-9a-f]{64})[^{]{0,4}\{"chair":\["(\d)"\]')
MARK = re.compile(rb"\r([\x81-\xff]?[\x00-\x7f])\x03\x00!\d{4}-\d\d-\d\d", re.DOTALL)
STORED = "SELECT c.relname FROM pg_class c WHERE c.relname LIKE 'elections_%%' AND relkind = 'r'"
INDEXES = "SELECT c.relname FROM pg_class c WHERE c.relname LIKE '%%elections_%%' AND relkind = 'i'"

CONTENT = "elections_poll_content"
FEW = 10  # A column with more values than these tells no choice by itself.


def columns(town, tables):
    """Return the columns of these tables as the database has them."""
    seen = inspect(town.database)
    return {table: {column["name"] for column in seen.get_columns(table)} for table in tables}


def add_time(town, table):
    """Plant a column that says when a row came."""
    with town.database.begin() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {table} ADD COLUMN cast_at TEXT")


def known_in_order(town, truth):
    """Return how many choices somebody knows who takes the rows of a table for voters in turn.

    It is the most that any table tells by any of its columns, whichever column orders its rows.
    """
    most = 0
    with town.database.connect() as connection:
        for table in inspect(town.database).get_table_names():
            found = connection.exec_driver_sql(f'SELECT * FROM "{table}"')
            rows = [tuple(row) for row in found]
            if len(rows) == len(truth):
                most = max(most, *(_known(rows, order, truth) for order in _orders(rows)))
    return most


def _orders(rows):
    """Return the places of rows as they lie, and in the order of each of their columns."""
    yield range(len(rows))
    for column in range(len(rows[0])):
        values = [row[column] for row in rows]
        if len({str(value) for value in values}) == len(rows):
            yield sorted(range(len(rows)), key=lambda at, v=values: str(v[at]).zfill(20))


def _known(rows, order, truth):
    best = 0
    for column in range(len(rows[0])):
        told = {}
        for place, choice in zip(order, truth, strict=True):
            told.setdefault(str(rows[place][column]), Counter())[choice] += 1
        if len(told) <= FEW:
            best = max(best, sum(one.most_common(1)[0][1] for one in told.values()))
    return best


def write_down(run, election, choices, *, places, timed=False):
    """Plant what each chose, at these places, as they lie; `timed` says when each came, as well."""
    told = f"{CONTENT} (poll_id, position, content{', cast_at' if timed else ''})"
    for place, turn, choice in sorted(zip(places, range(len(choices)), choices, strict=True)):
        when = f", '{turn:04}'" if timed else ""
        run(f"INSERT INTO {told} SELECT {election}, {place}, '{choice}'{when}")


def files(town):
    """Return what the files hold in which the database keeps elections, by their names."""
    if town.database.dialect.name == "sqlite":
        base = Path(town.database.url.database)
        found = [base, *base.parent.glob(f"{base.name}-*")]
        return {file.name.removeprefix(base.name): file.read_bytes() for file in found}
    with town.database.connect().execution_options(isolation_level="AUTOCOMMIT") as line:
        line.exec_driver_sql("CHECKPOINT")
        names = [*line.exec_driver_sql(STORED).scalars(), *line.exec_driver_sql(INDEXES).scalars()]
        asked = "SELECT pg_read_binary_file(pg_relation_filepath(%s))"
        return {name: bytes(line.exec_driver_sql(asked, (name,)).scalar()) for name in names}


def linked(poll):
    """Return whose vote was which, by the files: {place on the roll: option of the chair}."""
    read = files(poll.town)
    if "-wal" in read:
        return _by_commits(read["-wal"])
    marks = poll.rows(
        "SELECT roll_entry_id FROM elections_participation ORDER BY xmin::text::bigint, ctid"
    )
    votes = _in_order(read["elections_poll_slot"])
    return {entry: vote for (entry,), vote in zip(marks, votes, strict=False)}


def _in_order(heap):
    pages = [heap[at : at + PAGE] for at in range(0, len(heap), PAGE)]
    return [vote[2].decode() for page in pages for vote in reversed([*VOTE.finditer(page)])]


def _by_commits(log):
    """Return what came new in one commit: one vote, and one mark beside it."""
    found, states = {}, [({}, set())]
    for pages in _commits(log):
        votes = {vote[1]: vote[2].decode() for page in pages for vote in VOTE.finditer(page)}
        marks = {_number(mark[1]) for page in pages for mark in MARK.finditer(page)}
        states.append((states[-1][0] | votes, states[-1][1] | marks))
    for (votes, marks), (more_votes, more_marks) in pairwise(states):
        vote, mark = more_votes.keys() - votes.keys(), more_marks - marks
        if len(vote) == len(mark) == 1:
            found[mark.pop()] = more_votes[vote.pop()]
    return found


def _commits(log):
    size = struct.unpack(">I", log[8:12])[0] if log else 0
    pages = []
    for at in range(FRAMES, len(log) - FRAME - size + 1, FRAME + size):
        pages.append(log[at + FRAME : at + FRAME + size])
        if struct.unpack(">I", log[at + 4 : at + 8])[0]:
            yield pages
            pages = []


def _number(told):
    return told[0] if len(told) == 1 else (told[0] & 127) << 7 | told[1]
