"""What the shop must be able to show later is kept, and there once; without its guard it is not."""

import re

import pytest
from sqlalchemy import text

from tests.blocks.test_ledger_guards import dropping, said_of
from tests.blocks.test_twins import twin_of
from tests.services.grocery.test_markdowns import INTO, at, dairy, marked
from tests.services.grocery.test_paying import card, look, orders, provider, sound, tab
from tests.services.grocery.test_recall import lot, recalled
from tests.services.grocery.test_refunds import TABLE, dear, goes_back
from tests.services.grocery.trading import trade

__all__ = ["at", "card", "dairy", "dear", "goes_back", "look", "lot", "marked", "orders"]
__all__ += ["provider", "recalled", "sound", "tab", "trade"]
pytestmark = pytest.mark.engines("sqlite", "postgresql")


def told_with_and_without(town, guard, table, *statements):
    """Return what the database says against this with its guard, and when that is gone."""
    return said_of(town, statements), said_of(town, (*dropping(town, (guard, table)), *statements))


def twins(town, index, *told):
    """Return whether this index refuses a twin, and what is said when it is gone."""
    statement = twin_of(town, *told)
    said = said_of(town, [statement])
    refused = index in said or f"UNIQUE constraint failed: {told[0]}." in said
    return refused, said_of(town, [f"DROP INDEX {index}", statement])


def test_recalls_and_what_became_of_each_order_are_kept(trade, recalled, town):
    trade.handed(trade.ordered("01ROSA", "YOG-500", 3))
    recalled()
    part, recall = "grocery_recall_part", "grocery_recall"
    parts = f"DELETE FROM {part}"
    first, then = told_with_and_without(town, f"{part}_is_kept", part, parts)
    assert ("grocery_lot_is_recalled" in first, then) == (True, "nothing")
    free = (*dropping(town, (f"{part}_is_kept", part)), parts)
    both = (*free, f"DELETE FROM {recall}")
    first, then = told_with_and_without(town, f"{recall}_is_kept", recall, *both)
    assert ("grocery_lot_is_recalled" in first, then) == (True, "nothing")
    other = f"UPDATE {recall} SET advice = 'Eat it.'"
    first, then = told_with_and_without(town, f"{recall}_stays", recall, other)
    assert ("grocery_lot_is_recalled" in first, then) == (True, "nothing")
    assert twins(town, "uq_grocery_recall_lot", recall) == (True, "nothing")
    assert twins(town, "uq_grocery_recall_part", part) == (True, "nothing")


def test_markdowns_are_kept_with_their_price(dairy, marked, at, town):
    at(10)
    marked()
    table = "grocery_markdown"
    told = told_with_and_without(town, f"{table}_is_kept", table, f"DELETE FROM {table}")
    assert ("grocery_markdown_is_of_its_price" in told[0], told[1]) == (True, "nothing")
    other = INTO.format(day="2026-03-11", normal="normal_minor")
    other = other.replace(
        "ppm, amount_minor, normal_minor, at FROM", "ppm, 1, normal_minor, at FROM"
    )
    told = told_with_and_without(
        town, f"{table}_has_its_price", table, "DROP INDEX uq_grocery_markdown_price", other
    )
    assert ("grocery_markdown_is_of_its_price" in told[0], told[1]) == (True, "nothing")


def test_proposals_are_kept_and_of_an_order_one_waits(goes_back, town):
    goes_back(30)
    told = told_with_and_without(town, f"{TABLE}_is_kept", TABLE, f"DELETE FROM {TABLE}")
    assert (f"{TABLE}_is_decided" in told[0], told[1]) == (True, "nothing")
    assert twins(town, "uq_grocery_refund_proposal_waiting", TABLE) == (True, "nothing")


# Each with the file in which it is taken away; a new one is tried somewhere before it stands here.
TRIED = {
    *{f"grocery_recall_{name}" for name in ("is_kept", "part_is_kept", "stays")},  # Here.
    *{f"grocery_markdown_{name}" for name in ("has_its_price", "is_kept")},
    "grocery_refund_proposal_is_kept",
    *{f"grocery_recall_{name}" for name in ("is_blocked", "part_is_paid_once", "stays_blocked")},
    "grocery_markdown_stays",  # test_markdowns.py; those of recalls: test_recall.py.
    "grocery_refund_proposal_stays",  # test_planted_races.py
    "grocery_opening_apart",  # test_hours.py
    "grocery_staff_stays",  # test_staff.py
    "grocery_refund_by_another",  # test_refused_refunds.py
}
LITE = re.compile(r"(?<=apart)_(insert|update)$")  # One of PostgreSQL is two of SQLite.


def test_there_is_no_guard_of_the_grocery_that_nobody_tries(town):
    lite = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    names = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    with town.database.connect() as connection:
        found = connection.scalars(text(lite if connection.dialect.name == "sqlite" else names))
        guards = {LITE.sub("", name) for name in found if name.startswith("grocery_")}
    assert {name for name in guards if not name.endswith("_is_not_emptied")} == TRIED
