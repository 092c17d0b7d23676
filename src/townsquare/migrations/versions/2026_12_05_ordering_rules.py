"""What moves the counters of orders by itself, and what refuses to change what was agreed.

Suits the release before it: it only guards the new tables.
"""

from alembic import op

from townsquare.migrations.triggers import is_lite

revision = "2026_12_05_ordering_rules"
down_revision = "2026_12_05_ordering_handing"

WAYS = {
    "order": (
        *("draft>quoted", "draft>abandoned", "quoted>draft", "quoted>abandoned", "quoted>placed"),
        *("placed>confirmed", "placed>rejected", "placed>cancelled"),
        *("confirmed>cancelled", "confirmed>completed"),
    ),
    "fulfilment": (
        *("pending>preparing", "preparing>ready", "ready>out", "ready>done", "out>done"),
        *("out>failed", "failed>ready", "failed>returning", "returning>returned"),
        *("pending>cancelled", "preparing>cancelled", "ready>cancelled"),
    ),
    "return": (
        *("requested>approved", "requested>refused", "approved>in-transit", "approved>received"),
        *("in-transit>received", "received>refunded", "received>refused"),
    ),
}
# No table of these is emptied at once: PostgreSQL asks no trigger of a row then.
KEPT = tuple(
    f"ordering_{name}"
    for name in (
        *("order", "line", "adjustment", "coupon", "coupon_use", "fulfilment"),
        *("fulfilment_line", "return", "return_line", "change", "series"),
    )
)
BEGINS = {"order": "draft", "fulfilment": "pending", "return": "requested"}


def _differs(*columns: str) -> str:
    """Return the condition that one of these columns changes; nothing is a value like others."""
    pairs = [
        f"OLD.{name} <> NEW.{name} OR (OLD.{name} IS NULL) <> (NEW.{name} IS NULL)"
        for name in columns
    ]
    return " OR ".join(pairs)


def _placed(row: str) -> str:
    """Return the condition that the order of this row is no cart any more."""
    return (
        f"EXISTS (SELECT 1 FROM ordering_order o WHERE o.id = {row}.order_id"
        " AND o.number IS NOT NULL)"
    )


def _in_lines_of(paper: str) -> str:
    """Return which lines a fulfilment or a return has; it is the row that changes."""
    return f"id IN (SELECT p.line_id FROM ordering_{paper}_line p WHERE p.{paper}_id = NEW.id)"


def _qty_of(paper: str) -> str:
    """Return how much of a line a fulfilment or a return has."""
    return (
        f"(SELECT p.qty FROM ordering_{paper}_line p WHERE p.{paper}_id = NEW.id"
        " AND p.line_id = ordering_line.id)"
    )


SOLD = ("order_id", "variant_id", "name", "qty", "over_qty", "amount_minor", "per_qty")
BOUGHT = ("number", "placed_at", "shop_id", "party", "currency", "prices_include_tax", "coupon_id")
# Of a step only the reason is forgotten, as somebody may have written a name into it.
STEP = ("order_id", "entity", "entity_id", "from_state", "to_state", "event", '"by"', "at")
DEARER = (
    "NEW.replaces_id IS NULL OR NOT EXISTS (SELECT 1 FROM ordering_line r"
    " WHERE r.id = NEW.replaces_id AND r.order_id = NEW.order_id"
    " AND NEW.agreed_minor <= r.agreed_minor)"
)


def _of_another(paper: str) -> str:
    """Return the condition that a line is not of the order of its fulfilment or return.

    What has left the house gets no more lines, and none of another quantity.
    """
    states = "('pending', 'preparing', 'ready')" if paper == "fulfilment" else "('requested')"
    return (
        f"NOT EXISTS (SELECT 1 FROM ordering_{paper} p, ordering_line l WHERE p.id ="
        f" NEW.{paper}_id AND l.id = NEW.line_id AND l.order_id = p.order_id"
        f" AND p.state IN {states})"
    )


# Name, table, verb, condition, what the database says when it refuses.
REFUSALS = (
    *(
        (
            f"ordering_{entity}_goes_on",
            f"ordering_{entity}",
            "UPDATE",
            f"OLD.state <> NEW.state AND OLD.state || '>' || NEW.state NOT IN {ways}",
            "ordering_state_out_of_turn",
        )
        for entity, ways in WAYS.items()
    ),
    *(
        (
            f"ordering_{entity}_begins",
            f"ordering_{entity}",
            "INSERT",
            f"NEW.state <> '{state}'",
            "ordering_state_out_of_turn",
        )
        for entity, state in BEGINS.items()
    ),
    (
        "ordering_order_stays",
        "ordering_order",
        "UPDATE",
        f"OLD.number IS NOT NULL AND ({_differs(*BOUGHT)})",
        "ordering_order_is_frozen",
    ),
    (
        "ordering_order_is_kept",
        "ordering_order",
        "DELETE",
        "OLD.number IS NOT NULL",
        "ordering_order_is_frozen",
    ),
    (
        "ordering_line_stays",
        "ordering_line",
        "UPDATE",
        f"{_placed('OLD')} AND (NEW.agreed_minor > OLD.agreed_minor OR"
        f" {_differs(*SOLD, 'tax_ppm', 'price_id', 'replaces_id')})",
        "ordering_line_is_frozen",
    ),
    ("ordering_line_is_kept", "ordering_line", "DELETE", _placed("OLD"), "ordering_line_is_frozen"),
    (
        "ordering_line_comes_late",
        "ordering_line",
        "INSERT",
        f"{_placed('NEW')} AND ({DEARER})",
        "ordering_line_was_not_agreed",
    ),
    (
        "ordering_adjustment_comes_late",
        "ordering_adjustment",
        "INSERT",
        f"NEW.kind <> 'credit' AND {_placed('NEW')}",
        "ordering_adjustment_is_frozen",
    ),
    (
        "ordering_adjustment_stays",
        "ordering_adjustment",
        "UPDATE",
        _placed("OLD"),
        "ordering_adjustment_is_frozen",
    ),
    (
        "ordering_adjustment_is_kept",
        "ordering_adjustment",
        "DELETE",
        _placed("OLD"),
        "ordering_adjustment_is_frozen",
    ),
    *(
        (
            f"ordering_{paper}_line_is_own",
            f"ordering_{paper}_line",
            "INSERT",
            _of_another(paper),
            "ordering_line_of_another",
        )
        for paper in ("fulfilment", "return")
    ),
    (
        "ordering_fulfilment_line_stays",
        "ordering_fulfilment_line",
        "UPDATE",
        f"{_differs('fulfilment_id', 'line_id')} OR {_of_another('fulfilment')}",
        "ordering_paper_is_frozen",
    ),
    (
        "ordering_return_line_stays",
        "ordering_return_line",
        "UPDATE",
        _differs("return_id", "line_id", "qty"),
        "ordering_paper_is_frozen",
    ),
    *(
        (
            f"ordering_{paper}_line_is_kept",
            f"ordering_{paper}_line",
            "DELETE",
            "",
            "ordering_paper_is_frozen",
        )
        for paper in ("fulfilment", "return")
    ),
    (
        "ordering_change_stays",
        "ordering_change",
        "UPDATE",
        f"NEW.reason <> '' AND NEW.reason <> OLD.reason OR {_differs(*STEP)}",
        "ordering_change_is_frozen",
    ),
    ("ordering_change_is_kept", "ordering_change", "DELETE", "", "ordering_change_is_frozen"),
    (
        "ordering_coupon_is_for_all",
        "ordering_coupon_use",
        "INSERT",
        "EXISTS (SELECT 1 FROM ordering_coupon c WHERE c.id = NEW.coupon_id"
        " AND NEW.use_no > c.per_party)",
        "ordering_coupon_is_used_up_for_you",
    ),
    ("ordering_coupon_use_stays", "ordering_coupon_use", "UPDATE", "", "ordering_use_is_frozen"),
    (
        "ordering_series_grows",
        "ordering_series",
        "UPDATE",
        _differs("shop_id", "kind", "year") + " OR NEW.next < OLD.next",
        "ordering_series_only_grows",
    ),
    ("ordering_series_is_kept", "ordering_series", "DELETE", "", "ordering_series_only_grows"),
)
# Name, table, verb, condition, what happens by itself.
EFFECTS = (
    (
        "ordering_line_is_planned",
        "ordering_fulfilment_line",
        "INSERT",
        "",
        "UPDATE ordering_line SET planned_qty = planned_qty + NEW.qty WHERE id = NEW.line_id",
    ),
    (
        "ordering_line_is_replanned",
        "ordering_fulfilment_line",
        "UPDATE",
        "",
        "UPDATE ordering_line SET planned_qty = planned_qty + NEW.qty - OLD.qty"
        " WHERE id = NEW.line_id",
    ),
    (
        "ordering_line_is_unplanned",
        "ordering_fulfilment",
        "UPDATE",
        "OLD.state <> NEW.state AND NEW.state IN ('cancelled', 'returned')",
        f"UPDATE ordering_line SET planned_qty = planned_qty - {_qty_of('fulfilment')}"
        f" WHERE {_in_lines_of('fulfilment')}",
    ),
    (
        "ordering_line_is_fulfilled",
        "ordering_fulfilment",
        "UPDATE",
        "OLD.state <> NEW.state AND NEW.state = 'done'",
        f"UPDATE ordering_line SET fulfilled_qty = fulfilled_qty + {_qty_of('fulfilment')}"
        f" WHERE {_in_lines_of('fulfilment')}",
    ),
    (
        "ordering_line_is_returned",
        "ordering_return_line",
        "INSERT",
        "",
        "UPDATE ordering_line SET returned_qty = returned_qty + NEW.qty WHERE id = NEW.line_id",
    ),
    (
        "ordering_line_is_not_returned",
        "ordering_return",
        "UPDATE",
        "OLD.state <> NEW.state AND NEW.state = 'refused'",
        f"UPDATE ordering_line SET returned_qty = returned_qty - {_qty_of('return')}"
        f" WHERE {_in_lines_of('return')}",
    ),
    (
        "ordering_coupon_is_used",
        "ordering_coupon_use",
        "INSERT",
        "",
        "UPDATE ordering_coupon SET uses = uses + 1 WHERE id = NEW.coupon_id",
    ),
    (
        "ordering_coupon_is_free",
        "ordering_coupon_use",
        "DELETE",
        "",
        "UPDATE ordering_coupon SET uses = uses - 1 WHERE id = OLD.coupon_id",
    ),
)


def upgrade() -> None:
    """Let the database count, and refuse."""
    for name, table, verb, condition, said in REFUSALS:
        _trigger(name, f"BEFORE {verb} ON {table}", condition, refuses=said)
    for name, table, verb, condition, effect in EFFECTS:
        _trigger(name, f"AFTER {verb} ON {table}", condition, does=effect)
    if not is_lite():
        _refuse_truncation()


def downgrade() -> None:
    """Take all of it away again."""
    for name, table, *_rest in (*REFUSALS, *EFFECTS):
        if is_lite():
            op.execute(f"DROP TRIGGER {name}")
        else:
            op.execute(f"DROP TRIGGER {name} ON {table}")
            op.execute(f"DROP FUNCTION {name}()")
    if not is_lite():
        for table in KEPT:
            op.execute(f"DROP TRIGGER {table}_is_not_emptied ON {table}")
        op.execute("DROP FUNCTION ordering_is_not_emptied()")


def _refuse_truncation() -> None:
    """TRUNCATE asks no trigger of a row, so that it needs one of its own."""
    op.execute(
        "CREATE FUNCTION ordering_is_not_emptied() RETURNS trigger AS $$ BEGIN"
        f" {_raising('ordering_is_kept')}; END $$ LANGUAGE plpgsql"
    )
    for table in KEPT:
        op.execute(
            f"CREATE TRIGGER {table}_is_not_emptied BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION ordering_is_not_emptied()"
        )


def _raising(said: str) -> str:
    return f"RAISE EXCEPTION '{said}' USING ERRCODE = 'integrity_constraint_violation'"


def _trigger(name: str, event: str, condition: str, *, refuses: str = "", does: str = "") -> None:
    if is_lite():
        body = f"SELECT RAISE(ABORT, '{refuses}')" if refuses else does
        when = f" WHEN {condition}" if condition else ""
        op.execute(f"CREATE TRIGGER {name} {event} FOR EACH ROW{when} BEGIN {body}; END")
        return
    body = f"IF {condition or 'TRUE'} THEN {_raising(refuses) if refuses else does}; END IF;"
    back = "OLD" if "DELETE" in event else "NEW"
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger AS $$ BEGIN {body} RETURN {back}; END $$"
        " LANGUAGE plpgsql"
    )
    op.execute(f"CREATE TRIGGER {name} {event} FOR EACH ROW EXECUTE FUNCTION {name}()")
