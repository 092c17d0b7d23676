"""Elections: what is set up and frozen, and the box of simple secret polls.

Suits the release before it: it only makes new tables.
"""

import sqlalchemy as sa
from alembic import op

from townsquare.migrations.triggers import Guard, differ, is_lite, refuse

revision = "2026_12_26_elections"
down_revision = "2026_12_23_payments_givers"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
ELECTION, CONTEST, OPTION = "elections_election", "elections_contest", "elections_option"
VOTER, ROLL, MARK = "elections_voter", "elections_roll_entry", "elections_participation"
KEY, SLOT = "elections_poll_key", "elections_poll_slot"
CONTENT, RECEIPT, COUNT = "elections_poll_content", "elections_poll_receipt", "elections_count"
TABLES = (ELECTION, CONTEST, OPTION, VOTER, ROLL, MARK, KEY, SLOT, CONTENT, RECEIPT, COUNT)
FROZEN, BOX = "elections_frozen", "elections_box_is_shut"
TWO = (
    "state = 'draft' OR (proposed_by_id IS NOT NULL AND confirmed_by_id IS NOT NULL"
    " AND proposed_by_id <> confirmed_by_id AND setup_hash <> '')"
)
PEOPLE = (
    "(proposed_by_id IS NULL OR proposed_by_id > 0)"
    " AND (confirmed_by_id IS NULL OR confirmed_by_id > 0)"
)
RULES = (
    "kind = 'choose' AND rule IN ('plurality', 'approval', 'k-of-n')"
    " OR kind = 'score' AND rule IN ('score')"
    " OR kind = 'grid' AND rule IN ('majority-judgement')"
    " OR kind = 'rank' AND rule IN ('irv', 'scottish-2011', 'wig-exact', 'meek', 'warren',"
    " 'multi-winner', 'sequential', 'borda', 'borda-from-one', 'borda-modified', 'schulze',"
    " 'condorcet')"
)
GREATEST = (
    "kind = 'score' AND greatest BETWEEN 1 AND 100 OR kind = 'grid' AND greatest BETWEEN 1 AND 5"
    " OR kind IN ('choose', 'rank') AND greatest = 0"
)
TABLE_OF_A_COUNT = ("table_json", "table_hash", "input_hash")
COUNTED = "length(table_hash) = 64 AND length(input_hash) = 64 AND table_json <> '' AND rounds >= 1"
SET_UP = ("public_id", "created_at", "title", "description", "tier", "zone", "opens_at")
NOMINATIONS = ("nominations_from", "nominations_to")
NOMINATED = (
    "nominations_from IS NULL AND nominations_to IS NULL"
    " OR nominations_from <= nominations_to AND nominations_to <= opens_at"
)
# When it closes may change by a decision of two people: a later migration guards that.
KEPT = (
    *(*SET_UP, *NOMINATIONS, "rehearsal", "rehearsal_of", "drawn", "drafted_by_id"),
    *("appeal_days", "quorum_num", "quorum_den"),
    *("setup_hash", "proposed_by_id", "confirmed_by_id"),
)
TIERS = "('poll', 'encrypted', 'paper', 'imported')"
STATES = "('draft', 'frozen', 'counting', 'closed', 'certified', 'annulled')"
# A poll is counting only inside of the one transaction that closes it.
STEPS = (
    "'draft draft', 'draft frozen', 'frozen frozen', 'frozen counting', 'counting counting',"
    " 'counting closed', 'closed closed', 'closed certified', 'certified certified',"
    " 'certified counting', 'frozen annulled', 'counting annulled', 'closed annulled',"
    " 'annulled annulled'"
)
OVER = "'closed', 'annulled'"  # Only then slots and key go.
NAMED = (ELECTION, CONTEST, ROLL, VOTER, OPTION)


def state(poll: str) -> str:
    """Return how SQL asks for the state of this poll; it waits for who is changing that."""
    return f"(SELECT state FROM {ELECTION} WHERE id = {poll}{_shared()})"


def _shared(table: str = ELECTION) -> str:
    return "" if is_lite() else f" FOR SHARE OF {table}"


def asked_of(table: str, whole: str, row: str) -> str:
    """Return how SQL asks for the election of this row of a table."""
    return f"(SELECT election_id FROM {table} WHERE id = {row}.{whole})"


def guards() -> list[Guard]:
    """Return every trigger: its name, its verb, its table, when it refuses, what it says."""
    moved = f"(OLD.state || ' ' || NEW.state) NOT IN ({STEPS})"
    changed = f"{moved} OR OLD.state <> 'draft' AND {differ(*KEPT)}"
    found = [
        ("stays", "UPDATE", ELECTION, changed, FROZEN),
        ("counted", "UPDATE", ELECTION, _uncounted(), BOX),
        ("kept", "DELETE", ELECTION, "OLD.state <> 'draft'", FROZEN),
        ("stays", "UPDATE", VOTER, _renumbered(), FROZEN),
    ]
    for table, path in ((CONTEST, ""), (OPTION, "contest_id"), (ROLL, "")):
        for verb in ("INSERT", "UPDATE", "DELETE"):
            rows = {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}[verb]
            polls = [asked_of(CONTEST, path, row) if path else f"{row}.election_id" for row in rows]
            told = " OR ".join(f"{state(poll)} <> 'draft'" for poll in polls)
            found.append((verb.lower(), verb, table, told, FROZEN))
    replaced = [_replaced(table) for table in NAMED] if is_lite() else []
    return [*found, *(_renamed(table) for table in NAMED), *replaced, *_of_the_box()]


def _renamed(table: str) -> Guard:
    """Return the guard of what a row is known by, so that none takes the place of another."""
    return "named", "UPDATE", table, differ(*_names(table)), FROZEN


def _replaced(table: str) -> Guard:
    """Return the guard against INSERT OR REPLACE, which deletes on SQLite and asks no trigger."""
    same = " OR ".join(f"{name} = NEW.{name}" for name in _names(table))
    return "replaces", "INSERT", table, f"EXISTS (SELECT 1 FROM {table} WHERE {same})", FROZEN


def _names(table: str) -> tuple[str, ...]:
    return ("id",) if table == OPTION else ("id", "public_id")


def _uncounted() -> str:
    """Return when a poll would be closed of which not each vote and question was counted."""
    held = {
        table: f"(SELECT count(*) FROM {table} WHERE poll_id = NEW.id)"
        for table in (SLOT, RECEIPT, CONTENT)
    }
    asked = f"(SELECT count(*) FROM {CONTEST} WHERE election_id = NEW.id)"
    marked = (
        f"(SELECT count(*) FROM {MARK} m JOIN {ROLL} r ON r.id = m.roll_entry_id"
        " WHERE r.election_id = NEW.id)"
    )
    counted = (
        f"(SELECT count(*) FROM {COUNT} k JOIN {CONTEST} c ON c.id = k.contest_id"
        f" WHERE c.election_id = NEW.id AND k.papers = {held[RECEIPT]})"
    )
    each = f"(SELECT count(*) FROM {COUNT} k JOIN {CONTEST} c ON c.id = k.contest_id"
    papers = each.replace("count(*)", "coalesce(sum(k.papers), 0)")
    of_this = " WHERE c.election_id = NEW.id)"
    return (
        "NEW.state = 'closed' AND OLD.state <> 'closed' AND (NEW.tier = 'imported'"
        f" AND ({each}{of_this} <> {asked} OR {papers}{of_this} <> {held[CONTENT]})"
        f" OR NEW.tier = 'poll' AND ({held[RECEIPT]} <> {held[SLOT]}"
        f" OR {held[RECEIPT]} <> {marked} OR {held[RECEIPT]} * {asked} <> {held[CONTENT]}"
        f" OR {counted} <> {asked}))"
    )


def _renumbered() -> str:
    """Return when a number changes that is on a frozen roll, but for who leaves the town."""
    held = (
        f"SELECT e.state FROM {ROLL} r JOIN {ELECTION} e ON e.id = r.election_id"
        f" WHERE r.voter_id = OLD.id{_shared('e')}"
    )
    leaves = "NEW.person IS NULL AND NEW.address IS NULL AND NEW.number = 'left-' || OLD.public_id"
    frozen = f"EXISTS (SELECT 1 FROM ({held}) AS held WHERE held.state <> 'draft')"
    return f"{differ('number', 'person', 'address')} AND NOT ({leaves}) AND {frozen}"


def _of_the_box() -> list[Guard]:
    """Return what is refused of the box: nothing goes in or out at another time."""
    new, old = state("NEW.poll_id"), state("OLD.poll_id")
    marked = state(asked_of(ROLL, "roll_entry_id", "NEW"))
    counted = state(asked_of(CONTEST, "contest_id", "NEW"))
    found = [
        ("insert", "INSERT", KEY, f"{new} <> 'draft'", BOX),
        ("stays", "UPDATE", KEY, "", BOX),
        ("kept", "DELETE", KEY, f"{old} NOT IN ({OVER})", BOX),
        ("insert", "INSERT", SLOT, f"{new} <> 'frozen'", BOX),
        ("stays", "UPDATE", SLOT, f"{new} <> 'frozen' OR OLD.poll_id <> NEW.poll_id", BOX),
        ("kept", "DELETE", SLOT, f"{old} NOT IN ({OVER})", BOX),
        ("insert", "INSERT", MARK, f"{marked} <> 'counting'", BOX),
        ("insert", "INSERT", COUNT, f"{counted} <> 'counting'", BOX),
    ]
    goes_in = f"{new} <> 'counting'"
    found.extend(("insert", "INSERT", each, goes_in, BOX) for each in (CONTENT, RECEIPT))
    for table in (CONTENT, RECEIPT, MARK):
        found.extend((name, verb, table, "", BOX) for name, verb in _FOR_GOOD)
    # What was counted goes only where two people have it counted again, and of no poll.
    whole = asked_of(CONTEST, "contest_id", "OLD")
    again = f"{state(whole)} = 'counting' AND (SELECT tier FROM {ELECTION} WHERE id = {whole})"
    found.append(("stays", "UPDATE", COUNT, "", BOX))
    found.append(("kept", "DELETE", COUNT, f"NOT ({again} = 'paper')", BOX))
    return found


_FOR_GOOD = (("stays", "UPDATE"), ("kept", "DELETE"))


def upgrade() -> None:
    """Make the tables, and the triggers that freeze them."""
    _set_up()
    _questions()
    _roll()
    _box()
    for guard in guards():
        refuse(guard)
    if not is_lite():
        _refuse_truncation()


def downgrade() -> None:
    """Take it all away again."""
    for table in reversed(TABLES):
        op.drop_table(table)  # Its triggers go with it.
    if not is_lite():
        for name, _verb, table, *_rest in guards():
            op.execute(f"DROP FUNCTION {table}_{name}()")
        op.execute("DROP FUNCTION elections_is_not_emptied()")


def _set_up() -> None:
    op.create_table(
        ELECTION,
        *_recorded(ELECTION),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("tier", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("opens_at", MOMENT, nullable=False),
        sa.Column("closes_at", MOMENT, nullable=False),
        sa.Column("planned_closes_at", MOMENT, nullable=True),
        *(sa.Column(name, MOMENT, nullable=True) for name in NOMINATIONS),
        sa.Column("suspended", sa.Boolean(), nullable=False),
        *(
            sa.Column(name, WHOLE, nullable=False)
            for name in ("appeal_days", "quorum_num", "quorum_den")
        ),
        sa.Column("rehearsal", sa.Boolean(), nullable=False),
        sa.Column("rehearsal_of", sa.String(), server_default="", nullable=False),
        sa.Column("drafted_by_id", WHOLE, nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("drawn", sa.String(), nullable=False),
        sa.Column("setup_hash", sa.String(), nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("proposed_by_id", WHOLE, nullable=True),
        sa.Column("confirmed_by", sa.String(), nullable=False),
        sa.Column("confirmed_by_id", WHOLE, nullable=True),
        _check(ELECTION, "tier", f"tier IN {TIERS}"),
        _check(ELECTION, "state", f"state IN {STATES}"),
        _check(ELECTION, "times", "opens_at < closes_at"),
        _check(ELECTION, "nominations", NOMINATED),
        _check(ELECTION, "rehearsal", "rehearsal_of = '' OR rehearsal"),
        _check(ELECTION, "appeals", "appeal_days >= 0"),
        _check(ELECTION, "quorum", "quorum_num >= 0 AND quorum_num <= quorum_den"),
        _check(ELECTION, "quorum_of", "quorum_den >= 1"),
        _check(ELECTION, "people", PEOPLE),
        _check(ELECTION, "two_people", TWO),
        _check(ELECTION, "drawn", "state = 'draft' OR tier <> 'poll' OR drawn <> ''"),
    )
    op.create_index(f"ix_{ELECTION}_closing", ELECTION, ["state", "closes_at"])


def _questions() -> None:
    op.create_table(
        CONTEST,
        *_recorded(CONTEST),
        sa.Column("election_id", WHOLE, nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("code", "title")),
        *(sa.Column(n, WHOLE, nullable=False) for n in ("position", "least", "most", "seats")),
        sa.Column("blank", sa.Boolean(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("kind", "rule")),
        sa.Column("greatest", WHOLE, nullable=False),
        sa.Column("nominated", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("ordering", sa.String(), server_default="list", nullable=False),
        _check(CONTEST, "ordering", "ordering IN ('list', 'alphabetical', 'random')"),
        _check(CONTEST, "range", "least >= 0 AND most >= 1 AND least <= most AND seats >= 1"),
        _check(CONTEST, "rule", RULES),
        _check(CONTEST, "greatest", GREATEST),
        _check(CONTEST, "one_seat", "rule NOT IN ('irv', 'condorcet') OR seats = 1"),
        _refers(CONTEST, "election_id", ELECTION),
    )
    op.create_index(f"uq_{CONTEST}_code", CONTEST, ["election_id", "code"], unique=True)
    op.create_index(f"uq_{CONTEST}_of", CONTEST, ["election_id", "id"], unique=True)
    op.create_table(
        OPTION,
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("contest_id", WHOLE, nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("code", "title")),
        sa.Column("position", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{OPTION}")),
        _refers(OPTION, "contest_id", CONTEST),
    )
    op.create_index(f"uq_{OPTION}_code", OPTION, ["contest_id", "code"], unique=True)


def _roll() -> None:
    op.create_table(
        VOTER,
        *_recorded(VOTER),
        sa.Column("person", sa.String(), nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("number", sa.String(), nullable=False),
    )
    op.create_index(f"uq_{VOTER}_number", VOTER, ["number"], unique=True)
    op.create_index(f"uq_{VOTER}_person", VOTER, ["person"], unique=True)
    op.create_index(f"uq_{VOTER}_address", VOTER, ["address"], unique=True)
    op.create_table(
        ROLL,
        *_recorded(ROLL),
        sa.Column("election_id", WHOLE, nullable=False),
        sa.Column("voter_id", WHOLE, nullable=False),
        sa.Column("weight", WHOLE, server_default="1", nullable=False),
        _check(ROLL, "weight", "weight >= 1 AND weight <= 9999999"),
        _refers(ROLL, "election_id", ELECTION),
        _refers(ROLL, "voter_id", VOTER),
    )
    op.create_index(op.f(f"ix_{ROLL}_voter_id"), ROLL, ["voter_id"])
    op.create_index("uq_elections_roll", ROLL, ["election_id", "voter_id"], unique=True)
    op.create_table(
        MARK,
        sa.Column("roll_entry_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("marked_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("roll_entry_id", name=op.f(f"pk_{MARK}")),
        _refers(MARK, "roll_entry_id", ROLL),
    )


def _box() -> None:
    op.create_table(
        KEY,
        sa.Column("poll_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("poll_id", name=op.f(f"pk_{KEY}")),
        _refers(KEY, "poll_id", ELECTION),
    )
    for table, name, kind, more in (
        (SLOT, "slot_hash", sa.String(), ("content", "receipt")),
        (CONTENT, "position", WHOLE, ("content",)),
        (RECEIPT, "receipt", sa.String(), ()),
    ):
        op.create_table(
            table,
            sa.Column("poll_id", WHOLE, nullable=False),
            sa.Column(name, kind, nullable=False),
            *(sa.Column(column, sa.String(), nullable=False) for column in more),
            *((sa.Column("marked_on", sa.Date(), nullable=False),) if table == SLOT else ()),
            sa.PrimaryKeyConstraint("poll_id", name, name=op.f(f"pk_{table}")),
            _refers(table, "poll_id", ELECTION),
            sqlite_with_rowid=False,
        )
    op.create_table(
        COUNT,
        sa.Column("contest_id", WHOLE, autoincrement=False, nullable=False),
        *(sa.Column(name, WHOLE, nullable=False) for name in ("papers", "blank", "rounds")),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in ("votes", "elected", "tied")),
        *(sa.Column(name, sa.String(), nullable=False) for name in TABLE_OF_A_COUNT),
        _check(COUNT, "table", COUNTED),
        sa.PrimaryKeyConstraint("contest_id", name=op.f(f"pk_{COUNT}")),
        _refers(COUNT, "contest_id", CONTEST),
    )


def _recorded(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("version", WHOLE, server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("public_id", name=op.f(f"uq_{table}_public_id")),
    ]


def _check(table: str, name: str, what: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(what, name=op.f(f"ck_{table}_{name}"))


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def _refuse_truncation() -> None:
    """TRUNCATE asks no trigger of a row, so that it needs one of its own."""
    op.execute(
        "CREATE FUNCTION elections_is_not_emptied() RETURNS trigger AS $$ BEGIN"
        f" RAISE EXCEPTION '{FROZEN}' USING ERRCODE ="
        " 'integrity_constraint_violation'; END $$ LANGUAGE plpgsql"
    )
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER {table}_is_not_emptied BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION elections_is_not_emptied()"
        )
