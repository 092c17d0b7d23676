"""An encrypted rehearsal of the demo town, with the files that its people would keep at home.

All secrets of it lie in one folder of the town's data, sealed under a passphrase that everybody
knows: newcomers vote with a code of its letters, and play its trustees.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from secrets import token_hex

from townsquare.core.frozen import dataclass
from townsquare.core.town import Town
from townsquare.demo.cast import CAST
from townsquare.demo.clock import DemoClock
from townsquare.demo.hands import Hands
from townsquare.demo.polls import CLOSES, OFFICER, OPENS, SECOND, SEED, Plan, drafted, freeze
from townsquare.demo.rehearsals import LETTERS, PASSPHRASE, SEEDS, folder_of
from townsquare.services.elections.commands.ballots import CastSealed
from townsquare.services.elections.commands.ceremony import (
    CommitSeed,
    NameAuthority,
    NameHolders,
    NameTrustees,
    SubmitMessages,
    SubmitRollKeys,
)
from townsquare.services.elections.commands.fields import Chosen
from townsquare.services.elections.queries.board import read_setup
from townsquare.services.elections.queries.ceremony import export_roll
from townsquare.services.elections.usecases import ceremony, naming
from townsquare.services.elections.usecases.sealed_casting import cast_sealed
from townsquare_authority.authority import Authority, issue
from townsquare_authority.letters import write_letters
from townsquare_authority.roll import Entry
from townsquare_trustee.trustee import Trustee, new_trustee
from tsv1.ballots import Hand, seal
from tsv1.canonical import Message, write
from tsv1.credentials import secret_of
from tsv1.elections import read_setup as election_of
from tsv1.rounds import Terms
from tsv1.ties import seed_commitment
from tsv1_files import storing
from tsv1_files.sealed import write_sealed

TRUSTEES, AUTHORITY, HOLDERS = ("Lena", "Tomas"), "Paul", (OFFICER, SECOND)
MADE = {"chair": 4, "works": 2}  # Cells of each question.
PLAN = Plan(
    {"title": "Allotments, encrypted", "tier": "encrypted", "rehearsal": True},
    (
        {"code": "chair", "title": "Who chairs the board?", "options": "Ada\nBo\nCy"},
        {
            "code": "works",
            "title": "What shall be built?",
            "options": "A path\nA well",
            "least": 0,
            "most": 2,
            "seats": 2,
            "blank": False,
            "rule": "k-of-n",
        },
    ),
    (-2, -1, 60),
    4,
)


@dataclass(frozen=True)
class Stage:
    """Where a rehearsal is played: its people, its election, and the folder of its files."""

    hands: Hands
    election: str
    folder: Path


def fill_sealed(town: Town) -> None:
    """Let the cast prepare an encrypted rehearsal, and some of them vote."""
    clock = DemoClock(town.settings.zone, town.now())
    set_up, opens, closes = (clock.today + timedelta(days) for days in PLAN.days)
    clock.open(set_up)
    times = {"opens": datetime.combine(opens, OPENS), "closes": datetime.combine(closes, CLOSES)}
    hands = Hands(replace(town, now=clock))
    made = drafted(hands, PLAN, times)
    stage = Stage(hands, made, folder_of(town, made))
    stage.folder.mkdir(mode=0o700, parents=True)
    _name(stage)
    _make_key(stage)
    authority = _issue(stage)
    _commit(stage)
    freeze(hands, made)
    clock.open(opens)
    _vote(stage, authority)


def _name(stage: Stage) -> None:
    told = {"id": stage.election}
    emails = {name: "\n".join(map(_address, name)) for name in (TRUSTEES, HOLDERS, (AUTHORITY,))}
    chosen = {"mode": "all", "threshold": len(TRUSTEES), "emails": emails[TRUSTEES]}
    stage.hands.do(OFFICER, naming.name_trustees, NameTrustees, **told, **chosen)
    named = {"email": emails[AUTHORITY,]}
    stage.hands.do(OFFICER, naming.name_authority, NameAuthority, **told, **named)
    stage.hands.do(OFFICER, naming.name_holders, NameHolders, **told, emails=emails[HOLDERS])


def _address(given: str) -> str:
    return next(member.email for member in CAST if member.given == given)


def _make_key(stage: Stage) -> None:
    terms = Terms(stage.election, len(TRUSTEES), len(TRUSTEES), additive=True)
    trustees = [new_trustee(terms, number) for number in terms.numbers]
    for act in (Trustee.commit, Trustee.reveal, Trustee.open_shares, Trustee.confirm):
        said = [list(act(trustee)) for trustee in trustees]
        for trustee, given, messages in zip(trustees, TRUSTEES, said, strict=True):
            if messages:
                told = {"id": stage.election, "messages": _lines(messages)}
                stage.hands.do(given, ceremony.submit_messages, SubmitMessages, **told)
            trustee.hear(message for one in said for message in one)
    for trustee in trustees:
        path = stage.folder / f"trustee-{trustee.number}.sealed"
        write_sealed(path, "trustee", trustee.told(), passphrase=PASSPHRASE)


def _lines(messages: Iterable[Message]) -> str:
    return "".join(f"{write(message).decode()}\n" for message in messages)


def _issue(stage: Stage) -> Authority:
    told = {"id": stage.election}
    export = stage.hands.ask(AUTHORITY, export_roll, Chosen, **told)
    entries = [Entry(one.number, one.style, one.group, one.weight) for one in export.voters]
    authority = issue(stage.election, export.title, entries)
    write_letters(stage.folder / LETTERS, authority.title, authority.issued.values())
    keys = _lines([authority.roll_keys()])
    stage.hands.do(AUTHORITY, ceremony.submit_roll_keys, SubmitRollKeys, **told, keys=keys)
    return authority


def _commit(stage: Stage) -> None:
    seeds = [token_hex(32) for _ in HOLDERS]
    for number, (given, seed) in enumerate(zip(HOLDERS, seeds, strict=True), 1):
        commitment = seed_commitment(stage.election, number, bytes.fromhex(seed)).hex()
        told = {"id": stage.election, "commitment": commitment}
        stage.hands.do(given, ceremony.commit_seed, CommitSeed, **told)
    storing.write(stage.folder / SEEDS, "\n".join(seeds).encode())


def _vote(stage: Stage, authority: Authority) -> None:
    """Let some of the cast vote with the codes of their letters."""
    setup = stage.hands.ask(OFFICER, read_setup, Chosen, id=stage.election)
    election, chance = election_of(setup.message), Random(SEED)
    for place in chance.sample(range(len(CAST)), PLAN.voted):
        token = authority.find(f"V-{place + 1:03}").token
        style = authority.find(f"V-{place + 1:03}").entry.style
        liked = chance.randrange(3)
        choices = {
            "chair": [int(at == liked) for at in range(MADE["chair"])],
            "works": [chance.randrange(2) for _ in range(MADE["works"])],
        }
        made = seal(election, Hand(secret_of(election.id, token), style), choices)
        told = {"id": stage.election, "ballot": write(made.body)}
        stage.hands.do(CAST[place].given, cast_sealed, CastSealed, **told)
