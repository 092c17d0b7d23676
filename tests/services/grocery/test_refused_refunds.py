"""Refunds that do not arrive: told with the reason, asked for again, or paid another way, once."""

import json
from functools import partial
from importlib import import_module

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.kit.guards import drop_trigger
from tests.services.grocery.shelves import fields
from tests.services.grocery.test_buying import Browser
from tests.services.grocery.test_paying import card, hear, look, orders, provider, sound, tab
from tests.services.grocery.test_refunds import dear, goes_back
from tests.services.grocery.test_tills import CODE
from tests.services.grocery.trading import LENA, at_once
from townsquare.blocks import payments
from townsquare.core.errors import DomainError
from townsquare.core.ids import new_id
from townsquare.core.usecase import Actor
from townsquare.core.worker import Worker
from townsquare.services.grocery.commands.refunds import ChooseRefund, PayOtherwise
from townsquare.services.grocery.errors import PeopleAgree
from townsquare.services.grocery.models.ours import OGS
from townsquare.services.grocery.models.paying import BY_ANOTHER, books_of
from townsquare.services.grocery.permissions import MANAGING
from townsquare.services.grocery.results.refunds import WentOtherwise
from townsquare.services.grocery.rules.refunds import LIMIT
from townsquare.services.grocery.usecases.refunds import ask_again, pay_otherwise

__all__ = ["card", "dear", "goes_back", "look", "orders", "provider", "sound", "tab"]
pytestmark = pytest.mark.engines("sqlite", "postgresql")
HERE = "/grocery/staff/refunds"
CLOSED = "The account behind this card is closed."
PAPERS = "SELECT number, snapshot FROM payments_document WHERE kind = 'refund' ORDER BY id"
STATES = "SELECT state, refused, instead FROM payments_refund"


@pytest.fixture
def staff(manager):
    return Browser(manager.client)


@pytest.fixture
def refused(tab, town, provider, look):
    """An order of 500.00 whose money the provider does not give back; the key of its refund."""
    carla = tab()
    carla.post(carla.begins(), word="succeed")
    provider.follow("decline")
    carla.post(f"{carla.order}/cancel")
    Worker(town).drain()
    ((key,),) = look("SELECT provider_key FROM payments_refund")
    return key


@pytest.fixture
def bought(tab, stepping, town, look):
    """Pay an order with a card of which something becomes before the money goes back."""

    def run(spoil, **told):
        def issue(ctx, shop):
            terms = {"amount_minor": 50_000, "key": new_id(), **told}
            return payments.issue_gift_card(ctx, books_of(shop), **terms)

        made = stepping(issue)
        carla = tab()
        carla.pays(way="gift_card", card=made.code)
        spoil(made.card.id)
        carla.post(f"{carla.order}/cancel")
        Worker(town).drain()
        return look

    return run


def otherwise(staff, key, way, status=303):
    place = f"{HERE}/refused/{key}/otherwise"
    once = fields(staff.get(place))["once"]
    return staff.post(place, status, once=once, way=way)


def test_what_the_provider_refuses_stands_on_the_desk_with_its_reason(staff, refused):
    assert "refunds that did not arrive" in staff.get("/grocery/staff").text
    page = staff.get(HERE).text
    for told in (CLOSED, "Try again", "Another way", "₱500.00"):
        assert told in page


def test_it_is_asked_for_again_under_the_same_key_and_goes_back_once(
    staff, refused, town, provider, clock, look, sound
):
    provider.follow("lost")
    staff.post(f"{HERE}/refused/{refused}/again", 303)
    staff.post(f"{HERE}/refused/{refused}/again", 404)
    for _twice in range(2):
        Worker(town).drain()
        clock.advance(minutes=6)
    assert look("SELECT state, provider_key FROM payments_refund") == [("done", refused)]
    given = [told for told, _sign in provider.messages() if b"refund.done" in told]
    assert len(given) == 1
    assert "refunds that did not arrive" not in staff.get("/grocery/staff").text
    assert sound() == []


def test_it_is_paid_in_cash_out_of_the_till_and_only_once(staff, refused, look, sound):
    till = staff.post("/grocery/staff/tills", code="front", name="Front").headers["Location"]
    assert "no open shift" in otherwise(staff, refused, "cash", 409).text
    once = fields(staff.get(till))["once"]
    staff.post(f"{till}/shift", once=once, opening="600.00")
    place = f"{HERE}/refused/{refused}/otherwise"
    once = fields(staff.get(place))["once"]
    paper = staff.post(place, 303, once=once, way="cash").headers["Location"]
    page = staff.get(paper).text
    for told in ("₱500.00 was paid back", "Cash"):
        assert told in page
    for late, said in ((once, "it was done once"), ("another", "No such refund waits here")):
        assert staff.post(place, once=late, way="cash").headers["Location"] == HERE
        assert said in staff.get(HERE).text
    staff.post(f"{HERE}/refused/{refused}/again", 404)
    assert look(STATES) == [("done", CLOSED, "cash:front")]
    staff.post(f"{till}/count", once=fields(staff.get(till))["once"], counted="100.00")
    assert look("SELECT expected_minor FROM payments_shift") == [(10_000,)]
    papers = look(PAPERS)
    assert [number[-6:] for number, _told in papers] == ["000001", "000002"]
    said = [json.loads(told) if isinstance(told, str) else told for _number, told in papers]
    assert [one["method"] for one in said] == ["online", "cash"]
    assert said[1]["refers_to"] == papers[0][0]
    assert sound() == []


def test_it_goes_onto_a_new_card_whose_code_is_shown_once(staff, refused, clock, look, sound):
    place = f"{HERE}/refused/{refused}/otherwise"
    form = staff.get(place)
    assert "data-sent-once" in form.text  # With a script a second press does not lose the code.
    told = {"once": fields(form)["once"], "way": "gift_card"}
    page = staff.post(place, 200, **told).text
    again = staff.post(place, 200, **told).text
    assert "Gift card of ₱500.00" in page
    assert set(CODE.findall(page)) == set(CODE.findall(again)) != set()
    assert "it is one card" in again.lower()
    clock.advance(minutes=3)
    assert staff.post(place, **told).headers["Location"] == HERE
    assert "it was done once" in staff.get(HERE).text
    assert look("SELECT count(*) FROM payments_gift_card") == [(1,)]
    assert look(STATES)[0][2].startswith("gift-card:")
    assert sound() == []


def test_a_card_that_was_blocked_gets_nothing_that_nobody_can_spend(bought, staff, stepping, sound):
    def block(card):
        stepping(
            lambda ctx, shop: payments.block_gift_card(ctx, books_of(shop), card, reason="lost")
        )

    look = bought(block)
    assert look(STATES) == [("failed", "card-blocked", "")]
    page = staff.get(HERE).text
    assert "The gift card is blocked" in page
    assert "Try again" not in page
    ((key,),) = look("SELECT provider_key FROM payments_refund")
    assert "Gift card of" in otherwise(staff, key, "gift_card", 200).text
    assert sound() == []


def test_a_card_past_its_day_gets_nothing_either(bought, clock, signed_in):
    look = bought(lambda _card: clock.advance(days=1), expires_on=clock().date())
    assert look(STATES) == [("failed", "card-expired", "")]
    later = Browser(signed_in("grocery.manager").client)
    assert "The gift card is past its day" in later.get(HERE).text


def test_money_that_comes_twice_after_all_is_written_off_and_told(
    staff, refused, stepping, look, sound
):
    otherwise(staff, refused, "gift_card", 200)
    said = payments.Said("done", 50_000)
    for _twice in range(2):
        stepping(lambda ctx, _shop: payments.settle_refund(ctx, refused, said))
    held = "SELECT b.amount_minor FROM payments_balance b JOIN payments_account a"
    held += " ON a.id = b.account_id WHERE a.code = 'write-offs'"
    assert look(held) == [(50_000,)]
    assert sound() == []


@pytest.fixture
def apart(goes_back, provider, signed_in, manager, town, look):
    """Let 895.00 go back by Lena and 790.00 more by Ben, who agrees; neither arrives.

    Return the keys of both, and both at the desk.
    """
    provider.follow("decline", "decline")
    goes_back(10)
    goes_back(15)
    ben = Browser(signed_in("grocery.manager", name="Ben Reyes").client)
    ((proposal,),) = look("SELECT public_id FROM grocery_refund_proposal")
    ben.post(f"{HERE}/{proposal}/approval")
    Worker(town).drain()
    failed = look("SELECT provider_key FROM payments_refund WHERE state = 'failed' ORDER BY id")
    return [key for (key,) in failed], [Browser(manager.client), ben]


def test_above_the_limit_a_colleague_pays_it_another_way(apart, town, look, sound):
    (lenas, bens), (lena, ben) = apart
    for own, staff in ((lenas, lena), (bens, ben)):
        page = staff.get(f"{HERE}/refused/{own}/otherwise").text
        assert "More than ₱2,000.00 of an order is paid" in page
        assert otherwise(staff, own, "gift_card").headers["Location"] == HERE
        assert "Above ₱2,000.00 a colleague" in staff.get(HERE).text
    wish = PayOtherwise(id=lenas, way="gift_card")
    with pytest.raises(PeopleAgree), town.working(Actor(-3, "A program", MANAGING)) as ctx:
        pay_otherwise(ctx, wish)
    cards = "SELECT count(*) FROM payments_gift_card"
    assert look(cards) == [(1,)]  # That of the buyer.
    assert "Gift card of ₱895.00" in otherwise(ben, lenas, "gift_card", 200).text
    assert "Gift card of ₱790.00" in otherwise(lena, bens, "gift_card", 200).text
    assert (look(cards), sound()) == ([(3,)], [])


INSTEAD = "UPDATE payments_refund SET state = 'done', instead = 'cash:x', instead_by_id = {by}"


def test_the_database_lets_nobody_pay_their_own_refund_above_the_limit(apart, town):
    (key, _other), _staff = apart
    one = f"{INSTEAD} WHERE provider_key = '{key}'"
    for by in ("NULL", "0", "-3", "by_id"):
        with pytest.raises(IntegrityError, match=BY_ANOTHER), town.database.begin() as connection:
            connection.execute(text(one.format(by=by)))
    drop_trigger(town, BY_ANOTHER, "payments_refund")
    with town.database.begin() as connection:
        connection.execute(text(one.format(by="by_id")))


def test_below_the_limit_one_person_may(refused, town):
    with town.database.begin() as connection:
        connection.execute(text(INSTEAD.format(by="by_id")))
    for change in ("by_id = 9", "by_id = NULL", "instead_by_id = 9", "instead_by_id = NULL"):
        with pytest.raises(IntegrityError), town.database.begin() as connection:
            connection.execute(text(f"UPDATE payments_refund SET {change}"))


def test_the_limit_of_the_database_is_that_of_the_rules():
    guard = import_module("townsquare.migrations.versions.2026_12_23_payments_givers")
    assert (guard.LIMIT, guard.SHOP, guard.GUARD) == (LIMIT, OGS, BY_ANOTHER)


def test_a_message_of_before_does_not_undo_that_it_was_asked_again(
    refused, stepping, provider, client, look
):
    stepping(lambda ctx, _shop: payments.ask_refund_again(ctx, refused))
    late = [told for told in provider.messages() if b"refund.failed" in told[0]]
    assert [hear(client, *told).get_json() for told in late] == [{"new": True}]
    assert look("SELECT state FROM payments_refund") == [("asked",)]


def test_of_many_who_pay_it_otherwise_or_ask_again_one_does(refused, town, look, sound):
    def do(act, wish):
        with town.working(LENA) as ctx:
            return act(ctx, wish)

    pay = partial(do, pay_otherwise, PayOtherwise(id=refused, way="gift_card"))
    ask = partial(do, ask_again, ChooseRefund(id=refused))
    done = at_once(*[pay, ask] * 4)
    went = [type(one) for one in done if not isinstance(one, DomainError)]
    assert went.count(WentOtherwise) <= 1
    assert len({*went}) == 1  # To ask again is the same wish for all who wish it.
    Worker(town).drain()
    ((state, instead),) = look("SELECT state, instead FROM payments_refund")
    ((cards,),) = look("SELECT count(*) FROM payments_gift_card")
    assert (state, cards) == ("done", int(bool(instead)))
    assert sound() == []


def test_programs_see_them_and_choose_a_way_once(manager, refused):
    api = "/api/v1/grocery/refunds/refused"
    (told,) = manager.client.get(api).get_json()["refunds"]
    assert (told["id"], told["refused"], told["method"]) == (refused, CLOSED, "online")
    headers = {"X-CSRF-Token": manager.token, "Idempotency-Key": "k"}
    paths, wish = f"{api}/{refused}/otherwise", {"way": "gift_card"}
    first, again = (manager.client.post(paths, json=wish, headers=headers) for _turn in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.get_json()["code"]
    assert again.get_json()["code"] == ""
    headers["Idempotency-Key"] = "another"
    assert manager.client.post(paths, json=wish, headers=headers).status_code == 404


@pytest.mark.parametrize(
    "change",
    ["state = 'done'", "instead = 'cash:x'", "refused = 'x'", "state = 'asked', instead = 'cash'"],
)
def test_the_database_refuses_what_cannot_be(refused, town, change):
    with pytest.raises(IntegrityError), town.database.begin() as connection:
        connection.execute(text(f"UPDATE payments_refund SET {change}"))
