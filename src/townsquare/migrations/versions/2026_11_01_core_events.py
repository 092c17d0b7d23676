"""The town remembers what happened: outbox, audit, jobs, notifications, live topics.

Suits the release before it: it only makes new tables.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_01_core_events"
down_revision = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
TABLES = (
    "probe",
    "live",
    "notification",
    "schedule",
    "job",
    "relay",
    "inbox",
    "once",
    "audit",
    "outbox",
)
REFUSED = "core_audit_append_only"


def upgrade() -> None:
    """Make the tables, then the triggers that keep the audit as it was written."""
    _outbox()
    _audit()
    _jobs()
    _notifications()
    if op.get_bind().dialect.name == "postgresql":
        _keep_audit_postgresql()
    else:
        _keep_audit_sqlite()


def downgrade() -> None:
    """Drop the tables and with them the triggers."""
    for table in TABLES:
        op.drop_table(f"core_{table}")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP FUNCTION {REFUSED}()")


def _table(name: str, *columns: sa.schema.SchemaItem) -> None:
    op.create_table(f"core_{name}", sa.Column("id", WHOLE, primary_key=True), *columns)


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String, nullable=False) for name in names]


def _wholes(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, WHOLE, nullable=False) for name in names]


def _moment(name: str, *, needed: bool = True) -> sa.Column[object]:
    return sa.Column(name, MOMENT, nullable=not needed)


def _index(name: str, table: str, columns: list[str], *, where: str | None = None) -> None:
    op.create_index(
        name,
        f"core_{table}",
        columns,
        unique=name.startswith("uq_"),
        sqlite_where=sa.text(where) if where else None,
        postgresql_where=sa.text(where) if where else None,
    )


def _outbox() -> None:
    _table(
        "outbox",
        sa.Column("position", WHOLE, unique=True),
        *_texts("name"),
        sa.Column("facts", sa.JSON, nullable=False),
        *_wholes("actor_id"),
        *_texts("request_id"),
        _moment("emitted_at"),
    )
    _index("ix_core_outbox_unstamped", "outbox", ["id"], where="position IS NULL")
    _table("inbox", *_texts("consumer"), *_wholes("position"))
    _index("uq_core_inbox_delivery", "inbox", ["consumer", "position"])
    _table(
        "relay",
        *_wholes("events", "messages", "delivered"),
        *_texts("holder"),
        _moment("lease_until"),
    )
    op.execute("INSERT INTO core_relay VALUES (1, 0, 0, 0, '', '2000-01-01 00:00:00')")
    _table("probe", _moment("at"))
    op.execute("INSERT INTO core_probe VALUES (1, '2000-01-01 00:00:00')")


def _audit() -> None:
    _table(
        "audit",
        _moment("at"),
        *_texts("service"),
        *_wholes("actor_id"),
        *_texts("actor_name", "act", "event", "subject"),
        sa.Column("facts", sa.JSON, nullable=False),
        *_texts("request_id"),
    )
    _index("ix_core_audit_service", "audit", ["service", "id"])
    _index("ix_core_audit_subject", "audit", ["subject", "id"])
    _table(
        "once",
        *_texts("scope", "key_hash", "request_hash"),
        *_wholes("status"),
        *_texts("body"),
        _moment("done_at"),
    )
    _index("uq_core_once_key", "once", ["scope", "key_hash"])


def _jobs() -> None:
    _table(
        "job",
        sa.Column("public_id", sa.String, nullable=False, unique=True),
        *_texts("name"),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.Column("key", sa.String),
        *_texts("state"),
        _moment("run_at"),
        sa.Column("attempt", WHOLE, nullable=False, server_default="0"),
        *_texts("worker", "reason"),
        *_wholes("actor_id"),
        _moment("enqueued_at"),
        _moment("ended_at", needed=False),
        sa.CheckConstraint("state IN ('waiting', 'running', 'done', 'dead')", name="state"),
    )
    _index("uq_core_job_key", "job", ["name", "key"])
    _index("ix_core_job_due", "job", ["run_at", "id"], where="state IN ('waiting', 'running')")
    _index("ix_core_job_dead", "job", ["id"], where="state = 'dead'")
    _table(
        "schedule",
        sa.Column("name", sa.String, nullable=False, unique=True),
        *_texts("cron", "zone"),
        _moment("next_run"),
    )


def _notifications() -> None:
    _table(
        "notification",
        sa.Column("public_id", sa.String, nullable=False, unique=True),
        sa.Column("account_id", WHOLE),
        *_texts("person", "kind", "subject", "key", "template"),
        sa.Column("facts", sa.JSON, nullable=False),
        _moment("created_at"),
        _moment("read_at", needed=False),
    )
    _index("uq_core_notification_once", "notification", ["person", "kind", "subject", "key"])
    _index("ix_core_notification_account", "notification", ["account_id", "id"])
    _table(
        "live",
        sa.Column("position", WHOLE, unique=True),
        *_texts("topic", "message"),
        _moment("at"),
    )
    _index("ix_core_live_unstamped", "live", ["id"], where="position IS NULL")


def _keep_audit_sqlite() -> None:
    for deed in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER core_audit_no_{deed.lower()} BEFORE {deed} ON core_audit"
            f" BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
        )


def _keep_audit_postgresql() -> None:
    op.execute(
        f"CREATE FUNCTION {REFUSED}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" RAISE EXCEPTION '{REFUSED}' USING ERRCODE = '23514'; END $$"
    )
    for deed, each in (("UPDATE", "ROW"), ("DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
        op.execute(
            f"CREATE TRIGGER core_audit_no_{deed.lower()} BEFORE {deed} ON core_audit"
            f" FOR EACH {each} EXECUTE FUNCTION {REFUSED}()"
        )
