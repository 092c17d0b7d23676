"""Nominations of San Roque: a council whose candidates are named by parties and by themselves."""

from tests.services.elections.polling import EVERYBODY, INES, PRIYA, drafted
from townsquare.core.usecase import Actor
from townsquare.services.elections.commands.nominations import (
    DecideCandidacy,
    FileCandidacy,
    FileSlate,
    FindCandidates,
    KeepParty,
    OpenNominations,
    ProposeDisqualification,
)
from townsquare.services.elections.queries.nominations import find_candidacies, find_candidates
from townsquare.services.elections.usecases import disqualifying
from townsquare.services.elections.usecases.candidacies import decide_candidacy, file_candidacy
from townsquare.services.elections.usecases.nominating import keep_party, open_nominations
from townsquare.services.elections.usecases.slates import file_slate

AGENT = Actor(7, "Greta Green", frozenset({"elections.slate.file"}) | EVERYBODY, "P-GRETA")
MAYA = Actor(8, "Maya Santos", EVERYBODY, "P-MAYA")
BEN = Actor(9, "Ben Cruz", EVERYBODY, "P-BEN")
GUEST = Actor(0, "guest", frozenset({"public"}))
COUNCIL = {"code": "council", "title": "Council", "nominated": True, "seats": 2, "rule": "k-of-n"}
UNTIL = "2026-03-02T10:30"
HEAD = "contest,code,given,family,address,phone,statement"
ADA = {"contest": "council", "code": "ada", "given": "Ada", "family": "Reyes"}


def nominating(town, clock, until=UNTIL, **more):
    """Return a draft in which candidates may be named, with a party that has an agent."""
    poll = drafted(town, clock, (COUNCIL,), **more)
    poll.do(INES, open_nominations, OpenNominations, until=until)
    with town.working(INES) as ctx:
        keep_party(ctx, KeepParty(code="green", name="Green", colour="#2f9e44"))
    poll.run(f"UPDATE elections_party SET agent = 'Greta Green', agent_id = {AGENT.id}")
    return poll


def stand(poll, who, **told):
    return poll.do(who, file_candidacy, FileCandidacy, **{**ADA, **told})


def decide(poll, candidate, decision="accepted", reason="", who=INES):
    with poll.town.working(who) as ctx:
        return decide_candidacy(
            ctx, DecideCandidacy(id=candidate, decision=decision, reason=reason)
        )


def strike(poll, candidate, reason="Lives elsewhere.", who=INES, second=PRIYA):
    """Disqualify a candidate of a frozen election: one proposes it, the other one confirms."""
    told = {"candidate": candidate, "reason": reason}
    done = poll.do(who, disqualifying.propose_disqualification, ProposeDisqualification, **told)
    return poll.do(second, disqualifying.confirm_disqualification, id=done.id)


def listed(lines, odd=()):
    """Return a list of so many candidates; those in `odd` name a question that is not there."""
    told = (
        f"{'mayor' if number in odd else 'council'},g-{number},Given {number},Family,,,"
        for number in range(1, lines + 1)
    )
    return "\n".join((HEAD, *told))


def slate(poll, rows, mode="atomic", who=AGENT):
    return poll.do(who, file_slate, FileSlate, party="green", mode=mode, rows=rows)


def seen(poll, who=GUEST, **told):
    with poll.town.working(who, reads=True) as ctx:
        return find_candidates(ctx, FindCandidates(id=poll.id, limit=100, **told))


def vetted(poll, **told):
    with poll.town.working(INES, reads=True) as ctx:
        return find_candidacies(ctx, FindCandidates(id=poll.id, limit=100, **told))
