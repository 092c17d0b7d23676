"""What was paid before there were tills and providers was captured, and stays so."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from townsquare import migrations
from townsquare.core.db import connect

FIRST = "2026_12_03_payments_shop"
PAID = (
    "INSERT INTO payments_payment (public_id, created_at, version, shop, party, method, key,"
    " number, currency, amount_minor, allocated_minor, refunded_minor, credited_minor)"
    " VALUES ('P', '2026-03-02', 1, 'library', 'A', 'cash', 'k', 'R-1', 'PHP', 225, 0, 0, 225)"
)
ONLINE = (
    "INSERT INTO payments_payment (public_id, created_at, version, shop, party, method, key,"
    " number, currency, amount_minor, allocated_minor, refunded_minor, credited_minor, state)"
    " VALUES ('O', '2026-03-02', 1, 'pizza', 'A', 'online', 'o', 'P-1', 'PHP', 225, 0, 0, 0,"
    " 'started')"
)
CARD = PAID.replace("credited_minor)", "credited_minor, captured_minor)").replace("225)", "0, 225)")
STUCK = (
    "INSERT INTO payments_refund (payment_id, amount_minor, reason, at, by, state, refused,"
    " provider_key) SELECT id, 225, '', '2026-03-02', '', 'failed', 'card-blocked', 'r'"
    " FROM payments_payment"
)


def before(url):
    """Go back to the release before."""
    migrations.downgrade(url, FIRST)
    migrations.downgrade(url, "-1")


def run(url, statement):
    engine = connect(url)
    try:
        with engine.begin() as db:
            found = db.execute(text(statement))
            return [tuple(row) for row in found] if found.returns_rows else []
    finally:
        engine.dispose()


@pytest.mark.engines("sqlite", "postgresql")
def test_an_old_payment_reads_as_captured(database_url):
    before(database_url)
    run(database_url, PAID)
    migrations.upgrade(database_url)
    look = "SELECT state, captured_minor, provider, shift_id FROM payments_payment"
    assert run(database_url, look) == [("captured", 225, None, None)]
    with pytest.raises(IntegrityError, match="spread"):
        run(database_url, "UPDATE payments_payment SET refunded_minor = 1")


@pytest.mark.engines("sqlite", "postgresql")
def test_nobody_goes_back_over_what_the_release_before_does_not_know(database_url):
    run(database_url, ONLINE)
    with pytest.raises((RuntimeError, IntegrityError), match="method"):
        before(database_url)
    assert run(database_url, "SELECT state FROM payments_payment") == [("started",)]


@pytest.mark.engines("sqlite", "postgresql")
def test_nobody_goes_back_while_money_waits_whose_card_is_stuck(database_url):
    run(database_url, CARD)
    run(database_url, STUCK)
    with pytest.raises(RuntimeError, match="stuck"):
        migrations.downgrade(database_url, "2026_12_20_payments_holders")
    run(database_url, "UPDATE payments_refund SET state = 'done', instead = 'cash'")
    migrations.downgrade(database_url, "2026_12_20_payments_holders")
    assert run(database_url, "SELECT state FROM payments_refund") == [("done",)]
    migrations.upgrade(database_url)
