"""Two people decide: whom the tests let do it, and how."""

from tests.services.elections.polling import EVERYBODY, INES, PRIYA
from townsquare.core.usecase import Actor
from townsquare.services.elections.commands.deciding import ProposeInterruption, ProposeJudgement
from townsquare.services.elections.permissions import CERTIFYING
from townsquare.services.elections.usecases import interrupting, judging

LENA = Actor(7, "Lena Vogel", CERTIFYING | EVERYBODY, "P-LENA", confirmed=True)
OMAR = Actor(8, "Omar Haddad", CERTIFYING | EVERYBODY, "P-OMAR", confirmed=True)
REASON = "The power is out in the hall."


def act_on(poll, who, act, decision):
    return poll.do(who, act, id=decision)


def interrupt(poll, kind, *, first=INES, second=PRIYA, **told):
    """Let two people interrupt an election; return what came of it."""
    told = {"kind": kind, "reason": REASON, **told}
    made = poll.do(first, interrupting.propose_interruption, ProposeInterruption, **told)
    return act_on(poll, second, interrupting.confirm_interruption, made.id)


def proposed(poll, kind, who=LENA):
    told = {"kind": kind, "reason": REASON}
    return poll.do(who, judging.propose_judgement, ProposeJudgement, **told).id


def judge(poll, kind, *, first=LENA, second=OMAR):
    """Let two people judge a result; return what came of it."""
    return act_on(poll, second, judging.confirm_judgement, proposed(poll, kind, first))
