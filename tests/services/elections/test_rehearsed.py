"""An encrypted election is frozen after a rehearsal, or for a reason without one."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.kit.guards import drop_trigger
from tests.kit.racing import careless
from tests.services.elections.polling import INES, drafted
from tests.services.elections.test_certifying_boards import counted_board
from tests.services.elections.test_founding_frozen import ELECTION, FREEZE, ready
from townsquare.services.elections.commands.elections import WaiveRehearsal
from townsquare.services.elections.commands.fields import ChosenVersion
from townsquare.services.elections.errors import Frozen, NeedsNoRehearsal, NotReady
from townsquare.services.elections.models.preparing import UNREHEARSED
from townsquare.services.elections.queries.elections import read_election, read_set_up
from townsquare.services.elections.usecases.copying import rehearse_election
from townsquare.services.elections.usecases.freezing import propose_freeze
from townsquare.services.elections.usecases.waiving import waive_rehearsal

pytestmark = pytest.mark.engines("sqlite")
BOTH = pytest.mark.engines("sqlite", "postgresql")
ASK = f"UPDATE {ELECTION} SET waiver = '', waived_by_id = NULL"
__all__ = ["ready"]


def waive(made, reason):
    return made.do(INES, waive_rehearsal, WaiveRehearsal, reason=reason)


def missing(made):
    return made.do(INES, read_set_up).missing


def propose(made):
    return made.do(INES, propose_freeze, ChosenVersion, version=made.version)


@pytest.fixture
def draft(ready):
    """An encrypted draft that lacks nothing but a rehearsal."""
    waive(ready, "")
    return ready


def test_without_a_rehearsal_it_is_not_frozen(draft):
    assert missing(draft) == [UNREHEARSED]
    with pytest.raises(NotReady) as caught:
        propose(draft)
    assert caught.value.facts["missing"] == [UNREHEARSED]


def test_why_it_needs_none_is_told_to_everybody_and_frozen(draft, town):
    waive(draft, "The same people held one last year.")
    assert missing(draft) == []
    propose(draft)
    waive(draft, "The set-up is that of last year.")
    assert not draft.do(INES, read_set_up).proposed_by  # Who found it ready had read otherwise.
    told = draft.do(INES, read_election)
    assert (told.waiver, told.waived_by) == ("The set-up is that of last year.", INES.name)
    draft.run(FREEZE)
    with pytest.raises(Frozen):
        waive(draft, "")


@pytest.mark.parametrize("facts", [{"tier": "poll"}, {"tier": "encrypted", "rehearsal": True}])
def test_what_needs_no_rehearsal_is_not_waived(town, clock, facts):
    made = drafted(town, clock, **facts)
    assert UNREHEARSED not in missing(made)
    with pytest.raises(NeedsNoRehearsal):
        waive(made, "Why not?")


def test_a_rehearsal_counts_once_it_is_tallied(town, clock):
    draft = drafted(town, clock, tier="encrypted")
    draft.do(INES, rehearse_election)
    assert UNREHEARSED in missing(draft)
    rehearsal = counted_board(town, clock, rehearsal_of=draft.id)
    assert rehearsal.rows(f"SELECT state FROM {ELECTION} WHERE rehearsal ORDER BY id") == [
        ("draft",),
        ("closed",),
    ]
    assert UNREHEARSED not in missing(draft)


@pytest.mark.parametrize("state", ["counting", "annulled"])
def test_one_that_was_not_tallied_or_was_annulled_does_not(draft, town, state):
    told = "title, description, tier, zone, opens_at, closes_at, suspended, appeal_days, quorum_num"
    told += ", quorum_den, drawn, proposed_by, confirmed_by, created_at, version"
    drop_trigger(town, f"{ELECTION}_begins", ELECTION)  # It comes to that state at once.
    draft.run(
        f"INSERT INTO {ELECTION} ({told}, public_id, rehearsal, rehearsal_of, state, setup_hash,"
        f" proposed_by_id, confirmed_by_id) SELECT {told}, 'OTHER', TRUE, public_id, '{state}',"
        f" 'x', 5, 6 FROM {ELECTION}"
    )
    assert missing(draft) == [UNREHEARSED]


@BOTH
def test_the_database_freezes_no_other(draft, town):
    with pytest.raises(IntegrityError, match="elections_unrehearsed"):
        draft.run(FREEZE)
    drop_trigger(town, f"{ELECTION}_rehearsed", ELECTION)
    draft.run(FREEZE)


@BOTH
def test_a_frozen_reason_stays(ready, town):
    ready.run(FREEZE)
    changed = f"UPDATE {ELECTION} SET waiver = 'x'"
    with pytest.raises(IntegrityError, match="elections_frozen"):
        ready.run(changed)
    drop_trigger(town, f"{ELECTION}_waived", ELECTION)
    ready.run(changed)


@BOTH
def test_a_reason_has_somebody_who_gave_it(draft):
    with pytest.raises(IntegrityError, match="ck_elections_election_waiver"):
        draft.run(f"UPDATE {ELECTION} SET waiver = 'x'")


@BOTH
def test_it_is_not_frozen_while_the_reason_is_taken_back(ready, town):
    def freeze(connection, seen):
        assert seen
        connection.execute(text(FREEZE))

    def ask(connection, seen):
        assert seen
        connection.execute(text(ASK))

    found = careless(town, [freeze, ask], f"SELECT waiver FROM {ELECTION}")
    assert sorted(found) == ["done", "refused"]
