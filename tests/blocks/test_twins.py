"""What there is once: a twin is refused by its index, and comes in where the index is gone."""

import pytest
from sqlalchemy import inspect

from tests.blocks.orders import IVO, ROSA
from tests.blocks.test_ledger_guards import said_of
from townsquare.blocks import ordering, stock
from townsquare.core.ids import new_id

pytestmark = pytest.mark.engines("sqlite", "postgresql")
NEWEST = "(SELECT max(id) FROM ordering_order)"
# Of each index the table, which of its rows gets a twin, and what of that is its own.
TWINS = {
    "uq_ordering_coupon_code": ("ordering_coupon", "1 = 1", {}),
    "uq_ordering_coupon_turn": ("ordering_coupon_use", "1 = 1", {"order_id": NEWEST}),
    "uq_ordering_line_variant": ("ordering_line", f"order_id = {NEWEST}", {"position": "9"}),
    "uq_payments_charge_key": ("payments_charge", "1 = 1", {"allocated_minor": "0"}),
    "uq_payments_entry_key": ("payments_entry", "1 = 1", {"posted": "false"}),
    "uq_stock_count_line_whole": ("stock_count_line", "lot_id IS NULL", {}),
    "uq_stock_count_open": ("stock_count", "state = 'open'", {}),
    "uq_stock_location_code": ("stock_location", "code = 'BACK'", {}),
    "uq_stock_lot_code": ("stock_lot", "1 = 1", {}),
    "uq_stock_move_key": ("stock_move", "reason = 'receipt'", {}),
    "uq_stock_move_reverses": ("stock_move", "reverses_id IS NOT NULL", {"key": "'twin'"}),
    "uq_stock_transfer_key": ("stock_transfer", "1 = 1", {}),
}


@pytest.fixture
def lived(stocked, trade, doing, ogs, shelf):
    """A shop in which everything has happened once that must not happen twice."""
    variant = stocked(99)
    doing(ordering.add_coupon, ogs, code="ONCE", kind="amount", value=100)
    cart = trade.cart(ROSA, (variant, 1))
    doing(ordering.apply_coupon, ogs, cart.public_id, code="ONCE")
    trade.quote(cart)
    trade.pay(trade.place(cart))
    trade.cart(IVO, (variant, 1))
    told = {"source_kind": "till", "source_id": 1, "key": new_id()}
    (sale,) = doing(stock.take_now, ogs, [stock.Wanted(variant.id, 1)], **told)
    doing(stock.undo_move, ogs, sale.id)
    back = doing(stock.open_location, ogs, code="BACK", name="Back room")
    told = {"from_": shelf, "to": back, "key": "TR-1"}
    doing(stock.dispatch_transfer, ogs, [stock.Goods(variant.id, 1)], **told)
    count = doing(stock.open_count, ogs, shelf)
    doing(stock.record_count, ogs, count.id, lines=[stock.Counted(variant.id, 7)])


def twin_of(town, table, where="1 = 1", own=()):
    """Return the statement that makes a twin of a row; `own` is what is not the same of it."""
    own = {"public_id": "'twin'", **dict(own)}
    names = [one["name"] for one in inspect(town.database).get_columns(table)]
    told = {name: own.get(name, f'"{name}"') for name in names if name != "id"}
    columns = ", ".join(f'"{name}"' for name in told)
    values = ", ".join(told.values())
    return (
        f"INSERT INTO {table} ({columns}) SELECT {values} FROM {table}"
        f" WHERE {where} ORDER BY id LIMIT 1"
    )


def test_each_index_refuses_a_twin_and_without_it_the_twin_comes_in(town, lived):
    for index, (table, where, own) in TWINS.items():
        statement = twin_of(town, table, where, own)
        said = said_of(town, [statement])
        assert index in said or f"UNIQUE constraint failed: {table}." in said, (index, said)
        assert said_of(town, [f"DROP INDEX {index}", statement]) == "nothing", index
