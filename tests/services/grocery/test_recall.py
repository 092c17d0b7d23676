"""A lot is called back: off the shelf, out of orders in progress, from those who bought of it."""

from functools import partial

import pytest
from click.testing import CliRunner
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from tests.kit.guards import drop_trigger
from tests.services.grocery.test_buying import Browser
from tests.services.grocery.test_paying import look
from tests.services.grocery.trading import LONG, at_once, trade, unsound
from townsquare.blocks import ordering, payments, stock
from townsquare.core.errors import DomainError
from townsquare.core.worker import Worker
from townsquare.services.grocery import cli
from townsquare.services.grocery.commands.delivery import BringBack, SendOut
from townsquare.services.grocery.commands.orders import HandOver
from townsquare.services.grocery.commands.recalls import (
    PayRecall,
    ReadRecall,
    RecallLot,
    TellOfRecall,
)
from townsquare.services.grocery.commands.refunds import ChooseProposal
from townsquare.services.grocery.commands.returns import DecideReturn, PayReturn, ReceiveReturn
from townsquare.services.grocery.commands.stock import BlockLot, UnblockLot
from townsquare.services.grocery.errors import AllRecalled, LotRecalled, RecallSettled
from townsquare.services.grocery.queries import recalls
from townsquare.services.grocery.queries.recalls import read_recall
from townsquare.services.grocery.usecases.agreeing import approve_refund
from townsquare.services.grocery.usecases.delivering import bring_back, send_out
from townsquare.services.grocery.usecases.handing import hand_over
from townsquare.services.grocery.usecases.policy import POLICY
from townsquare.services.grocery.usecases.recall_notices import tell_of_recall
from townsquare.services.grocery.usecases.recalls import pay_recalled, recall_lot
from townsquare.services.grocery.usecases.receiving import block_lot, unblock_lot
from townsquare.services.grocery.usecases.returns import (
    decide_return,
    receive_return,
    refund_return,
)

__all__ = ["look", "trade", "unsound"]
pytestmark = pytest.mark.engines("sqlite", "postgresql")


@pytest.fixture
def lot(trade):
    """Twenty yoghurts of one lot."""
    return trade.received("YOG-500", 20, lot="L-0417", until=LONG)


@pytest.fixture
def recalled(trade, lot):
    """Call the lot back; return the recall as it is then."""

    def run():
        told = trade.managed(recall_lot, RecallLot(id=lot, reason="germs"))
        return trade.managed(read_recall, ReadRecall(id=told.id))

    return run


def by_kind(recall):
    return {part.kind: (part.qty, part.amount_minor) for part in recall.parts}


def held(town):
    """Return how much of lots that are blocked is still held."""
    of_blocked = (
        "SELECT COALESCE(SUM(r.qty), 0) FROM stock_reservation r JOIN stock_level v"
        " ON v.id = r.level_id JOIN stock_lot l ON l.id = v.lot_id"
        " WHERE r.state = 'live' AND l.blocked_at IS NOT NULL"
    )
    with town.database.connect() as connection:
        return int(connection.execute(text(of_blocked)).scalar_one())


def test_one_action_reaches_shelf_orders_and_buyers(trade, lot, recalled, town, unsound):
    trade.handed(trade.ordered("01ROSA", "YOG-500", 3))
    waiting = trade.ordered("01IVO", "YOG-500", 2)
    trade.quoted("01CARLA", "YOG-500", 4)
    found = recalled()
    assert by_kind(found) == {"sold": (3, 18750), "short": (2, 0)}
    assert (found.on_hand, found.with_people, held(town)) == (17, 3, 0)
    assert trade.seen(waiting).stage == "cancelled"  # Nothing else was in it.
    assert unsound() == []


def test_the_rest_of_an_order_goes_on(trade, lot, recalled, unsound):
    trade.received("BREAD", 5, lot="B-1", until=LONG)
    trade.put("01IVO", "BREAD", 1)
    order = trade.ordered("01IVO", "YOG-500", 2)
    recalled()
    seen = trade.seen(order)
    assert {line.code: line.qty for line in seen.lines} == {"YOG-500": 0, "BREAD": 1}
    assert (seen.total_minor, seen.open_minor) == (8950, 8950)
    trade.handed(order)
    assert trade.seen(order).stage == "handed"
    assert unsound() == []


def test_an_order_is_ready_when_all_else_is_picked(trade, lot, recalled):
    trade.received("BREAD", 5, lot="B-1", until=LONG)
    trade.put("01IVO", "BREAD", 1)
    order = trade.ordered("01IVO", "YOG-500", 2)
    trade.picks(order, "BREAD")
    recalled()
    assert trade.seen(order).stage == "ready"


def test_another_lot_in_the_same_order_stays(trade, lot, recalled, unsound):
    trade.received("YOG-500", 5, lot="L-0500", until=LONG)
    order = trade.ordered("01IVO", "YOG-500", 12)
    other = trade.ordered("01ROSA", "YOG-500", 12)  # Eight of the lot, four of the other one.
    recalled()
    assert trade.seen(order).stage == "cancelled"
    assert [line.qty for line in trade.seen(other).lines] == [4]
    trade.handed(other)
    assert unsound() == []


def test_a_second_press_changes_nothing(trade, lot, recalled):
    trade.handed(trade.ordered("01ROSA", "YOG-500", 3))
    assert recalled() == recalled()


def test_many_presses_at_once_are_one_recall(trade, lot, unsound):
    trade.handed(trade.ordered("01ROSA", "YOG-500", 3))
    trade.ordered("01IVO", "YOG-500", 2)
    press = partial(trade.managed, recall_lot, RecallLot(id=lot, reason="germs"))
    told = at_once(*[press] * 6)
    assert len(set(told)) == 1
    assert (told[0].sold, told[0].shortened) == (1, 1)
    assert unsound() == []


def test_what_was_blocked_before_is_taken_out_all_the_same(trade, lot, recalled, stepping):
    order = trade.ordered("01IVO", "YOG-500", 2)

    def block(ctx, _shop):
        number = ctx.db.scalar(text("SELECT id FROM stock_lot WHERE code = 'L-0417'"))
        stock.block_lot(ctx, number, reason="Looks odd")

    stepping(block)
    assert by_kind(recalled()) == {"short": (2, 0)}
    assert trade.seen(order).stage == "cancelled"


def test_money_goes_back_once(trade, lot, recalled, unsound):
    order = trade.handed(trade.ordered("01ROSA", "YOG-500", 3))
    found = recalled()
    pay = partial(trade.managed, pay_recalled, PayRecall(id=found.id, part=found.parts[0].id))
    told = at_once(*[pay] * 4)
    paid = [one for one in told if not isinstance(one, DomainError)]
    assert [one.refunded_minor for one in paid] == [18750]
    assert {type(one) for one in told} == {type(paid[0]), RecallSettled}
    assert trade.seen(order).total_minor == 0
    assert recalled().parts[0].refunded_minor == 18750
    assert not recalled().is_done  # Seventeen stand on the shelf still.
    assert unsound() == []


def test_the_page_of_a_recall_says_of_whose_order_money_waits(
    trade, lot, recalled, manager, monkeypatch
):
    trade.handed(trade.ordered("01ROSA", "YOG-500", 3))
    found = recalled()
    trade.managed(pay_recalled, PayRecall(id=found.id, part=found.parts[0].id))
    place, page = f"/grocery/staff/recalls/{found.id}", Browser(manager.client)
    assert "Has not arrived" not in page.get(place).text
    assert (recalled().refunds, recalled().paid) == (1, 1)
    monkeypatch.setattr(recalls, "waiting_orders", lambda: select(ordering.ORDER.public_id))
    seen = page.get(place).text
    assert "Has not arrived" in seen
    assert 'href="/grocery/staff/refunds"' in seen
    assert (recalled().refunds, recalled().paid, recalled().waiting) == (1, 0, 1)


def test_above_the_limit_a_colleague_agrees_and_the_recall_is_paid(trade, manager, look, unsound):
    lot = trade.received("YOG-500", 40, lot="L-0417", until=LONG)
    trade.handed(trade.ordered("01ROSA", "YOG-500", 40))
    told = trade.managed(recall_lot, RecallLot(id=lot, reason="germs"))
    (part,) = trade.managed(read_recall, ReadRecall(id=told.id)).parts
    with pytest.raises(payments.SecondPersonNeeded):
        trade.managed(pay_recalled, PayRecall(id=told.id, part=part.id))
    page = Browser(manager.client)
    asked = page.post(f"/grocery/staff/recalls/{told.id}/payouts", part=part.id)
    assert asked.headers["Location"] == "/grocery/staff/refunds"
    assert look("SELECT count(*) FROM payments_refund") == [(0,)]
    ((proposal,),) = look("SELECT public_id FROM grocery_refund_proposal")
    trade.managed(approve_refund, ChooseProposal(id=proposal))
    (part,) = trade.managed(read_recall, ReadRecall(id=told.id)).parts
    assert (part.refunded_minor, part.to_pay) == (250_000, False)
    assert look("SELECT sum(amount_minor) FROM payments_refund") == [(250_000,)]
    assert unsound() == []


def test_goods_are_taken_back_however_long_ago_they_were_bought(trade, lot, recalled, clock):
    trade.handed(trade.ordered("01ROSA", "YOG-500", 3))
    clock.advance(days=90)
    found = recalled()
    told = trade.managed(pay_recalled, PayRecall(id=found.id, part=found.parts[0].id))
    assert told.refunded_minor == 18750


def test_buyers_are_told_once(trade, lot, recalled, signed_in, town):
    rosa = signed_in(name="Rosa Cruz")
    trade.handed(trade.ordered(rosa.person, "YOG-500", 3))
    trade.ordered(rosa.person, "YOG-500", 1)
    found = recalled()
    assert trade.managed(tell_of_recall, TellOfRecall(recall=found.id)) == 2
    assert trade.managed(tell_of_recall, TellOfRecall(recall=found.id)) == 0
    assert [part.told_at is None for part in recalled().parts] == [False, False]
    page = rosa.client.get("/notifications").text
    assert "Recall: Yoghurt" in page
    assert "comes without Yoghurt" in page


def test_a_recalled_lot_never_goes_on_sale_again(trade, lot, recalled):
    recalled()
    with pytest.raises(LotRecalled):
        trade.managed(unblock_lot, UnblockLot(id=lot))


def test_fifty_people_check_out_while_a_lot_is_recalled(trade, lot, recalled, town, unsound):
    trade.received("YOG-500", 12, lot="L-0500", until=LONG)
    early = [trade.ordered(f"01E{n}", "YOG-500", 1) for n in range(6)]
    for order in early[:3]:
        trade.handed(order)

    def buy(person):
        return trade.ordered(person, "YOG-500", 1)

    buyers = [partial(buy, f"01P{n}") for n in range(50)]
    told = at_once(*buyers[:20], recalled, *buyers[20:])
    (found,) = [one for one in told if hasattr(one, "parts")]
    orders = [one for one in told if isinstance(one, str)]
    codes = {one.code for one in told if isinstance(one, DomainError)}
    assert codes <= {"stock.not-enough", "stock.hold-lost", "stock.lot-blocked"}
    assert held(town) == 0
    seen = [trade.seen(order) for order in (*early, *orders)]
    due = sum(line.qty - line.handed_qty for one in seen for line in one.lines)
    # What is still to be handed over is all held, and all of it of the other lot.
    assert due == on_hold(town) <= 12
    assert (found.on_hand, by_kind(found)["sold"]) == (17, (1, 6250))
    assert sum(part.kind == "sold" for part in found.parts) == 3
    assert sum(one.stage == "cancelled" for one in seen) == len(found.parts) - 3
    assert unsound() == []


def on_hold(town):
    live = (
        "SELECT COALESCE(SUM(qty), 0) FROM stock_reservation"
        " WHERE state = 'live' AND expires_at IS NULL"
    )
    with town.database.connect() as connection:
        return int(connection.execute(text(live)).scalar_one())


UNBLOCK = "UPDATE stock_lot SET blocked_at = NULL, blocked_reason = ''"
TWICE = "UPDATE grocery_recall_part SET refunded_minor = refunded_minor + 1"
GUARDS = {
    UNBLOCK: ("grocery_recall_stays_blocked", "stock_lot"),
    TWICE: ("grocery_recall_part_is_paid_once", "grocery_recall_part"),
}


def write(town, statement):
    with town.database.begin() as connection:
        connection.exec_driver_sql(statement)


@pytest.mark.parametrize("statement", GUARDS)
def test_the_database_refuses_what_must_not_be(trade, lot, recalled, town, statement):
    trade.handed(trade.ordered("01ROSA", "YOG-500", 3))
    found = recalled()
    trade.managed(pay_recalled, PayRecall(id=found.id, part=found.parts[0].id))
    with pytest.raises(IntegrityError, match="grocery_lot_is_recalled"):
        write(town, statement)
    drop_trigger(town, *GUARDS[statement])
    write(town, statement)  # Without the guard it would have happened.


def test_a_recall_begins_with_a_blocked_lot(lot, town):
    row = (
        "INSERT INTO grocery_recall (public_id, created_at, lot_id, reason, advice) SELECT"
        " 'R', created_at, id, 'germs', 'x' FROM stock_lot WHERE code = 'L-0417'"
    )
    with pytest.raises(IntegrityError, match="grocery_lot_is_recalled"):
        write(town, row)
    drop_trigger(town, "grocery_recall_is_blocked", "grocery_recall")
    write(town, row)


def test_the_pages_lead_from_the_lot_to_its_recall(trade, lot, manager):
    order = trade.handed(trade.ordered("01ROSA", "YOG-500", 3))
    page = manager.client.get(f"/grocery/staff/lots/{lot}").text
    assert f"/grocery/staff/lots/{lot}/recall" in page
    path, token = f"/grocery/staff/lots/{lot}/recall", {"csrf_token": manager.token}
    assert "What buyers should do" in manager.client.get(path).text
    empty = manager.client.post(path, data={**token, "id": lot, "advice": "Bring it back."})
    assert empty.status_code == 422
    told = {**token, "id": lot, "reason": "germs", "advice": "Bring it back."}
    recall = manager.client.post(path, data=told).headers["location"]
    page = manager.client.get(recall).text
    assert "Germs were found in it. Bring it back." in page
    assert "187.50" in page
    assert recall in manager.client.get("/grocery/staff/recalls").text
    assert recall in manager.client.get(f"/grocery/staff/lots/{lot}").text
    number = recall.rpartition("/")[2]
    part = manager.client.get(f"/api/v1/grocery/recalls/{number}").get_json()["parts"][0]["id"]
    for said in ("187.50 back in cash", "Nothing is to be paid here any more"):
        sent = manager.client.post(f"{recall}/payouts", data={**token, "part": part})
        assert said in manager.client.get(sent.headers["location"]).text.replace("\xa0", " ")
    assert "Order" in manager.client.get(f"/grocery/staff/orders/{order}").text


@pytest.fixture
def shell(trade, monkeypatch, settings):
    """Run a command of the shop as an operator."""
    monkeypatch.setattr(cli, "settings_here", lambda: settings)
    return lambda *words: CliRunner().invoke(cli.grocery, [*words])


def test_an_operator_recalls_by_the_code_on_the_label(trade, lot, shell):
    trade.handed(trade.ordered("01ROSA", "YOG-500", 3))
    for _press in range(2):
        told = shell("recall", "l-0417", "--reason", "germs")
        assert "Yoghurt L-0417: recall" in told.output
        assert "1 orders were sold of it, 0 in progress lost some" in told.output
    assert shell("recall", "L-9999", "--reason", "germs").exit_code == 1


def test_an_operator_marks_down(trade, shell):
    assert shell("markdown").output == "Lots that have become cheaper: 0.\n"
    assert "write it like 2026-03-10" in shell("markdown", "--date", "tomorrow").output


def test_who_has_asked_to_bring_it_back_is_told_too(trade, lot, recalled, stepping, unsound):
    order = trade.handed(trade.ordered("01ROSA", "YOG-500", 3))
    (line,) = trade.seen(order).lines

    def ask(ctx, shop):
        parts = [ordering.Part(line.id, 3)]
        told = {"order": order, "parts": parts, "reason": "unwanted"}
        return ordering.request_return(ctx, shop, POLICY, **told).public_id

    back = stepping(ask)
    found = recalled()
    assert by_kind(found) == {"sold": (3, 0)}  # Its money goes by the return that is open.
    assert trade.managed(tell_of_recall, TellOfRecall(recall=found.id)) == 1
    with pytest.raises(DomainError):
        trade.managed(decide_return, DecideReturn(id=back, approve=False, why="It was opened"))
    trade.managed(receive_return, ReceiveReturn(id=back))
    assert trade.managed(refund_return, PayReturn(id=back)).refunded_minor == 18750
    assert unsound() == []


def test_a_guest_is_told_by_mail(trade, lot, recalled, town):
    trade.handed(trade.ordered("01ROSA", "YOG-500", 3))
    to = "party = '', guest_token = 'k', guest_email = 'carla@sanroque.example'"
    drop_trigger(town, "ordering_order_stays", "ordering_order")
    write(town, f"UPDATE ordering_order SET {to}")
    found = recalled()
    for told in (1, 0):
        assert trade.managed(tell_of_recall, TellOfRecall(recall=found.id)) == told
    assert recalled().parts[0].told_at is not None
    Worker(town).drain()
    mails = [one.read_text() for one in (town.settings.folder / "mail").glob("*.eml")]
    (said,) = [mail.replace("=\n", "") for mail in mails if "Recall: Yoghurt" in mail]
    assert "To: carla@sanroque.example" in said
    assert "/grocery/orders/" not in said


@pytest.fixture
def with_the_van(trade, lot, town):
    """Pack an order of two yoghurts, and bread if wanted, and send it out; return it."""

    def run(*, bread):
        if bread:
            trade.received("BREAD", 5, lot="B-1", until=LONG)
            trade.put("01IVO", "BREAD", 1)
        order = trade.picks(trade.ordered("01IVO", "YOG-500", 2))
        write(town, "UPDATE ordering_fulfilment SET kind = 'deliver'")
        version = trade.seen(order).version
        trade.managed(send_out, SendOut(id=order, version=version))
        return order

    return run


def test_what_is_with_the_van_is_left_out_at_the_door(trade, with_the_van, recalled, unsound):
    order = with_the_van(bread=True)
    assert by_kind(recalled()) == {"out": (2, 0)}
    wish = HandOver(id=order, version=trade.seen(order).version, received_by="Ivo")
    assert trade.managed(hand_over, wish).paid_minor == 8950
    seen = trade.seen(order)
    assert {line.code: line.handed_qty for line in seen.lines} == {"YOG-500": 0, "BREAD": 1}
    assert seen.stage == "handed"
    assert unsound() == []


def test_an_order_of_which_nothing_is_left_is_brought_back(trade, with_the_van, recalled, unsound):
    order = with_the_van(bread=False)
    recalled()
    version = trade.seen(order).version
    with pytest.raises(AllRecalled):
        trade.managed(hand_over, HandOver(id=order, version=version, received_by="Ivo"))
    trade.managed(bring_back, BringBack(id=order, version=version, reason="Recalled"))
    assert trade.seen(order).stage == "cancelled"
    assert unsound() == []


def test_orders_get_back_what_a_blocked_lot_had_taken(trade, lot, unsound):
    order = trade.ordered("01IVO", "YOG-500", 2)
    blocked = trade.managed(block_lot, BlockLot(id=lot, reason="Looks odd"))
    assert blocked.holds_released == 1
    with pytest.raises(ordering.GoodsLost):
        trade.picks(order)
    trade.managed(unblock_lot, UnblockLot(id=lot))
    trade.handed(order)
    assert trade.seen(order).stage == "handed"
    assert unsound() == []
