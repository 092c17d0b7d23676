"""The library lends, holds and charges.

Suits the release before it: it only makes new tables.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "2026_11_07_library_lending"
down_revision = "2026_11_06_library_catalogue"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
TABLES = (
    "library_counter",
    "library_ruleset",
    "library_state_change",
    "library_calendar_day",
    "library_opening",
    "library_patron",
    "library_rule",
    "library_patron_load",
    "library_hold",
    "library_loan",
    "library_loan_event",
)


def upgrade() -> None:
    """Make the tables and their guards."""
    _counter()
    _ruleset()
    _state_change()
    _calendar_day()
    _opening()
    _patron()
    _rule()
    _patron_load()
    _hold()
    _find_holds()
    _loan()
    _find_loans()
    _loan_event()
    _guard()


def downgrade() -> None:
    """Take everything away again."""
    _unguard()
    for table in reversed(TABLES):
        op.drop_table(table)


def _recorded() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("version", WHOLE, server_default="1", nullable=False),
    )


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def _counter() -> None:
    op.create_table(
        "library_counter",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_counter")),
        sa.UniqueConstraint("name", name=op.f("uq_library_counter_name")),
    )


def _ruleset() -> None:
    op.create_table(
        "library_ruleset",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("edition", WHOLE, nullable=False),
        sa.Column("published_at", MOMENT, nullable=False),
        sa.Column("published_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_ruleset")),
        sa.UniqueConstraint("edition", name=op.f("uq_library_ruleset_edition")),
    )


def _state_change() -> None:
    op.create_table(
        "library_state_change",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("thing", sa.String(), nullable=False),
        sa.Column("thing_id", WHOLE, nullable=False),
        sa.Column("from_state", sa.String(), nullable=False),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_state_change")),
    )
    op.create_index(
        "ix_library_state_change_thing",
        "library_state_change",
        ["thing", "thing_id", "id"],
        unique=False,
    )


def _calendar_day() -> None:
    op.create_table(
        "library_calendar_day",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("branch_id", WHOLE, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("closes", sa.Time(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        _refers("library_calendar_day", "branch_id", "library_branch"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_calendar_day")),
        sa.UniqueConstraint("branch_id", "day", name=op.f("uq_library_calendar_day_branch_id_day")),
    )


def _opening() -> None:
    op.create_table(
        "library_opening",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("branch_id", WHOLE, nullable=False),
        sa.Column("weekday", WHOLE, nullable=False),
        sa.Column("opens", sa.Time(), nullable=False),
        sa.Column("closes", sa.Time(), nullable=False),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_library_opening_weekday")),
        _refers("library_opening", "branch_id", "library_branch"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_opening")),
        sa.UniqueConstraint(
            "branch_id", "weekday", name=op.f("uq_library_opening_branch_id_weekday")
        ),
    )


def _patron() -> None:
    op.create_table(
        "library_patron",
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("card", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("home_branch_id", WHOLE, nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("block_reason", sa.String(), nullable=False),
        *_recorded(),
        sa.CheckConstraint(
            "state IN ('active', 'suspended', 'expired', 'left')",
            name=op.f("ck_library_patron_state"),
        ),
        _refers("library_patron", "home_branch_id", "library_branch"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_patron")),
        sa.UniqueConstraint("card", name=op.f("uq_library_patron_card")),
        sa.UniqueConstraint("person", name=op.f("uq_library_patron_person")),
        sa.UniqueConstraint("public_id", name=op.f("uq_library_patron_public_id")),
    )


def _rule() -> None:
    op.create_table(
        "library_rule",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("ruleset_id", WHOLE, nullable=False),
        sa.Column("priority", WHOLE, nullable=False),
        sa.Column("conditions", sa.JSON(), nullable=False),
        sa.Column("policy", sa.JSON(), nullable=False),
        _refers("library_rule", "ruleset_id", "library_ruleset"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_rule")),
        sa.UniqueConstraint(
            "ruleset_id", "priority", name=op.f("uq_library_rule_ruleset_id_priority")
        ),
    )


def _patron_load() -> None:
    op.create_table(
        "library_patron_load",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("patron_id", WHOLE, nullable=False),
        sa.Column("limit_group", sa.String(), nullable=False),
        sa.Column("open_loans", WHOLE, nullable=False),
        sa.Column("loan_limit", WHOLE, nullable=False),
        sa.Column("lifted", WHOLE, nullable=False),
        sa.CheckConstraint(
            "open_loans >= 0 AND open_loans <= loan_limit + lifted",
            name=op.f("ck_library_patron_load_limit"),
        ),
        _refers("library_patron_load", "patron_id", "library_patron"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_patron_load")),
        sa.UniqueConstraint(
            "patron_id", "limit_group", name=op.f("uq_library_patron_load_patron_id_limit_group")
        ),
    )


def _hold() -> None:
    op.create_table(
        "library_hold",
        sa.Column("document_id", WHOLE, nullable=False),
        sa.Column("patron_id", WHOLE, nullable=False),
        sa.Column("branch_id", WHOLE, nullable=False),
        sa.Column("seq", WHOLE, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("suspended_until", sa.Date(), nullable=True),
        sa.Column("copy_id", WHOLE, nullable=True),
        sa.Column("ready_until", MOMENT, nullable=True),
        sa.Column("recall", sa.Boolean(), nullable=False),
        *_recorded(),
        sa.CheckConstraint(
            "state IN ('waiting', 'suspended', 'transit', 'ready', 'filled', 'expired',"
            " 'cancelled')",
            name=op.f("ck_library_hold_state"),
        ),
        _refers("library_hold", "branch_id", "library_branch"),
        _refers("library_hold", "copy_id", "library_copy"),
        _refers("library_hold", "document_id", "library_document"),
        _refers("library_hold", "patron_id", "library_patron"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_hold")),
        sa.UniqueConstraint("public_id", name=op.f("uq_library_hold_public_id")),
        sa.UniqueConstraint("seq", name=op.f("uq_library_hold_seq")),
    )


def _find_holds() -> None:
    op.create_index(
        "ix_library_hold_patron", "library_hold", ["patron_id", "state", "seq"], unique=False
    )
    op.create_index(
        "ix_library_hold_queue", "library_hold", ["document_id", "state", "seq"], unique=False
    )
    op.create_index("ix_library_hold_state", "library_hold", ["state", "seq"], unique=False)
    op.create_index(
        "uq_library_hold_live",
        "library_hold",
        ["document_id", "patron_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('waiting', 'suspended', 'transit', 'ready')"),
        postgresql_where=sa.text("state IN ('waiting', 'suspended', 'transit', 'ready')"),
    )
    op.create_index(
        "uq_library_hold_ready_copy",
        "library_hold",
        ["copy_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('transit', 'ready')"),
        postgresql_where=sa.text("state IN ('transit', 'ready')"),
    )


def _loan() -> None:
    op.create_table(
        "library_loan",
        sa.Column("copy_id", WHOLE, nullable=False),
        sa.Column("patron_id", WHOLE, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("out_at", MOMENT, nullable=False),
        sa.Column("out_branch_id", WHOLE, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("approved_by", sa.String(), nullable=False),
        sa.Column("lifted", sa.Boolean(), nullable=False),
        sa.Column("returned_at", MOMENT, nullable=True),
        sa.Column("return_branch_id", WHOLE, nullable=True),
        sa.Column("closed_reason", sa.String(), nullable=True),
        sa.Column("renewals", WHOLE, nullable=False),
        sa.Column("recalled", sa.Boolean(), nullable=False),
        sa.Column("edition", WHOLE, nullable=False),
        sa.Column("priority", WHOLE, nullable=False),
        sa.Column("limit_group", sa.String(), nullable=False),
        sa.Column("policy", sa.JSON(), nullable=False),
        *_recorded(),
        sa.CheckConstraint(
            "closed_reason IN ('returned', 'lost', 'withdrawn')",
            name=op.f("ck_library_loan_closed_reason"),
        ),
        sa.CheckConstraint("kind IN ('home', 'reading_room')", name=op.f("ck_library_loan_kind")),
        sa.CheckConstraint("returned_at >= out_at", name=op.f("ck_library_loan_order")),
        _refers("library_loan", "copy_id", "library_copy"),
        _refers("library_loan", "out_branch_id", "library_branch"),
        _refers("library_loan", "patron_id", "library_patron"),
        _refers("library_loan", "return_branch_id", "library_branch"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_loan")),
        sa.UniqueConstraint("public_id", name=op.f("uq_library_loan_public_id")),
    )


def _find_loans() -> None:
    op.create_index("ix_library_loan_copy", "library_loan", ["copy_id", "id"], unique=False)
    op.create_index(
        "ix_library_loan_due", "library_loan", ["closed_reason", "due_at", "id"], unique=False
    )
    op.create_index(
        "ix_library_loan_patron", "library_loan", ["patron_id", "closed_reason", "id"], unique=False
    )
    op.create_index(
        "uq_library_loan_open_copy",
        "library_loan",
        ["copy_id"],
        unique=True,
        sqlite_where=sa.text("closed_reason IS NULL"),
        postgresql_where=sa.text("closed_reason IS NULL"),
    )


def _loan_event() -> None:
    op.create_table(
        "library_loan_event",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("loan_id", WHOLE, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("effective_at", MOMENT, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        _refers("library_loan_event", "loan_id", "library_loan"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_loan_event")),
    )
    op.create_index(
        op.f("ix_library_loan_event_loan_id"), "library_loan_event", ["loan_id"], unique=False
    )


# A loan is written only for a copy that has just been taken from its shelf, and never for one
# that waits for somebody else; what happened to a loan, and which states were passed, stays.
GUARDS = (
    (
        "library_loan_state",
        "INSERT ON library_loan",
        "(SELECT state FROM library_copy WHERE id = NEW.copy_id) <> 'on_loan'",
        "library_loan_from_wrong_state",
    ),
    (
        "library_loan_held",
        "INSERT ON library_loan",
        (
            "EXISTS (SELECT 1 FROM library_hold WHERE copy_id = NEW.copy_id"
            " AND state IN ('transit', 'ready') AND patron_id <> NEW.patron_id)"
        ),
        "library_loan_of_held_copy",
    ),
    ("library_loan_event_kept", "UPDATE ON library_loan_event", "", "library_history_is_kept"),
    ("library_loan_event_stays", "DELETE ON library_loan_event", "", "library_history_is_kept"),
    ("library_state_change_kept", "UPDATE ON library_state_change", "", "library_history_is_kept"),
    ("library_state_change_stays", "DELETE ON library_state_change", "", "library_history_is_kept"),
)


def _guard() -> None:
    for name, event, condition, said in GUARDS:
        if op.get_bind().dialect.name == "sqlite":
            when = f" WHEN {condition}" if condition else ""
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {event} FOR EACH ROW{when}"
                f" BEGIN SELECT RAISE(ABORT, '{said}'); END"
            )
            continue
        refusal = f"RAISE EXCEPTION '{said}' USING ERRCODE = 'integrity_constraint_violation'"
        back = "OLD" if event.startswith("DELETE") else "NEW"
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger AS $$ BEGIN"
            f" IF {condition or 'TRUE'} THEN {refusal}; END IF; RETURN {back}; END $$"
            " LANGUAGE plpgsql"
        )
        op.execute(f"CREATE TRIGGER {name} BEFORE {event} FOR EACH ROW EXECUTE FUNCTION {name}()")


def _unguard() -> None:
    if op.get_bind().dialect.name == "sqlite":
        return  # Its triggers go with their tables.
    for name, event, _condition, _said in GUARDS:
        op.execute(f"DROP TRIGGER {name} ON {event.rpartition(' ')[2]}")
        op.execute(f"DROP FUNCTION {name}()")
