"""What keeps purchases right whoever writes: what happened stays, what arrived is counted.

Suits the release before it: it only guards new tables.
"""

from alembic import op

revision = "2026_12_07_purchasing_guards"
down_revision = "2026_12_07_purchasing"

LEFT = "Somebody who left"
SUPPLIER, ORDER, INVOICE = "purchasing_supplier", "purchasing_order", "purchasing_invoice"
RETIRED = "core_retired_key_used"


def _differs(*columns: str) -> str:
    """Return the condition that one of these columns changes; nothing is a value like others."""
    pairs = [
        f"OLD.{name} <> NEW.{name} OR (OLD.{name} IS NULL) <> (NEW.{name} IS NULL)"
        for name in columns
    ]
    return " OR ".join(pairs)


def _renamed(column: str) -> str:
    """Return the condition that a name changes otherwise than by its owner leaving."""
    return f"(NEW.{column} <> OLD.{column} AND NEW.{column} <> '{LEFT}')"


AGREED = "('matched', 'paid')"
RECEIPT = ("id", "public_id", "created_at", "order_id", "supplier_id", "delivery_note", "note_key")
BILL = ("public_id", "shop_id", "supplier_id", "number", "number_key", "currency")
BILLED = ("issued_on", "due_on", "net_minor", "tax_minor")
LINE = ("id", "order_id", "position", "variant_id", "request_id", "packs", "pack_qty")
OF_INVOICE = "(SELECT state FROM purchasing_invoice WHERE id = {}.invoice_id)"
# Name, table, verb, condition, what the database says when it refuses.
REFUSALS = (
    (
        "purchasing_order_needs_approval",
        ORDER,
        "UPDATE",
        "NEW.state = 'sent' AND OLD.state <> 'sent' AND"
        " (SELECT state FROM purchasing_supplier WHERE id = NEW.supplier_id) <> 'approved'",
        "purchasing_supplier_is_not_approved",
    ),
    (
        "purchasing_order_begins_as_draft",
        ORDER,
        "INSERT",
        "NEW.state <> 'draft'",
        "purchasing_order_is_new",
    ),
    (
        "purchasing_order_stays",
        ORDER,
        "UPDATE",
        _differs("public_id", "shop_id", "supplier_id", "number")
        + " OR (OLD.state IN ('closed', 'cancelled') AND NEW.state <> OLD.state)",
        "purchasing_order_is_fixed",
    ),
    (
        "purchasing_line_stays",
        "purchasing_order_line",
        "UPDATE",
        _differs(*LINE, "price_minor", "qty", "excess_qty")
        + " OR NEW.received < OLD.received OR NEW.invoiced < OLD.invoiced",
        "purchasing_order_is_fixed",
    ),
    ("purchasing_line_is_kept", "purchasing_order_line", "DELETE", "", "purchasing_order_is_fixed"),
    (
        "purchasing_receipt_stays",
        "purchasing_receipt",
        "UPDATE",
        f"{_differs(*RECEIPT, 'received_on')} OR {_renamed('received_by')}",
        "purchasing_receipt_is_frozen",
    ),
    (
        "purchasing_receipt_is_kept",
        "purchasing_receipt",
        "DELETE",
        "",
        "purchasing_receipt_is_frozen",
    ),
    (
        "purchasing_receipt_line_stays",
        "purchasing_receipt_line",
        "UPDATE",
        "",
        "purchasing_receipt_is_frozen",
    ),
    (
        "purchasing_receipt_line_is_kept",
        "purchasing_receipt_line",
        "DELETE",
        "",
        "purchasing_receipt_is_frozen",
    ),
    (
        "purchasing_receipt_line_is_own",
        "purchasing_receipt_line",
        "INSERT",
        "(SELECT order_id FROM purchasing_order_line WHERE id = NEW.line_id) <>"
        " (SELECT order_id FROM purchasing_receipt WHERE id = NEW.receipt_id)",
        "purchasing_receipt_of_another",
    ),
    (
        "purchasing_invoice_begins_open",
        INVOICE,
        "INSERT",
        "NEW.state <> 'disputed'",
        "purchasing_invoice_is_unmatched",
    ),
    (
        "purchasing_invoice_stays",
        INVOICE,
        "UPDATE",
        f"{_differs(*BILL)} OR (OLD.state IN {AGREED} AND ({_differs(*BILLED)}"
        " OR (NEW.state <> OLD.state AND NOT (OLD.state = 'matched' AND NEW.state = 'paid'))))"
        f" OR (OLD.state = 'paid' AND ({_differs('paid_on')} OR {_renamed('paid_by')}))",
        "purchasing_invoice_is_frozen",
    ),
    (
        "purchasing_invoice_is_matched_first",
        INVOICE,
        "UPDATE",
        "OLD.state = 'disputed' AND NEW.state = 'paid'",
        "purchasing_invoice_is_unmatched",
    ),
    (
        "purchasing_invoice_is_kept",
        INVOICE,
        "DELETE",
        f"OLD.state IN {AGREED}",
        "purchasing_invoice_is_frozen",
    ),
    *(
        (
            f"purchasing_invoice_line_{name}",
            "purchasing_invoice_line",
            verb,
            " OR ".join(f"{OF_INVOICE.format(row)} IN {AGREED}" for row in rows),
            "purchasing_invoice_is_frozen",
        )
        for name, verb, rows in (
            ("joins", "INSERT", ("NEW",)),
            ("stays", "UPDATE", ("OLD", "NEW")),  # It must not leave one, nor join another one.
            ("is_kept", "DELETE", ("OLD",)),
        )
    ),
    (
        "purchasing_move_value_stays",
        "purchasing_move_value",
        "UPDATE",
        "",
        "purchasing_value_is_posted",
    ),
    (
        "purchasing_move_value_is_kept",
        "purchasing_move_value",
        "DELETE",
        "",
        "purchasing_value_is_posted",
    ),
    (
        "purchasing_landed_cost_stays",
        "purchasing_landed_cost",
        "UPDATE",
        "",
        "purchasing_value_is_posted",
    ),
    (
        "purchasing_landed_cost_is_kept",
        "purchasing_landed_cost",
        "DELETE",
        "",
        "purchasing_value_is_posted",
    ),
)
KEPT = tuple(table for _name, table, verb, _when, _said in REFUSALS if verb == "DELETE")
# Name, table, verb, condition, what follows in the same statement.
EFFECTS = (
    (
        "purchasing_receipt_counts",
        "purchasing_receipt_line",
        "INSERT",
        "",
        "UPDATE purchasing_order_line SET received = received + NEW.qty WHERE id = NEW.line_id",
    ),
    (
        "purchasing_invoice_counts",
        INVOICE,
        "UPDATE",
        "OLD.state <> 'matched' AND NEW.state = 'matched'",
        "UPDATE purchasing_order_line SET invoiced = invoiced + (SELECT b.qty FROM"
        " purchasing_invoice_line b WHERE b.invoice_id = NEW.id"
        " AND b.line_id = purchasing_order_line.id)"
        " WHERE id IN (SELECT line_id FROM purchasing_invoice_line WHERE invoice_id = NEW.id)",
    ),
)


def upgrade() -> None:
    """Make the triggers."""
    for name, table, verb, condition, said in REFUSALS:
        _trigger(name, f"BEFORE {verb} ON {table}", condition, refuses=said)
    for name, table, verb, condition, effect in EFFECTS:
        _trigger(name, f"AFTER {verb} ON {table}", condition, does=effect)
    for event in ("INSERT", "UPDATE OF bank_account"):
        _refuse_retired(_retired(event), event)
    if op.get_bind().dialect.name != "sqlite":
        _refuse_truncation()


def downgrade() -> None:
    """Take them away again."""
    if op.get_bind().dialect.name != "sqlite":
        for table in KEPT:
            op.execute(f"DROP TRIGGER {table}_is_not_emptied ON {table}")
        op.execute("DROP FUNCTION purchasing_is_not_emptied()")
    for name, table, *_rest in (*REFUSALS, *EFFECTS):
        _untrigger(name, table)
    for event in ("INSERT", "UPDATE"):
        _untrigger(_retired(event), SUPPLIER)


def _refuse_truncation() -> None:
    """TRUNCATE asks no trigger of a row, so that it needs one of its own."""
    op.execute(
        "CREATE FUNCTION purchasing_is_not_emptied() RETURNS trigger AS $$ BEGIN"
        " RAISE EXCEPTION 'purchasing_only_grows' USING ERRCODE ="
        " 'integrity_constraint_violation'; END $$ LANGUAGE plpgsql"
    )
    for table in KEPT:
        op.execute(
            f"CREATE TRIGGER {table}_is_not_emptied BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION purchasing_is_not_emptied()"
        )


def _retired(event: str) -> str:
    return f"{RETIRED}_{SUPPLIER}_{event.partition(' ')[0].lower()}"


def _refuse_retired(name: str, event: str) -> None:
    """Refuse an account that a retired key has sealed; who sealed it has lost a race."""
    used = "EXISTS (SELECT 1 FROM core_retired_key WHERE mark = substr(NEW.bank_account, 2, 2))"
    if op.get_bind().dialect.name == "sqlite":
        _trigger(name, f"BEFORE {event} ON {SUPPLIER}", used, refuses=RETIRED)
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger AS $$ BEGIN IF {used} THEN"
        f" RAISE EXCEPTION '{RETIRED}' USING ERRCODE = 'serialization_failure'; END IF; RETURN NEW;"
        " END $$ LANGUAGE plpgsql"
    )
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {event} ON {SUPPLIER} FOR EACH ROW EXECUTE FUNCTION {name}()"
    )


def _trigger(name: str, event: str, condition: str, *, refuses: str = "", does: str = "") -> None:
    if op.get_bind().dialect.name == "sqlite":
        body = f"SELECT RAISE(ABORT, '{refuses}')" if refuses else does
        when = f" WHEN {condition}" if condition else ""
        op.execute(f"CREATE TRIGGER {name} {event} FOR EACH ROW{when} BEGIN {body}; END")
        return
    refusal = f"RAISE EXCEPTION '{refuses}' USING ERRCODE = 'integrity_constraint_violation'"
    body = f"IF {condition or 'TRUE'} THEN {refusal if refuses else does}; END IF;"
    back = "OLD" if "DELETE" in event else "NEW"
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger AS $$ BEGIN {body} RETURN {back}; END $$"
        " LANGUAGE plpgsql"
    )
    op.execute(f"CREATE TRIGGER {name} {event} FOR EACH ROW EXECUTE FUNCTION {name}()")


def _untrigger(name: str, table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP TRIGGER {name}")
        return
    op.execute(f"DROP TRIGGER {name} ON {table}")
    op.execute(f"DROP FUNCTION {name}()")
