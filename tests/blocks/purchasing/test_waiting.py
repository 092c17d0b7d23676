"""The ledger goes on from where it stopped: no move is lost, and none is told twice."""

from contextlib import contextmanager

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from tests.blocks.purchasing.conftest import EXPIRES, LENA, PAUL, TOMAS, Anything
from townsquare.blocks import purchasing, stock
from townsquare.core.usecase import REGISTRY, use_case

pytestmark = pytest.mark.engines("sqlite", "postgresql")
SOURCE = {"source_kind": "test", "source_id": 1}


class Killed(Exception):
    """The consumer ends in the middle of its work."""


@pytest.fixture
def waiting(town):
    """Return how many moves wait for their value."""

    def count():
        with town.sessions() as db:
            return db.query(purchasing.WAITING).count()

    return count


@pytest.fixture
def selling_bread(by, ogs, receiving, bread):
    """Seven loaves that have cost 100.00; sell some of them."""
    receiving(bread, 7, total_cost_minor=10000)
    keys = iter(range(100))

    def sell(qty):
        wanted = [stock.Wanted(bread.id, qty)]
        return by(TOMAS, stock.take_now, ogs, wanted, key=f"sold {next(keys)}", **SOURCE)

    return sell


def test_a_killed_consumer_loses_nothing(by, ogs, selling_bread, waiting, accounts, valuing, wrong):
    selling_bread(3)

    def dies(ctx, shop):
        purchasing.value_moves(ctx, shop)
        raise Killed

    with pytest.raises(Killed):
        by(PAUL, dies, ogs)
    assert (waiting(), accounts()) == (2, {})
    assert valuing() == 2
    assert (waiting(), valuing()) == (0, 0)
    assert accounts() == {"inventory": 5714, "grni": 10000, "cost-of-sales": 4286}
    assert wrong() == []


def test_what_is_done_stays_done_when_the_next_batch_dies(by, ogs, receiving, bread, milk, waiting):
    for goods in (bread, milk):
        receiving(goods, 7, total_cost_minor=10000, expires_on=EXPIRES)
    assert by(PAUL, purchasing.value_moves, ogs, most=1) == 1

    def dies(ctx, shop):
        purchasing.value_moves(ctx, shop, most=1)
        raise Killed

    with pytest.raises(Killed):
        by(PAUL, dies, ogs)
    assert waiting() == 1
    assert by(PAUL, purchasing.value_moves, ogs, most=1) == 1
    assert waiting() == 0


@pytest.mark.engines("postgresql")  # SQLite has one writer: nothing is committed out of order.
def test_a_late_move_is_not_passed_over(acting_as, by, ogs, receiving, bread, milk, valuing):
    for goods in (bread, milk):
        receiving(goods, 7, total_cost_minor=10000, expires_on=EXPIRES)
    wanted = [stock.Wanted(bread.id, 1)]  # The place of customers is made with the first sale.
    by(TOMAS, stock.take_now, ogs, wanted, key="first", **SOURCE)
    valuing()

    @use_case("test.purchasing.late", permission="public")
    def sell(ctx, wish: Anything) -> int:
        """Sell two loaves."""
        wanted = [stock.Wanted(bread.id, 2)]
        return stock.take_now(ctx, ogs, wanted, key="late", **SOURCE)[0].id

    @use_case("test.purchasing.early", permission="public")
    def sell_milk(ctx, wish: Anything) -> int:
        """Sell one milk."""
        wanted = [stock.Wanted(milk.id, 1)]
        return stock.take_now(ctx, ogs, wanted, key="early", **SOURCE)[0].id

    del REGISTRY["test.purchasing.late"], REGISTRY["test.purchasing.early"]
    with acting_as(actor=TOMAS) as slow:
        late = sell(slow, Anything())
        with acting_as(actor=LENA) as quick:
            early = sell_milk(quick, Anything())
        assert early > late  # It began later, and is committed first.
        assert valuing() == 1
    assert (valuing(), valuing()) == (1, 0)


def test_nothing_is_taken_off_the_list_without_a_value(town, selling_bread, waiting, wrong):
    with pytest.raises((IntegrityError, DBAPIError)), town.database.begin() as connection:
        connection.execute(text("DELETE FROM purchasing_waiting_move"))
    assert waiting() == 1
    of_table = "" if town.database.dialect.name == "sqlite" else " ON purchasing_waiting_move"
    with town.database.begin() as connection:
        connection.execute(text(f"DROP TRIGGER purchasing_waiting_move_is_kept{of_table}"))
        connection.execute(text("DELETE FROM purchasing_waiting_move"))
    assert [breach.rule for breach in wrong()] == ["purchasing: moves wait or have a value"]


def test_who_looks_when_nothing_waits_reads_no_move(selling_bread, valuing, town):
    selling_bread(1)
    valuing()
    said = []
    with listening(town.database, said.append):
        assert valuing() == 0
    assert any("purchasing_waiting_move" in text for text in said)
    assert not any("stock_move" in text for text in said)


@contextmanager
def listening(database, hear):
    """Let somebody hear every statement that reaches the database."""

    def listen(_connection, _cursor, statement, *_rest):
        hear(statement)

    event.listen(database, "before_cursor_execute", listen)
    yield
    event.remove(database, "before_cursor_execute", listen)
