"""What two people decide about a frozen election; disputes; reports of verifying programs.

Suits the release before it, which interrupts and certifies nothing: tables are new, and the new
triggers only refuse what that release does not do.
"""

import sqlalchemy as sa
from alembic import op

from townsquare.migrations.triggers import Guard, differ, is_lite, refuse

revision = "2027_01_05_elections_decisions"
down_revision = "2027_01_04_elections_casting"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
ELECTION, DECISION = "elections_election", "elections_decision"
ENTRY = "elections_board_entry"
DISPUTE, VERIFICATION = "elections_dispute", "elections_verification"
TABLES = (DECISION, DISPUTE, VERIFICATION)
KINDS = "('suspend', 'resume', 'extend', 'close', 'certify', 'annul', 'recount')"
TWO = (
    "proposed_by_id > 0 AND (confirmed_by_id IS NULL OR confirmed_by_id > 0"
    " AND confirmed_by_id <> proposed_by_id)"
)
RULED = (
    "state = 'open' AND ruling = '' AND ruled_by_id IS NULL AND ruled_at IS NULL"
    " OR state = 'ruled' AND ruling <> '' AND ruled_by_id > 0 AND ruled_at IS NOT NULL"
    " AND ruled_by_id <> filed_by_id"
)
UNDECIDED, ROLES = "elections_undecided", "elections_roles"
DISPUTED, DISAGREE = "elections_disputed", "elections_disagree"
FROZEN = "elections_frozen"
# In which state an election has to be for which decision.
FITTING = ", ".join(
    f"'{state} {kind}'"
    for state, kinds in (
        ("frozen", ("suspend", "resume", "extend", "close", "annul")),
        ("counting", ("annul",)),
        ("closed", ("annul", "certify")),
        ("certified", ("recount",)),
    )
    for kind in kinds
)
CONFIRMED = "d.election_id = NEW.id AND d.confirmed_by_id IS NOT NULL"
CONFIRMS = "OLD.confirmed_by_id IS NULL AND NEW.confirmed_by_id IS NOT NULL"
# Reports are about the board as it is, or as it was before the entry of this certification.
ENTERED = (
    f"(SELECT count(*) FROM {ENTRY} c WHERE c.election_id = NEW.election_id"
    " AND c.kind = 'certification' AND c.body LIKE '%\"kind\":\"certify\"%') >"
    f" (SELECT count(*) FROM {DECISION} d WHERE d.election_id = NEW.election_id"
    " AND d.kind = 'certify' AND d.confirmed_by_id IS NOT NULL)"
)
HEAD = (
    f"(SELECT CASE WHEN e.kind = 'certification' AND {ENTERED} THEN e.prev ELSE e.hash END"
    f" FROM {ENTRY} e WHERE e.election_id = NEW.election_id ORDER BY e.seq DESC LIMIT 1)"
)
AGREED = (
    f"(SELECT 1 FROM {VERIFICATION} a JOIN {VERIFICATION} b ON b.report_hash = a.report_hash"
    " AND b.election_id = a.election_id WHERE a.election_id = NEW.election_id AND a.good AND b.good"
    " AND a.implementation = 'python' AND b.implementation = 'javascript'"
    f" AND a.head = {HEAD} AND b.head = a.head)"
)


def guards() -> list[Guard]:
    """Return every trigger: its name, its verb, its table, when it refuses, what it says."""
    found = [*_of_elections(), *_of_decisions(), *_of_the_rest()]
    if is_lite():  # INSERT OR REPLACE deletes there and asks no trigger.
        for table in TABLES:
            same = f"EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id OR public_id = NEW.public_id)"
            found.append(("replaces", "INSERT", table, same, FROZEN))
    return found


def _latest(*kinds: str) -> str:
    told = ", ".join(f"'{kind}'" for kind in kinds)
    return (
        f"COALESCE((SELECT d.kind FROM {DECISION} d WHERE {CONFIRMED} AND d.kind IN ({told})"
        " ORDER BY d.id DESC LIMIT 1), 'none')"
    )


def _of_elections() -> list[Guard]:
    moved = (
        f"EXISTS (SELECT 1 FROM {DECISION} d WHERE {CONFIRMED} AND d.until = NEW.closes_at"
        " AND (d.kind = 'extend' AND NEW.closes_at > OLD.closes_at"
        " OR d.kind = 'close' AND NEW.closes_at < OLD.closes_at))"
    )
    planned = "NEW.planned_closes_at = COALESCE(OLD.planned_closes_at, OLD.closes_at)"
    times = (
        f"OLD.state <> 'draft' AND ({differ('closes_at')} AND NOT ("
        f"OLD.state = 'frozen' AND {moved} AND COALESCE({planned}, FALSE))"
        f" OR {differ('planned_closes_at')} AND NOT {differ('closes_at')})"
    )
    asked = "CASE WHEN NEW.suspended THEN 'suspend' ELSE 'resume' END"
    halted = f"{differ('suspended')} AND {_latest('suspend', 'resume')} <> {asked}"
    judged = (
        "(NEW.state IN ('certified', 'annulled') OR OLD.state = 'certified')"
        f" AND NEW.state <> OLD.state AND ({_latest('certify', 'annul', 'recount')} <>"
        " CASE NEW.state WHEN 'certified' THEN 'certify' WHEN 'annulled' THEN 'annul'"
        " ELSE 'recount' END OR NEW.state = 'counting'"
        " AND NEW.tier NOT IN ('encrypted', 'paper'))"
    )
    return [
        ("ends", "UPDATE", ELECTION, times, UNDECIDED),
        ("halts", "UPDATE", ELECTION, halted, UNDECIDED),
        ("judged", "UPDATE", ELECTION, judged, UNDECIDED),
    ]


def _of_decisions() -> list[Guard]:
    shared = "" if is_lite() else " FOR SHARE"
    state = f"(SELECT state FROM {ELECTION} WHERE id = NEW.election_id{shared})"
    unfit = f"({state} || ' ' || NEW.kind) NOT IN ({FITTING})"
    ruled = _result_dispute("ruled")
    told = differ("id", "public_id", "created_at", "election_id", "kind", "reason")
    stays = (
        f"{told} OR {differ('proposed_by_id')} OR OLD.kind <> 'close' AND {differ('until')}"
        f" OR OLD.confirmed_by_id IS NOT NULL AND"
        f" {differ('confirmed_by_id', 'confirmed_at', 'until')} OR {CONFIRMS} AND {unfit}"
    )
    return [
        (
            *("insert", "INSERT", DECISION),
            f"NEW.confirmed_by_id IS NOT NULL OR {unfit} OR NEW.kind = 'recount' AND NOT {ruled}",
            UNDECIDED,
        ),
        ("stays", "UPDATE", DECISION, stays, FROZEN),
        ("kept", "DELETE", DECISION, "OLD.confirmed_by_id IS NOT NULL", FROZEN),
        ("proposer", "INSERT", DECISION, _same_person("proposed_by_id"), ROLES),
        (
            "confirmer",
            "UPDATE",
            DECISION,
            f"{CONFIRMS} AND {_same_person('confirmed_by_id')}",
            ROLES,
        ),
        (
            *("disputed", "UPDATE", DECISION),
            f"{CONFIRMS} AND NEW.kind = 'certify' AND {_result_dispute('open')}",
            DISPUTED,
        ),
        (
            *("appeals", "UPDATE", DECISION),
            f"{CONFIRMS} AND NEW.kind = 'certify' AND EXISTS (SELECT 1 FROM {ELECTION} e"
            f" WHERE e.id = NEW.election_id AND {_is_early()})",
            DISPUTED,
        ),
        ("agreed", "UPDATE", DECISION, _disagreeing(), DISAGREE),
    ]


def _result_dispute(state: str) -> str:
    return (
        f"EXISTS (SELECT 1 FROM {DISPUTE} p WHERE p.election_id = NEW.election_id"
        f" AND p.kind = 'result' AND p.state = '{state}')"
    )


def _is_early() -> str:
    """Return when a certification is confirmed before the end of the days for objections."""
    if is_lite():
        until = "datetime(e.closes_at, '+' || e.appeal_days || ' days')"
        return f"datetime(NEW.confirmed_at) < {until}"
    return "NEW.confirmed_at < e.closes_at + e.appeal_days * interval '1 day'"


def _same_person(column: str) -> str:
    return (
        f"NEW.kind = 'certify' AND EXISTS (SELECT 1 FROM {ELECTION} e"
        " WHERE e.id = NEW.election_id AND NOT e.rehearsal AND ("
        f"NEW.{column} IN (e.drafted_by_id, e.proposed_by_id, e.confirmed_by_id) OR NEW.{column} IN"
        " (SELECT account FROM elections_trustee WHERE election_id = e.id"
        " UNION SELECT account FROM elections_authority WHERE election_id = e.id)))"
    )


def _disagreeing() -> str:
    encrypted = f"(SELECT tier FROM {ELECTION} WHERE id = NEW.election_id) = 'encrypted'"
    return f"{CONFIRMS} AND NEW.kind = 'certify' AND {encrypted} AND NOT EXISTS {AGREED}"


def _of_the_rest() -> list[Guard]:
    shared = "" if is_lite() else " FOR SHARE"
    state = f"(SELECT state FROM {ELECTION} WHERE id = NEW.election_id{shared})"
    said = differ("id", "public_id", "created_at", "election_id", "kind", "statement")
    ruling = differ("state", "ruling", "ruled_by_id", "ruled_at")
    found = differ("id", "public_id", "created_at", "election_id", "implementation", "report_hash")
    sent = differ("head", "good", "sent_by_id")
    shut = f"NEW.state <> 'open' OR {state} IN ('draft', 'annulled')"
    return [
        ("insert", "INSERT", DISPUTE, shut, FROZEN),
        (
            *("stays", "UPDATE", DISPUTE),
            f"{said} OR {differ('filed_by_id')} OR OLD.state = 'ruled' AND {ruling}",
            FROZEN,
        ),
        ("kept", "DELETE", DISPUTE, "", FROZEN),
        ("insert", "INSERT", VERIFICATION, f"{state} NOT IN ('counting', 'closed')", FROZEN),
        ("stays", "UPDATE", VERIFICATION, f"{found} OR {sent} OR {_reworded()}", FROZEN),
        ("kept", "DELETE", VERIFICATION, "", FROZEN),
    ]


def _reworded() -> str:
    """Return when a report itself changes; PostgreSQL compares JSON as text."""
    return differ("report") if is_lite() else "OLD.report::text <> NEW.report::text"


def upgrade() -> None:
    """Make the tables, and the triggers that ask for two people."""
    _decisions()
    _disputes()
    _verifications()
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
    for name, _verb, table, *_rest in guards():
        on = "" if is_lite() else f" ON {table}"
        op.execute(f"DROP TRIGGER {table}_{name}{on}")
        if not is_lite():
            op.execute(f"DROP FUNCTION {table}_{name}()")
    for table in reversed(TABLES):
        op.drop_table(table)


def _decisions() -> None:
    op.create_table(
        DECISION,
        *_recorded(DECISION),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("kind", "reason")),
        sa.Column("until", MOMENT, nullable=True),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("proposed_by_id", WHOLE, nullable=False),
        sa.Column("confirmed_by", sa.String(), nullable=False),
        sa.Column("confirmed_by_id", WHOLE, nullable=True),
        sa.Column("confirmed_at", MOMENT, nullable=True),
        _check(DECISION, "kind", f"kind IN {KINDS}"),
        _check(DECISION, "reason", "reason <> ''"),
        _check(DECISION, "until", "kind <> 'extend' OR until IS NOT NULL"),
        _check(DECISION, "two_people", TWO),
        _check(DECISION, "confirmed", "(confirmed_by_id IS NULL) = (confirmed_at IS NULL)"),
        _of_election(DECISION),
    )
    waiting = sa.text("confirmed_by_id IS NULL")
    op.create_index(
        f"uq_{DECISION}_open",
        DECISION,
        ["election_id"],
        unique=True,
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    op.create_index(f"ix_{DECISION}_election", DECISION, ["election_id", "id"])


def _disputes() -> None:
    op.create_table(
        DISPUTE,
        *_recorded(DISPUTE),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("kind", "statement")),
        sa.Column("filed_by", sa.String(), nullable=False),
        sa.Column("filed_by_id", WHOLE, nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("state", "ruling", "ruled_by")),
        sa.Column("ruled_by_id", WHOLE, nullable=True),
        sa.Column("ruled_at", MOMENT, nullable=True),
        _check(DISPUTE, "kind", "kind IN ('result', 'conduct')"),
        _check(DISPUTE, "statement", "statement <> '' AND filed_by_id > 0"),
        _check(DISPUTE, "ruled", RULED),
        _of_election(DISPUTE),
    )
    op.create_index(f"ix_{DISPUTE}_election", DISPUTE, ["election_id", "id"])


def _verifications() -> None:
    op.create_table(
        VERIFICATION,
        *_recorded(VERIFICATION),
        *(
            sa.Column(name, sa.String(), nullable=False)
            for name in ("implementation", "report_hash", "head")
        ),
        sa.Column("good", sa.Boolean(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("sent_by", sa.String(), nullable=False),
        sa.Column("sent_by_id", WHOLE, nullable=False),
        _check(VERIFICATION, "implementation", "implementation IN ('python', 'javascript')"),
        _of_election(VERIFICATION),
    )
    told = ["election_id", "implementation", "report_hash"]
    op.create_index(f"uq_{VERIFICATION}", VERIFICATION, told, unique=True)


def _recorded(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("version", WHOLE, server_default="1", nullable=False),
        sa.Column("election_id", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("public_id", name=op.f(f"uq_{table}_public_id")),
    ]


def _of_election(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_election_id_{ELECTION}")
    return sa.ForeignKeyConstraint(["election_id"], [f"{ELECTION}.id"], name=name)


def _check(table: str, name: str, what: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(what, name=op.f(f"ck_{table}_{name}"))
