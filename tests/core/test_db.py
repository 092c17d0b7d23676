"""What the way to the database promises, on the embedded engine."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from errno import EDQUOT, EIO, ENOSPC
from traceback import format_exception

import pytest
from graphql import GraphQLError
from sqlalchemy import bindparam, insert, select, text
from sqlalchemy.exc import CompileError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.orm import Session

from townsquare.core.db import (
    Moment,
    breaks,
    connect,
    glancing,
    no_room,
    run_again,
    too_busy,
    writing,
)
from townsquare.core.errors import NoRoom
from townsquare.core.identity.models import AccountRow
from townsquare.core.once import ONE_EFFECT, OnceEntry
from townsquare.core.prepared import Prepared, Silent
from townsquare.core.web.graphql import _error


@dataclass(frozen=True)
class Kept:
    scope: str
    status: int
    done_at: datetime


@dataclass(frozen=True)
class Made:
    id: int


MORNING = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
KEPT = select(OnceEntry.scope, OnceEntry.status, OnceEntry.done_at).order_by(OnceEntry.id)
KEPT_SINCE = Prepared(KEPT.where(OnceEntry.done_at >= bindparam("since")).limit(2), Kept)
PROMISED = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


@pytest.fixture
def db(town):
    with Session(town.database) as session:
        yield session


@pytest.fixture
def three(db):
    rows = [
        OnceEntry(
            scope=f"s{n} %",
            key_hash=str(n),
            request_hash="",
            status=200 + n,
            body="",
            done_at=MORNING.replace(day=n),
        )
        for n in (1, 2, 3)
    ]
    db.add_all(rows)
    return rows


@pytest.mark.parametrize(
    ("said", "is_it"),
    [
        ("UNIQUE constraint failed: core_once.scope, core_once.key_hash", True),
        ('duplicate key value violates unique constraint "uq_core_once_key"', True),
        ("UNIQUE constraint failed: core_once.scope", False),
        ("FOREIGN KEY constraint failed", False),
    ],
)
def test_both_databases_name_the_broken_index_in_their_way(said, is_it):
    assert breaks(IntegrityError("", {}, Exception(said)), ONE_EFFECT) is is_it


def test_a_prepared_statement_answers_typed_rows_it_has_just_seen_written(db, three):
    kept = KEPT_SINCE.rows(db, since=MORNING.replace(day=2))
    assert kept == [Kept("s2 %", 202, three[1].done_at), Kept("s3 %", 203, three[2].done_at)]


def test_a_prepared_statement_runs_in_the_transaction_of_the_session(db, three):
    db.flush()
    db.rollback()
    assert KEPT_SINCE.first(db, since=MORNING.replace(day=1)) is None


def test_a_prepared_change_names_what_the_database_refuses(db, three):
    again = insert(OnceEntry).values(
        scope="s1 %",
        key_hash=bindparam("key"),
        request_hash="",
        status=1,
        body="",
        done_at=MORNING,
    )
    db.flush()
    with pytest.raises(IntegrityError) as refused:
        Prepared(again.returning(OnceEntry.id), Made).rows(db, key="1")
    assert breaks(refused.value, ONE_EFFECT)


def test_a_silent_change_asks_for_nothing(town, db, three):
    again = insert(OnceEntry).values(
        scope="s2", key_hash="k", request_hash="", status=1, body="", done_at=bindparam("at")
    )
    silent = Silent(again)
    assert "RETURNING" not in silent.plan(town.database.dialect).text
    assert silent.run(db, at=MORNING) is None
    with pytest.raises(IntegrityError) as refused:
        silent.run(db, at=MORNING)
    assert breaks(refused.value, ONE_EFFECT)


def test_a_forgotten_value_is_an_error(db):
    with pytest.raises(KeyError, match="since"):
        KEPT_SINCE.rows(db)


def test_a_list_of_changing_length_cannot_be_prepared(db):
    some = Prepared(KEPT.where(OnceEntry.id.in_([1, 2])), Kept)
    with pytest.raises(CompileError, match="no fixed text"):
        some.rows(db)


def test_the_row_names_the_columns_of_its_statement():
    with pytest.raises(TypeError, match="same columns"):
        Prepared(KEPT, Made)


@pytest.mark.engines("sqlite")
def test_what_is_acknowledged_survives_a_loss_of_power(town):
    with town.database.connect() as connection:
        said = [connection.exec_driver_sql(f"PRAGMA {p}").scalar() for p in PROMISED]
    assert dict(zip(PROMISED, said, strict=True)) == PROMISED


@pytest.mark.engines("sqlite")
def test_the_connection_that_came_back_last_is_lent_first(town):
    with town.database.connect() as first, town.database.connect() as second:
        lent = [one.connection.driver_connection for one in (first, second)]
    with town.database.connect() as again:  # The second one came back before the first.
        assert again.connection.driver_connection is lent[0]


@pytest.mark.engines("sqlite")
def test_a_reader_does_not_wait_for_a_writer(town):
    reading = town.database.execution_options(reads=True)
    with town.database.begin() as writer, reading.begin() as reader:
        writer.exec_driver_sql("CREATE TABLE slow (id INTEGER)")
        found = reader.exec_driver_sql("SELECT count(*) FROM sqlite_master WHERE name = 'slow'")
        assert found.scalar() == 0


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(TypeError, match="zone"):
        Moment().process_bind_param(datetime(2026, 3, 2), None)  # noqa: DTZ001


def test_an_in_memory_town_keeps_its_one_connection():
    engine = connect("sqlite://")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE kept (id INTEGER)"))
    with engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM kept")).scalar() == 0
    engine.dispose()


def test_who_finds_no_free_connection_is_asked_to_come_back(town, app):
    client, addresses = app.test_client(), ("/library", "/api/v1/library/documents")
    with ExitStack() as taken, ThreadPoolExecutor(2) as visitors:
        with suppress(NoConnection):
            while True:
                taken.enter_context(town.database.connect())
        page, program = visitors.map(lambda address: app.test_client().get(address), addresses)
    assert (page.status_code, program.status_code) == (503, 503)
    assert program.json["code"] == "core.busy"
    assert program.headers["Retry-After"] == page.headers["Retry-After"] == "1"
    assert client.get("/library").status_code == 200


@pytest.mark.parametrize(
    ("state", "busy"), [("55P03", True), ("57014", True), ("40001", True), ("23514", False)]
)
def test_a_database_that_gave_up_waiting_is_busy(state, busy):
    orig = type("Refused", (Exception,), {"sqlstate": state})()
    assert too_busy(OperationalError("SELECT 1", {}, orig)) is busy


FULL = [
    (OperationalError("COMMIT", {}, Exception("database or disk is full")), True),
    (OperationalError("", {}, type("DiskFull", (Exception,), {"sqlstate": "53100"})()), True),
    (OSError(ENOSPC, "No space left on device"), True),
    (OSError(EDQUOT, "Disk quota exceeded"), True),
    (OperationalError("COMMIT", {}, Exception("disk I/O error")), False),
    (OSError(EIO, "Input/output error"), False),
    (ValueError("database or disk is full"), False),
]


@pytest.mark.parametrize(("error", "full"), FULL)
def test_a_full_disk_is_known_by_what_it_says_and_is_not_asked_again(error, full):
    assert no_room(error) is full
    answers = [error, "done"]

    def work():
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    if full:
        with pytest.raises(type(error)):
            run_again(work)
        assert answers == ["done"]


def test_a_commit_for_which_there_was_no_room_is_not_unknown(town, monkeypatch):
    full = OperationalError("COMMIT", {}, Exception("database or disk is full"))

    def commit(_connection):
        raise full

    monkeypatch.setattr(town.database.dialect, "do_commit", commit)
    with pytest.raises(OperationalError, match="disk is full"), writing(town.database):
        pass


@pytest.mark.parametrize("error", [error for error, full in FULL if full])
def test_no_surface_takes_a_full_disk_for_a_mistake_of_ours(app, monkeypatch, error):
    def broken(*_told):
        raise error

    for name in ("library.search", "library_api.library_document_list"):
        monkeypatch.setitem(app.view_functions, name, broken)
    client = app.test_client()
    page, program = client.get("/library"), client.get("/api/v1/library/documents")
    assert (page.status_code, program.status_code) == (507, 507)
    assert program.json["code"] == NoRoom.code
    assert "There is no room left" in page.text
    with app.test_request_context("/graphql"):
        told = _error(GraphQLError("", original_error=error))
    assert told["extensions"]["code"] == NoRoom.code


def test_work_that_lost_a_race_is_done_again_and_other_work_is_not():
    lost = OperationalError("", {}, Exception("database is locked"))
    answers = [lost, lost, "done"]

    def work():
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert run_again(work) == "done"
    answers[:] = [OperationalError("", {}, Exception("no such table")), "done"]
    with pytest.raises(OperationalError):
        run_again(work)
    answers[:] = [lost] * 6
    with pytest.raises(OperationalError):
        run_again(work)
    assert answers == [lost]


SECRETS = {"email": "maya@sanroque.example", "name": "Maya Santos", "password_hash": "$argon2id$"}
TWICE = insert(AccountRow).values(
    public_id="A", created_at=MORNING, person="A", demo_sentence="", epoch=1, **SECRETS
)
NAMELESS = TWICE.values(public_id="B", person=None)


def by_session(db, statement):
    db.execute(statement)


def by_prepared(db, statement):
    Prepared(statement.returning(AccountRow.id), Made).rows(db)


@pytest.mark.engines("sqlite", "postgresql")
@pytest.mark.parametrize("wrong", [TWICE, NAMELESS], ids=["unique", "not null"])
@pytest.mark.parametrize("write", [by_session, by_prepared])
def test_what_a_database_refuses_names_nobody(town, wrong, write):
    with town.sessions.begin() as db:
        db.execute(TWICE)
    with pytest.raises(IntegrityError) as caught, town.sessions.begin() as db:
        write(db, wrong)
    told = "".join(format_exception(caught.value))
    assert [word for word in SECRETS.values() if word in told] == []
    assert "core_account" in str(caught.value.orig)


@pytest.mark.engines("postgresql")
def test_what_is_asked_for_each_request_is_prepared_by_the_server_once(town, signed_in):
    olga = signed_in("administrator")
    for _ in range(8):  # The driver prepares what it has been asked some times.
        olga.client.get("/account")
    with town.database.connect() as connection:
        told = text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE :asked")
        assert connection.scalar(told, {"asked": "%core_session%"})


@pytest.mark.engines("postgresql")
def test_a_connection_lent_for_a_glance_has_transactions_again_afterwards(town, db, three):
    db.commit()
    with glancing(town.database) as connection:
        driver = connection.connection.dbapi_connection
        assert KEPT_SINCE.rows(connection, since=MORNING)
        assert driver.info.transaction_status.name == "IDLE"
    assert not driver.autocommit
