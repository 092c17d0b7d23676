"""Guards of the database that refuse something which nothing else does, each shown alone.

What it refuses is tried by SQL in the smallest state in which it matters, and again without it.
"""

from typing import NamedTuple

import pytest
from sqlalchemy.exc import IntegrityError

from tests.kit.guards import drop_trigger
from tests.services.elections.founding import founding
from tests.services.elections.papering import running
from tests.services.elections.polling import CHAIR, INES, drafted
from tests.services.elections.sealing import published
from tests.services.elections.test_frozen_ways import FREEZE
from tests.services.elections.whole import ENTRY
from townsquare.services.elections.commands.rolls import ChallengeVoter
from townsquare.services.elections.usecases.challenging import challenge_voter

pytestmark = pytest.mark.engines("sqlite", "postgresql")
ELECTION, CONTEST, CANDIDATE = "elections_election", "elections_contest", "elections_candidate"
VOTER, ROLL, REMOVAL = "elections_voter", "elections_roll_entry", "elections_removal"
MESSAGE, CREDENTIAL = "elections_ceremony_message", "elections_credential"
FROZEN, UNDECIDED, ROLL_UNDECIDED = (
    *("elections_frozen", "elections_undecided"),
    "elections_roll_undecided",
)
SHUT = "elections_return_is_shut"
HASH = "0" * 64

STANDS = (
    f"INSERT INTO {CANDIDATE} (public_id, created_at, election_id, contest_id, code, given, middle,"
    " family, ballot_name, address, phone, statement, filed_on, decided_by, state, option_code,"
    " decided_by_id, reason) SELECT 'C', created_at, election_id, id, 'ada', 'Ada', '', 'F',"
    f" 'Ada F', '', '', '', '2026-03-02', '', {{}} FROM {CONTEST}"
)
STRUCK = STANDS.format("'disqualified', '1', 6, 'Lives elsewhere.'")
REMOVED = (
    f"INSERT INTO {REMOVAL} (public_id, created_at, election_id, precinct, proposed_by,"
    " proposed_by_id, confirmed_by, confirmed_by_id) SELECT 'R', created_at, id, '7', '', 5, '', 6"
    f" FROM {ELECTION}"
)
CLOSED = (
    "INSERT INTO elections_paper_count (election_id, closed_by, closed_by_id, closed_at, missing,"
    f" reason) SELECT id, '', 5, created_at, 0, '' FROM {ELECTION}"
)
COUNTED = (
    "INSERT INTO elections_count (contest_id, papers, blank, votes, elected, tied, rounds,"
    " table_json, table_hash, input_hash)"
    f" SELECT id, 0, 0, '{{}}', '[]', '[]', 1, '{{}}', '{HASH}', '{HASH}' FROM {CONTEST}"
)
SAID = "election_id, attempt, receiver, trustee, created_at, signature"
ANOTHER = f"id, {SAID}, body, round) SELECT id, {SAID}, body, 'reveal'"
REWORDED = f"{SAID}, body, round) SELECT {SAID}, 'x', round"
FIRST, LAST = (f"(SELECT {which}(id) FROM {CREDENTIAL})" for which in ("min", "max"))
OTHERS = f"'new', {LAST}"
ITS = f"(SELECT pub FROM {CREDENTIAL} WHERE id = {LAST})"
VOID = f"UPDATE {CREDENTIAL} SET state = 'void', replaced_by = {{}} WHERE id = {{}}"
ISSUED = "election_id, weight, style, grp, state, replaced_by"
ISSUE = (
    f"SELECT election_id, weight, style, grp, 'active', '', {{}} FROM {CREDENTIAL}"
    f" WHERE id = {FIRST}"
)


def draft(town, clock):
    """Return a draft with one question and one voter."""
    poll = drafted(town, clock, (CHAIR,))
    poll.enrol("V-1")
    return poll


def challenged(town, clock):
    """Return a draft whose voter is challenged, which nobody has decided."""
    poll = draft(town, clock)
    told = {"id": poll.rows(ENTRY.format("V-1"))[0][0], "grounds": "Moved away."}
    poll.do(INES, challenge_voter, ChallengeVoter, **told)
    return poll


def paper(town, clock):
    """Return an election on paper whose returns are being counted."""
    made = running(town, clock)
    made.run(f"UPDATE {ELECTION} SET state = 'counting'")
    return made


def ceremony(town, clock):
    """Return a draft of whose trustees the first has said something."""
    made = founding(town, clock)
    made.name_all()
    made.say("Lena", made.trustees[0].commit())
    return made


def sealed(town, clock):
    """Return an encrypted election that is frozen, with its credentials."""
    return published(town, clock, begun=False)


class Case(NamedTuple):
    """A trigger, what it says, a state in which it refuses something, and what that is."""

    table: str
    name: str
    said: str
    begin: object
    attempt: str
    before: tuple = ()
    key: str = ""  # By which PostgreSQL refuses it as well; SQLite can be told to go over it.


CASES = [
    Case(CANDIDATE, "born", UNDECIDED, draft, STRUCK),
    Case(
        *(CANDIDATE, "moved", FROZEN, draft),
        f"UPDATE {CANDIDATE} SET state = 'filed'",
        (STANDS.format("'withdrawn', NULL, NULL, ''"),),
    ),
    Case(
        *(ELECTION, "rolled", ROLL_UNDECIDED, draft, FREEZE),
        (f"UPDATE {VOTER} SET state = 'suspended'",),
    ),
    Case(ELECTION, "rolled", ROLL_UNDECIDED, challenged, FREEZE),
    *(
        Case(ELECTION, "uncounted", SHUT, paper, f"UPDATE {ELECTION} SET state = 'closed'", done)
        for done in ((CLOSED,), (COUNTED,))  # A question is not counted; nobody says it is over.
    ),
    Case(REMOVAL, "kept", FROZEN, draft, f"DELETE FROM {REMOVAL}", (REMOVED,)),
    Case(
        *(ROLL, "cleared", ROLL_UNDECIDED, challenged),
        f"UPDATE {ROLL} SET state = 'eligible'",
    ),
    Case(ROLL, "leaves", ROLL_UNDECIDED, challenged, f"DELETE FROM {ROLL}"),
    Case(  # Another message in the place of one.
        *(MESSAGE, "again", FROZEN, ceremony),
        f"INSERT INTO {MESSAGE} ({ANOTHER} FROM {MESSAGE}",
        key=f"pk_{MESSAGE}",
    ),
    Case(  # The same one in other words.
        *(MESSAGE, "again", FROZEN, ceremony),
        f"INSERT INTO {MESSAGE} ({REWORDED} FROM {MESSAGE}",
        key=f"uq_{MESSAGE}_said",
    ),
    Case(  # One that replaces the first goes in the place of the last, which nobody has voided.
        *(CREDENTIAL, "again", FROZEN, sealed),
        f"INSERT INTO {CREDENTIAL} ({ISSUED}, pub, id) {ISSUE.format(OTHERS)}",
        (VOID.format("'new'", FIRST),),
        f"pk_{CREDENTIAL}",
    ),
    Case(  # One that was voided counts again.
        *(CREDENTIAL, "again", FROZEN, sealed),
        f"INSERT INTO {CREDENTIAL} ({ISSUED}, pub) {ISSUE.format(ITS)}",
        (VOID.format(ITS, FIRST), VOID.format("''", LAST)),
        f"uq_{CREDENTIAL}",
    ),
]


def change(town, statement):
    """Run this; return how many rows are other than before."""
    with town.database.begin() as connection:
        return connection.exec_driver_sql(statement).rowcount


@pytest.mark.parametrize("case", CASES, ids=[f"{one.table}_{one.name}" for one in CASES])
def test_what_a_guard_refuses_is_done_without_it(town, clock, case):
    case.begin(town, clock)
    for statement in case.before:
        assert change(town, statement) == 1
    over = case.key and town.database.dialect.name == "sqlite"
    attempt = case.attempt.replace("INSERT", "INSERT OR REPLACE") if over else case.attempt
    with pytest.raises(IntegrityError, match=rf"{case.said}\b"):
        change(town, attempt)
    drop_trigger(town, f"{case.table}_{case.name}", case.table)
    if case.key and not over:
        with pytest.raises(IntegrityError, match=rf'"{case.key}"'):
            change(town, attempt)
    else:
        assert change(town, attempt) == 1
