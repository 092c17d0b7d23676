"""Elections: what an encrypted election stands on, and the triggers that freeze it.

Suits the release before it: it only makes new tables, and one trigger that asks nothing of polls.
"""

import sqlalchemy as sa
from alembic import op

from townsquare.migrations.triggers import is_lite, refuse

revision = "2027_01_03_elections_ceremony"
down_revision = "2027_01_02_elections_returns"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
ELECTION, SETUP, TRUSTEE = "elections_election", "elections_setup", "elections_trustee"
MESSAGE, AUTHORITY = "elections_ceremony_message", "elections_authority"
SEED, CREDENTIAL = "elections_tie_seed", "elections_credential"
TABLES = (SETUP, TRUSTEE, MESSAGE, AUTHORITY, SEED, CREDENTIAL)
FROZEN, UNFOUNDED = "elections_frozen", "elections_not_founded"
SEPARATE = "elections_roles_not_separate"
FREEZES = "NEW.tier = 'encrypted' AND NEW.state = 'frozen' AND OLD.state = 'draft'"
Guard = tuple[str, str, str, str, str]


def upgrade() -> None:
    """Make the tables and their guards."""
    _trusted()
    _messages()
    _seeds()
    _credentials()
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
        if table == ELECTION:
            op.execute(f"DROP TRIGGER {table}_{name}{'' if is_lite() else f' ON {table}'}")
    for table in reversed(TABLES):
        op.drop_table(table)  # Their triggers go with them.
    if not is_lite():
        for name, _verb, table, *_rest in guards():
            op.execute(f"DROP FUNCTION {table}_{name}()")


def guards() -> list[Guard]:
    """Return every trigger: its name, its verb, its table, when it refuses, what it says."""
    new, old = state("NEW"), state("OLD")
    moved = differ("election_id", "number", "account", "signing_key", "transport_key")
    failing = "(OLD.state || ' ' || NEW.state) NOT IN ('confirmed failing', 'failing confirmed')"
    trustee = f"{old} <> 'draft' AND ({moved} OR {differ('state')} AND {failing})"
    kept = differ("election_id", "account", "key", "made_from", "roll", "signature")
    found = [
        ("founded", "UPDATE", ELECTION, f"{FREEZES} AND {_unfounded()}", UNFOUNDED),
        ("apart", "UPDATE", ELECTION, f"{FREEZES} AND NOT NEW.rehearsal AND {_mixed()}", SEPARATE),
        ("update", "UPDATE", SETUP, f"{old} <> 'draft' OR {differ('election_id')}", FROZEN),
        ("delete", "DELETE", SETUP, "", FROZEN),
        ("update", "UPDATE", TRUSTEE, trustee, FROZEN),
        ("update", "UPDATE", AUTHORITY, f"{old} <> 'draft' AND {kept}", FROZEN),
        ("update", "UPDATE", SEED, _reseeded(), FROZEN),
        ("again", "INSERT", MESSAGE, _same(MESSAGE, *SAID), FROZEN),
        ("update", "UPDATE", MESSAGE, "", FROZEN),
        ("delete", "DELETE", MESSAGE, "", FROZEN),
        ("insert", "INSERT", CREDENTIAL, f"{new} <> 'draft' AND NOT {_replaces()}", FROZEN),
        ("again", "INSERT", CREDENTIAL, _same(CREDENTIAL, "election_id", "pub"), FROZEN),
        ("update", "UPDATE", CREDENTIAL, _revived(), FROZEN),
    ]
    made, gone = (SETUP, TRUSTEE, MESSAGE, AUTHORITY, SEED), (TRUSTEE, AUTHORITY, SEED, CREDENTIAL)
    found.extend(("insert", "INSERT", table, f"{new} <> 'draft'", FROZEN) for table in made)
    found.extend(("delete", "DELETE", table, f"{old} <> 'draft'", FROZEN) for table in gone)
    return found


NUMBERS = ("threshold", "attempt", "named")
SAID = ("election_id", "attempt", "round", "trustee", "receiver")


def state(row: str) -> str:
    """Return how SQL asks for the state of the election of a row; it waits for who changes it."""
    shared = "" if is_lite() else f" FOR SHARE OF {ELECTION}"
    return f"(SELECT state FROM {ELECTION} WHERE id = {row}.election_id{shared})"


def differ(*names: str) -> str:
    """Return when one of these columns changes, from or to nothing as well."""
    unlike = "IS NOT" if is_lite() else "IS DISTINCT FROM"
    return "(" + " OR ".join(f"OLD.{name} {unlike} NEW.{name}" for name in names) + ")"


def _same(table: str, *names: str) -> str:
    """Return when there is such a row: INSERT OR REPLACE asks no trigger of what it deletes."""
    same = " AND ".join(f"{name} = NEW.{name}" for name in names)
    return f"EXISTS (SELECT 1 FROM {table} WHERE {same} OR id = NEW.id)"


def _unfounded() -> str:
    """Return when an election would be frozen without what its ballots are checked against."""
    whole = "setup <> '' AND ceremony <> '' AND roll <> ''"
    told = f"EXISTS (SELECT 1 FROM {SETUP} WHERE election_id = NEW.id AND {whole})"
    many = f"(SELECT count(*) FROM {TRUSTEE} WHERE election_id = NEW.id AND state = 'confirmed')"
    least = f"(SELECT threshold FROM {SETUP} WHERE election_id = NEW.id)"
    held = f"(SELECT count(*) FROM {SEED} WHERE election_id = NEW.id AND commitment <> '')"
    issued = f"EXISTS (SELECT 1 FROM {CREDENTIAL} WHERE election_id = NEW.id)"
    unready = (
        f"EXISTS (SELECT 1 FROM {TRUSTEE} WHERE election_id = NEW.id AND state <> 'confirmed')"
    )
    return f"(NOT {told} OR {unready} OR {many} < {least} OR {held} < 2 OR NOT {issued})"


def _mixed() -> str:
    """Return when one account has two of the roles that different people must have."""
    of = "WHERE election_id = NEW.id"
    holders = " UNION ALL ".join(
        (
            "SELECT NEW.drafted_by_id AS account",
            f"SELECT account FROM {TRUSTEE} {of}",
            f"SELECT account FROM {AUTHORITY} {of}",
        )
    )
    twice = f"EXISTS (SELECT 1 FROM ({holders}) AS held GROUP BY account HAVING count(*) > 1)"
    trusted = f"SELECT account FROM {TRUSTEE} {of} UNION SELECT account FROM {AUTHORITY} {of}"
    freezing = (
        f"EXISTS (SELECT 1 FROM ({trusted}) AS trusted"
        " WHERE account IN (NEW.proposed_by_id, NEW.confirmed_by_id))"
    )
    return f"({twice} OR {freezing})"


def _reseeded() -> str:
    """Return when a seed changes otherwise than from none, once, while its election is counted."""
    shown = f"OLD.seed IS NULL AND {state('OLD')} = 'counting'"
    kept = differ("election_id", "number", "account", "commitment")
    return f"{state('OLD')} <> 'draft' AND {kept} OR {differ('seed')} AND NOT ({shown})"


def _replaces() -> str:
    """Return when a credential stands in for one that was voided, and counts as much."""
    same = " AND ".join(f"c.{name} = NEW.{name}" for name in ("weight", "style", "grp"))
    whose = "c.election_id = NEW.election_id AND c.state = 'void' AND c.replaced_by = NEW.pub"
    void = f"EXISTS (SELECT 1 FROM {CREDENTIAL} c WHERE {whose} AND {same})"
    return f"({state('NEW')} = 'frozen' AND NEW.state = 'active' AND {void})"


def _revived() -> str:
    """Return when a credential changes otherwise than once to void, before the closing."""
    kept = differ("id", "election_id", "pub", "weight", "style", "grp")
    void = f"OLD.state = 'active' AND NEW.state = 'void' AND {state('OLD')} = 'frozen'"
    return f"{kept} OR NOT ({void})"


def _trusted() -> None:
    op.create_table(
        SETUP,
        sa.Column("election_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        *(sa.Column(n, WHOLE, nullable=False) for n in NUMBERS),
        *_texts("aborted", "setup", "ceremony", "roll"),
        _check(SETUP, "mode", "mode IN ('all', 'threshold')"),
        _check(SETUP, "range", "threshold >= 1 AND threshold <= 20 AND attempt >= 1"),
        sa.PrimaryKeyConstraint("election_id", name=op.f(f"pk_{SETUP}")),
        _refers(SETUP),
    )
    states = "('invited', 'committed', 'revealed', 'shared', 'confirmed', 'failing')"
    op.create_table(
        TRUSTEE,
        *_numbered(),
        *_texts("name", "signing_key", "transport_key", "state"),
        _check(TRUSTEE, "state", f"state IN {states}"),
        _check(TRUSTEE, "number", "number >= 1 AND number <= 20"),
        sa.PrimaryKeyConstraint("election_id", "number", name=op.f(f"pk_{TRUSTEE}")),
        _refers(TRUSTEE),
    )
    op.create_table(
        AUTHORITY,
        sa.Column("election_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("account", WHOLE, nullable=False),
        *_texts("name", "key", "made_from", "roll", "signature"),
        sa.PrimaryKeyConstraint("election_id", name=op.f(f"pk_{AUTHORITY}")),
        _refers(AUTHORITY),
    )
    for table in (TRUSTEE, AUTHORITY):
        op.create_index(op.f(f"ix_{table}_account"), table, ["account"])


def _messages() -> None:
    rounds = "('commit', 'reveal', 'share', 'complain', 'answer', 'confirm')"
    op.create_table(
        MESSAGE,
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("election_id", WHOLE, nullable=False),
        sa.Column("attempt", WHOLE, nullable=False),
        sa.Column("round", sa.String(), nullable=False),
        *(sa.Column(name, WHOLE, nullable=False) for name in ("trustee", "receiver")),
        sa.Column("created_at", MOMENT, nullable=False),
        *_texts("body", "signature"),
        _check(MESSAGE, "round", f"round IN {rounds}"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{MESSAGE}")),
        _refers(MESSAGE),
    )
    op.create_index(f"uq_{MESSAGE}_said", MESSAGE, [*SAID], unique=True)


def _seeds() -> None:
    op.create_table(
        SEED,
        *_numbered(),
        *_texts("name", "commitment"),
        sa.Column("seed", sa.String(), nullable=True),
        _check(SEED, "number", "number >= 1 AND number <= 9"),
        sa.PrimaryKeyConstraint("election_id", "number", name=op.f(f"pk_{SEED}")),
        _refers(SEED),
    )
    op.create_index(op.f(f"ix_{SEED}_account"), SEED, ["account"])


def _credentials() -> None:
    op.create_table(
        CREDENTIAL,
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("election_id", WHOLE, nullable=False),
        sa.Column("pub", sa.String(), nullable=False),
        sa.Column("weight", WHOLE, nullable=False),
        *_texts("style", "grp", "state", "replaced_by"),
        _check(CREDENTIAL, "weight", "weight >= 1"),
        _check(CREDENTIAL, "state", "state IN ('active', 'void')"),
        _check(CREDENTIAL, "replaced", "state = 'void' OR replaced_by = ''"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{CREDENTIAL}")),
        _refers(CREDENTIAL),
    )
    op.create_index(f"uq_{CREDENTIAL}", CREDENTIAL, ["election_id", "pub"], unique=True)


def _numbered() -> list[sa.Column[int]]:
    return [
        sa.Column("election_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("number", WHOLE, autoincrement=False, nullable=False),
        sa.Column("account", WHOLE, nullable=False),
    ]


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def _check(table: str, name: str, what: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(what, name=op.f(f"ck_{table}_{name}"))


def _refers(table: str) -> sa.ForeignKeyConstraint:
    named = op.f(f"fk_{table}_election_id_{ELECTION}")
    return sa.ForeignKeyConstraint(["election_id"], [f"{ELECTION}.id"], name=named)
