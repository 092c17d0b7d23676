"""An administrator is made by two, or by the operator at the command line.

Suits the release before it but for one act: that one makes administrators by one person alone, and
is refused where it tries. Who has the role keeps it; an invitation to it that is on its way opens
nothing any more and is proposed again.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_29_second_administrator"
down_revision = "2026_11_28_job_request"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
TABLE = "core_proposal"
CHECKS = {
    "state": "state IN ('waiting', 'approved', 'refused', 'withdrawn', 'expired')",
    "about": "account_id IS NOT NULL OR email <> ''",
    "origin": (
        "(origin = 'people' AND proposed_by_id > 0) OR (origin = 'console' AND proposed_by_id = 0)"
    ),
    "not_for_oneself": "proposed_by_id <> COALESCE(account_id, -1)",
    "two_people": (
        "origin = 'console' OR state NOT IN ('approved', 'refused') OR"
        " (decided_by_id IS NOT NULL AND decided_by_id <> proposed_by_id"
        " AND decided_by_id <> COALESCE(account_id, -1))"
    ),
    "in_time": (
        "origin = 'console' OR state <> 'approved' OR"
        " (decided_at IS NOT NULL AND decided_at < expires_at)"
    ),
}
WAITING = {"account_id": "state = 'waiting'", "email": "state = 'waiting' AND email <> ''"}
RULES = (
    "EXISTS (SELECT 1 FROM core_account_role m JOIN core_role r ON r.id = m.role_id"
    " JOIN core_account a ON a.id = m.account_id WHERE r.name = 'administrator'"
    " AND a.disabled_at IS NULL AND a.id = NEW.{who})"
)
ALIKE = ("public_id", "created_at", "origin", "expires_at", "proposed_by_id")
DECISION = (
    *("NEW.state <> OLD.state", "NEW.decided_by_id <> OLD.decided_by_id"),
    "NEW.decided_at <> OLD.decided_at",
)
CHANGED = " OR ".join(
    (
        *(f"NEW.{name} <> OLD.{name}" for name in ALIKE),
        # The place of an address is taken by the account that accepts, once.
        "(OLD.account_id IS NOT NULL AND COALESCE(NEW.account_id, -1) <> OLD.account_id)",
        f"(OLD.state <> 'waiting' AND ({' OR '.join(DECISION)}))",
    )
)
GIVEN = "EXISTS (SELECT 1 FROM core_role WHERE id = NEW.role_id AND name = 'administrator')"
AGREED = (
    f"EXISTS (SELECT 1 FROM {TABLE} p WHERE p.id = NEW.proposal_id AND p.state = 'approved'"
    " AND p.account_id = NEW.account_id)"
)
# Name, event, table, when it is refused, and what it then says.
GUARDS = (
    (
        f"{TABLE}_begins",
        "INSERT",
        TABLE,
        "NEW.origin = 'people' AND NEW.state <> 'waiting'",
        f"{TABLE}_two_administrators",
    ),
    (
        f"{TABLE}_two_administrators",
        "UPDATE",
        TABLE,
        "NEW.state = 'approved' AND OLD.state = 'waiting' AND NOT"
        f" ({RULES.format(who='proposed_by_id')} AND {RULES.format(who='decided_by_id')})",
        f"{TABLE}_two_administrators",
    ),
    (f"{TABLE}_stays", "UPDATE", TABLE, CHANGED, f"{TABLE}_is_kept"),
    (f"{TABLE}_is_kept", "DELETE", TABLE, "", f"{TABLE}_is_kept"),
    *(
        (
            f"core_account_role_unapproved{part}",
            verb,
            "core_account_role",
            f"{GIVEN} AND NOT {AGREED}",
            "core_account_role_unapproved",
        )
        for part, verb in (("", "INSERT"), ("_later", "UPDATE"))
    ),
)


def upgrade() -> None:
    """Make the table, let roles and invitations name their proposal, and guard the role."""
    _make_table()
    whole = "INTEGER" if _lite() else "BIGINT"
    for table in ("core_account_role", "core_link"):
        name = f"fk_{table}_proposal_id_{TABLE}"
        refers = f"CONSTRAINT {name} REFERENCES {TABLE} (id)"
        op.execute(f"ALTER TABLE {table} ADD COLUMN proposal_id {whole} {refers}")
    for guard in GUARDS:
        _guard(guard)


def downgrade() -> None:
    """Let one administrator make another one alone."""
    for name, _verb, table, _condition, _said in GUARDS:
        op.execute(f"DROP TRIGGER {name}" + ("" if _lite() else f" ON {table}"))
        if not _lite():
            op.execute(f"DROP FUNCTION {name}()")
    for table in ("core_account_role", "core_link"):
        op.drop_column(table, "proposal_id")
    op.drop_table(TABLE)


def _make_table() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("version", WHOLE, server_default="1", nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("account_id", WHOLE, nullable=True),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("proposed_by_id", WHOLE, nullable=False),
        sa.Column("decided_by_id", WHOLE, nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("answer", sa.String(), nullable=False),
        *(sa.CheckConstraint(said, name=op.f(f"ck_{TABLE}_{n}")) for n, said in CHECKS.items()),
        sa.ForeignKeyConstraint(
            ["account_id"], ["core_account.id"], name=op.f(f"fk_{TABLE}_account_id_core_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint("public_id", name=op.f(f"uq_{TABLE}_public_id")),
    )
    op.create_index(f"ix_{TABLE}_account_id", TABLE, ["account_id"])
    for column, said in WAITING.items():
        name, waits = f"uq_{TABLE}_{column.removesuffix('_id')}", sa.text(said)
        op.create_index(
            name, TABLE, [column], unique=True, sqlite_where=waits, postgresql_where=waits
        )


def _lite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _guard(guard: tuple[str, str, str, str, str]) -> None:
    name, verb, table, condition, said = guard
    event = f"BEFORE {verb} ON {table} FOR EACH ROW"
    if _lite():
        when = f" WHEN {condition}" if condition else ""
        op.execute(f"CREATE TRIGGER {name} {event}{when} BEGIN SELECT RAISE(ABORT, '{said}'); END")
        return
    # The role is held first, as by who takes it from somebody: an approval and the loss of the
    # role come one after the other, and the second one sees what the first has done.
    held = "PERFORM 1 FROM core_role WHERE core_role.name = 'administrator' FOR UPDATE;"
    first = f"IF NEW.state = 'approved' THEN {held} END IF;" if "a.disabled_at" in condition else ""
    row = "OLD" if verb == "DELETE" else "NEW"
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger AS $$ BEGIN {first}"
        f" IF {condition or 'TRUE'} THEN RAISE EXCEPTION '{said}'"
        f" USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN {row};"
        " END $$ LANGUAGE plpgsql"
    )
    op.execute(f"CREATE TRIGGER {name} {event} EXECUTE FUNCTION {name}()")
