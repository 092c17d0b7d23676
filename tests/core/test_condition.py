"""The condition of the town: one page, one verb, the same facts, and a check that no page runs."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import select, text, update

from tests.core.test_operating import break_a_rule
from townsquare.cli import townsquare
from townsquare.core.audit import AuditEntry
from townsquare.core.errors import NotAllowed
from townsquare.core.jobs.queue import JobRow, put
from townsquare.core.marks import BACKUP, VERIFIED, age_of, mark
from townsquare.core.operations.checking import CheckInvariants
from townsquare.core.operations.condition import CHECK, Machine, Records, Waits
from townsquare.core.operations.desk import ask_for_check
from townsquare.core.operations.verdicts import verdicts_of
from townsquare.core.watching import WATCHERS, Slowest
from townsquare.core.worker import Worker

PAGE = "/admin/operations"


@pytest.fixture
def operator(signed_in):
    return signed_in("operations.operator")


@pytest.fixture
def dead(town, clock):
    with town.sessions.begin() as db:
        put(db, "test.bake", {}, run_at=clock(), asked=(0, clock()))
        db.execute(update(JobRow).values(state="dead", ended_at=clock(), reason="no flour"))


def test_a_town_in_order_says_so(operator, settings, town):
    for name in (BACKUP, VERIFIED):
        mark(settings.folder, name, town.now())
    page = operator.client.get(PAGE).text
    assert "Everything is well." in page
    assert "Nothing waits, and nothing has failed." in page
    assert "Nobody has looked lately." in page
    assert "The setting TOWNSQUARE_METRICS, such as 127.0.0.1:9100, switches it on." in page


def test_what_needs_a_look_is_named_and_leads_on(operator, dead):
    page = operator.client.get(PAGE).text
    assert "3 parts of the town need a look." in page  # No backup, nobody verified, a failed job.
    assert '1 · <a href="/admin/jobs">' in page
    assert "test.bake" in page
    assert "never, as far as this machine knows" in page


def test_the_check_is_asked_for_once_a_minute_and_runs_as_work(operator, town):
    sent = {"csrf_token": operator.token}
    for _press in range(2):
        assert operator.client.post(f"{PAGE}/check", data=sent).status_code == 303
    with town.sessions() as db:
        assert db.scalars(select(JobRow.state).where(JobRow.name == CHECK)).all() == ["waiting"]
        asked = "A check of what must always hold was asked for."
        assert asked in {entry.sentence() for entry in db.scalars(select(AuditEntry))}
    assert "Under way" in operator.client.get(PAGE).text
    Worker(town).drain()
    assert "All holds" in operator.client.get(PAGE).text


def test_a_breach_stays_among_the_failed_jobs(operator, town):
    break_a_rule(town)
    operator.client.post(f"{PAGE}/check", data={"csrf_token": operator.token})
    Worker(town).drain()
    page = operator.client.get(PAGE).text
    assert "Broken" in page
    assert "core.import-rows: R" in page
    assert "core.import-rows: R" in operator.client.get("/admin/jobs").text


def test_who_may_only_see_asks_for_nothing(signed_in, acting_as):
    viewer = signed_in("operations.job.view")
    assert "Look now" not in viewer.client.get(PAGE).text
    sent = {"csrf_token": viewer.token}
    assert viewer.client.post(f"{PAGE}/check", data=sent).status_code == 403
    with pytest.raises(NotAllowed), acting_as("operations.job.view") as ctx:
        ask_for_check(ctx, CheckInvariants())


def test_slow_statements_and_pages_stand_on_the_page(operator):
    slow = Slowest()
    WATCHERS.append(slow)
    try:
        assert "Nothing has been asked yet." in operator.client.get(PAGE).text or slow.requests(1)
        slow.stated("SELECT * FROM town WHERE name = 'Olga'", 1.5)
        page = operator.client.get(PAGE).text
    finally:
        WATCHERS.remove(slow)
    assert "SELECT * FROM town WHERE name = ?" in page
    assert "Olga" not in page
    assert "1500.0&nbsp;ms" in page
    assert "GET /admin/operations" in page


WELL = Machine(0.5, 0, timedelta(hours=1), timedelta(hours=1))


@pytest.mark.parametrize(
    ("part", "waits", "machine"),
    [
        ("outbox", {"outbox": 61}, WELL),
        ("audit", {"audit": 6}, WELL),
        ("disk", {}, Machine(0.09, 0, WELL.backup_age, WELL.verified_age)),
        ("wal", {}, Machine(0.5, 2**29, WELL.backup_age, WELL.verified_age)),
        ("backup", {}, Machine(0.5, 0, timedelta(hours=27), WELL.verified_age)),
        ("verified", {}, Machine(0.5, 0, WELL.backup_age, None)),
        ("schema", {"schema": "2026_01_01_old"}, WELL),
    ],
)
def test_each_part_has_a_bound_of_its_own(part, waits, machine, clock):
    from townsquare.core.health import newest_schema

    since = {name: clock() - timedelta(seconds=n) for name, n in waits.items() if name != "schema"}
    told = {"outbox": None, "audit": None, "schema": newest_schema(), **waits, **since}
    found = verdicts_of(Records([], Waits(**told), None), machine, clock())
    assert [verdict.part for verdict in found if not verdict.well] == [part]


def test_a_mark_that_cannot_be_read_counts_as_none(settings, clock):
    mark(settings.folder, BACKUP, clock())
    clock.advance(minutes=5)
    assert age_of(settings.folder, BACKUP, clock()) == timedelta(minutes=5)
    (settings.folder / "marks" / BACKUP).write_text("yesterday")
    assert age_of(settings.folder, BACKUP, clock()) is None


@pytest.fixture
def shell(settings, town):
    here = {
        "TOWNSQUARE_DATA": settings.data,
        "TOWNSQUARE_DATABASE": settings.database,
        "TOWNSQUARE_SECRET_KEY": settings.secret_key,
        "TOWNSQUARE_AUDIT_KEY": "ab" * 32,
    }
    return lambda *words: CliRunner().invoke(townsquare, list(words), env=here)


@pytest.mark.engines("sqlite")
def test_the_verb_tells_the_same(shell, settings, tmp_path):
    said = shell("status")
    assert said.exit_code == 1
    assert "LOOK  Last backup: never, as far as this machine knows" in said.output
    assert shell("backup", str(tmp_path / "copy")).exit_code == 0
    assert shell("audit", "verify").exit_code == 0
    said = shell("status", "--json")
    told = json.loads(said.output)
    assert said.exit_code == 0
    assert told["parts"]["backup"]["well"] is True
    assert told["versions"]["database"] == "sqlite"
    assert told["check"] is None


def test_the_parts_of_the_records_are_found_by_small_indexes(town):
    from townsquare.core.operations.condition import _QUEUES

    if town.database.dialect.name == "sqlite":
        plan = _QUEUES.plan(town.database.dialect).text
        with town.database.connect() as connection:
            steps = str(connection.execute(text(f"EXPLAIN QUERY PLAN {plan}")).all())
        assert "ix_core_job_due" in steps
        assert "ix_core_job_dead" in steps
