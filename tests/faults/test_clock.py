"""A clock that jumps: nobody stays longer for it, nothing runs twice, nothing breaks."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from tests.concurrency.conftest import DINA
from townsquare.app import assemble
from townsquare.core.identity.models import SessionRow
from townsquare.core.worker import Worker
from townsquare.services.library.commands.authorities import AddBranch
from townsquare.services.library.commands.catalogue import AddCopy
from townsquare.services.library.commands.lending import BorrowCopy
from townsquare.services.library.usecases.authorities import add_branch
from townsquare.services.library.usecases.copies import add_copy
from townsquare.services.library.usecases.desk import borrow_copy

LONDON = ZoneInfo("Europe/London")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LASTS = 12 * HOUR
JUMPS = {
    "a day back": (datetime(2026, 3, 2, 2, tzinfo=UTC), -DAY),
    "a day on": (datetime(2026, 3, 2, 2, tzinfo=UTC), DAY),
    "400 days on": (datetime(2026, 3, 2, 2, tzinfo=UTC), 400 * DAY),
    "into summer": (datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC), timedelta(seconds=2)),
    "out of summer": (datetime(2026, 10, 25, 0, 59, 59, tzinfo=UTC), timedelta(seconds=2)),
    "into a leap day": (datetime(2028, 2, 28, 23, 59, 59, tzinfo=UTC), timedelta(seconds=2)),
    "out of a leap day": (datetime(2028, 2, 29, 23, 59, 59, tzinfo=UTC), timedelta(seconds=2)),
}
ANY = pytest.mark.parametrize("jump", JUMPS)
SCHEDULED = "SELECT count(*) FROM core_schedule"
EACH = "SELECT name, count(*) FROM core_job WHERE key LIKE name || '@%' GROUP BY name"


@pytest.fixture
def steps(clock):
    """Set the clock to the moment before a jump; return what makes the jump."""

    def start(jump):
        clock.at, span = JUMPS[jump]
        return lambda: clock.advance(seconds=span.total_seconds())

    return start


@ANY
def test_what_is_planned_runs_once_for_a_jump_and_nothing_breaks(
    town, library, steps, jump, caplog, measured
):
    make = steps(jump)
    Worker(town).drain()  # From here on each schedule has its next time.
    before = dict(library.rows(EACH))
    make()
    worker = Worker(town)
    for _time in range(3):
        worker.drain()
    after = dict(library.rows(EACH))
    assert library.rows(SCHEDULED) != [(0,)]
    assert {name for name in after if after[name] - before.get(name, 0) > 1} == set()
    if jump == "400 days on":
        assert sum(after.values()) > sum(before.values())
    assert [record for record in caplog.records if record.exc_info] == []
    measured(jumps=1)


@pytest.mark.parametrize("back", [HOUR, DAY, 400 * DAY])
def test_a_clock_that_goes_back_prolongs_no_session(app, signed_in, clock, library, back):
    began, maya = clock.at, signed_in()
    ends = "SELECT ends_at FROM core_session ORDER BY id"
    told = library.rows(ends)
    clock.at = began - back
    assert maya.client.get("/library").status_code == 200
    app.extensions["doorkeeper"].flush()
    assert library.rows(ends) == told
    clock.at = began + LASTS
    assert not known(app, key_of(maya))


@ANY
def test_a_session_lasts_as_long_across_each_jump(app, signed_in, clock, steps, jump):
    steps(jump)
    assert lasted(app, key_of(signed_in()), clock) == LASTS


@pytest.mark.parametrize(("jump", "wrong"), [("into summer", -HOUR), ("out of summer", HOUR)])
def test_a_session_that_ends_by_a_local_time_would_be_found(
    town, signed_in, clock, steps, jump, wrong
):
    steps(jump)
    key = key_of(signed_in())
    local = replace(town, now=lambda: clock().astimezone(LONDON).replace(tzinfo=UTC))
    with local.sessions.begin() as db:
        db.execute(update(SessionRow).values(ends_at=local.now() + LASTS))
    assert lasted(assemble(local), key, clock) == LASTS + wrong


def key_of(person):
    """Return the key of somebody's session."""
    return person.cookie.partition("=")[2]


def known(app, key):
    """Tell whether who has this key is known at the door."""
    return app.extensions["doorkeeper"].who(key).signed_in


def lasted(app, key, clock):
    """Return for how long this key opens the door to who comes every quarter of an hour."""
    began = clock.at
    while known(app, key):
        clock.advance(minutes=15)
    return clock.at - began


@pytest.mark.parametrize("jump", [name for name in JUMPS if "400" not in name])
def test_a_loan_is_due_on_a_day_of_its_branch(town, library, steps, clock, jump):
    make = steps(jump)
    with town.working(DINA) as ctx:
        add_branch(ctx, AddBranch(code="north", name="North", zone="Europe/London"))
    (card,), ahead = library.readers(1), []
    for number in range(2):
        told = {"document": library.document, "branch": "north", "price_minor": 1000}
        with town.working(DINA) as ctx:
            add_copy(ctx, AddCopy(barcode=f"N-{number}", **told))
            loan = borrow_copy(ctx, BorrowCopy(barcode=f"N-{number}", card=card))
        due = loan.due_at.astimezone(LONDON)
        ahead.append((due.date() - clock.at.astimezone(LONDON).date(), due.time()))
        make()
    assert ahead[0] == ahead[1]
    assert ahead[0][0] >= DAY
