"""The counter at a glance: the reader with the limit, what came back last, what waits."""

import pytest

from townsquare.services.library.commands import lending as wishes
from townsquare.services.library.pages.tasks import tasks_for
from townsquare.services.library.queries.counter import duties, latest_returns, reader_at_desk
from townsquare.services.library.results.counter import Duties

pytestmark = pytest.mark.shown


@pytest.fixture
def home(app, acts):
    """Return the titles of what the library asks of somebody."""

    def run(**who):
        with app.test_request_context():
            return [task.title for task in acts(lambda ctx, _: tasks_for(ctx), None, **who)]

    return run


@pytest.fixture
def counted(acts):
    return lambda: acts(duties, wishes.Nothing())


def test_the_desk_knows_the_limit_of_a_reader(acts, lend, wood):
    lend()
    student = acts(reader_at_desk, wishes.FindPatrons(words="LC-1001"))
    faculty = acts(reader_at_desk, wishes.FindPatrons(words="LC-2001"))
    assert (student.patron.open_loans, student.limit, faculty.limit) == (1, 5, 20)
    assert student.patron.branch_name == "Central"


def test_what_came_back_last_stands_first_with_its_place(acts, lend, take_back, wait, copies):
    copies("TS2")
    lend("TS1")
    lend("TS2")
    wait("LC-2001")
    take_back("TS1")
    take_back("TS2")
    told = acts(latest_returns, wishes.Nothing())
    assert [(line.barcode, line.state) for line in told] == [
        ("TS2", "available"),
        ("TS1", "hold_shelf"),
    ]


def test_the_desk_is_told_what_waits_until_it_is_done(counted, lend, take_back, wait, clock, wood):
    assert counted() == Duties(late=0, uncollected=0, shelved=0, on_the_way=0)
    lend()
    wait("LC-2001")
    clock.set(2026, 4, 20, 10)
    assert counted().late == 1
    take_back()
    assert counted() == Duties(late=0, uncollected=0, shelved=1, on_the_way=0)
    clock.set(2026, 6, 1, 10)
    assert counted().uncollected == 1


def test_home_asks_everybody_for_their_own(home, readers, lend, take_back, wait, clock, wood):
    lend()
    wait("LC-2001")
    assert home(actor=readers.Maya.actor) == []
    clock.set(2026, 4, 20, 10)
    assert home() == ["1 loan is late"]
    assert home(actor=readers.Maya.actor) == ["“Norwegian Wood” is due"]
    take_back()
    assert home() == ["1 book stands on the hold shelf"]
    assert home(actor=readers.Ben.actor) == ["Collect “Norwegian Wood”"]
    assert home(actor=readers.Maya.actor)[0].startswith("Pay ")
