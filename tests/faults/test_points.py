"""Named points: each is passed, nothing happens there by itself, and what is planned happens."""

import json
import os
import re
import signal
from collections import Counter
from dataclasses import replace
from pathlib import Path
from threading import Barrier, Thread

import pytest

import townsquare
from tests.kit.racing import FORKING
from tests.kit.verbs import PATIENCE
from townsquare.app import create_app, services_of
from townsquare.core import faults, outbox
from townsquare.core.clock import clock as true_time
from townsquare.core.db import writing
from townsquare.core.jobs.queue import put
from townsquare.core.manifest import Listener, Service
from townsquare.core.pruning import PRUNE
from townsquare.core.settings import BadSettings, Settings, settings_from
from townsquare.core.town import found
from townsquare.core.worker import Worker
from townsquare.services.library.faults import POINTS as OF_THE_LIBRARY

LEASE_IS_OVER = "UPDATE core_relay SET lease_until = '2026-01-01 00:00:00.000000'"
POINTS = (*faults.POINTS, *OF_THE_LIBRARY)
HIT = re.compile(r'faults\.hit\("([^"]+)"\)')


def working(told, forgetful):
    """Do what waits, with one listener more, which asks for a job on each loan: it can be counted.

    The planted fault takes in what it is told without a row that says so.
    """
    os.environ.update(told)
    if forgetful:
        outbox.take_in = take_in_and_forget
    settings = settings_from(os.environ)
    create_app(settings)
    listener = Listener("library.CopyBorrowed", note, frozenset())
    guest = Service("guest", "Guest", listeners=(listener,))
    Worker(found(settings, (*services_of(settings), guest))).drain()


def note(ctx, _facts):
    put(ctx._db, "guest.note", {}, key=None, run_at=ctx.now(), asked=(0, ctx.now()))  # noqa: SLF001


def take_in_and_forget(ctx, consumer, event):
    consumer.listener.call(ctx, consumer.told(event))


@pytest.fixture
def clock():
    """The true time: workers are processes of their own."""
    return true_time


@pytest.fixture
def work(settings, library):
    """Let a worker do what waits, with these faults; return how it ended."""

    def run(told, *, forgetful=False):
        chosen = {
            "DATA": settings.data,
            "DATABASE": settings.database,
            "SECRET_KEY": settings.secret_key,
            "DEMO": "yes",
            "FAULTS": json.dumps(told),
        }
        library.run(LEASE_IS_OVER)
        told = {f"TOWNSQUARE_{name}": text for name, text in chosen.items()}
        process = FORKING.Process(target=working, args=(told, forgetful))
        process.start()
        process.join(PATIENCE)
        process.kill()  # Whoever hangs has not ended as anybody expects.
        process.join()
        return process.exitcode

    return run


@pytest.fixture
def lent(library):
    """One loan, of which nobody has been told yet."""
    (copy,), (card,) = library.copies(1), library.readers(1)
    library.lend(copy, card)


def effects(library):
    """Return how often the guest has reacted."""
    return library.rows("SELECT count(*) FROM core_job WHERE name = 'guest.note'")[0][0]


def test_each_point_is_listed_once_and_stands_in_the_program_once():
    source = Path(townsquare.__file__).parent
    passed = [name for path in source.rglob("*.py") for name in HIT.findall(path.read_text())]
    assert sorted(passed) == sorted(POINTS)
    assert len({*POINTS}) == len(POINTS)


def test_each_point_is_passed(library, town):
    counts = Counter()
    with faults.planned({name: faults.count_at(counts, name) for name in POINTS}):
        (copy,), (card,) = library.copies(1), library.readers(1)
        library.lend(copy, card)
        with writing(town.database) as connection:
            put(connection, PRUNE.name, {}, run_at=town.now(), asked=(0, town.now()))
        Worker(town).drain()
    assert {name for name in POINTS if not counts[name]} == set()


def test_nothing_happens_where_nothing_is_planned():
    assert faults.hit is faults._pass_by  # noqa: SLF001 (that it is this one is the point)
    with faults.planned({}):
        faults.hit("core.unit.before-commit")
    assert faults.hit is faults._pass_by  # noqa: SLF001 (as above)


def test_what_is_planned_happens_at_the_nth_time(tmp_path):
    released, went_on = tmp_path / "go", []
    actions = {"a": faults.fail_at(KeyError, at=2), "b": faults.pause_at(released)}
    with faults.planned(actions):
        faults.hit("a")
        with pytest.raises(KeyError):
            faults.hit("a")
        faults.hit("a")
        waiting = Thread(target=lambda: went_on.append(faults.hit("b")))
        waiting.start()
        assert went_on == []
        released.touch()
        waiting.join()
    assert went_on == [None]


def test_who_is_left_alone_at_a_meeting_goes_on(library):
    with faults.planned({"library.loan.checked": faults.meet_at(Barrier(2), patience=0.01)}):
        (copy,), (card,) = library.copies(1), library.readers(1)
        assert library.lend(copy, card).code == "done"


@pytest.mark.parametrize("point", ["library.loan.checked", "library.loan.written"])
def test_a_loan_that_fails_at_a_point_leaves_nothing(library, point):
    (copy,), (card,) = library.copies(1), library.readers(1)
    with faults.planned({point: faults.fail_at()}):
        assert library.lend(copy, card).status == 500
    assert library.rows("SELECT count(*) FROM library_loan") == [(0,)]
    assert library.lend(copy, card).code == "done"


@pytest.mark.parametrize("point", ["core.unit.before-commit", "core.unit.after-commit"])
def test_a_loan_that_fails_around_its_commit_is_there_once(library, door, app, point):
    from tests.concurrency.conftest import borrowing

    (copy,), (card,) = library.copies(1), library.readers(1)
    call = borrowing(copy, card)
    with faults.planned({point: faults.fail_at()}):
        assert door.call(app, call).status == 500
    assert library.rows("SELECT count(*) FROM library_loan") == [("after" in point,)]
    assert door.call(app, call).code == "done"
    assert library.rows("SELECT count(*) FROM library_loan") == [(1,)]


@pytest.mark.usefixtures("lent")
@pytest.mark.parametrize("point", ["core.listener.reacted", "core.relay.handed-over"])
def test_a_listener_whose_worker_is_killed_reacts_once(work, library, point, measured):
    assert work({point: {"do": "kill"}}) == -signal.SIGKILL
    assert effects(library) == ("relay" in point)
    assert work({}) == 0
    assert effects(library) == 1
    measured(kills=1, effects=effects(library))


@pytest.mark.usefixtures("lent")
def test_a_listener_that_forgets_what_it_took_in_would_be_found(work, library):
    assert work({"core.relay.handed-over": {"do": "kill"}}, forgetful=True) == -signal.SIGKILL
    assert work({}, forgetful=True) == 0
    assert effects(library) == 2


@pytest.mark.parametrize("told", ["[]", "kill", "1"])
def test_faults_that_are_no_object_are_refused(told):
    with pytest.raises(BadSettings, match="JSON object"):
        settings_from({"TOWNSQUARE_FAULTS": told})


@pytest.mark.parametrize("told", [{"a": {}}, {"a": {"do": "burn"}}, {"a": 1}])
def test_faults_that_nobody_can_do_are_refused(settings, told):
    with pytest.raises(BadSettings, match="cannot be done"):
        create_app(replace(settings, faults=told))


def test_a_town_at_work_does_not_start_with_faults():
    told = {"core.job.worked": {"do": "fail"}}
    with pytest.raises(BadSettings, match="only a demonstration"):
        create_app(Settings(secret_key="of-the-tests-and-long-enough", faults=told))
