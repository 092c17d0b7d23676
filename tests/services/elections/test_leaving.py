"""A voter leaves for good: nobody is named any more, and what was counted stays."""

from dataclasses import replace
from datetime import date

import pytest

from tests.faults.stage import Stage
from tests.services.elections.polling import INES, drafted
from tests.services.library.test_leaving import EMAIL, NAME, erase, named_in, zyx
from townsquare.core.invariants import breaches
from townsquare.core.parts import Somebody
from townsquare.services.elections.commands.voting import EnrolVoter
from townsquare.services.elections.permissions import OFFICIATING
from townsquare.services.elections.usecases.counting import close_poll
from townsquare.services.elections.usecases.leaving import PERSONAL
from townsquare.services.elections.usecases.rolls import enrol_voter

pytestmark = pytest.mark.engines("sqlite", "postgresql")
TITLE = "SELECT title FROM elections_election"
TIMES = {"opens": "2026-06-01T11:00", "closes": "2026-06-01T20:00"}


def test_a_voter_who_has_left_is_named_nowhere_and_their_vote_counts(town, clock):
    stage = Stage(town, clock)
    zyx(stage)
    poll = drafted(town, clock, **TIMES)
    voter = {"number": "NUM-ZQX-5", "name": NAME, "email": EMAIL}
    poll.do(INES, enrol_voter, EnrolVoter, **voter)
    who = stage.actor("zyx", enrol_voter.act)
    allowed = who.permissions | OFFICIATING
    poll.freeze(second=type(who)(who.id, who.name, allowed, who.person, confirmed=True))
    clock.set(2026, 6, 1, 4, 0)
    poll.vote(who, chair=["1"], works=[])
    assert "elections_voter.number" in named_in(town)
    assert "elections_election.confirmed_by" in named_in(town)
    erase(stage)
    assert named_in(town) == set()
    clock.set(2026, 6, 1, 12, 0)
    poll.do(INES, close_poll)
    assert poll.result().ballots == 1
    assert breaches(town) == {}


def test_who_has_voted_is_told_so_while_the_poll_is_open_and_after_it(voting, town):
    poll, (maya, ben, *_others) = voting
    poll.vote(maya, chair=["1"], works=[])

    def told(who):
        somebody = Somebody(who.id, "", who.person, who.name, "")
        with town.working(who, reads=True) as ctx:
            return {
                sheet.name: sheet.rows
                for sheet in PERSONAL.tell(replace(ctx, act="test"), somebody)
            }

    day = date(2026, 3, 2)
    assert told(maya)["votes-in-open-polls"] == ((poll.rows(TITLE)[0][0], day),)
    assert told(ben)["votes-in-open-polls"] == ()
    poll.close()
    assert told(maya)["votes-in-open-polls"] == ()
    assert [told(who)["rolls"][0][-1] for who in (maya, ben)] == [day, None]
