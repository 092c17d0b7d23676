"""A clock that jumps: nobody stays longer for it, nothing runs twice, nothing breaks."""

import http.client
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from tests.concurrency.conftest import DINA
from tests.concurrency.test_kill import SERVE, House
from tests.kit.servers import free_port
from tests.kit.waiting import until
from townsquare.app import assemble
from townsquare.core.clock import clock as true_time
from townsquare.core.identity.models import SessionRow
from townsquare.core.worker import Worker
from townsquare.services.library.commands.authorities import AddBranch
from townsquare.services.library.commands.catalogue import AddCopy
from townsquare.services.library.commands.lending import BorrowCopy
from townsquare.services.library.usecases.authorities import add_branch
from townsquare.services.library.usecases.copies import add_copy
from townsquare.services.library.usecases.desk import borrow_copy

FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")
HOW = ("FAKETIME_NO_CACHE=1", "FAKETIME_DONT_FAKE_MONOTONIC=1")
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
NEXT_RUN = "SELECT next_run FROM core_schedule WHERE name = 'core.prune'"
SCHEDULED = "SELECT count(*) FROM core_schedule"
EACH = (
    "SELECT name, count(*) FROM core_job"
    " WHERE substr(key, 1, length(name) + 1) = name || '@' GROUP BY name"
)


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


@pytest.fixture
def server(town, settings, library, tmp_path):
    """A server whose clock this test moves while it runs."""
    if not FAKETIME.exists():
        pytest.skip("The clock of a process cannot be moved: apt-get install faketime")
    moved, log = tmp_path / "moved", tmp_path / "log"
    moved.write_text("+0d\n")
    told = (f"LD_PRELOAD={FAKETIME}", f"FAKETIME_TIMESTAMP_FILE={moved}", *HOW)
    command = ("sh", "-c", 'exec 2>"$0" "$@"', str(log), "env", *told, *SERVE)
    house = House(settings, free_port(), worker="yes", command=command)
    house.open()
    yield Moved(house, moved, log)
    house.kill()


@dataclass(frozen=True)
class Moved:
    """A server, the file that moves its clock, and its log."""

    house: House
    moved: Path
    log: Path

    def move(self, days):
        """Move the clock by so many days from the true time; return when it has been seen."""
        self.moved.write_text(f"{days:+}d\n")
        until(lambda: abs(self.asked("/healthz")[1] - true_time() - days * DAY) < HOUR)

    def asked(self, path):
        """Ask for a page; return its status and what time it was there."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.house.port)) as line:
            line.request("GET", path)
            answer = line.getresponse()
            answer.read()
            return answer.status, parsedate_to_datetime(answer.headers["Date"])


@pytest.mark.engines("sqlite")
def test_a_running_server_whose_clock_jumps_goes_on(server, library, measured):
    runs = "SELECT count(*) FROM core_job WHERE name = 'core.prune' AND key IS NOT NULL"
    until(lambda: library.rows("SELECT count(*) FROM core_schedule") != [(0,)])
    before = library.rows(runs)[0][0]
    for days in (-1, 0, 1, 400):
        server.move(days)
        assert server.asked("/library")[0] == server.asked("/readyz")[0] == 200
        there = f"{true_time() + days * DAY:%Y-%m-%d %H:%M:%S}"
        until(lambda moment=there: library.rows(NEXT_RUN)[0][0] > moment)
    assert library.rows(runs)[0][0] <= before + 4  # Two jumps on, and the true time goes on too.
    assert "Traceback" not in server.log.read_text()
    measured(jumps=4)
