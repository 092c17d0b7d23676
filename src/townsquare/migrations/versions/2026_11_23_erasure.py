"""People can leave for good: their names go, what is counted stays.

Rows that are never changed let one thing be taken out of them, the name of somebody who has left.
Suits the release before it: it writes no such name, and leaves the new columns empty.
"""

from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

revision = "2026_11_23_erasure"
down_revision = "2026_11_22_passkeys"

LEFT = "Somebody who left"
# Table, the trigger that keeps its rows as they are, and the columns that hold nothing but a name.
NAMED = (
    ("library_loan_event", "library_loan_event_kept", ("by",)),
    ("library_state_change", "library_state_change_kept", ("by",)),
    ("library_refund_proposal", "library_refund_proposal_stays", ("proposed_by", "decided_by")),
    ("library_tariff", "library_tariff_stays", ("set_by",)),
    ("payments_reduction", "payments_guard_5", ("by",)),
    ("payments_refund", "payments_guard_9", ("by",)),
    ("payments_document", "payments_document_stays", ()),
)
SAID = {"name": LEFT, "by": LEFT, "card": ""}  # In the snapshot of a receipt.
CHECKS = (
    ("core_account", "erased_at IS NULL OR disabled_at IS NOT NULL"),
    (
        "people_person",
        "erased_at IS NULL OR (email = '' AND phone = '' AND middle = '' AND family = '')",
    ),
)
GONE = "(SELECT erased_at FROM people_person WHERE public_id = NEW.person{lock}) IS NOT NULL"
BACK = "OLD.state = 'left' AND NEW.state <> 'left' AND " + GONE
GUARDS = (
    ("library_patron_erased", "INSERT", GONE),
    ("library_patron_comes_back", "UPDATE", BACK),
)
ERASED = "library_patron_is_erased"


def upgrade() -> None:
    """Add when somebody left, and open what is frozen by as much as that needs."""
    moment = "DATETIME" if _lite() else "TIMESTAMP WITH TIME ZONE"
    for table, said in CHECKS:
        check = f"CONSTRAINT ck_{table}_erased CHECK ({said})"
        op.execute(f"ALTER TABLE {table} ADD COLUMN erased_at {moment} {check}")
    for table, trigger, columns in NAMED:
        _replace(_opened, table, trigger, *columns)
    for name, verb, condition in GUARDS:
        _guard(name, verb, condition)


def downgrade() -> None:
    """Let nobody leave; who has left stays without a name."""
    for name, _verb, _condition in GUARDS:
        op.execute(f"DROP TRIGGER {name}" + ("" if _lite() else " ON library_patron"))
        if not _lite():
            op.execute(f"DROP FUNCTION {name}()")
    for table, trigger, columns in NAMED:
        _replace(_shut, table, trigger, *columns)
    for table, _said in CHECKS:
        if not _lite():
            op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_erased")
        op.drop_column(table, "erased_at")


def _lite() -> bool:
    return bool(op.get_bind().dialect.name == "sqlite")


def _allowed(table: str, columns: tuple[str, ...]) -> str:
    """Return when a change takes a name out and touches nothing else."""
    opened = columns or ("snapshot",)
    if _lite():
        known = [row[1] for row in op.get_bind().exec_driver_sql(f"PRAGMA table_info({table})")]
        same = [f'NEW."{name}" IS OLD."{name}"' for name in known if name not in opened]
    else:
        but = "".join(f" - '{name}'" for name in opened)
        same = [f"to_jsonb(NEW.*){but} = to_jsonb(OLD.*){but}"]
    return " AND ".join([*same, *(_unnamed(columns) if columns else _said())])


def _unnamed(columns: tuple[str, ...]) -> list[str]:
    each = [f'NEW."{name}" IN (OLD."{name}", {LEFT!r})' for name in columns]
    return [*each, "(" + " OR ".join(f'NEW."{name}" = {LEFT!r}' for name in columns) + ")"]


def _said() -> list[str]:
    if _lite():
        paths = ", ".join(f"'$.{name}'" for name in SAID)
        rest = f"json_remove(NEW.snapshot, {paths}) = json_remove(OLD.snapshot, {paths})"
        value = "json_extract({row}.snapshot, '$.{name}')"
    else:
        but = "".join(f" - '{name}'" for name in SAID)
        rest = f"(NEW.snapshot::jsonb{but}) = (OLD.snapshot::jsonb{but})"
        value = "({row}.snapshot ->> '{name}')"
    new, old = ({n: value.format(row=row, name=n) for n in SAID} for row in ("NEW", "OLD"))
    each = [f"{new[name]} IN ({old[name]}, {left!r})" for name, left in SAID.items()]
    return [rest, *each, f"({new['name']} = {LEFT!r} OR {new['by']} = {LEFT!r})"]


def _opened(told: str, allowed: str) -> str:
    """Return a trigger, or on PostgreSQL the body of its function, that lets such a change pass."""
    if not _lite():
        return told.replace(" BEGIN", f" BEGIN IF {allowed} THEN RETURN NEW; END IF;", 1)
    if " WHEN " not in told:
        return told.replace(" FOR EACH ROW BEGIN ", f" FOR EACH ROW WHEN NOT ({allowed}) BEGIN ")
    opened = told.replace(" WHEN ", f" WHEN NOT ({allowed}) AND (")
    return opened.replace(" BEGIN ", ") BEGIN ")


def _shut(told: str, allowed: str) -> str:
    """Return it as it was before."""
    if not _lite():
        return told.replace(f" IF {allowed} THEN RETURN NEW; END IF;", "", 1)
    plain = told.replace(f" WHEN NOT ({allowed}) BEGIN ", " BEGIN ")
    if plain == told:
        plain = told.replace(f" WHEN NOT ({allowed}) AND (", " WHEN ")
        plain = plain.replace(") BEGIN ", " BEGIN ")
    return plain


def _replace(changed: Callable[[str, str], str], table: str, trigger: str, *names: str) -> None:
    """Write a trigger again, changed; on PostgreSQL its function, which has its name."""
    bind, allowed = op.get_bind(), _allowed(table, names)
    if _lite():
        found = sa.text("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = :name")
        told = changed(bind.execute(found, {"name": trigger}).scalar_one(), allowed)
        op.execute(f"DROP TRIGGER {trigger}")
    else:
        found = sa.text("SELECT prosrc FROM pg_proc WHERE proname = :name")
        body = changed(bind.execute(found, {"name": trigger}).scalar_one(), allowed)
        told = f"CREATE OR REPLACE FUNCTION {trigger}() RETURNS trigger AS $$"
        told += f"{body}$$ LANGUAGE plpgsql"
    bind.exec_driver_sql(told)


def _guard(name: str, verb: str, condition: str) -> None:
    event = f"BEFORE {verb} ON library_patron FOR EACH ROW"
    if _lite():
        when = condition.format(lock="")
        op.execute(
            f"CREATE TRIGGER {name} {event} WHEN {when} BEGIN SELECT RAISE(ABORT, '{ERASED}'); END"
        )
        return
    # Who forgets this person at this moment holds their row; whoever comes second sees it.
    when = condition.format(lock=" FOR KEY SHARE")
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger AS $$ BEGIN IF {when} THEN"
        f" RAISE EXCEPTION '{ERASED}' USING ERRCODE = 'integrity_constraint_violation';"
        " END IF; RETURN NEW; END $$ LANGUAGE plpgsql"
    )
    op.execute(f"CREATE TRIGGER {name} {event} EXECUTE FUNCTION {name}()")
