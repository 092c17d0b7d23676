"""The published encrypted election, frozen in a town, with all secrets that its people have."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import insert, select, text, update

from tests.services.elections.polling import EVERYBODY, INES, PRIYA
from tests.tsv1.boards import SEEDS, Town
from townsquare.core.ids import new_id
from townsquare.core.usecase import Actor, declared
from townsquare.services.elections.commands.ballots import CastSealed, ReadArchive
from townsquare.services.elections.commands.fields import Chosen, Nothing
from townsquare.services.elections.models import ceremony as tables
from townsquare.services.elections.models.elections import (
    ContestRow,
    ElectionRow,
    OptionRow,
    RollRow,
    VoterRow,
)
from townsquare.services.elections.models.nominations import CandidateRow
from townsquare.services.elections.queries.board import read_archive
from townsquare.services.elections.usecases.counting import RUN
from townsquare.services.elections.usecases.sealed_casting import cast_sealed
from townsquare.services.elections.usecases.stepping import sign_due, step_board, step_due
from tsv1 import ballots, elections, tally
from tsv1.canonical import write
from tsv1.encoding import decode_scalar
from tsv1.transcript import h32

# The statements of each address that reads a board.
SEALED_COSTS = {
    "/elections/<id>/board": 3,
    "/elections/<id>/tracker": 3,
    "/elections/<id>/verify": 5,
    "/elections/<id>/turnout": 5,  # And the position of the live topic.
    "/elections/check": 0,
    "/api/v1/elections/<id>/turnout": 4,
    "/api/v1/elections/log-key": 0,
    "/api/v1/elections/<id>/setup": 2,
    "/api/v1/elections/<id>/board": 3,
    "/api/v1/elections/<id>/checkpoints": 2,
    "/api/v1/elections/<id>/ballots/<tracker>": 4,
    "/api/v1/elections/<id>/archive": 6,
}
# And of those that only voters read, beside the look at the session.
VOTERS_COSTS = {
    "/elections/<id>/vote/server": 8,
    "/api/v1/elections/<id>/credentials/<credential>": 3,
}
VECTORS = json.loads((Path(__file__).parents[2] / "tsv1" / "vectors.json").read_text())
MAYA, BEN, SOFIA, OMAR = (
    Actor(60 + at, name, EVERYBODY, f"P-{name.upper()}", confirmed=True)
    for at, name in enumerate(("Maya", "Ben", "Sofia", "Omar"))
)
VOTERS = (MAYA, BEN, SOFIA)
LENA, TOMAS = (
    Actor(70 + at, name, EVERYBODY | {"elections.trustee.act"}, f"P-{name.upper()}")
    for at, name in enumerate(("Lena", "Tomas"))
)


@dataclass
class Sealed:
    """One frozen encrypted election, and how things are done to it."""

    town: object
    clock: object
    setup: dict
    ceremony: dict
    roll: dict
    secrets: list = field(default_factory=list)  # Of the credentials, as the voters stand.

    @property
    def id(self):
        return self.setup["election"]

    @property
    def election(self):
        return elections.read_setup(self.setup)

    def do(self, who, act, kind=Chosen, /, *, reads=False, **told):
        with self.town.working(who, reads=reads) as ctx:
            return act(ctx, kind.model_validate({"id": self.id, **told}))

    def look(self, act, kind=Chosen, **told):
        guest = Actor(0, "guest", frozenset({"public"}))
        return self.do(guest, act, kind, reads=True, **told)

    def open(self):
        self.clock.set(2026, 5, 4, 7, 0)

    def over(self):
        self.clock.set(2026, 5, 6, 20, 0)

    def seal(self, voter, choices, sequence=1, style="main", **more):
        hand = ballots.Hand(self.secrets[voter], style, sequence, **more)
        return ballots.seal(self.election, hand, choices)

    def cast(self, who, body):
        """Cast a ballot: a message, or its bytes as they are."""
        raw = body if isinstance(body, bytes) else write(body)
        return self.do(who, cast_sealed, CastSealed, ballot=raw)

    def rows(self, statement):
        with self.town.database.connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(statement)]

    def run(self, statement):
        with self.town.database.begin() as connection:
            connection.execute(text(statement))

    def step(self):
        """Let the clock of the town do what is due."""
        act, who = declared(step_due), Actor(0, "job", frozenset({RUN, "public"}))
        wish = self.town.ahead(act, who, Nothing())
        with self.town.working(who) as ctx:
            return step_due(ctx, wish).boards

    def stamp(self):
        """Let the log key sign the head."""
        return self.do_all(sign_due)

    def do_all(self, act):
        with self.town.working(Actor(0, "job", frozenset({RUN, "public"}))) as ctx:
            return act(ctx, Nothing()).boards

    def show_seeds(self):
        with self.town.database.begin() as db:
            for number, seed in enumerate(SEEDS, 1):
                held = update(tables.TieSeedRow).where(tables.TieSeedRow.number == number)
                db.execute(held.values(seed=seed.hex()))

    def told(self, kind):
        """Return the bodies of a kind on the board."""
        asked = f"SELECT body FROM elections_board_entry WHERE kind = '{kind}' ORDER BY seq"
        return [json.loads(body) for (body,) in self.rows(asked)]

    def kinds(self):
        return [
            kind for (kind,) in self.rows("SELECT kind FROM elections_board_entry ORDER BY seq")
        ]


def published(town, clock, persons=VOTERS, *, at=(2026, 5, 1, 8, 0), begun=True, **more):
    """Return the published election, frozen; its board has begun unless said otherwise."""
    setup, roll = VECTORS["setup"]["json"], VECTORS["roll"]
    signed = {"text": roll["text"], "signature": roll["signature"]}
    secrets = [decode_scalar(one["secret"]) for one in VECTORS["credentials"]]
    made = Sealed(town, clock, setup, VECTORS["ceremony"], signed, secrets)
    clock.set(*at)
    frozen(made, [each.person for each in persons], **more)
    return begin(made) if begun else made


def frozen(made, persons, *, rehearsal_of="", standing=()):
    """Put an election into the tables as the freezing does."""
    with made.town.database.begin() as db:
        election = _drafted(db, made, rehearsal_of)
        _asked(db, made, election)
        _named(db, made, election, standing)
        for at, person in enumerate(persons):
            facts = {"created_at": made.clock(), "version": 1}
            told = {"person": person, "number": f"S-{at + 1}", "address": None}
            known = db.scalar(select(VoterRow.id).filter_by(person=person))  # Of another election.
            voter = known or _added(db, VoterRow, public_id=new_id(), **told, **facts)
            entry = {"election_id": election, "voter_id": voter}
            _added(db, RollRow, public_id=new_id(), **entry, **facts)
        _founded(db, made, election)
        agreed = {"proposed_by": "Ines", "confirmed_by": "Priya", "drawn": "00"}
        two = {"proposed_by_id": INES.id, "confirmed_by_id": PRIYA.id}
        waived = {"waiver": "Its vectors are published.", "waived_by_id": INES.id}
        hashed = h32("setup", write(made.setup)).hex()
        chosen = update(ElectionRow).where(ElectionRow.id == election)
        db.execute(chosen.values(state="frozen", setup_hash=hashed, **agreed, **two, **waived))
    return made


def begin(made):
    """Begin the board of a frozen election."""
    made.do(Actor(0, "job", frozenset({RUN, "public"})), step_board)
    return made


def _added(db, table, **facts):
    return db.execute(insert(table).values(**facts)).inserted_primary_key[0]


def _drafted(db, made, rehearsal_of):
    setup = made.setup
    times = {at: datetime.fromisoformat(setup[at]) for at in ("opens_at", "closes_at")}
    told = {"title": setup["title"], "description": "", "zone": setup["zone"]}
    more = {"tier": "encrypted", "public_id": setup["election"], "created_at": made.clock()}
    more |= {"rehearsal": bool(rehearsal_of), "rehearsal_of": rehearsal_of}
    return _added(db, ElectionRow, **told, **times, **more)


def _asked(db, made, election):
    for at, contest in enumerate(made.setup["contests"]):
        facts = {"election_id": election, "code": contest["id"], "title": contest["title"]}
        limits = {"least": contest.get("min", 0), "most": contest.get("max", 1), "seats": 1}
        more = {"position": at + 1, "blank": contest.get("blank", False), **_marked(contest)}
        dated = {"public_id": new_id(), "created_at": made.clock(), "version": 1}
        row = _added(db, ContestRow, **facts, **limits, **more, **dated)
        for place, option in enumerate(contest.get("options") or contest["rows"]):
            named = {"code": option, "title": option.title(), "position": place + 1}
            _added(db, OptionRow, contest_id=row, **named)


def _named(db, made, election, standing):
    """Let people stand behind these options."""
    for option in standing:
        contest = db.scalar(
            select(OptionRow.contest_id)
            .join(ContestRow, ContestRow.id == OptionRow.contest_id)
            .where(OptionRow.code == option, ContestRow.election_id == election)
        )
        dated = {"public_id": new_id(), "created_at": made.clock(), "version": 1}
        told = {"code": option, "given": option, "family": "F", "ballot_name": option.title()}
        said = {"middle": "", "address": "", "phone": "", "statement": "", "reason": ""}
        by = {"decided_by": "Ines", "decided_by_id": INES.id, "filed_on": made.clock().date()}
        stands = {"state": "accepted", "option_code": option, "contest_id": contest}
        _added(db, CandidateRow, election_id=election, **stands, **told, **said, **by, **dated)


def _marked(contest):
    """Return how a question is marked and counted."""
    if contest["kind"] == "score":
        return {"kind": "score", "rule": "score", "greatest": contest["max_score"]}
    if contest["kind"] == "grid":
        best = len(contest["columns"]) - 1
        return {"kind": "grid", "rule": "majority-judgement", "greatest": best}
    return {"kind": "choose", "rule": "plurality" if contest["max"] == 1 else "approval"}


def _founded(db, made, election):
    mine = {"election_id": election}
    trustees = made.setup["trustees"]
    told = {name: write(getattr(made, name)).decode() for name in ("setup", "ceremony", "roll")}
    terms = {"mode": trustees["mode"], "threshold": trustees["threshold"]}
    _added(db, tables.SetupRow, **mine, **told, **terms)
    for at, key in enumerate(trustees["keys"]):
        who = {"number": at + 1, "account": (LENA, TOMAS, OMAR)[at].id, "name": f"Trustee {at + 1}"}
        _added(db, tables.TrusteeRow, **mine, **who, signing_key=key, state="confirmed")
    authority = {"account": 80, "name": "Omar", "key": made.setup["authority_key"]}
    _added(db, tables.AuthorityRow, **mine, **authority)
    for at, commitment in enumerate(made.setup["tie_commitments"]):
        held = {"number": at + 1, "account": (INES, PRIYA)[at].id, "name": f"Holder {at + 1}"}
        _added(db, tables.TieSeedRow, **mine, **held, commitment=commitment)
    for pub, voter in elections.read_roll(made.roll["text"]):
        counts = {"weight": voter.weight, "style": voter.style, "grp": voter.unit}
        _added(db, tables.CredentialRow, **mine, pub=pub, **counts)


def town_election(town, clock, persons):
    """Return an election with a threshold of trustees and all kinds of questions, and its maker."""
    whole = Town()
    made = Sealed(town, clock, whole.setup, whole.ceremony, whole.roll, whole.secrets)
    clock.set(2026, 5, 1, 8, 0)
    return whole, begin(frozen(made, persons))


def partial(made, trustee, told):
    """Return what a trustee of the published election makes of a tally."""
    mine = decode_scalar(VECTORS["trustees"][trustee - 1]["secret"])
    return tally.partial(made.election, told, trustee, secret=mine)


def journey():
    """Return who casts what in the published election."""
    return [
        (owner, one["json"])
        for owner, one in zip((MAYA, BEN, MAYA, SOFIA), VECTORS["ballots"], strict=True)
    ]


def exported(made):
    """Return the archive of an election as one file."""
    wish, lines = {"first": 0}, []
    while wish["first"] >= 0:
        part = made.look(read_archive, ReadArchive, **wish)
        lines += part.lines
        wish = {"first": part.next, "until": part.until, "signed": part.signed}
    return "".join(lines).encode()
