"""A hold may ask for one copy, and who has left borrows and waits no longer.

Suits the release before it: a hold that names no copy waits for any, as before.
"""

from alembic import op

revision = "2026_11_13_library_queue"
down_revision = "2026_11_13_library_care"

REFERS = "CONSTRAINT fk_library_hold_wanted_copy_id_library_copy REFERENCES library_copy (id)"
LEFT = "(SELECT state FROM library_patron WHERE id = NEW.patron_id{lock}) = 'left'"
OTHER = (
    "NEW.wanted_copy_id IS NOT NULL AND (COALESCE(NEW.copy_id, NEW.wanted_copy_id)"
    " <> NEW.wanted_copy_id OR NEW.document_id <>"
    " (SELECT document_id FROM library_copy WHERE id = NEW.wanted_copy_id))"
)
GUARDS = (
    ("library_loan_left", "INSERT ON library_loan", LEFT, "library_patron_has_left"),
    ("library_hold_left", "INSERT ON library_hold", LEFT, "library_patron_has_left"),
    ("library_hold_wanted", "INSERT ON library_hold", OTHER, "library_hold_of_other_copy"),
    ("library_hold_found", "UPDATE ON library_hold", OTHER, "library_hold_of_other_copy"),
)


def upgrade() -> None:
    """Add the copy that is asked for, and the guards."""
    whole = "INTEGER" if _sqlite() else "BIGINT"
    op.execute(f"ALTER TABLE library_hold ADD COLUMN wanted_copy_id {whole} {REFERS}")
    for guard in GUARDS:
        _guard(*guard)


def downgrade() -> None:
    """Take the guards and the column away again."""
    for name, event, _condition, _said in GUARDS:
        on = "" if _sqlite() else f" ON {event.rpartition(' ')[2]}"
        op.execute(f"DROP TRIGGER {name}{on}")
        if not _sqlite():
            op.execute(f"DROP FUNCTION {name}()")
    op.drop_column("library_hold", "wanted_copy_id")


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _guard(*guard: str) -> None:
    name, event, condition, said = guard
    if _sqlite():
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} FOR EACH ROW WHEN {condition.format(lock='')}"
            f" BEGIN SELECT RAISE(ABORT, '{said}'); END"
        )
        return
    # Who closes the card at this moment holds its row; whoever comes second sees it closed.
    when = condition.format(lock=" FOR KEY SHARE")
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger AS $$ BEGIN IF {when} THEN"
        f" RAISE EXCEPTION '{said}' USING ERRCODE = 'integrity_constraint_violation';"
        " END IF; RETURN NEW; END $$ LANGUAGE plpgsql"
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE {event} FOR EACH ROW EXECUTE FUNCTION {name}()")
