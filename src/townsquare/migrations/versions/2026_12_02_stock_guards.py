"""What keeps stock right whoever writes: moves move levels, holds are counted, history stays.

Suits the release before it: it only guards new tables.
"""

from alembic import op

revision = "2026_12_02_stock_guards"
down_revision = "2026_12_02_stock"

KEPT = ("stock_level", "stock_lot", "stock_move", "stock_reservation")


def _differs(*columns: str) -> str:
    """Return the condition that one of these columns changes; nothing is a value like others."""
    pairs = [
        f"OLD.{name} <> NEW.{name} OR (OLD.{name} IS NULL) <> (NEW.{name} IS NULL)"
        for name in columns
    ]
    return " OR ".join(pairs)


LOT = (
    *("public_id", "created_at", "variant_id", "code", "code_key", "part", "hidden", "serial"),
    *("supplier_id", "received_at", "received_qty"),
)
OF_HOLD = "FROM stock_level v JOIN stock_lot l ON l.id = v.lot_id WHERE v.id = NEW.level_id"
# Name, table, verb, condition, what the database says when it refuses.
REFUSALS = (
    ("stock_move_stays", "stock_move", "UPDATE", "", "stock_moves_only_grow"),
    ("stock_move_is_kept", "stock_move", "DELETE", "", "stock_moves_only_grow"),
    (
        "stock_move_stays_home",
        "stock_move",
        "INSERT",
        "EXISTS (SELECT 1 FROM stock_location p WHERE p.shop_id <> NEW.shop_id"
        " AND p.id IN (NEW.from_location_id, NEW.to_location_id)) OR EXISTS (SELECT 1 FROM"
        " catalogue_variant v WHERE v.id = NEW.variant_id AND v.shop_id <> NEW.shop_id)",
        "stock_move_leaves_its_shop",
    ),
    (
        "stock_level_begins_empty",
        "stock_level",
        "INSERT",
        "NEW.on_hand <> 0 OR NEW.reserved <> 0",
        "stock_level_is_counted",
    ),
    (
        "stock_level_stays",
        "stock_level",
        "UPDATE OF id, variant_id, location_id, lot_id, bounded, max_on_hand",
        "",
        "stock_level_is_counted",
    ),
    ("stock_level_is_kept", "stock_level", "DELETE", "", "stock_level_is_counted"),
    ("stock_lot_stays", "stock_lot", "UPDATE", _differs(*LOT), "stock_lot_is_known"),
    ("stock_lot_is_kept", "stock_lot", "DELETE", "", "stock_lot_is_known"),
    (
        "stock_reservation_begins_live",
        "stock_reservation",
        "INSERT",
        "NEW.state <> 'live'",
        "stock_reservation_is_closed",
    ),
    (
        "stock_reservation_of_blocked",
        "stock_reservation",
        "INSERT",
        f"EXISTS (SELECT 1 {OF_HOLD} AND l.blocked_at IS NOT NULL)",
        "stock_lot_is_blocked",
    ),
    (
        "stock_reservation_of_expired",
        "stock_reservation",
        "INSERT",
        f"EXISTS (SELECT 1 {OF_HOLD} AND l.sellable_until <= NEW.at)",
        "stock_lot_is_expired",
    ),
    (
        "stock_reservation_stays_closed",
        "stock_reservation",
        "UPDATE",
        "OLD.state <> 'live'",
        "stock_reservation_is_closed",
    ),
    (
        "stock_reservation_stays",
        "stock_reservation",
        "UPDATE",
        _differs("level_id", "qty", "owner_kind", "owner_id", "at"),
        "stock_reservation_is_fixed",
    ),
    ("stock_reservation_is_kept", "stock_reservation", "DELETE", "", "stock_reservation_is_fixed"),
    (
        "stock_location_stays",
        "stock_location",
        "UPDATE",
        _differs("shop_id", "kind"),
        "stock_location_is_known",
    ),
)
OF_MOVE = "lot_id = NEW.lot_id AND location_id IN (NEW.from_location_id, NEW.to_location_id)"
# Missing rows are made with 0 and both sides counted then: a row made with less than nothing would
# be refused before anybody sees that it is there already.
BOTH_SIDES = (
    "INSERT INTO stock_level"
    " (variant_id, location_id, lot_id, bounded, on_hand, reserved, max_on_hand)"
    " SELECT l.variant_id, p.id, l.id, p.kind IN ('physical', 'transit'), 0, 0,"
    " CASE WHEN l.serial THEN 1 END FROM stock_lot l, stock_location p"
    " WHERE l.id = NEW.lot_id AND p.id IN (NEW.from_location_id, NEW.to_location_id)"
    " AND NOT EXISTS (SELECT 1 FROM stock_level v WHERE v.lot_id = l.id AND v.location_id = p.id)"
    " ON CONFLICT (lot_id, location_id) DO NOTHING"
)
IN_ORDER = f"PERFORM 1 FROM stock_level WHERE {OF_MOVE} ORDER BY id FOR NO KEY UPDATE"
COUNTED = (
    "UPDATE stock_level SET on_hand = on_hand +"
    " CASE WHEN location_id = NEW.to_location_id THEN NEW.qty ELSE -NEW.qty END"
    f" WHERE {OF_MOVE}"
)
# Whoever blocks the lot waits until this hold is there to be released.
NO_BLOCKING = (
    "PERFORM 1 FROM stock_lot WHERE id ="
    " (SELECT lot_id FROM stock_level WHERE id = NEW.level_id) FOR SHARE"
)
# Name, table, event, condition, what follows in the same statement.
EFFECTS = (
    ("trg_stock_move_apply", "stock_move", "INSERT", "", f"{BOTH_SIDES}; {{}}{COUNTED}"),
    (
        "trg_stock_reservation_hold",
        "stock_reservation",
        "INSERT",
        "",
        "UPDATE stock_level SET reserved = reserved + NEW.qty WHERE id = NEW.level_id",
    ),
    (
        "trg_stock_reservation_close",
        "stock_reservation",
        "UPDATE",
        "OLD.state = 'live' AND NEW.state <> 'live'",
        "UPDATE stock_level SET reserved = reserved - OLD.qty WHERE id = OLD.level_id",
    ),
)


def upgrade() -> None:
    """Guard the tables."""
    for name, table, verb, condition, said in REFUSALS:
        first = f"{NO_BLOCKING}; " if name == "stock_reservation_of_blocked" else ""
        _trigger(name, f"BEFORE {verb} ON {table}", condition, refuses=said, first=first)
    for name, table, verb, condition, effect in EFFECTS:
        does = effect.format("" if _lite() else f"{IN_ORDER}; ")
        _trigger(name, f"AFTER {verb} ON {table}", condition, does=does)
    if not _lite():
        _refuse_truncation()


def downgrade() -> None:
    """Take the guards away."""
    for name, table, *_rest in (*REFUSALS, *EFFECTS):
        if _lite():
            op.execute(f"DROP TRIGGER {name}")
        else:
            op.execute(f"DROP TRIGGER {name} ON {table}")
            op.execute(f"DROP FUNCTION {name}()")
    if not _lite():
        for table in KEPT:
            op.execute(f"DROP TRIGGER {table}_is_not_emptied ON {table}")
        op.execute("DROP FUNCTION stock_is_not_emptied()")


def _lite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _trigger(
    name: str, event: str, condition: str, *, refuses: str = "", does: str = "", first: str = ""
) -> None:
    if _lite():
        body = f"SELECT RAISE(ABORT, '{refuses}')" if refuses else does
        when = f" WHEN {condition}" if condition else ""
        op.execute(f"CREATE TRIGGER {name} {event} FOR EACH ROW{when} BEGIN {body}; END")
        return
    body = f"{first}IF {condition or 'TRUE'} THEN {_raising(refuses) if refuses else does}; END IF;"
    back = "OLD" if "DELETE" in event else "NEW"
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger AS $$ BEGIN {body} RETURN {back}; END $$"
        " LANGUAGE plpgsql"
    )
    op.execute(f"CREATE TRIGGER {name} {event} FOR EACH ROW EXECUTE FUNCTION {name}()")


def _refuse_truncation() -> None:
    """TRUNCATE asks no trigger of a row, so that it needs one of its own."""
    op.execute(
        "CREATE FUNCTION stock_is_not_emptied() RETURNS trigger AS $$ BEGIN"
        f" {_raising('stock_only_grows')}; END $$ LANGUAGE plpgsql"
    )
    for table in KEPT:
        op.execute(
            f"CREATE TRIGGER {table}_is_not_emptied BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION stock_is_not_emptied()"
        )


def _raising(said: str) -> str:
    return f"RAISE EXCEPTION '{said}' USING ERRCODE = 'integrity_constraint_violation'"
