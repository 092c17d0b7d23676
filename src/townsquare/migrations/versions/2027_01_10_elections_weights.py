"""Elections: votes of polls have the weight and the style of their voter on the roll.

Suits the release before it: what it adds to tables has a default, which is what votes were.
"""

from alembic import op

from townsquare.migrations.triggers import Guard, is_lite, refuse, reword

revision = "2027_01_10_elections_weights"
down_revision = "2027_01_09_elections_begin"

CONTEST, ROLL, MARK = "elections_contest", "elections_roll_entry", "elections_participation"
SLOT, CONTENT = "elections_poll_slot", "elections_poll_content"
RECEIPT, COUNT, PART = "elections_poll_receipt", "elections_count", "elections_style_contest"
STYLE = "elections_style"
OTHERWISE = "elections_weighed_otherwise"
WEIGHS, COUNTED, ALIKE = f"{SLOT}_weighs", "elections_election_counted", f"ix_{ROLL}_alike"
# Written out, since Alembic adds no constraint to a table of SQLite.
ADDED = (
    (SLOT, "style_id", f"{{whole}} CONSTRAINT fk_{SLOT}_style_id_{STYLE} REFERENCES {STYLE} (id)"),
    *(
        (
            *(table, "weight"),
            f"{{whole}} DEFAULT 1 NOT NULL CONSTRAINT ck_{table}_weight CHECK (weight >= 1)",
        )
        for table in (SLOT, CONTENT)
    ),
)
_OF_POLL = " WHERE poll_id = NEW.id)"
_RECEIPTS = f"(SELECT count(*) FROM {RECEIPT}{_OF_POLL}"
_ASKED = f"(SELECT count(*) FROM {CONTEST} WHERE election_id = NEW.id)"
_ROLL_OF_MARKS = f"FROM {MARK} m JOIN {ROLL} r ON r.id = m.roll_entry_id"
# What those weigh who took part and whose style has a question: that many papers it has.
_ANSWERED = (
    f"(SELECT coalesce(sum(r.weight), 0) {_ROLL_OF_MARKS} WHERE r.election_id = NEW.id"
    f" AND (r.style_id IS NULL OR EXISTS (SELECT 1 FROM {PART} p"
    " WHERE p.style_id = r.style_id AND p.contest_id = c.id)))"
)
_OTHERS = (
    f"EXISTS (SELECT style_id, weight, count(*) FROM {SLOT} WHERE poll_id = NEW.id"
    " GROUP BY style_id, weight EXCEPT"
    f" SELECT r.style_id, r.weight, count(*) {_ROLL_OF_MARKS} WHERE r.election_id = NEW.id"
    " GROUP BY r.style_id, r.weight)"
)
_PAPERS = (
    f"(SELECT coalesce(sum(k.papers), 0) FROM {COUNT} k JOIN {CONTEST} c ON c.id = k.contest_id"
    " WHERE c.election_id = NEW.id)"
)
# What the guard of the closing says, and what it says from now on.
REWORDED = (
    (
        f"(SELECT count(*) FROM {CONTENT}{_OF_POLL}",
        f"(SELECT coalesce(sum(weight), 0) FROM {CONTENT}{_OF_POLL}",
    ),
    (f"{_RECEIPTS} * {_ASKED} <> ", f"{_OTHERS} OR {_PAPERS} <> "),
    (f"k.papers = {_RECEIPTS}", f"k.papers = {_ANSWERED}"),
)


def weighs() -> Guard:
    """Return the trigger that refuses a vote of a weight and style that nobody on the roll has."""
    same = "IS" if is_lite() else "IS NOT DISTINCT FROM"
    alike = (
        f"SELECT 1 FROM {ROLL} r WHERE r.election_id = NEW.poll_id AND r.weight = NEW.weight"
        f" AND r.style_id {same} NEW.style_id"
    )
    return "weighs", "INSERT", SLOT, f"NOT EXISTS ({alike})", OTHERWISE


def upgrade() -> None:
    """Add the columns, and let triggers go by them."""
    whole = "INTEGER" if is_lite() else "BIGINT"
    for table, column, told in ADDED:
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column} {told.format(whole=whole)}")
    op.create_index(ALIKE, ROLL, ["election_id", "weight", "style_id"])
    refuse(weighs())
    reword(f"{SLOT}_stays", _moved(), f"{_moved()} OR {_reweighed()}")
    for old, new in REWORDED:
        reword(COUNTED, old, new)


def downgrade() -> None:
    """Take it all away again."""
    for old, new in reversed(REWORDED):
        reword(COUNTED, new, old)
    reword(f"{SLOT}_stays", f"{_moved()} OR {_reweighed()}", _moved())
    op.execute(f"DROP TRIGGER {WEIGHS}{'' if is_lite() else f' ON {SLOT}'}")
    if not is_lite():
        op.execute(f"DROP FUNCTION {WEIGHS}()")
    op.drop_index(ALIKE, ROLL)
    for table, column, _told in reversed(ADDED):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")


def _moved() -> str:
    return "OLD.poll_id <> NEW.poll_id"


def _reweighed() -> str:
    unlike = "IS NOT" if is_lite() else "IS DISTINCT FROM"
    return f"OLD.weight <> NEW.weight OR OLD.style_id {unlike} NEW.style_id"
