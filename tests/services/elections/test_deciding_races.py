"""Two things at once: whoever comes second sees what the first one did."""

from dataclasses import replace
from threading import Event, Thread

import pytest

from tests.services.elections.deciding import LENA, OMAR, REASON, proposed
from tests.services.elections.polling import EVERYBODY, INES, PRIYA
from townsquare.core.errors import DomainError
from townsquare.core.usecase import Actor
from townsquare.services.elections.commands.deciding import (
    FileDispute,
    ProposeInterruption,
    ProposeJudgement,
)
from townsquare.services.elections.commands.fields import Chosen, Nothing
from townsquare.services.elections.errors import judging as refusals
from townsquare.services.elections.usecases.counting import close_due
from townsquare.services.elections.usecases.disputing import file_dispute
from townsquare.services.elections.usecases.interrupting import (
    confirm_interruption,
    propose_interruption,
)
from townsquare.services.elections.usecases.judging import confirm_judgement, propose_judgement

pytestmark = pytest.mark.engines("sqlite", "postgresql")
MAYA = Actor(50, "Maya Santos", EVERYBODY, "P-MAYA")
NINA = replace(OMAR, id=9, name="Nina Park", person="P-NINA")
SOON = 0.4  # Seconds in which somebody who need not wait would be through.


class Second(Thread):
    """Somebody who acts while somebody else is in the middle of it."""

    def __init__(self, act):
        super().__init__()
        self.act, self.done, self.error, self.began = act, None, None, Event()
        self.waited = False

    def run(self):
        self.began.set()
        try:
            self.done = self.act()
        except DomainError as error:
            self.error = error


def meanwhile(town, who, first, second):
    """Let somebody act, let somebody else begin before that is kept; return the second one."""
    other = Second(second)
    with town.working(who) as ctx:
        first(ctx)
        other.start()
        other.began.wait()
        other.join(SOON)
        other.waited = other.is_alive()
    other.join(30)
    return other


@pytest.fixture
def counted(voting):
    poll, (maya, *_others) = voting
    poll.vote(maya, chair=["1"], works=["1"])
    poll.close()
    return poll


def state(poll):
    return poll.rows("SELECT state FROM elections_election")[0][0]


def test_an_objection_at_the_moment_of_certification_comes_first(counted, town):
    made = proposed(counted, "certify")
    wish = FileDispute(id=counted.id, kind="result", statement="Shut at noon")
    told = meanwhile(
        town,
        MAYA,
        lambda ctx: file_dispute(ctx, wish),
        lambda: counted.do(OMAR, confirm_judgement, id=made),
    )
    assert told.waited
    assert isinstance(told.error, refusals.AppealsOpen)
    assert state(counted) == "closed"


def test_a_result_is_certified_once(counted, town):
    made = proposed(counted, "certify")
    told = meanwhile(
        town,
        OMAR,
        lambda ctx: confirm_judgement(ctx, Chosen(id=made)),
        lambda: counted.do(NINA, confirm_judgement, id=made),
    )
    assert told.waited
    assert isinstance(told.error, refusals.UnknownDecision)
    assert state(counted) == "certified"
    asked = "SELECT confirmed_by FROM elections_decision"
    assert counted.rows(asked) == [(OMAR.name,)]


def test_two_proposals_at_once_are_one(counted, town):
    told = meanwhile(
        town,
        LENA,
        lambda ctx: proposed_in(ctx, counted),
        lambda: proposed(counted, "annul", OMAR),
    )
    assert told.waited
    assert isinstance(told.error, refusals.DecisionOpen)


def proposed_in(ctx, poll):
    propose_judgement(ctx, ProposeJudgement(id=poll.id, kind="certify", reason=REASON))


def test_a_poll_that_is_put_off_in_its_last_second_is_not_closed(voting, town, clock):
    poll, (maya, *_others) = voting
    told = {"kind": "extend", "reason": REASON, "closes": "2026-03-02T21:00"}
    made = poll.do(INES, propose_interruption, ProposeInterruption, **told).id
    clock.set(2026, 3, 2, 11, 59)

    def extend(ctx):
        confirm_interruption(ctx, Chosen(id=made))
        clock.set(2026, 3, 2, 12, 0)

    def close():
        with town.working(INES) as ctx:
            return close_due(ctx, Nothing()).polls

    told = meanwhile(town, PRIYA, extend, close)
    assert told.waited
    assert (told.error, told.done, state(poll)) == (None, 0, "frozen")
    poll.vote(maya, chair=["1"], works=[])


def test_a_vote_behind_a_suspension_is_not_cast(voting, town):
    poll, (maya, *_others) = voting
    told = {"kind": "suspend", "reason": REASON}
    made = poll.do(INES, propose_interruption, ProposeInterruption, **told).id
    late = meanwhile(
        town,
        PRIYA,
        lambda ctx: confirm_interruption(ctx, Chosen(id=made)),
        lambda: poll.vote(maya, chair=["1"], works=[]),
    )
    assert late.waited
    assert late.error.code == "elections.not-open"
    assert poll.rows("SELECT count(*) FROM elections_poll_slot") == [(0,)]
