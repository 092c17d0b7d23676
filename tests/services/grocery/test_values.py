"""What the stock is worth: the books are told by a job, and a page says why."""

import pytest

from townsquare.core.jobs.queue import JobRow
from townsquare.services.grocery.commands.values import FindValues, ValueMoves
from townsquare.services.grocery.queries.values import find_values
from townsquare.services.grocery.usecases.values import value_moves

pytestmark = pytest.mark.engines("sqlite", "postgresql")


@pytest.fixture
def telling(acting_as):
    """Let the job run once, so many lots; return how many moves the books were told."""

    def run(lots=200):
        with acting_as("grocery.purchase.match") as ctx:
            return value_moves(ctx, ValueMoves(lots=lots)).moves

    return run


@pytest.fixture
def worth(acting_as):
    """Return what the stock is worth, what the books say of it, and what waits."""

    def look():
        with acting_as("grocery.purchase.read", reads=True) as ctx:
            found = find_values(ctx, FindValues())
        return found.total_minor, found.booked_minor, found.waiting

    return look


def test_the_books_say_what_the_stock_is_worth(arriving, telling, worth, reads, town):
    arriving()
    assert worth() == (0, 0, 1)
    assert "look again in some minutes" in reads("Paul", "values")
    assert telling() == 1
    assert worth() == (540000, 540000, 0)
    page = reads("Paul", "values")
    assert "The books say the same" in page
    assert "5,400.00" in page


def test_a_batch_asks_for_the_next_one_until_nothing_waits(arriving, telling, worth, town):
    arriving("60")
    arriving("48", note="DN-78")
    assert telling(1) == 1
    assert worth()[2] == 1
    assert telling(1) == 1
    assert telling(1) == 0
    with town.sessions() as db:
        asked = db.query(JobRow).filter_by(name="grocery.value-moves").count()
    assert asked == 2


def test_a_lot_says_why_it_is_worth_what_it_is(arriving, telling, reads, stepping, filling_up):
    arriving("12")
    telling()
    lots = reads("Paul", "values")
    place = lots.partition("/staff/values/")[2][:26]
    page = reads("Paul", f"values/{place}")
    assert "12 of 12 are left" in page
    assert "600.00" in page
    assert "Goods came in" in page


def test_nothing_is_told_of_a_shop_that_is_not_open(telling):
    assert telling() == 0
