"""What the machinery forgets: what has served its time, and nothing else."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from townsquare.core.events import OutboxEntry
from townsquare.core.identity.factors import FactorRow, HalfSignInRow, TryRow
from townsquare.core.identity.models import AccountRow, LinkRow, SessionRow
from townsquare.core.ids import new_id
from townsquare.core.jobs.queue import JobRow
from townsquare.core.once import OnceEntry
from townsquare.core.outbox import InboxEntry, RelayRow
from townsquare.core.pruning import PRUNE, Prune
from townsquare.core.realtime import LiveMessage
from townsquare.core.worker import works_of

OLD, YOUNG = timedelta(days=90), timedelta(minutes=5)


def session(account, at, *, ended):
    return SessionRow(
        public_id=new_id(),
        key_hash=new_id(),
        account_id=account,
        agent="",
        created_at=at,
        last_seen_at=at,
        ends_at=at,
        ended_at=at if ended else None,
    )


def link(at, *, used):
    kept = {"public_id": new_id(), "kind": "reset", "email": "a@b.c", "expires_at": at}
    return LinkRow(**kept, used_at=at if used else None)


def job(at, state):
    kept = {"public_id": new_id(), "name": "n", "payload": {}, "key": None, "worker": ""}
    asked = {"reason": "", "actor_id": 0, "enqueued_at": at, "run_at": at, "ended_at": at}
    return JobRow(**kept, **asked, state=state)


def event(at, position):
    kept = {"name": "tests.Thing", "facts": {}, "actor_id": 0, "request_id": ""}
    return OutboxEntry(**kept, emitted_at=at, position=position)


def once(at):
    kept = {"scope": "s", "key_hash": new_id(), "request_hash": "", "status": 0, "body": ""}
    return OnceEntry(**kept, done_at=at)


def live(at, position):
    return LiveMessage(position=position, topic="t", message="", at=at)


@pytest.fixture
def account(town):
    with town.sessions.begin() as db:
        kept = {"person": new_id(), "public_id": new_id(), "created_at": town.now()}
        row = AccountRow(email="maya@b.c", name="Maya", **kept)
        db.add(row)
        db.flush()
        return row.id


@pytest.fixture
def relayed(town):
    """The relay has delivered up to position 5."""
    with town.sessions.begin() as db:
        db.scalars(select(RelayRow)).one().delivered = 5


def pruned(town, *rows):
    """Return which of these rows are still there after one turn of the job."""
    with town.sessions.begin() as db:
        db.add_all(rows)
    with town.working(None, reads=False) as ctx:
        PRUNE.call(ctx, Prune())
    with town.sessions() as db:
        return [db.get(type(row), row.id) is not None for row in rows]


def test_sessions_and_links_that_are_long_over_go(town, account):
    now = town.now()
    kept = [
        session(account, now + YOUNG, ended=False),
        session(account, now - YOUNG, ended=True),
        link(now - YOUNG, used=True),
        link(now + YOUNG, used=False),
    ]
    gone = [session(account, now - OLD, ended=ended) for ended in (True, False)]
    gone += [link(now - OLD, used=used) for used in (True, False)]
    assert pruned(town, *kept, *gone) == [True] * 4 + [False] * 4


def half(account, at):
    kept = {"key_hash": new_id(), "checked": "", "remember": False, "agent": "", "ends_at": at}
    return HalfSignInRow(account_id=account, **kept)


def test_half_sign_ins_and_tries_go_when_they_count_no_more(town, account):
    now = town.now()
    rows = [
        half(account, now + YOUNG),
        TryRow(account_id=account, kind="entry", at=now - YOUNG),
        half(account, now - YOUNG),
        TryRow(account_id=account, kind="entry", at=now - timedelta(days=1, minutes=1)),
    ]
    assert pruned(town, *rows) == [True] * 2 + [False] * 2


@pytest.mark.parametrize(("age", "confirmed"), [(YOUNG, False), (OLD, True), (OLD, False)])
def test_a_factor_that_was_only_begun_goes_after_a_day(town, account, age, confirmed):
    at = town.now() - age
    row = FactorRow(account_id=account, secret=b"", created_at=at)
    row.confirmed_at = at if confirmed else None
    assert pruned(town, row) == [confirmed or age == YOUNG]


def test_keys_messages_and_finished_jobs_go_and_what_failed_stays(town):
    now = town.now()
    kept = [
        once(now - YOUNG),
        live(now - YOUNG, 2),
        live(now - OLD, None),
        job(now - YOUNG, "done"),
    ]
    kept += [job(now - OLD, state) for state in ("dead", "waiting", "running")]
    gone = [once(now - OLD), live(now - OLD, 1), job(now - OLD, "done")]
    assert pruned(town, *kept, *gone) == [True] * 7 + [False] * 3


@pytest.mark.usefixtures("relayed")
def test_events_go_when_they_are_old_and_delivered(town):
    now = town.now()
    kept = [event(now - YOUNG, 5), event(now - OLD, 6), event(now - OLD, None)]
    gone = [event(now - OLD, 4)]
    assert pruned(town, *kept, *gone) == [True] * 3 + [False]


@pytest.mark.usefixtures("relayed")
def test_a_delivery_is_remembered_as_long_as_its_event(town):
    rows = [InboxEntry(consumer="c", position=4), InboxEntry(consumer="c", position=5)]
    with town.sessions.begin() as db:
        db.add(event(town.now() - YOUNG, 5))
    assert pruned(town, *rows) == [False, True]


def test_it_is_a_job_of_every_town_and_comes_by_the_clock(town):
    assert works_of(town)["core.prune"] is PRUNE
    assert PRUNE.schedule
