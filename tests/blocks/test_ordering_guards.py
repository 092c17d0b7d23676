"""The guards of ordering, one by one: each refuses, and without it the fault comes in."""

from dataclasses import dataclass

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.blocks.orders import CARLA, ROSA
from tests.blocks.test_ledger_guards import dropping, said_of
from tests.kit.guards import drop_constraint, drop_index, drop_trigger
from townsquare.blocks import ordering
from townsquare.core.db import Model
from townsquare.core.errors import DomainError

pytestmark = pytest.mark.engines("sqlite", "postgresql")
PLACED = "(SELECT id FROM ordering_order WHERE state = 'confirmed')"
CART = "(SELECT id FROM ordering_order WHERE state = 'draft')"
DONE = "(SELECT id FROM ordering_fulfilment WHERE state = 'done')"
LINE = (
    "INSERT INTO ordering_line (public_id, created_at, version, order_id, position, variant_id,"
    " name, sold_by, tracked, qty, over_qty, amount_minor, per_qty, tax_ppm, gross_minor,"
    " discount_minor, net_minor, tax_minor, agreed_minor, backordered_qty, planned_qty,"
    " fulfilled_qty, cancelled_qty, returned_qty, substitution, replaces_id, note, why)"
    " SELECT 'late', created_at, 1, order_id, 9, variant_id, name, sold_by, tracked, 1, 0,"
    " {price}, 1, 0, {price}, 0, {price}, 0, {price}, 0, 0, 0, 0, 0, 'none', {instead_of}, '', why"
    f" FROM ordering_line WHERE order_id = {PLACED}"
)
OF_IT = f"WHERE order_id = {PLACED} AND replaces_id IS NULL"
WANTED = f"UPDATE ordering_line SET substitution = 'similar' {OF_IT}"
CHEAPER = (
    "UPDATE ordering_line SET gross_minor = gross_minor - 1, net_minor = net_minor - 1"
    f", tax_minor = 0 {OF_IT}"
)
ADJUSTED = (
    "INSERT INTO ordering_adjustment (order_id, kind, source, amount_minor, tax_minor, tax_ppm,"
    f" explanation) SELECT id, 'fee', 'late', 100, 0, 0, '' FROM ordering_order WHERE id = {PLACED}"
)
ORDERED = (
    "INSERT INTO ordering_order (public_id, created_at, version, shop_id, state, channel,"
    " service_type, party, guest_token, guest_name, guest_phone, tier, note, currency,"
    " prices_include_tax, booking) SELECT 'odd', created_at, 1, shop_id, '{state}', channel,"
    " service_type, '{party}', '', '', '', tier, '', currency, prices_include_tax, ''"
    f" FROM ordering_order WHERE id = {CART}"
)
PAPER = (
    "INSERT INTO ordering_{paper}_line ({paper}_id, line_id, qty{more}) SELECT p.id, l.id, 1{rest}"
    f" FROM ordering_{{paper}} p, ordering_line l WHERE l.order_id = {CART}"
    " AND p.state = '{state}'"
)
FULFILMENT = (
    "INSERT INTO ordering_fulfilment (public_id, created_at, version, order_id, kind, state,"
    " booking, handed_to) SELECT 'odd', created_at, 1, id, 'pickup', 'ready', '', ''"
    f" FROM ordering_order WHERE id = {PLACED}"
)
RETURN = (
    "INSERT INTO ordering_return (public_id, created_at, version, order_id, shop_id, number, state,"
    " reason) SELECT 'odd', created_at, 1, id, shop_id, 'X', 'received', ''"
    f" FROM ordering_order WHERE id = {PLACED}"
)
USED = (
    "INSERT INTO ordering_coupon_use (coupon_id, order_id, party, use_no)"
    f" SELECT coupon_id, {CART}, party, 2 FROM ordering_coupon_use"
)


@dataclass(frozen=True)
class Fault:
    """What must not happen, the trigger that refuses it, and what else stands in its way."""

    guard: str
    table: str
    said: str
    statements: tuple[str, ...]
    others: tuple[tuple[str, str], ...] = ()


def fault(guard, table, said, *statements, others=()):
    more = tuple((f"ordering_{name}", f"ordering_{of}") for name, of in others)
    return Fault(f"ordering_{guard}", f"ordering_{table}", f"ordering_{said}", statements, more)


TURN, ORDER, LINES = "state_out_of_turn", "order_is_frozen", "line_is_frozen"
PAPERS, CHANGES, SERIES = "paper_is_frozen", "change_is_frozen", "series_only_grows"
FEES = "adjustment_is_frozen"
FAULTS = (
    fault(
        "order_goes_on",
        "order",
        TURN,
        f"UPDATE ordering_order SET state = 'placed' WHERE id = {PLACED}",
    ),
    fault(
        "fulfilment_goes_on",
        "fulfilment",
        TURN,
        "UPDATE ordering_fulfilment SET state = 'ready' WHERE state = 'pending'",
    ),
    fault("return_goes_on", "return", TURN, "UPDATE ordering_return SET state = 'received'"),
    fault("order_begins", "order", TURN, ORDERED.format(state="quoted", party="01IVO")),
    fault("fulfilment_begins", "fulfilment", TURN, FULFILMENT),
    fault("return_begins", "return", TURN, RETURN),
    fault(
        "order_stays", "order", ORDER, f"UPDATE ordering_order SET number = 'X' WHERE id = {PLACED}"
    ),
    fault(
        "order_stays", "order", ORDER, f"UPDATE ordering_order SET party = 'X' WHERE id = {PLACED}"
    ),
    fault(
        "order_stays",
        "order",
        ORDER,
        f"UPDATE ordering_order SET coupon_id = NULL WHERE id = {PLACED}",
    ),
    fault(
        "order_is_kept",
        "order",
        ORDER,
        "DELETE FROM ordering_coupon_use",
        "DELETE FROM ordering_change",
        "DELETE FROM ordering_return_line",
        "DELETE FROM ordering_return",
        "DELETE FROM ordering_fulfilment_line",
        "DELETE FROM ordering_fulfilment",
        "DELETE FROM ordering_adjustment",
        "DELETE FROM ordering_line",
        f"DELETE FROM ordering_order WHERE id = {PLACED}",
        others=(
            ("change_is_kept", "change"),
            ("return_line_is_kept", "return_line"),
            ("fulfilment_line_is_kept", "fulfilment_line"),
            ("adjustment_is_kept", "adjustment"),
            ("line_is_kept", "line"),
        ),
    ),
    fault(
        "line_stays",
        "line",
        LINES,
        f"UPDATE ordering_line SET agreed_minor = agreed_minor + 1 WHERE order_id = {PLACED}",
    ),
    fault(
        "line_stays",
        "line",
        LINES,
        f"UPDATE ordering_line SET qty = qty + 1 WHERE order_id = {PLACED}",
    ),
    fault(
        "line_is_kept",
        "line",
        LINES,
        "DELETE FROM ordering_return_line",
        "DELETE FROM ordering_fulfilment_line",
        f"DELETE FROM ordering_line WHERE order_id = {PLACED}",
        others=(
            ("return_line_is_kept", "return_line"),
            ("fulfilment_line_is_kept", "fulfilment_line"),
        ),
    ),
    fault(
        "line_comes_late",
        "line",
        "line_was_not_agreed",
        LINE.format(price=1, instead_of="NULL").replace(
            "variant_id, name, sold_by, tracked, 1", "variant_id + 1, name, sold_by, tracked, 1"
        ),
    ),
    fault(
        "line_comes_late",
        "line",
        "line_was_not_agreed",
        LINE.format(price=10**9, instead_of="id"),
        others=(("line_is_wanted", "line"), ("line_costs_no_more", "line")),
    ),
    fault(
        "line_is_wanted",
        "line",
        "line_was_not_wanted",
        CHEAPER,
        LINE.format(price=1, instead_of="id"),
    ),
    fault(
        "line_costs_no_more",
        "line",
        "line_costs_too_much",
        WANTED,
        LINE.format(price=1, instead_of="id"),
    ),
    fault(
        "line_gets_no_dearer",
        "line",
        "line_costs_too_much",
        WANTED,
        CHEAPER,
        LINE.format(price=1, instead_of="id"),
        CHEAPER.replace("- 1", "+ 1"),
    ),
    fault("adjustment_comes_late", "adjustment", FEES, ADJUSTED),
    fault(
        "adjustment_stays",
        "adjustment",
        FEES,
        f"UPDATE ordering_adjustment SET tax_minor = 0 WHERE order_id = {PLACED}",
    ),
    fault(
        "adjustment_is_kept",
        "adjustment",
        FEES,
        f"DELETE FROM ordering_adjustment WHERE order_id = {PLACED}",
    ),
    fault(
        "fulfilment_line_is_own",
        "fulfilment_line",
        "line_of_another",
        PAPER.format(paper="fulfilment", more="", rest="", state="pending"),
    ),
    fault(
        "return_line_is_own",
        "return_line",
        "line_of_another",
        PAPER.format(
            paper="return", more=", condition, restock", rest=", '', false", state="requested"
        ),
        others=(("line_is_returned", "return_line"),),
    ),
    fault(
        "fulfilment_line_stays",
        "fulfilment_line",
        PAPERS,
        f"UPDATE ordering_fulfilment_line SET qty = 4 WHERE fulfilment_id IN {DONE}",
    ),
    fault("return_line_stays", "return_line", PAPERS, "UPDATE ordering_return_line SET qty = 2"),
    fault(
        "fulfilment_line_is_kept", "fulfilment_line", PAPERS, "DELETE FROM ordering_fulfilment_line"
    ),
    fault("return_line_is_kept", "return_line", PAPERS, "DELETE FROM ordering_return_line"),
    fault("change_stays", "change", CHANGES, "UPDATE ordering_change SET reason = 'x'"),
    fault("change_is_kept", "change", CHANGES, "DELETE FROM ordering_change"),
    fault("coupon_is_for_all", "coupon_use", "coupon_is_used_up_for_you", USED),
    fault(
        "coupon_use_stays",
        "coupon_use",
        "use_is_frozen",
        "UPDATE ordering_coupon_use SET use_no = 9",
    ),
    fault("series_grows", "series", SERIES, "UPDATE ordering_series SET next = 1"),
    fault("series_is_kept", "series", SERIES, "DELETE FROM ordering_series"),
)


@pytest.fixture
def lived(stocked, trade, doing, ogs):
    """An order of everything: a coupon, a part handed over, one on its way, one that comes back."""
    doing(ordering.add_coupon, ogs, code="ONCE", kind="amount", value=100, per_party=1)
    variant = stocked(99)
    cart = trade.cart(ROSA, (variant, 6))
    doing(ordering.apply_coupon, ogs, cart.public_id, code="ONCE")
    trade.quote(cart)
    order = trade.pay(trade.place(cart))
    (line,) = order.lines
    trade.hand(trade.plan(order, (line, 3)))
    trade.plan(order, (line, 1))
    trade.act(ordering.request_return, order, parts=trade.parts((line, 1)))
    trade.cart(CARLA, (stocked(9), 1))
    return order


def test_each_guard_refuses_in_its_own_words(town, lived):
    for wrong in FAULTS:
        said = said_of(town, (*dropping(town, *wrong.others), *wrong.statements))
        assert wrong.said in said, (wrong.guard, said)


def test_without_its_guard_each_fault_comes_in(town, lived):
    for wrong in FAULTS:
        gone = dropping(town, *wrong.others, (wrong.guard, wrong.table))
        assert said_of(town, (*gone, *wrong.statements)) == "nothing", wrong.guard


def test_there_is_no_guard_of_ordering_that_nobody_tries(town):
    lite = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    names = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    with town.database.connect() as connection:
        found = connection.scalars(text(lite if connection.dialect.name == "sqlite" else names))
        guards = {name for name in found if name.startswith("ordering_")}
    emptying = {f"{table}_is_not_emptied" for table in TABLES} & guards
    assert guards - EFFECTS.keys() - emptying == {wrong.guard for wrong in FAULTS}


TABLES = sorted(name for name in Model.metadata.tables if name.startswith("ordering_"))


@pytest.mark.engines("postgresql")
def test_no_table_of_ordering_is_emptied_at_once(town):
    away = [f"DROP TRIGGER {table}_is_not_emptied ON {table}" for table in TABLES]
    for table in TABLES:
        assert "ordering_is_kept" in said_of(town, [f"TRUNCATE {table} CASCADE"]), table
        assert said_of(town, [*away, f"TRUNCATE {table} CASCADE"]) == "nothing", table


# Without them, what the counters say is no longer what the papers say.
EFFECTS = {
    "ordering_line_is_planned": "ordering_fulfilment_line",
    "ordering_line_is_replanned": "ordering_fulfilment_line",
    "ordering_line_is_unplanned": "ordering_fulfilment",
    "ordering_line_is_fulfilled": "ordering_fulfilment",
    "ordering_line_is_returned": "ordering_return_line",
    "ordering_line_is_not_returned": "ordering_return",
    "ordering_coupon_is_used": "ordering_coupon_use",
    "ordering_coupon_is_free": "ordering_coupon_use",
}
CHECKS = (
    ("line_planned", "line", "UPDATE ordering_line SET cancelled_qty = 6"),
    ("line_fulfilled", "line", "UPDATE ordering_line SET fulfilled_qty = 5 WHERE planned_qty > 0"),
    ("line_returned", "line", "UPDATE ordering_line SET returned_qty = 4 WHERE planned_qty > 0"),
    ("line_settled", "line", "UPDATE ordering_line SET settled_qty = 10"),
    ("line_agreed", "line", "UPDATE ordering_line SET agreed_minor = net_minor - 1"),
    ("line_net", "line", "UPDATE ordering_line SET discount_minor = discount_minor + 1"),
    ("coupon_uses", "coupon", "UPDATE ordering_coupon SET max_uses = 0"),
    ("fulfilment_handed", "fulfilment", "UPDATE ordering_fulfilment SET handed_at = NULL"),
    ("return_refund", "return", "UPDATE ordering_return SET refund_minor = 1"),
)


def test_each_check_refuses_and_without_it_the_fault_comes_in(town, lived):
    for name, table, statement in CHECKS:
        check = f"ck_ordering_{name}"
        assert check in said_of(town, [statement]), check
        drop_constraint(town, check, f"ordering_{table}")
        assert said_of(town, [statement]) == "nothing", check


def test_one_buyer_has_one_cart_and_without_its_index_two(town, lived, trade):
    trade.cart(ROSA)
    second = [
        ORDERED.format(state="draft", party=ROSA.party).replace(CART, f"{CART[:-1]} LIMIT 1)")
    ]
    assert "nothing" not in said_of(town, second)
    drop_index(town, "uq_ordering_cart")
    assert said_of(town, second) == "nothing"


def live(trade, doing, ogs, variant):
    """Let everything happen once that a trigger counts."""
    doing(ordering.add_coupon, ogs, code="TWICE", kind="amount", value=100)
    orders = []
    for _time in range(2):
        cart = trade.cart(ROSA, (variant, 6))
        doing(ordering.apply_coupon, ogs, cart.public_id, code="TWICE")
        trade.quote(cart)
        orders.append(trade.pay(trade.place(cart)))
    first, second = orders
    (line,) = first.lines
    trade.hand(trade.plan(first, (line, 3)))
    trade.step(trade.plan(first, (line, 1)), "cancel")
    trade.plan(first, (line, 3))
    trade.pick(ordering.short_line, first, part=trade.parts((line, 1))[0], reason="broken")
    paper = trade.act(ordering.request_return, first, parts=trade.parts((line, 1)))
    trade.act(ordering.request_return, first, parts=trade.parts((line, 1)))
    trade.back(ordering.decide_return, paper, approve=False, reason="opened")
    trade.act(ordering.cancel_order, second)


def test_the_counters_are_right_while_all_their_triggers_are_there(
    trade, doing, ogs, stocked, faults
):
    live(trade, doing, ogs, stocked(99))
    assert faults() == []


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("name", sorted(EFFECTS))
def test_without_its_trigger_a_counter_is_noticed(town, trade, doing, ogs, stocked, faults, name):
    variant, stopped = stocked(99), False
    drop_trigger(town, name, EFFECTS[name])
    try:
        live(trade, doing, ogs, variant)
    except (DomainError, DBAPIError):  # A CHECK, or a step that does not find what it needs.
        stopped = True
    assert stopped or any(breach.rule.startswith("ordering: ") for breach in faults())
