"""Moves wait for their value in a short list, so that the ledger goes on from where it stopped.

Suits the release before it: its steps look for moves without a value, and take nothing off the
list themselves.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_13_waiting_moves"
down_revision = "2026_12_12_grocery_picking"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLE = "purchasing_waiting_move"
ALL_THAT_WAIT = (
    f"INSERT INTO {TABLE} (move_id, shop_id, lot_id) SELECT m.id, m.shop_id, m.lot_id FROM"
    " stock_move m WHERE NOT EXISTS"
    " (SELECT 1 FROM purchasing_move_value v WHERE v.move_id = m.id)"
)
# Name, table, verb, what follows in the same statement. Who moves goods and who values them
# writes the list in the same transaction: what is rolled back waits again, what comes late waits.
EFFECTS = (
    (
        "purchasing_move_waits",
        "stock_move",
        "INSERT",
        f"INSERT INTO {TABLE} (move_id, shop_id, lot_id) VALUES (NEW.id, NEW.shop_id, NEW.lot_id)",
    ),
    (
        "purchasing_move_is_valued",
        "purchasing_move_value",
        "INSERT",
        f"DELETE FROM {TABLE} WHERE move_id = NEW.move_id",
    ),
)
REFUSAL = "purchasing_waiting_move_is_kept"
UNTOLD = "NOT EXISTS (SELECT 1 FROM purchasing_move_value WHERE move_id = OLD.move_id)"
SAID = "purchasing_move_has_no_value"


def upgrade() -> None:
    """Make the list, let every move without a value wait, and keep it so."""
    op.create_table(
        TABLE,
        sa.Column("move_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("shop_id", WHOLE, nullable=False),
        sa.Column("lot_id", WHOLE, nullable=False),
        *(
            sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{TABLE}_{column}_{to}"))
            for column, to in (
                ("move_id", "stock_move"),
                ("shop_id", "catalogue_shop"),
                ("lot_id", "stock_lot"),
            )
        ),
        sa.PrimaryKeyConstraint("move_id", name=op.f(f"pk_{TABLE}")),
    )
    op.create_index(op.f(f"ix_{TABLE}_shop_id"), TABLE, ["shop_id", "move_id"])
    op.create_index(op.f(f"ix_{TABLE}_lot_id"), TABLE, ["lot_id"])
    op.execute(ALL_THAT_WAIT)
    for name, table, verb, effect in EFFECTS:
        _trigger(name, f"AFTER {verb} ON {table}", effect)
    _refuse()


def downgrade() -> None:
    """Take the list and its triggers away again."""
    for name, table, *_rest in (*EFFECTS, (REFUSAL, TABLE)):
        if _lite():
            op.execute(f"DROP TRIGGER {name}")
        else:
            op.execute(f"DROP TRIGGER {name} ON {table}")
            op.execute(f"DROP FUNCTION {name}()")
    op.drop_table(TABLE)


def _lite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _trigger(name: str, event: str, effect: str) -> None:
    if _lite():
        op.execute(f"CREATE TRIGGER {name} {event} FOR EACH ROW BEGIN {effect}; END")
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger AS $$ BEGIN {effect}; RETURN NEW; END $$"
        " LANGUAGE plpgsql"
    )
    op.execute(f"CREATE TRIGGER {name} {event} FOR EACH ROW EXECUTE FUNCTION {name}()")


def _refuse() -> None:
    """Let nothing off the list that has no value yet."""
    event = f"BEFORE DELETE ON {TABLE}"
    if _lite():
        op.execute(
            f"CREATE TRIGGER {REFUSAL} {event} FOR EACH ROW WHEN {UNTOLD}"
            f" BEGIN SELECT RAISE(ABORT, '{SAID}'); END"
        )
        return
    op.execute(
        f"CREATE FUNCTION {REFUSAL}() RETURNS trigger AS $$ BEGIN IF {UNTOLD} THEN"
        f" RAISE EXCEPTION '{SAID}' USING ERRCODE = 'integrity_constraint_violation'; END IF;"
        " RETURN OLD; END $$ LANGUAGE plpgsql"
    )
    op.execute(f"CREATE TRIGGER {REFUSAL} {event} FOR EACH ROW EXECUTE FUNCTION {REFUSAL}()")
