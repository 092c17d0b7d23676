"""Precincts, and paper elections: returns that stay, version by version, each seen by two people.

Suits the release before it: it only makes new tables, and a guard of paper elections, of which
that release knows none.
"""

import sqlalchemy as sa
from alembic import op

from townsquare.migrations.triggers import is_lite, refuse

revision = "2027_01_02_elections_returns"
down_revision = "2027_01_01_elections_board"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
ELECTION, CONTEST, OPTION = "elections_election", "elections_contest", "elections_option"
PRECINCT, OFFICER = "elections_precinct", "elections_precinct_officer"
PLACE, RETURN, LINE = "elections_election_precinct", "elections_return", "elections_return_line"
CLOSING, OUTSIDE, COUNT = "elections_paper_count", "elections_outside_total", "elections_count"
TABLES = (PRECINCT, OFFICER, PLACE, RETURN, LINE, CLOSING, OUTSIDE)
FROZEN, SHUT = "elections_frozen", "elections_return_is_shut"
STATES = "('draft', 'submitted', 'approved', 'returned', 'superseded')"
STEPS = (
    "'draft draft', 'draft submitted', 'draft superseded', 'submitted submitted',"
    " 'submitted approved', 'submitted returned', 'submitted superseded', 'returned returned',"
    " 'returned superseded', 'approved approved', 'approved superseded', 'superseded superseded'"
)
FIGURES = (
    *("id", "public_id", "created_at", "version", "election_id", "precinct_id", "contest_id"),
    *("ballots", "blank", "spoiled", "registered_snapshot", "evidence", "note", "entered_by_id"),
)
SEEN = ("approved_by_id", "approved_at")
RUNNING = "('frozen', 'counting')"
SAME = (
    "election_id = NEW.election_id AND precinct_id = NEW.precinct_id"
    " AND contest_id = NEW.contest_id"
)
Guard = tuple[str, str, str, str, str]


def state(election: str) -> str:
    """Return how SQL asks for the state of an election; it waits for who is changing that."""
    shared = "" if is_lite() else f" FOR SHARE OF {ELECTION}"
    return f"(SELECT state FROM {ELECTION} WHERE id = {election}{shared})"


def unlike() -> str:
    """Return how SQL says that two values differ, nothing being a value as well."""
    return "IS NOT" if is_lite() else "IS DISTINCT FROM"


def differ(*names: str) -> str:
    """Return when one of these columns changes, from or to nothing as well."""
    return "(" + " OR ".join(f"OLD.{name} {unlike()} NEW.{name}" for name in names) + ")"


def guards() -> list[Guard]:
    """Return every trigger: its name, its verb, its table, when it refuses, what it says."""
    new, old = state("NEW.election_id"), state("OLD.election_id")
    both = f"{new} <> 'draft' OR {old} <> 'draft'"
    kept = "SELECT state FROM elections_return r WHERE r.id = NEW.return_id"
    line = f"EXISTS (SELECT 1 FROM {LINE} WHERE return_id = NEW.return_id"
    told = f"EXISTS (SELECT 1 FROM {PRECINCT} WHERE id = NEW.id OR public_id = NEW.public_id)"
    found = [
        ("insert", "INSERT", PLACE, f"{new} <> 'draft'", FROZEN),
        ("update", "UPDATE", PLACE, both, FROZEN),
        ("delete", "DELETE", PLACE, f"{old} <> 'draft'", FROZEN),
        ("named", "UPDATE", PRECINCT, _renamed(), FROZEN),
        ("insert", "INSERT", RETURN, _unfit(), SHUT),
        ("stays", "UPDATE", RETURN, _moved(), SHUT),
        ("kept", "DELETE", RETURN, "", SHUT),
        ("insert", "INSERT", LINE, f"({kept}) <> 'draft' OR {_foreign()}", SHUT),
        ("stays", "UPDATE", LINE, "", SHUT),
        ("kept", "DELETE", LINE, "", SHUT),
        ("insert", "INSERT", CLOSING, f"{new} <> 'counting'", SHUT),
        ("stays", "UPDATE", CLOSING, differ("election_id", "closed_at", "missing", "reason"), SHUT),
        ("kept", "DELETE", CLOSING, f"{old} <> 'counting'", SHUT),  # It is counted again.
        ("uncounted", "UPDATE", ELECTION, _uncounted(), SHUT),
    ]
    if is_lite():  # INSERT OR REPLACE deletes there and asks no trigger.
        found.append(("replaces", "INSERT", PRECINCT, told, FROZEN))
        found.append(("replaces", "INSERT", LINE, f"{line} AND option_id = NEW.option_id)", SHUT))
    return found


def _renamed() -> str:
    """Return when a precinct of a frozen election gets another name."""
    held = (
        f"SELECT 1 FROM {PLACE} p JOIN {ELECTION} e ON e.id = p.election_id"
        " WHERE p.precinct_id = OLD.id AND e.state <> 'draft'"
    )
    changed = f"{differ('code', 'name', 'parent_id')} AND EXISTS ({held})"
    return f"{differ('id', 'public_id')} OR {changed}"


def _unfit() -> str:
    """Return when a return is not the next version of a question and precinct as frozen."""
    last = f"(SELECT coalesce(max(version), 0) FROM {RETURN} WHERE {SAME})"
    asked = f"(SELECT election_id FROM {CONTEST} WHERE id = NEW.contest_id)"
    told = (
        f"(SELECT registered FROM {PLACE} WHERE election_id = NEW.election_id"
        " AND precinct_id = NEW.precinct_id)"
    )
    found = [
        f"{state('NEW.election_id')} NOT IN {RUNNING}",
        "NEW.state <> 'draft'",
        "NEW.approved_by_id IS NOT NULL",
        f"NEW.version <> {last} + 1",
        f"{asked} <> NEW.election_id",
        f"{told} {unlike()} NEW.registered_snapshot",
    ]
    if is_lite():
        same = "id = NEW.id OR public_id = NEW.public_id"
        found.append(f"EXISTS (SELECT 1 FROM {RETURN} WHERE {same})")
    return " OR ".join(found)


def _moved() -> str:
    """Return when a return changes otherwise than from one state to the next."""
    step = "(OLD.state || ' ' || NEW.state)"
    newer = (
        f"EXISTS (SELECT 1 FROM {RETURN} WHERE {SAME} AND version > NEW.version"
        " AND state = 'submitted')"
    )
    lines = f"(SELECT count(*) FROM {LINE} WHERE return_id = NEW.id)"
    options = f"(SELECT count(*) FROM {OPTION} WHERE contest_id = NEW.contest_id)"
    return " OR ".join(
        [
            differ(*FIGURES),
            f"{step} NOT IN ({STEPS})",
            f"OLD.state <> NEW.state AND {state('NEW.election_id')} NOT IN {RUNNING}",
            f"{step} <> 'submitted approved' AND {differ(*SEEN)}",
            f"{step} <> 'submitted returned' AND {differ('reason')}",
            f"{step} = 'draft submitted' AND {lines} <> {options}",
            f"{step} = 'approved superseded' AND NOT {newer}",
        ]
    )


def _foreign() -> str:
    """Return when a line is about an option of another question than its return."""
    contest = f"(SELECT contest_id FROM {OPTION} WHERE id = NEW.option_id)"
    return f"{contest} <> (SELECT contest_id FROM {RETURN} WHERE id = NEW.return_id)"


def _uncounted() -> str:
    """Return when a paper election closes though nobody closed its count, or not each question."""
    counted = (
        f"(SELECT count(*) FROM {COUNT} k JOIN {CONTEST} c ON c.id = k.contest_id"
        " WHERE c.election_id = NEW.id)"
    )
    asked = f"(SELECT count(*) FROM {CONTEST} WHERE election_id = NEW.id)"
    closed = f"EXISTS (SELECT 1 FROM {CLOSING} WHERE election_id = NEW.id)"
    return (
        "NEW.tier = 'paper' AND NEW.state = 'closed' AND OLD.state <> 'closed'"
        f" AND (NOT {closed} OR {counted} <> {asked})"
    )


def upgrade() -> None:
    """Make the tables, and the triggers that keep them."""
    _places()
    _returns()
    _counts()
    for guard in guards():
        refuse(guard)
    if not is_lite():
        for table in TABLES:
            op.execute(
                f"CREATE TRIGGER {table}_is_not_emptied BEFORE TRUNCATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION elections_is_not_emptied()"
            )


def downgrade() -> None:
    """Take it all away again."""
    gone = f"DROP TRIGGER {ELECTION}_uncounted"
    op.execute(gone if is_lite() else f"{gone} ON {ELECTION}")
    for table in reversed(TABLES):
        op.drop_table(table)  # Its triggers go with it.
    if not is_lite():
        for name, _verb, table, *_rest in guards():
            op.execute(f"DROP FUNCTION {table}_{name}()")


def _places() -> None:
    op.create_table(
        PRECINCT,
        *_recorded(PRECINCT),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("code", "name")),
        sa.Column("parent_id", WHOLE, nullable=True),
        *(sa.Column(n, sa.String(), nullable=False) for n in ("polling_place", "address")),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("hours", sa.String(), nullable=False),
        _check(PRECINCT, "lat", "lat IS NULL OR (lat >= -90 AND lat <= 90)"),
        _check(PRECINCT, "lon", "lon IS NULL OR (lon >= -180 AND lon <= 180)"),
        _refers(PRECINCT, "parent_id", PRECINCT),
    )
    op.create_index(op.f(f"ix_{PRECINCT}_parent_id"), PRECINCT, ["parent_id"])
    op.create_index(f"uq_{PRECINCT}_code", PRECINCT, ["code"], unique=True)
    op.create_table(
        OFFICER,
        sa.Column("precinct_id", WHOLE, nullable=False),
        sa.Column("account_id", WHOLE, nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        _check(OFFICER, "role", "role IN ('enter', 'approve')"),
        _check(OFFICER, "account", "account_id > 0"),
        _refers(OFFICER, "precinct_id", PRECINCT),
        _key(OFFICER, "precinct_id", "account_id", "role"),
    )
    op.create_index(op.f(f"ix_{OFFICER}_account_id"), OFFICER, ["account_id"])
    op.create_table(
        PLACE,
        sa.Column("election_id", WHOLE, nullable=False),
        sa.Column("precinct_id", WHOLE, nullable=False),
        sa.Column("registered", WHOLE, nullable=True),
        _check(PLACE, "registered", "registered IS NULL OR registered >= 0"),
        _refers(PLACE, "election_id", ELECTION),
        _refers(PLACE, "precinct_id", PRECINCT),
        _key(PLACE, "election_id", "precinct_id"),
    )
    op.create_index(op.f(f"ix_{PLACE}_precinct_id"), PLACE, ["precinct_id"])


def _returns() -> None:
    triple = ["election_id", "precinct_id", "contest_id"]
    op.create_table(
        RETURN,
        *_recorded(RETURN),
        *(sa.Column(name, WHOLE, nullable=False) for name in triple),
        sa.Column("state", sa.String(), nullable=False),
        *(sa.Column(name, WHOLE, nullable=False) for name in ("ballots", "blank", "spoiled")),
        sa.Column("registered_snapshot", WHOLE, nullable=True),
        *(sa.Column(n, sa.String(), nullable=False) for n in ("evidence", "note", "entered_by")),
        sa.Column("entered_by_id", WHOLE, nullable=False),
        sa.Column("approved_by", sa.String(), nullable=False),
        sa.Column("approved_by_id", WHOLE, nullable=True),
        sa.Column("approved_at", MOMENT, nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        *_of_a_return(),
        _refers(RETURN, "contest_id", CONTEST),
        sa.ForeignKeyConstraint(
            triple[:2],
            [f"{PLACE}.{name}" for name in triple[:2]],
            name=op.f(f"fk_{RETURN}_election_id_precinct_id_{PLACE}"),
        ),
    )
    for column in triple[1:]:
        op.create_index(op.f(f"ix_{RETURN}_{column}"), RETURN, [column])
    op.create_index(f"ix_{RETURN}_waiting", RETURN, ["election_id", "state"])
    op.create_index(f"uq_{RETURN}", RETURN, [*triple, "version"], unique=True)
    approved = sa.text("state = 'approved'")
    op.create_index(
        f"uq_{RETURN}_approved",
        RETURN,
        triple,
        unique=True,
        sqlite_where=approved,
        postgresql_where=approved,
    )


def _of_a_return() -> list[sa.CheckConstraint]:
    checks = {
        "state": f"state IN {STATES}",
        "numbers": ("ballots >= 0 AND blank >= 0 AND spoiled >= 0 AND blank + spoiled <= ballots"),
        "registered": "registered_snapshot IS NULL OR ballots <= registered_snapshot",
        "version": "version >= 1",
        "people": "entered_by_id > 0 AND (approved_by_id IS NULL OR approved_by_id > 0)",
        "two": "approved_by_id IS NULL OR approved_by_id <> entered_by_id",
        "approved": (
            "state <> 'approved' OR (approved_by_id IS NOT NULL AND approved_at IS NOT NULL)"
        ),
        "reason": "state <> 'returned' OR reason <> ''",
    }
    return [_check(RETURN, name, what) for name, what in checks.items()]


def _counts() -> None:
    op.create_table(
        LINE,
        *(sa.Column(n, WHOLE, nullable=False) for n in ("return_id", "option_id", "votes")),
        _check(LINE, "votes", "votes >= 0"),
        _refers(LINE, "return_id", RETURN),
        _refers(LINE, "option_id", OPTION),
        _key(LINE, "return_id", "option_id"),
    )
    op.create_index(op.f(f"ix_{LINE}_option_id"), LINE, ["option_id"])
    op.create_table(
        CLOSING,
        sa.Column("election_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("closed_by", sa.String(), nullable=False),
        sa.Column("closed_by_id", WHOLE, nullable=False),
        sa.Column("closed_at", MOMENT, nullable=False),
        sa.Column("missing", WHOLE, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        _check(CLOSING, "reason", "missing = 0 OR reason <> ''"),
        _refers(CLOSING, "election_id", ELECTION),
        _key(CLOSING, "election_id"),
    )
    op.create_table(
        OUTSIDE,
        sa.Column("option_id", WHOLE, nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("votes", WHOLE, nullable=False),
        _check(OUTSIDE, "votes", "votes >= 0"),
        _refers(OUTSIDE, "option_id", OPTION),
        _key(OUTSIDE, "option_id", "place"),
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


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def _check(table: str, name: str, what: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(what, name=op.f(f"ck_{table}_{name}"))


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))
