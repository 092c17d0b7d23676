"""Races of the shop once more with their guard taken away: then they must come out otherwise."""

from collections import Counter
from functools import partial

import pytest
from sqlalchemy.exc import IntegrityError

from tests.blocks.conftest import together
from tests.kit.guards import drop_constraint, drop_index, drop_trigger
from tests.kit.racing import careless
from tests.services.grocery import test_keeping_races as keeping
from tests.services.grocery.test_keeping_races import LENA, OLGA, acts, counted
from tests.services.grocery.test_markdowns import at, dairy, marked
from tests.services.grocery.test_orders_api import at_once as phones
from tests.services.grocery.test_orders_api import ordered
from tests.services.grocery.test_paying import card, look, orders, provider, sound, tab
from tests.services.grocery.test_refunds import TABLE, dear, goes_back, refunds
from tests.services.grocery.trading import at_once, trade
from townsquare.blocks import stock
from townsquare.blocks.stock.usecases import counting
from townsquare.core.usecase import Actor
from townsquare.services.grocery.commands.counts import ApproveCount
from townsquare.services.grocery.commands.orders import PickLine
from townsquare.services.grocery.commands.refunds import ChooseProposal
from townsquare.services.grocery.permissions import MANAGING
from townsquare.services.grocery.usecases import markdowns, picking
from townsquare.services.grocery.usecases.agreeing import approve_refund
from townsquare.services.grocery.usecases.counting import approve_count
from townsquare.services.grocery.usecases.picking import pick_line

__all__ = ["acts", "at", "card", "dairy", "dear", "goes_back", "look", "marked", "ordered"]
__all__ += ["orders", "provider", "sound", "tab", "together", "trade"]
pytestmark = pytest.mark.engines("sqlite", "postgresql")


@pytest.fixture
def unlooking(ordered, town, monkeypatch):
    """Let two phones say of one line that it is picked, without a look; what they are told."""
    _rosa, order, lines = ordered
    wish = PickLine(id=order, line=lines[0].id, outcome="picked")
    monkeypatch.setattr(picking, "_is_known", lambda *_told: False)
    return lambda: phones(town, pick_line, wish, wish)


def test_of_phones_that_do_not_look_the_index_lets_one_say_it(unlooking):
    assert unlooking() == ["grocery.already-picked", "picking"]


def test_phones_that_do_not_look_say_two_things_of_one_line(unlooking, town):
    drop_index(town, "uq_grocery_pick_line")
    assert unlooking() == ["picking", "picking"]


def test_runs_that_do_not_look_again_mark_a_lot_down_twice(
    dairy, marked, at, clock, town, monkeypatch
):
    at(10)
    falls, seen = markdowns._falls, []  # noqa: SLF001 (the planted fault takes its place)

    def look_once(*told, **how):
        seen.extend([] if seen else falls(*told, **how))
        return seen

    monkeypatch.setattr(markdowns, "_falls", look_once)
    assert marked() == 1
    clock.advance(minutes=1)
    with pytest.raises(IntegrityError):
        marked()
    drop_index(town, "uq_grocery_markdown_day")
    assert marked() == 1


@pytest.fixture
def missing(shelves, acts, stepping):
    """A count that has found nineteen of twenty before three were sold; a wish to approve it."""
    count = counted(acts, 19)
    for _buyer in range(3):
        stepping(keeping._sell)  # noqa: SLF001 (as in the race)
    return ApproveCount(id=count.id, version=count.version)


def test_a_count_that_compares_when_it_is_approved_undoes_sales(town, missing, acts, stepping):
    there = "(SELECT sum(on_hand) FROM stock_level v WHERE v.variant_id = {0} AND v.bounded)"
    late = "UPDATE stock_count_line SET expected = " + there.format("stock_count_line.variant_id")
    with town.database.begin() as connection:
        connection.exec_driver_sql(late)
    acts(LENA, approve_count, missing)
    assert stepping(keeping._there) == 19  # noqa: SLF001 (instead of sixteen)


def test_approvals_that_do_not_look_are_stopped_by_the_key_of_the_moves(
    town, missing, acts, stepping, monkeypatch
):
    def without_looking(ctx, _shop, count_id):
        return ctx.db.get_one(stock.COUNT, count_id)

    monkeypatch.setattr(counting, "_open", without_looking)
    acts(LENA, approve_count, missing)
    with pytest.raises(IntegrityError):
        acts(OLGA, approve_count, missing)
    drop_index(town, "uq_stock_move_key")
    acts(OLGA, approve_count, missing)
    assert stepping(keeping._there) == 15  # noqa: SLF001 (the one that is missing was lost twice)


@pytest.fixture
def proposal(goes_back, look):
    """A refund that Lena has proposed; its id, and who has proposed it."""
    goes_back(30)
    ((found, by),) = look(f"SELECT public_id, proposed_by_id FROM {TABLE}")
    return found, by


def agreeing_of(town, number, wish):
    def act():
        with town.working(Actor(number, f"Colleague {number}", MANAGING)) as ctx:
            return approve_refund(ctx, wish)

    return act


def test_of_eight_who_agree_to_a_refund_one_lets_it_go_back(town, proposal, look, sound):
    wish = ChooseProposal(id=proposal[0])
    told = at_once(*(agreeing_of(town, 100 + number, wish) for number in range(8)))
    codes = Counter(getattr(one, "code", "done") for one in told)
    assert codes == {"done": 1, "grocery.proposal-decided": 7}
    assert sum(amount for _how, amount in refunds(look)) == 268_500
    assert sound() == []


APPROVE = (
    f"UPDATE {TABLE} SET state = 'approved', decided_by = 'x', decided_by_id = {{by}},"
    " version = version + 1"
)


def test_without_their_guards_a_refund_is_agreed_to_often_and_by_its_own_hand(town, proposal):
    look = f"SELECT state FROM {TABLE}"

    def agree(connection, seen, by=proposal[1] + 1):
        assert seen == "proposed"
        connection.exec_driver_sql(APPROVE.format(by=by))

    own = partial(agree, by=proposal[1])
    assert careless(town, [own], look) == ["refused"]
    drop_constraint(town, "ck_grocery_refund_proposal_two_people", TABLE)
    drop_trigger(town, "grocery_refund_proposal_stays", TABLE)
    assert careless(town, [own, agree, agree], look) == ["done"] * 3
