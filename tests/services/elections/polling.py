"""A poll of San Roque, from its draft to its count, as programs and tests live it."""

from dataclasses import dataclass

from townsquare.core.usecase import Actor
from townsquare.services.elections.commands.elections import (
    AddContest,
    ConfirmFreeze,
    DraftElection,
)
from townsquare.services.elections.commands.fields import Chosen, ChosenVersion, Nothing
from townsquare.services.elections.commands.voting import CastBallot, EnrolVoter
from townsquare.services.elections.permissions import OFFICIATING, WITNESSING
from townsquare.services.elections.queries.elections import read_set_up
from townsquare.services.elections.queries.results import read_result
from townsquare.services.elections.usecases import freezing
from townsquare.services.elections.usecases.casting import cast_ballot
from townsquare.services.elections.usecases.counting import close_due
from townsquare.services.elections.usecases.rolls import enrol_voter
from townsquare.services.elections.usecases.setting_up import add_contest, draft_election

EVERYBODY = frozenset({"public", "signed-in"})
INES = Actor(5, "Ines Moreau", OFFICIATING | EVERYBODY, "P-INES", confirmed=True)
PRIYA = Actor(6, "Priya Nair", WITNESSING | EVERYBODY, "P-PRIYA", confirmed=True)
POLL = {"title": "Allotment board 2026", "zone": "Asia/Manila"}
OPENS, CLOSES = "2026-03-02T11:00", "2026-03-02T20:00"  # In Manila, eight hours on.
CHAIR = {"code": "chair", "title": "Chair", "options": "Ada\nBo\nCy"}
WORKS = {"code": "works", "title": "Works", "options": "path\nwell", "least": 0, "most": 2}


@dataclass(frozen=True)
class Poll:
    """One poll and how things are done to it."""

    town: object
    clock: object
    id: str

    def do(self, who, act, kind=Chosen, /, **told):
        with self.town.working(who) as ctx:
            return act(ctx, kind.model_validate({"id": self.id, **told}))

    @property
    def version(self):
        with self.town.working(INES, reads=True) as ctx:
            return read_set_up(ctx, Chosen(id=self.id)).election.version

    def enrol(self, *numbers):
        """Put people on the roll; return them as they act when they have signed in."""
        for number in numbers:
            told = {"number": number, "name": f"Voter {number}", "email": f"{number}@b.example"}
            self.do(INES, enrol_voter, EnrolVoter, **told)
        return [self.voter(number) for number in numbers]

    def voter(self, number):
        asked = f"SELECT person FROM elections_voter WHERE number = '{number}'"
        return Actor(50, number, EVERYBODY, person=self.rows(asked)[0][0])

    def freeze(self, first=INES, second=PRIYA):
        self.do(first, freezing.propose_freeze, ChosenVersion, version=self.version)
        told = {"version": self.version, "small_roll": True, "few_alike": True}
        self.do(second, freezing.confirm_freeze, ConfirmFreeze, **told)

    def open(self):
        self.clock.set(2026, 3, 2, 3, 1)

    def vote(self, who, **choices):
        return self.do(who, cast_ballot, CastBallot, choices=choices).receipt

    def close(self):
        self.clock.set(2026, 3, 2, 12, 0)
        with self.town.working(INES) as ctx:
            return close_due(ctx, Nothing()).polls

    def result(self):
        with self.town.working(Actor(0, "guest", frozenset({"public"})), reads=True) as ctx:
            return read_result(ctx, Chosen(id=self.id))

    def rows(self, statement):
        with self.town.database.connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(statement)]

    def run(self, statement):
        with self.town.database.begin() as connection:
            connection.exec_driver_sql(statement)


def drafted(town, clock, contests=(CHAIR, WORKS), **more):
    """Return a poll that is a draft, with these questions."""
    told = {**POLL, "opens": OPENS, "closes": CLOSES, **more}
    with town.working(INES) as ctx:
        made = draft_election(ctx, DraftElection.model_validate(told)).id
    poll = Poll(town, clock, made)
    for contest in contests:
        poll.do(INES, add_contest, AddContest, **contest)
    return poll


def opened(town, clock, *numbers, **more):
    """Return a poll that is open, and the voters of these numbers."""
    poll = drafted(town, clock, **more)
    voters = poll.enrol(*numbers)
    poll.freeze()
    poll.open()
    return poll, voters


def numbers(how_many):
    return [f"V-{number:03}" for number in range(1, how_many + 1)]
