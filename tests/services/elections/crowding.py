"""A poll and an encrypted election in which very many vote, by the true clock, and their people."""

from dataclasses import dataclass, field
from datetime import timedelta
from secrets import randbelow
from typing import NamedTuple

from sqlalchemy import insert

from tests.kit import racing
from tests.services.elections.polling import CHAIR, Poll, drafted
from tests.services.elections.sealing import Sealed, begin, frozen
from tests.tsv1.boards import Town
from townsquare.core.clock import clock as true_time
from townsquare.core.ids import new_id
from townsquare.services.elections.models.elections import ElectionRow, RollRow, VoterRow
from tsv1 import ballots, elections
from tsv1.canonical import write

OPTIONS = ("ada", "bo", "cy")
BEFORE = timedelta(hours=2)
SERVICE = "elections"


class Large(Town):
    """An encrypted election with one question and as many voters as are wanted."""

    def __init__(self, voters, opens, closes):
        self.times = {"opens_at": opens, "closes_at": closes}
        super().__init__(new_id(), voters=voters)

    def _roll(self):
        text = elections.write_roll(
            {one: elections.Voter(1, "main", "town") for one in self.credentials}
        )
        return {"text": text, "signature": self.authorised("roll", elections.roll_hash(text))}

    def _setup(self):
        chair = {"id": "chair", "kind": "choose", "title": "Chair", "options": [*OPTIONS]}
        return {
            **super()._setup(),
            **{name: f"{at:%Y-%m-%dT%H:%M:%SZ}" for name, at in self.times.items()},
            "title": "Chair of the town",
            "zone": "UTC",
            "contests": [{**chair, "min": 1, "max": 1, "blank": False}],
            "styles": [{"id": "main", "contests": ["chair"]}],
            "groups": [{"id": "town", "members": ["town"]}],
        }


class Vote(NamedTuple):
    """What a voter sends, at which door, and which option it is for."""

    voter: int
    door: racing.Door
    call: racing.Call
    option: int


@dataclass(frozen=True)
class Votes:
    """Both elections, their voters as they come in, and the secrets of their people."""

    poll: Poll
    sealed: Sealed
    whole: Large
    doors: list = field(repr=False)

    def in_poll(self, voter):
        """Return a vote of this voter in the poll."""
        option = randbelow(len(OPTIONS))
        body = {"choices": {"chair": [str(option + 1)]}}
        call = racing.Call(f"/{self.poll.id}/ballot", body, verb="PUT")
        return Vote(voter, self.doors[voter], call, option)

    def in_sealed(self, voter, sequence=1):
        """Return an encrypted ballot of this voter."""
        option = randbelow(len(OPTIONS))
        cells = [int(place == option) for place in range(len(OPTIONS))]
        hand = ballots.Hand(self.sealed.secrets[voter], "main", sequence)
        raw = write(ballots.seal(self.whole.election, hand, {"chair": cells}).body)
        call = racing.Call(f"/{self.sealed.id}/ballots", {}, raw=raw)
        return Vote(voter, self.doors[voter], call, option)


def both(town, clock, people, settings, *, closes):
    """Return a poll and an encrypted election that are open, with these people on their rolls."""
    opens = true_time().replace(microsecond=0) - BEFORE / 2
    clock.at = opens - BEFORE / 2
    persons = [one.person for one in people]
    poll = _poll(town, clock, persons, times=(opens, closes))
    whole = Large(len(people), opens, closes)
    sealed = Sealed(town, clock, whole.setup, whole.ceremony, whole.roll, whole.secrets)
    begin(frozen(sealed, persons))
    clock.at = true_time()
    doors = [
        racing.Door(settings, clock.at, one.cookie, one.token, service=SERVICE) for one in people
    ]
    return Votes(poll, sealed, whole, doors)


def _poll(town, clock, persons, *, times):
    opens, closes = (f"{at:%Y-%m-%dT%H:%M:%S}" for at in times)
    poll = drafted(town, clock, contests=(CHAIR,), zone="UTC", opens=opens, closes=closes)
    with town.sessions.begin() as db:
        (election,) = db.query(ElectionRow.id).filter_by(public_id=poll.id).one()
        dated = {"created_at": clock(), "version": 1}
        for number, person in enumerate(persons, 1):
            named = {"public_id": new_id(), "person": person, "number": f"V-{number:04}"}
            voter = db.execute(insert(VoterRow).values(**named, **dated)).inserted_primary_key[0]
            entry = {"public_id": new_id(), "election_id": election, "voter_id": voter}
            db.execute(insert(RollRow).values(**entry, **dated))
    poll.freeze()
    return poll
