"""Zones with their rates, slots of delivery, and the claims that take their places.

Suits the release before it: it only makes new tables.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from townsquare.migrations.triggers import is_lite

revision = "2026_12_06_delivery"
down_revision = "2026_12_05_ordering_rules"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
TABLES = ("delivery_zone", "delivery_slot", "delivery_area", "delivery_claim", "delivery_rate")
LIVE = "('held', 'kept')"
OF_SLOT = ("public_id", "created_at", "shop_id", "resource", "starts_at", "ends_at")
# Name, table, verb, condition, what the database says when it refuses.
REFUSALS = (
    (
        "delivery_claim_stays",
        "delivery_claim",
        "UPDATE",
        f"OLD.state NOT IN {LIVE} OR (OLD.state = 'kept' AND NEW.state = 'held')"
        " OR NEW.slot_id <> OLD.slot_id OR NEW.owner_kind <> OLD.owner_kind"
        " OR NEW.owner_id <> OLD.owner_id",
        "delivery_claim_is_closed",
    ),
    ("delivery_claim_is_kept", "delivery_claim", "DELETE", "", "delivery_claim_is_closed"),
    (
        "delivery_slot_stays",
        "delivery_slot",
        "UPDATE",
        " OR ".join(f"NEW.{name} <> OLD.{name}" for name in OF_SLOT),
        "delivery_slot_is_fixed",
    ),
    ("delivery_rate_stays", "delivery_rate", "UPDATE", "", "delivery_rate_only_grows"),
    ("delivery_rate_is_kept", "delivery_rate", "DELETE", "", "delivery_rate_only_grows"),
)
# Name, verb, condition, by how much the places of the slot change.
EFFECTS = (
    ("delivery_claim_takes", "INSERT", f"NEW.state IN {LIVE}", "+ 1"),
    (
        "delivery_claim_frees",
        "UPDATE",
        f"OLD.state IN {LIVE} AND NEW.state NOT IN {LIVE}",
        "- 1",
    ),
)


def upgrade() -> None:
    """Make the tables and their guards."""
    _zone()
    _slot()
    _area()
    _claim()
    _rate()
    _indexes()
    for name, table, verb, condition, said in REFUSALS:
        _trigger(name, f"BEFORE {verb} ON {table}", condition, refuses=said)
    for name, verb, condition, change in EFFECTS:
        moved = f"UPDATE delivery_slot SET taken = taken {change} WHERE id = NEW.slot_id"
        _trigger(name, f"AFTER {verb} ON delivery_claim", condition, does=moved)
    if not is_lite():
        _refuse_truncation()


def downgrade() -> None:
    """Take everything away again."""
    if not is_lite():  # On SQLite triggers go with their tables.
        for name, table, *_rest in REFUSALS:
            _untrigger(name, table)
        for name, *_rest in EFFECTS:
            _untrigger(name, "delivery_claim")
        for table in TABLES:
            op.execute(f"DROP TRIGGER {table}_is_not_emptied ON {table}")
        op.execute("DROP FUNCTION delivery_is_not_emptied()")
    for table in reversed(TABLES):
        op.drop_table(table)


def _recorded() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("version", WHOLE, server_default="1", nullable=False),
    )


def _keys(table: str, *refers: tuple[str, str]) -> tuple[sa.Constraint, ...]:
    known = [
        sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))
        for column, to in refers
    ]
    return (*known, sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")))


def _check(table: str, name: str, said: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(said, name=op.f(f"ck_{table}_{name}"))


def _zone() -> None:
    op.create_table(
        "delivery_zone",
        *_recorded(),
        sa.Column("shop_id", WHOLE, nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("min_order_minor", WHOLE, nullable=False),
        sa.Column("free_from_minor", WHOLE, nullable=True),
        _check("delivery_zone", "terms", "min_order_minor >= 0 AND free_from_minor >= 0"),
        *_keys("delivery_zone", ("shop_id", "catalogue_shop")),
        sa.UniqueConstraint("public_id", name=op.f("uq_delivery_zone_public_id")),
        sa.UniqueConstraint("id", "shop_id", name=op.f("uq_delivery_zone_id_shop_id")),
    )


def _slot() -> None:
    times = "ends_at > starts_at AND closes_at <= starts_at"
    op.create_table(
        "delivery_slot",
        *_recorded(),
        sa.Column("shop_id", WHOLE, nullable=False),
        sa.Column("resource", sa.String(), nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("closes_at", MOMENT, nullable=False),
        sa.Column("capacity", WHOLE, nullable=False),
        sa.Column("taken", WHOLE, nullable=False),
        _check("delivery_slot", "places", "taken >= 0 AND taken <= capacity"),
        _check("delivery_slot", "times", times),
        *_keys("delivery_slot", ("shop_id", "catalogue_shop")),
        sa.UniqueConstraint("public_id", name=op.f("uq_delivery_slot_public_id")),
    )


def _area() -> None:
    op.create_table(
        "delivery_area",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("zone_id", WHOLE, nullable=False),
        sa.Column("shop_id", WHOLE, nullable=False),
        sa.Column("postcode", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["zone_id", "shop_id"],
            ["delivery_zone.id", "delivery_zone.shop_id"],
            name=op.f("fk_delivery_area_zone_id_shop_id_delivery_zone"),
        ),
        *_keys("delivery_area"),
    )


def _claim() -> None:
    table, states = "delivery_claim", "state IN ('held', 'kept', 'expired', 'released')"
    op.create_table(
        table,
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("slot_id", WHOLE, nullable=False),
        sa.Column("owner_kind", sa.String(), nullable=False),
        sa.Column("owner_id", sa.String(), nullable=False),
        sa.Column("until", MOMENT, nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        _check(table, "state", states),
        _check(table, "kept", "state <> 'kept' OR until IS NULL"),
        _check(table, "held", "state <> 'held' OR until IS NOT NULL"),
        *_keys(table, ("slot_id", "delivery_slot")),
    )


def _rate() -> None:
    costs = "up_to_g > 0 AND amount_minor >= 0 AND per_extra_kg_minor >= 0"
    op.create_table(
        "delivery_rate",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("zone_id", WHOLE, nullable=False),
        sa.Column("up_to_g", WHOLE, nullable=False),
        sa.Column("amount_minor", WHOLE, nullable=False),
        sa.Column("per_extra_kg_minor", WHOLE, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        _check("delivery_rate", "costs", costs),
        *_keys("delivery_rate", ("zone_id", "delivery_zone")),
    )


def _indexes() -> None:
    for name, table, *columns in (
        ("uq_delivery_zone_code", "delivery_zone", "shop_id", "code"),
        ("uq_delivery_area_postcode", "delivery_area", "shop_id", "postcode"),
        ("uq_delivery_rate_start", "delivery_rate", "zone_id", "up_to_g", "valid_from"),
        ("uq_delivery_slot_start", "delivery_slot", "shop_id", "resource", "starts_at"),
        ("ix_delivery_slot_day", "delivery_slot", "shop_id", "starts_at"),
        ("ix_delivery_area_zone_id", "delivery_area", "zone_id"),
        ("ix_delivery_claim_slot", "delivery_claim", "slot_id", "state", "until"),
    ):
        op.create_index(name, table, columns, unique=name.startswith("uq_"))
    live = sa.text(f"state IN {LIVE}")
    op.create_index(
        "uq_delivery_claim_live",
        "delivery_claim",
        ["owner_kind", "owner_id"],
        unique=True,
        sqlite_where=live,
        postgresql_where=live,
    )


def _refuse_truncation() -> None:
    """TRUNCATE asks no trigger of a row, so that it needs one of its own."""
    op.execute(
        "CREATE FUNCTION delivery_is_not_emptied() RETURNS trigger AS $$ BEGIN"
        f" {_raising('delivery_is_kept')}; END $$ LANGUAGE plpgsql"
    )
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER {table}_is_not_emptied BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION delivery_is_not_emptied()"
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


def _untrigger(name: str, table: str) -> None:
    op.execute(f"DROP TRIGGER {name} ON {table}")
    op.execute(f"DROP FUNCTION {name}()")
