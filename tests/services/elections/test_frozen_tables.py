"""What belongs to a frozen election stays as it is, by SQL and by the ORM, in every table.

The tries come from the tables themselves, so that a table, a column or a way to change it that
nobody has thought of fails here by its name.
"""

import re

import pytest

from tests.services.elections.prying import KEY, OURS, Prying
from tests.services.elections.whole import whole

pytestmark = pytest.mark.engines("sqlite", "postgresql")
# What may change though an election is frozen, and why.
PEOPLE = {  # A name goes with who leaves the town; the number of their account stays.
    *("authority.name", "candidate.decided_by", "challenge.decided_by", "challenge.filed_by"),
    *("election.confirmed_by", "election.proposed_by", "removal.confirmed_by"),
    *("removal.proposed_by", "return.approved_by", "return.entered_by", "slate.agent"),
    *("tie_seed.name", "trustee.name", "election.waived_by"),
}
COUNTED = {  # How often something was written down, and when: nothing of an election goes by it.
    *(f"{each}.version" for each in ("candidate", "challenge", "election", "party", "precinct")),
    *("removal.version", "slate.version", "voter.version"),
    *("precinct.created_at", "removal.created_at", "voter.created_at"),
}
REGISTER = {  # Of the town and not of one election: it is asked when the next roll is made.
    *("INSERT voter", "voter.precinct", "voter.state", "INSERT precinct", "INSERT party"),
    *("party.agent", "party.agent_id"),  # Who files the next list.
}
THE_DAY = {  # Where people go and who serves there may have to change until the evening.
    *("precinct.polling_place", "precinct.address", "precinct.lat", "precinct.lon"),
    *("precinct.hours", "DELETE precinct_officer", "precinct_officer.role"),
    *("precinct_officer.precinct_id", "precinct_officer.account_id", "INSERT precinct_officer"),
    *("INSERT outside_total", "DELETE outside_total", "outside_total.option_id"),
    *("outside_total.place", "outside_total.votes"),  # What others publish, to compare with.
}
VOTING = {  # A box that is open takes votes; whoever votes again changes theirs.
    *("INSERT challenged", "INSERT poll_slot", "poll_slot.slot_hash", "poll_slot.content"),
    *("poll_slot.receipt", "poll_slot.marked_on"),
}
MAY = PEOPLE | COUNTED | REGISTER | THE_DAY | VOTING
# Refused by a key and by no trigger: something of a frozen election hangs on the row.
BY_KEYS = {"DELETE party", "DELETE precinct", "DELETE voter"}
# Refused by a key as well, once the trigger is gone.
BESIDES = {
    *("DELETE contest", "DELETE election", "DELETE return", "DELETE slate", "DELETE style"),
    "INSERT candidate",  # One option is one candidate.
}
# Of these there is nothing before the closing, or before two people decide something.
LATER = {
    *(
        "count",
        "decision",
        "disqualification",
        "dispute",
        "paper_count",
        "participation",
        "poll_content",
    ),
    *("poll_receipt", "verification"),
}


# Of each of these there is a test with what it asks for: a freezing, a closing, a second ballot.
ELSEWHERE = {
    *(
        "candidate_born",
        "candidate_moved",
        "candidate_struck",
        "ceremony_message_again",
        "contest_majority",
        "credential_again",
        "election_apart",
    ),
    *(
        "election_counted",
        "election_founded",
        "election_judged",
        "election_majority",
        "election_rehearsed",
        "election_rolled",
    ),
    *("election_uncounted", "removal_kept", "roll_entry_cleared", "roll_entry_leaves"),
}


def refusals(pry, do, tries):
    """Return by what each of these changes is refused that somebody tries in this way."""
    return {one: pry.said(do, one) for one in tries}


def sorted_out(said):
    """Return what is done, what a key refuses, and what neither that nor a trigger refuses."""
    done = {str(one) for one, name in said.items() if not name}
    refused = {(str(one), name) for one, name in said.items() if str(one) not in done}
    keys = {one for one, name in refused if name == KEY}
    return done, keys, {pair for pair in refused if pair[1] != KEY and not pair[1].startswith(OURS)}


def bare(town):
    """Take every trigger of elections away; return them."""
    of = "" if town.database.dialect.name == "sqlite" else " ON {0.table}"
    with town.database.begin() as connection:
        guards = Prying(connection).guards()
        for guard in guards:
            connection.exec_driver_sql(f"DROP TRIGGER {guard.name}{of.format(guard)}")
    return guards


def idle(pry, guards, before):
    """Return which triggers refuse nothing, each put back alone where there is none."""
    found = set()
    for guard in guards:
        tries = [one for one in before if (one.table, one.verb) == (guard.table, guard.verb)]
        if not tries:
            continue
        pry.connection.exec_driver_sql(guard.told)
        if not any(pry.said(pry.by_sql, one) == before[one] for one in tries):
            found.add(guard.name.removeprefix(OURS))
        pry.connection.exec_driver_sql(f"DROP TRIGGER {guard.name} ON {guard.table}")
    return found


def test_nothing_of_a_frozen_election_changes_and_that_is_by_triggers(town, clock):
    whole(town, clock)
    with town.database.connect() as connection:
        pry = Prying(connection)
        assert pry.empty == LATER
        by_sql = refusals(pry, pry.by_sql, pry.tries)
        assert sorted_out(by_sql) == (MAY, BY_KEYS, set())
        first = [one for one in pry.tries if not one.last]
        assert sorted_out(refusals(pry, pry.by_orm, first)) == (MAY, BY_KEYS, set())
    guards = bare(town)
    before = {one: name for one, name in by_sql.items() if name.startswith(OURS)}
    with town.database.connect() as connection:
        pry = Prying(connection)
        stopped = {one for one in before if pry.said(pry.by_sql, one)}
        ways = {(one.verb, one.table) for one in before}
        passed = {(one.verb, one.table) for one in before.keys() - stopped}
        assert {" ".join(one) for one in ways - passed} == {
            one.replace(" ", f" {OURS}") for one in BESIDES
        }
        if connection.dialect.name == "postgresql":  # There a trigger is put back in no time.
            assert idle(pry, guards, before) == ELSEWHERE


KNOWN_BY = re.compile(r"\b(id|public_id) = NEW\.")


@pytest.mark.engines("sqlite")
def test_no_row_takes_the_place_of_a_frozen_one_by_another_key(town):
    """What INSERT OR REPLACE may not do no UPDATE OR REPLACE does: what rows are known by stays."""
    with town.database.connect() as connection:
        guards = Prying(connection).guards()
    kept = {
        (guard.table, name)
        for guard in guards
        for name in ("id", "public_id")
        if guard.verb == "UPDATE" and f"OLD.{name} IS NOT NEW.{name}" in guard.told
    }
    replaced = [one for one in guards if one.name.endswith("_replaces")]
    keys = {(one.table, name) for one in replaced for name in KNOWN_BY.findall(one.told)}
    assert len(replaced) > 10
    assert keys - kept == set()
