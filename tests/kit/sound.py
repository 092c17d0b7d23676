"""A second opinion on the books of the library: plain SQL that shares no line with the product."""

from sqlalchemy import text

from townsquare.core.db import reading
from townsquare.core.invariants import CORE, breaches

OPEN = "SELECT count(*) FROM library_loan l WHERE l.closed_reason IS NULL AND"
WAITS = "h.state IN ('ready', 'transit')"
RULES = {
    "a copy is lent once": (
        "SELECT copy_id FROM library_loan WHERE closed_reason IS NULL"
        " GROUP BY copy_id HAVING count(*) > 1"
    ),
    "what is on loan has a loan": (
        "SELECT c.id FROM library_copy c"
        f" WHERE (c.state = 'on_loan') <> (({OPEN} l.copy_id = c.id) > 0)"
    ),
    "nobody has more than the limit": (
        "SELECT id FROM library_patron_load WHERE open_loans > loan_limit + lifted"
    ),
    "loads count loans": (
        "SELECT p.id FROM library_patron_load p WHERE"
        f" p.open_loans <> ({OPEN} l.patron_id = p.patron_id AND l.limit_group = p.limit_group)"
    ),
    "a copy waits for one reader": (
        f"SELECT copy_id FROM library_hold h WHERE {WAITS} GROUP BY copy_id HAVING count(*) > 1"
    ),
    "what waits on the shelf waits for a reader": (
        "SELECT c.id FROM library_copy c WHERE (c.state IN ('hold_shelf', 'in_transit')) <>"
        f" EXISTS (SELECT 1 FROM library_hold h WHERE h.copy_id = c.id AND {WAITS})"
    ),
    "a copy that waits is not with somebody else": (
        "SELECT l.id FROM library_loan l JOIN library_hold h ON h.copy_id = l.copy_id"
        f" WHERE l.closed_reason IS NULL AND {WAITS} AND l.patron_id <> h.patron_id"
    ),
    "a reader waits once": (
        "SELECT document_id, patron_id FROM library_hold"
        " WHERE state IN ('waiting', 'suspended', 'ready', 'transit')"
        " GROUP BY document_id, patron_id HAVING count(*) > 1"
    ),
    "a hold for one copy gets that copy": (
        "SELECT id FROM library_hold WHERE wanted_copy_id IS NOT NULL"
        " AND coalesce(copy_id, wanted_copy_id) <> wanted_copy_id"
    ),
    "who has left has nothing": (
        f"SELECT p.id FROM library_patron p WHERE p.state = 'left' AND ({OPEN} l.patron_id = p.id)"
        " + (SELECT count(*) FROM library_hold h WHERE h.patron_id = p.id"
        " AND h.state IN ('waiting', 'suspended', 'transit', 'ready')) > 0"
    ),
    "a tariff has one amount on a day": (
        "SELECT a.id FROM library_tariff a JOIN library_tariff b ON a.code = b.code AND a.id < b.id"
        " WHERE a.valid_from < coalesce(b.valid_to, '9999-12-31')"
        " AND b.valid_from < coalesce(a.valid_to, '9999-12-31')"
        " AND a.valid_from < coalesce(a.valid_to, '9999-12-31')"
        " AND b.valid_from < coalesce(b.valid_to, '9999-12-31')"
    ),
    "places are different": "SELECT seq FROM library_hold GROUP BY seq HAVING count(*) > 1",
    "nobody is overtaken": (
        f"SELECT h.id FROM library_hold h WHERE {WAITS} AND EXISTS (SELECT 1 FROM library_hold f"
        " WHERE f.document_id = h.document_id AND f.state = 'waiting' AND f.seq < h.seq"
        " AND coalesce(f.wanted_copy_id, h.copy_id) = h.copy_id)"
    ),
    "nobody pays more than is owed": (
        "SELECT c.id FROM payments_charge c WHERE c.amount_minor - c.credited_minor <"
        " (SELECT coalesce(sum(a.amount_minor), 0) FROM payments_allocation a"
        " WHERE a.charge_id = c.id)"
    ),
    "nobody gets back more than was paid": (
        "SELECT p.id FROM payments_payment p WHERE p.amount_minor - p.credited_minor <"
        " (SELECT coalesce(sum(r.amount_minor), 0) FROM payments_refund r"
        " WHERE r.payment_id = p.id) + (SELECT coalesce(sum(a.amount_minor), 0)"
        " FROM payments_allocation a WHERE a.payment_id = p.id)"
    ),
    "two people approve a refund above the limit": (
        "SELECT id FROM library_refund_proposal WHERE state = 'approved'"
        " AND (decided_by_id IS NULL OR decided_by_id = proposed_by_id)"
    ),
    "a proposed refund is decided once": (
        "SELECT id FROM library_refund_proposal WHERE version > 2"
    ),
    "of a payment one refund waits": (
        "SELECT payment FROM library_refund_proposal WHERE state = 'proposed'"
        " GROUP BY payment HAVING count(*) > 1"
    ),
    "a key pays once": "SELECT key FROM payments_payment GROUP BY shop, key HAVING count(*) > 1",
    "a key has one answer": (
        "SELECT key_hash FROM core_once GROUP BY scope, key_hash HAVING count(*) > 1"
    ),
}


def unsound(town):
    """Return the names of the rules that are broken, by our own eyes."""
    with reading(town.database) as connection:
        return [name for name, wrong in RULES.items() if connection.execute(text(wrong)).first()]


def complaints(town, service=""):
    """Return what is wrong, by our own eyes and by the product's invariants.

    Those of a service are asked with those of the core, whose tables every act writes.
    """
    asked = (CORE, service) if service else ("",)
    found = [each for name in asked for each in breaches(town, name).items()]
    return [*unsound(town), *found]
