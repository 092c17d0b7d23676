"""A town in which nothing is a draft any more: polls, encrypted and paper elections, all frozen."""

from dataclasses import dataclass

from tests.services.elections.founding import founding
from tests.services.elections.nominating import AGENT, COUNCIL, MAYA, UNTIL, decide, listed, stand
from tests.services.elections.papering import DAN, EMIL, running
from tests.services.elections.picturing import marked, photograph
from tests.services.elections.polling import INES, PRIYA, Poll, drafted
from tests.services.elections.sealing import BEN, journey, published
from townsquare.services.elections.commands.ballots import ChallengeBallot
from townsquare.services.elections.commands.nominations import FileSlate, KeepParty, OpenNominations
from townsquare.services.elections.commands.replays import CompareTotals
from townsquare.services.elections.commands.rolls import (
    ChallengeVoter,
    DecideChallenge,
    DefinePrecinctStyle,
    DefineStyle,
    OfRollPrecinct,
    RevisePlace,
)
from townsquare.services.elections.usecases import challenging, moving, precinct_styles, styling
from townsquare.services.elections.usecases.nominating import (
    close_nominations,
    keep_party,
    open_nominations,
)
from townsquare.services.elections.usecases.replaying import compare_totals
from townsquare.services.elections.usecases.sealed_casting import challenge_ballot
from townsquare.services.elections.usecases.slates import file_slate

WORKS = {"code": "works", "title": "Works", "options": "path\nwell", "least": 0, "most": 2}
OUTSIDE = "county,office,district,party,candidate,votes\nNorth ward,Chair,,,Ada,2001\n"
ENTRY = (
    "SELECT r.public_id FROM elections_roll_entry r JOIN elections_voter v ON v.id = r.voter_id"
    " WHERE v.number = '{}'"
)
OF = "(SELECT id FROM elections_election WHERE public_id = '{}')"
LAST = "SELECT public_id FROM elections_{}{} ORDER BY id DESC LIMIT 1"


@dataclass(frozen=True)
class Whole:
    """The elections of the town by their kinds."""

    poll: Poll
    sealed: object
    paper: object
    board: object

    def run(self, statement):
        self.poll.run(statement)

    def id_of(self, table, election=None):
        """Return the public id of the row of a table that came last, or last to an election."""
        mine = f" WHERE election_id = {OF.format(election.id)}" if election else ""
        return self.poll.rows(LAST.format(table, mine))[0][0]

    def listed(self):
        """Return a candidate of the list of a party."""
        return self.poll.rows("SELECT min(public_id) FROM elections_candidate WHERE slate_id > 0")[
            0
        ][0]

    def poll_as_read(self):
        """Return the poll as somebody names it who has read it."""
        return {"id": self.poll.id, "version": self.poll.version}

    def rule(self):
        """Return what is said of a precinct as somebody names it who has read it."""
        return {"id": self.id_of("precinct_style"), "version": 1}

    def entry(self, number="V-1"):
        """Return the place of somebody on the roll of the poll."""
        return self.poll.rows(ENTRY.format(number))[0][0]


def whole(town, clock):
    """Return a town whose every table of elections holds something that is frozen."""
    poll, voters = _poll(town, clock)
    sealed = founding(town, clock, "E-1", "E-2", "E-3", opens="2026-03-02T12:00")
    sealed.name_all()
    sealed.prepare()
    sealed.freeze()
    paper = running(town, clock, over=False)
    poll.vote(voters[2], council=["1"], works=["1"])
    paper.over()
    paper.enter()
    paper.do(INES, compare_totals, CompareTotals, office="Chair", rows=OUTSIDE)
    return Whole(poll, sealed, paper, _board(town, clock))


def _poll(town, clock):
    """Return a frozen poll with all that stands on a roll and for election; and its voters."""
    poll = drafted(town, clock, (COUNCIL, WORKS))
    poll.do(INES, open_nominations, OpenNominations, until=UNTIL)
    with town.working(INES) as ctx:
        keep_party(ctx, KeepParty(code="green", name="Green", colour="#2f9e44"))
    poll.run(f"UPDATE elections_party SET agent = 'Greta Green', agent_id = {AGENT.id}")
    poll.do(AGENT, file_slate, FileSlate, party="green", rows=listed(2))
    stand(poll, MAYA)
    for (candidate,) in poll.rows("SELECT public_id FROM elections_candidate ORDER BY id"):
        decide(poll, candidate)
        photograph(town, candidate, INES)
    marked(poll)
    poll.do(INES, close_nominations)
    voters = poll.enrol("V-1", "V-2", "V-3", "V-4")
    poll.do(INES, styling.define_style, DefineStyle, code="n", title="North", contests="works")
    said = {"precinct": "7", "style": "n"}
    poll.do(INES, precinct_styles.define_precinct_style, DefinePrecinctStyle, **said)
    place = {"precinct": "7", "style": "", "weight": 1}
    poll.do(INES, styling.revise_place, RevisePlace, id=_entry(poll, "V-1"), **place)
    _doubt(poll)
    poll.freeze()
    return poll, voters


def _doubt(poll):
    """Let somebody be challenged and stay, and a removal be proposed that nobody confirms."""
    grounds = {"id": _entry(poll, "V-2"), "grounds": "Moved away."}
    poll.do(INES, challenging.challenge_voter, ChallengeVoter, **grounds)
    judged = {
        "id": poll.rows(LAST.format("challenge", ""))[0][0],
        "uphold": False,
        "ruling": "Lives.",
    }
    poll.do(PRIYA, challenging.decide_challenge, DecideChallenge, **judged)
    poll.do(INES, moving.remove_precinct_voters, OfRollPrecinct, precinct="7")


def _entry(poll, number):
    return poll.rows(ENTRY.format(number))[0][0]


def _board(town, clock):
    """Return an encrypted election with a ballot and a challenge on its board, signed."""
    made = published(town, clock)
    made.open()
    made.cast(*journey()[0])
    made.do(BEN, challenge_ballot, ChallengeBallot, body_hash="cd" * 32)
    made.stamp()
    return made


__all__ = ["DAN", "EMIL", "Whole", "whole"]
