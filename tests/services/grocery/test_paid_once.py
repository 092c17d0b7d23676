"""Nobody pays for what they do not owe: what was begun looks at the order before it goes on."""

import pytest

from tests.services.grocery.shelves import fields
from tests.services.grocery.test_buying import Browser
from tests.services.grocery.test_paying import card, hear, look, orders, provider, sound, tab
from townsquare.core.worker import Worker
from townsquare.services.grocery.commands.paying import AskProvider
from townsquare.services.grocery.usecases import asking

__all__ = ["card", "look", "orders", "provider", "sound", "tab"]
pytestmark = pytest.mark.engines("sqlite", "postgresql")
PAYMENTS = "SELECT method, state, captured_minor FROM payments_payment ORDER BY id"
REFUNDS = (
    "SELECT p.method, r.amount_minor, r.state FROM payments_refund r"
    " JOIN payments_payment p ON p.id = r.payment_id ORDER BY r.id"
)
CREDIT = "SELECT count(*) FROM payments_account WHERE code LIKE 'store-credit:%'"


@pytest.fixture
def hands_over(manager, look):
    """Pick the order and hand it over at the counter, as the page offers it."""
    staff = Browser(manager.client)

    def run(status=303):
        ((order, line),) = look(
            "SELECT o.public_id, l.public_id FROM ordering_order o JOIN ordering_line l"
            " ON l.order_id = o.id"
        )
        here = f"/grocery/staff/orders/{order}"
        if look("SELECT state FROM ordering_fulfilment") != [("ready",)]:
            staff.post(f"/grocery/staff/pick/{order}", line=line, outcome="picked")
        seen = fields(staff.get(here))
        wish = {"version": seen["version"], "id": seen["id"], "received_by": "Carla Ruiz"}
        return staff.post(f"{here}/hand-over", status, **wish)

    return run


@pytest.fixture
def later(town, clock):
    """Let some minutes pass, while the worker does what is due."""

    def run():
        for _turn in range(3):
            Worker(town).drain()
            clock.advance(minutes=6)

    return run


def test_going_on_with_a_cancelled_order_takes_no_money(tab, look, sound):
    carla = tab()
    place = carla.begins()
    carla.post(f"{carla.order}/cancel")
    carla.post(place, word="succeed")
    assert "less of the order is open" in carla.page
    assert look(PAYMENTS) == [("online", "cancelled", 0)]
    assert sound() == []


def test_going_on_after_another_way_has_paid_takes_no_money(tab, card, look):
    carla = tab()
    place, other = carla.begins(amount="300.00"), carla.begins(amount="200.00")
    carla.post(other, word="late")
    carla.post(f"{carla.order}/cancel")
    carla.post(place, word="succeed")
    assert [state for _how, state, _much in look(PAYMENTS)] == ["cancelled", "unknown"]


def test_the_errand_asks_for_no_money_of_a_cancelled_order(tab, town, provider, look):
    carla = tab()
    carla.begins()
    carla.post(f"{carla.order}/cancel")
    ((payment,),) = look("SELECT public_id FROM payments_payment")
    asking.ask(town.working, provider, AskProvider(payment=payment))
    assert look(PAYMENTS) == [("online", "cancelled", 0)]


def test_what_the_provider_has_taken_before_is_found_and_goes_back(
    tab, town, provider, look, sound
):
    carla = tab()
    place = carla.begins()
    ((key,),) = look("SELECT provider_key FROM payments_payment")
    provider.authorise(key, amount_minor=50_000, currency="PHP", capture=True)
    carla.post(f"{carla.order}/cancel")
    carla.post(place, word="succeed")
    Worker(town).drain()
    assert look(PAYMENTS) == [("online", "captured", 50_000)]
    assert look(REFUNDS) == [("online", 50_000, "done")]
    assert sound() == []


def test_no_cash_is_taken_while_the_provider_owes_an_answer(tab, hands_over, look, sound):
    carla = tab()
    place = carla.begins()
    carla.post(place, word="late")
    assert "still on its way" in hands_over(409).text
    carla.post(place, word="catch-up")
    hands_over()
    assert look(PAYMENTS) == [("online", "captured", 50_000)]
    assert sound() == []


def test_what_was_begun_and_never_asked_for_keeps_nobody_waiting(tab, hands_over, look):
    carla = tab()
    place = carla.begins()
    hands_over()
    carla.post(place, word="succeed")
    assert look(PAYMENTS) == [("online", "cancelled", 0), ("cash", "captured", 50_000)]


@pytest.mark.parametrize("told_by", ["message", "answer"])
def test_money_that_comes_too_late_goes_back_the_way_it_came(
    client, tab, later, provider, look, sound, told_by
):
    carla = tab()
    place = carla.begins()
    carla.post(place, word="late")
    carla.post(f"{carla.order}/cancel")
    provider.catch_up()
    if told_by == "message":
        for message in provider.messages():
            hear(client, *message)
    later()
    assert look(PAYMENTS) == [("online", "captured", 50_000)]
    assert look(REFUNDS) == [("online", 50_000, "done")]
    assert look(CREDIT) == [(0,)]
    assert "went back" in carla.page
    assert sound() == []
