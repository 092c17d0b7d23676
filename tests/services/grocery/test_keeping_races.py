"""Many at once: people buy while somebody counts, and two decide about one count."""

from collections import Counter
from functools import partial

import pytest

from tests.blocks.conftest import together
from tests.blocks.stocks import unsound
from townsquare.blocks import catalogue, stock
from townsquare.core.db import run_again
from townsquare.core.errors import DomainError
from townsquare.core.ids import new_id
from townsquare.core.usecase import Actor
from townsquare.services.grocery.commands.counts import ApproveCount, OpenCount, RecordCount
from townsquare.services.grocery.permissions import MANAGING
from townsquare.services.grocery.usecases.counting import approve_count, open_count, record_count

__all__ = ["together", "unsound"]
pytestmark = pytest.mark.engines("sqlite", "postgresql")
TOMAS, LENA, OLGA = (
    Actor(number, name, MANAGING | {"public", "signed-in"})
    for number, name in ((5, "Tomas Reyes"), (6, "Lena Cruz"), (7, "Olga Orlova"))
)


def _there(ctx, shop):
    return stock.available(ctx, shop, [catalogue.variant_of(ctx, shop, "MILK").id]).popitem()[1]


def _sell(ctx, shop):
    variant = catalogue.variant_of(ctx, shop, "MILK")
    told = {"source_kind": "till", "source_id": "1", "key": new_id()}
    stock.take_now(ctx, shop, [stock.Wanted(variant.id, 1)], **told)


@pytest.fixture
def acts(town):
    """Let somebody act in a unit of their own, again where it lost a race."""

    def run(who, act, wish):
        def once():
            with town.working(who) as ctx:
                return act(ctx, wish)

        return run_again(once)

    return run


def counted(acts, qty):
    """Let Tomas count the milk; return the count."""
    count = acts(TOMAS, open_count, OpenCount(place="SHELF"))
    lines = [{"product": "MILK", "qty": qty}]
    wish = RecordCount.model_validate({"id": count.id, "lines": lines})
    return acts(TOMAS, record_count, wish)


def test_a_count_is_right_however_much_is_sold_meanwhile(
    shelves, acts, stepping, together, unsound
):
    count = counted(acts, 19)  # One of the twenty is missing.
    wish = ApproveCount(id=count.id, version=count.version)
    sales = [partial(run_again, partial(stepping, _sell)) for _buyer in range(12)]
    acted = together(*sales[:6], partial(acts, LENA, approve_count, wish), *sales[6:])
    assert [one for one in acted if isinstance(one, DomainError)] == []
    assert (stepping(_there), unsound()) == (20 - 1 - 12, [])


def test_of_two_who_approve_at_once_one_is_told_that_it_is_done(
    shelves, acts, stepping, together, unsound
):
    count = counted(acts, 15)
    wish = ApproveCount(id=count.id, version=count.version)
    both = [partial(acts, who, approve_count, wish) for who in (LENA, OLGA) * 4]
    told = Counter(getattr(one, "code", "done") for one in together(*both))
    assert told == {"done": 1, "stock.count-closed": 7}
    assert (stepping(_there), unsound()) == (15, [])
