"""The guards of stock, one by one: each refuses, and without it the fault comes in."""

from datetime import date

import pytest
from sqlalchemy import text

from tests.blocks.shops import set_up
from tests.blocks.test_ledger_guards import Fault, dropping, said_of
from tests.kit.guards import drop_constraint, drop_trigger
from townsquare.blocks import stock

pytestmark = pytest.mark.engines("sqlite", "postgresql")
HOLD = (
    "INSERT INTO stock_reservation (level_id, qty, owner_kind, owner_id, at, state)"
    " SELECT v.id, 1, 'order', 'x', '{at}', '{state}' FROM stock_level v"
    " JOIN stock_lot l ON l.id = v.lot_id WHERE v.bounded AND v.on_hand > v.reserved AND l.part = 1"
)
NOW, LATE = "2026-03-02 02:00:00.000000", "2026-03-12 16:00:00.000000"
MOVE = (
    "INSERT INTO stock_move (public_id, shop_id, at, variant_id, lot_id, from_location_id,"
    " to_location_id, qty, reason, source_kind, source_id, note, key, line)"
    " SELECT 'M', {shop}, at, {variant}, lot_id, from_location_id, {to}, {qty}, '{reason}', '', '',"
    " '', 'M', 0 FROM stock_move WHERE reason = 'receipt' ORDER BY id LIMIT 1"
)
PLAIN = {
    "shop": "shop_id",
    "variant": "variant_id",
    "to": "to_location_id",
    "qty": "1",
    "reason": "receipt",
}
OF_ANOTHER_SHOP = "UPDATE catalogue_variant SET shop_id = (SELECT max(id) FROM catalogue_shop)"
LEVEL = (
    "INSERT INTO stock_level (variant_id, location_id, lot_id, bounded, on_hand, reserved)"
    " SELECT l.variant_id, p.id, l.id, false, 7, 0 FROM stock_lot l, stock_location p"
    " WHERE p.kind = 'loss' AND NOT EXISTS (SELECT 1 FROM stock_level v"
    " WHERE v.lot_id = l.id AND v.location_id = p.id)"
)


def fault(guard, table, said, *statements, others=()):
    pairs = tuple((f"stock_{name}", f"stock_{of}") for name, of in others)
    return Fault(f"stock_{guard}", f"stock_{table}", f"stock_{said}", statements, pairs)


def move(**facts):
    return MOVE.format(**{**PLAIN, **facts})


NOTED = "purchasing_waiting_move_is_kept", "purchasing_waiting_move"
NO_HOLDS = ("DELETE FROM stock_reservation",)
FREE = (("reservation_is_kept", "reservation"),)
FAULTS = (
    fault("move_stays", "move", "moves_only_grow", "UPDATE stock_move SET qty = qty + 1"),
    fault("move_is_kept", "move", "moves_only_grow", "DELETE FROM stock_move"),
    fault(
        "move_stays_home",
        "move",
        "move_leaves_its_shop",
        move(shop="(SELECT max(id) FROM catalogue_shop)"),
    ),
    fault("move_stays_home", "move", "move_leaves_its_shop", OF_ANOTHER_SHOP, move()),
    fault("level_begins_empty", "level", "level_is_counted", LEVEL),
    fault("level_stays", "level", "level_is_counted", "UPDATE stock_level SET bounded = false"),
    fault(
        "level_is_kept",
        "level",
        "level_is_counted",
        *NO_HOLDS,
        "DELETE FROM stock_level",
        others=FREE,
    ),
    fault("lot_stays", "lot", "lot_is_known", "UPDATE stock_lot SET received_qty = 1"),
    fault("lot_stays", "lot", "lot_is_known", "UPDATE stock_lot SET supplier_id = 9"),
    fault(
        "lot_is_kept",
        "lot",
        "lot_is_known",
        *NO_HOLDS,
        "DELETE FROM stock_level",
        "DELETE FROM stock_move",
        "DELETE FROM stock_transfer_line",
        "DELETE FROM stock_lot",
        others=(*FREE, ("level_is_kept", "level"), ("move_is_kept", "move")),
    ),
    fault(
        "reservation_begins_live",
        "reservation",
        "reservation_is_closed",
        HOLD.format(at=NOW, state="consumed"),
    ),
    fault(
        "reservation_of_blocked",
        "reservation",
        "lot_is_blocked",
        "UPDATE stock_lot SET blocked_at = received_at, blocked_reason = 'x'",
        HOLD.format(at=NOW, state="live"),
    ),
    fault(
        "reservation_of_expired",
        "reservation",
        "lot_is_expired",
        HOLD.format(at=LATE, state="live"),
    ),
    fault(
        "reservation_stays_closed",
        "reservation",
        "reservation_is_closed",
        "UPDATE stock_reservation SET state = 'live' WHERE state = 'released'",
    ),
    fault(
        "reservation_stays",
        "reservation",
        "reservation_is_fixed",
        "UPDATE stock_reservation SET qty = 1 WHERE state = 'live'",
    ),
    fault("reservation_is_kept", "reservation", "reservation_is_fixed", *NO_HOLDS),
    fault(
        "location_stays",
        "location",
        "location_is_known",
        "UPDATE stock_location SET kind = 'loss', sellable = false WHERE kind = 'physical'",
    ),
)
EFFECTS = {
    "trg_stock_move_apply": ("stock_move", move(), "stock: levels replay their moves"),
    "trg_stock_reservation_hold": (
        "stock_reservation",
        HOLD.format(at=NOW, state="live"),
        "stock: what is held replays the holds",
    ),
    "trg_stock_reservation_close": (
        "stock_reservation",
        "UPDATE stock_reservation SET state = 'released' WHERE state = 'live'",
        "stock: what is held replays the holds",
    ),
}
CHECKS = (
    ("level_bounds", "level", "UPDATE stock_level SET reserved = on_hand + 1 WHERE bounded"),
    ("level_bounds", "level", "UPDATE stock_level SET reserved = -1 WHERE bounded"),
    ("level_serial", "level", "UPDATE stock_level SET on_hand = 2 WHERE max_on_hand = 1"),
    ("move_qty", "move", move(qty="0")),
    ("move_places", "move", move(to="from_location_id")),
    ("move_reason", "move", move(reason="magic")),
    (
        "reservation_qty",
        "reservation",
        HOLD.format(at=NOW, state="live").replace("v.id, 1,", "v.id, 0,"),
    ),
    ("lot_blocked", "lot", "UPDATE stock_lot SET blocked_at = received_at"),
    (
        "location_sellable",
        "location",
        "UPDATE stock_location SET sellable = true WHERE kind = 'supplier'",
    ),
    (
        "transfer_line_discrepancy",
        "transfer_line",
        "UPDATE stock_transfer_line SET arrived_qty = sent_qty + 1",
    ),
    ("count_line_approver", "count_line", "UPDATE stock_count_line SET approved_by = counted_by"),
)


@pytest.fixture
def furnished(doing, ogs, shelf, receiving, holding, milk, selling):
    """A shop with a row of everything, and another shop beside it."""
    receiving(milk, 9, expires_on=date(2026, 3, 12), lot_code="L-1")
    camera = selling("CAM-1", lot_policy="serial")
    receiving(camera, 1, lot_code="SN-1")
    back = doing(stock.open_location, ogs, code="BACK", name="Back room")
    told = {"from_": shelf, "to": back, "key": "TR-1"}
    doing(stock.dispatch_transfer, ogs, [stock.Goods(milk.id, 1)], **told)
    waste = {"from_": shelf, "key": "W-1", "reason": "sample"}
    doing(stock.discard_stock, ogs, [stock.Goods(milk.id, 1)], **waste)
    holding("rosa", (milk, 1))
    doing(stock.release_holds, owner_kind="order", owner_id="rosa")
    holding("ivo", (milk, 2))
    count = doing(stock.open_count, ogs, shelf)
    doing(stock.record_count, ogs, count.id, lines=[stock.Counted(milk.id, 7)])
    doing(set_up, code="other")


@pytest.fixture
def lived(town, furnished):
    """The same, and nobody but stock itself refuses anything: what others note of moves is gone."""
    with town.database.begin() as connection:
        for statement in (*dropping(town, NOTED), f"DELETE FROM {NOTED[1]}"):
            connection.exec_driver_sql(statement)


def test_each_guard_refuses_in_its_own_words(town, lived):
    for wrong in FAULTS:
        said = said_of(town, (*dropping(town, *wrong.others), *wrong.statements))
        assert wrong.said in said, (wrong.guard, said)


def test_without_its_guard_each_fault_comes_in(town, lived):
    for wrong in FAULTS:
        gone = dropping(town, *wrong.others, (wrong.guard, wrong.table))
        assert said_of(town, (*gone, *wrong.statements)) == "nothing", wrong.guard


def test_there_is_no_guard_of_stock_that_nobody_tries(town):
    lite = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    names = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    with town.database.connect() as connection:
        found = connection.scalars(text(lite if connection.dialect.name == "sqlite" else names))
        guards = {name for name in found if name.startswith(("stock_", "trg_stock_"))}
    emptied = {name for name in guards if name.endswith("_is_not_emptied")}
    assert guards - emptied - EFFECTS.keys() == {wrong.guard for wrong in FAULTS}


@pytest.mark.parametrize("effect", EFFECTS)
def test_without_an_effect_the_levels_no_longer_agree(town, lived, unsound, effect):
    table, statement, rule = EFFECTS[effect]
    drop_trigger(town, effect, table)
    assert unsound() == []
    with town.database.begin() as connection:
        connection.execute(text(statement))
    assert rule in {breach.rule for breach in unsound()}


def test_each_check_refuses_and_without_it_the_fault_comes_in(town, lived):
    dropped = set()
    for name, table, statement in CHECKS:
        check = f"ck_stock_{name}"
        if check not in dropped:
            assert check in said_of(town, [statement]), check
            drop_constraint(town, check, f"stock_{table}")
            dropped.add(check)
        assert said_of(town, [statement]) == "nothing", check


def test_a_move_is_of_a_lot_of_its_own_variant(town, lived):
    wrong = move(variant="(SELECT max(id) FROM catalogue_variant)")
    said = said_of(town, [wrong]).lower()
    assert "foreign key" in said


@pytest.mark.engines("postgresql")
def test_no_table_of_stock_is_emptied_at_once(town, lived):
    others = (
        "SELECT tgname, tgrelid::regclass FROM pg_trigger WHERE tgname ~ '^purchasing.*emptied'"
    )
    with town.database.connect() as connection:  # What refers to a lot is emptied with it.
        found = connection.execute(text(others)).all()
    further = [f"DROP TRIGGER {name} ON {table}" for name, table in found]
    for table in ("stock_level", "stock_lot", "stock_move", "stock_reservation"):
        assert "stock_only_grows" in said_of(town, [f"TRUNCATE {table} CASCADE"]), table
        away = [
            f"DROP TRIGGER stock_{name}_is_not_emptied ON stock_{name}"
            for name in ("level", "lot", "move", "reservation")
        ]
        assert said_of(town, [*away, *further, f"TRUNCATE {table} CASCADE"]) == "nothing", table
