"""Tariffs: what things cost from which day on, and which of it a charge was counted with.

Suits the release before it: it only makes tables, and fills them with the amounts that stood in
the program until now.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_15_library_tariffs"
down_revision = "2026_11_14_last_admin"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
TABLE, USED = "library_tariff", "library_charged_tariff"
BEGINNING = "2000-01-01"  # Before anything that this library has charged.
FIRST = (
    ("01KB00000000000000TARFDPST", "deposit", "Deposit of a visitor", 2000),
    ("01KB00000000000000TARFDAY1", "late-day", "A late day of a book", 25),
    ("01KB00000000000000TARFDAY2", "late-day-other", "A late day of anything else", 50),
    ("01KB00000000000000TARFM0ST", "late-most", "Late days at most", 500),
    ("01KB00000000000000TARF10ST", "lost-price", "A lost copy of unknown price", 2500),
    ("01KB00000000000000TARFW0RK", "processing", "Work with a lost copy", 300),
)


def _some(row: str) -> str:
    """Return whether an amount applied on any day at all."""
    return f"({row}.valid_to IS NULL OR {row}.valid_to > {row}.valid_from)"


OVERLAPS = (
    f"EXISTS (SELECT 1 FROM {TABLE} t WHERE t.code = NEW.code AND {_some('t')} AND {_some('NEW')}"
    " AND (NEW.valid_to IS NULL OR t.valid_from < NEW.valid_to)"
    " AND (t.valid_to IS NULL OR NEW.valid_from < t.valid_to))"
)
CHANGED = " OR ".join(
    f"OLD.{name} <> NEW.{name}"
    for name in ("public_id", "created_at", "code", "name", "amount_minor", "valid_from", "set_by")
)
# An end may be set and brought forward, never taken away or put off.
LONGER = "OLD.valid_to IS NOT NULL AND (NEW.valid_to IS NULL OR NEW.valid_to > OLD.valid_to)"
FROZEN = "library_tariff_is_frozen"
GUARDS = (
    ("library_tariff_alone", f"INSERT ON {TABLE}", OVERLAPS, "library_tariff_overlaps"),
    ("library_tariff_stays", f"UPDATE ON {TABLE}", f"{CHANGED} OR {LONGER}", FROZEN),
    ("library_tariff_is_kept", f"DELETE ON {TABLE}", "", FROZEN),
    ("library_charged_tariff_stays", f"UPDATE ON {USED}", "", FROZEN),
    ("library_charged_tariff_is_kept", f"DELETE ON {USED}", "", FROZEN),
)


def upgrade() -> None:
    """Make the tables with what they refuse, and put the first amounts in."""
    _tariff()
    _charged()
    for guard in GUARDS:
        _guard(*guard)
    for public_id, code, name, amount in FIRST:
        op.execute(
            f"INSERT INTO {TABLE} (public_id, created_at, version, code, name, amount_minor,"
            f" valid_from, set_by) VALUES ('{public_id}', '{BEGINNING} 00:00:00+00:00', 1,"
            f" '{code}', '{name}', {amount}, '{BEGINNING}', '')"
        )


def downgrade() -> None:
    """Take everything away again."""
    op.drop_table(USED)  # The triggers go with their tables.
    op.drop_table(TABLE)
    if op.get_bind().dialect.name != "sqlite":
        for name, *_rest in GUARDS:
            op.execute(f"DROP FUNCTION {name}()")


def _tariff() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("version", WHOLE, server_default="1", nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("amount_minor", WHOLE, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.CheckConstraint("amount_minor >= 0", name=op.f(f"ck_{TABLE}_amount")),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f(f"ck_{TABLE}_order")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint("public_id", name=op.f(f"uq_{TABLE}_public_id")),
    )


def _charged() -> None:
    op.create_table(
        USED,
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("charge", sa.String(), nullable=False),
        sa.Column("tariff_id", WHOLE, nullable=False),
        sa.ForeignKeyConstraint(
            ["tariff_id"], [f"{TABLE}.id"], name=op.f(f"fk_{USED}_tariff_id_{TABLE}")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{USED}")),
        sa.UniqueConstraint("charge", name=op.f(f"uq_{USED}_charge")),
    )


def _guard(*guard: str) -> None:
    name, event, condition, said = guard
    if op.get_bind().dialect.name == "sqlite":
        when = f" WHEN {condition}" if condition else ""
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} FOR EACH ROW{when}"
            f" BEGIN SELECT RAISE(ABORT, '{said}'); END"
        )
        return
    # Whoever sets the same code at this moment is waited for, and then seen.
    wait = (
        f" PERFORM pg_advisory_xact_lock(hashtext('{TABLE}'), hashtext(NEW.code));"
        if event.startswith("INSERT")
        else ""
    )
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger AS $$ BEGIN{wait}"
        f" IF {condition or 'TRUE'} THEN RAISE EXCEPTION '{said}'"
        " USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;"
        " END $$ LANGUAGE plpgsql"
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE {event} FOR EACH ROW EXECUTE FUNCTION {name}()")
