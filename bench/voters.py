"""Polls for the bench: with nobody's vote in the box or with everybody's, and counted in a copy."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from sqlalchemy import insert, select

from bench.people import SIGNED_WITH
from townsquare import migrations
from townsquare.app import create_app
from townsquare.core.clock import clock
from townsquare.core.ids import new_id
from townsquare.core.settings import Settings
from townsquare.core.town import Town
from townsquare.core.usecase import Actor
from townsquare.services.elections.commands.elections import (
    AddContest,
    ConfirmFreeze,
    DraftElection,
)
from townsquare.services.elections.commands.fields import Chosen, ChosenVersion
from townsquare.services.elections.models.box import KeyRow, SlotRow
from townsquare.services.elections.models.elections import ElectionRow, RollRow, VoterRow
from townsquare.services.elections.permissions import OFFICIATING, WITNESSING
from townsquare.services.elections.queries.elections import read_set_up
from townsquare.services.elections.rules.slots import receipt_of, slot_of
from townsquare.services.elections.rules.units import ALL
from townsquare.services.elections.usecases.counting import close_poll
from townsquare.services.elections.usecases.freezing import confirm_freeze, propose_freeze
from townsquare.services.elections.usecases.setting_up import add_contest, draft_election
from tsv1.canonical import write

CODE, OPTIONS = "chair", ("Ada", "Bo", "Cy", "Dee", "Eli")
SEED = 20_260_302
FROZEN, OPENS = datetime(2026, 1, 1, tzinfo=UTC), "2026-01-02T00:00"
CLOSES, OVER = "2098-12-31T00:00", datetime(2099, 1, 1, tzinfo=UTC)
EVERYBODY = frozenset({"public", "signed-in"})
INES = Actor(5, "Ines Moreau", OFFICIATING | EVERYBODY, "P-INES", confirmed=True)
PRIYA = Actor(6, "Priya Nair", WITNESSING | EVERYBODY, "P-PRIYA", confirmed=True)


def town_of(url: str, now: Callable[[], datetime] = clock) -> Town:
    """Return the town of this database, at some moment; its keys lie beside it."""
    beside = url.removeprefix("sqlite:///").rpartition("/")[0]
    settings = Settings(data=beside, database=url, demo=True, secret_key=SIGNED_WITH)
    town: Town = create_app(settings, now=now).extensions["townsquare"]
    return town


def poll_with_votes(folder: Path, voters: int, *, cast: bool) -> tuple[Path, str]:
    """Return a file with a poll of so many voters, and the poll; made once and kept.

    Nobody has voted, or everybody has; it is not closed.
    """
    path = folder / f"poll-{voters}-{'cast' if cast else 'open'}.db"
    if not path.exists():
        making = path.with_suffix(".making")
        making.unlink(missing_ok=True)
        migrations.upgrade(f"sqlite:///{making}")
        _hold(f"sqlite:///{making}", voters, cast=cast)
        with closing(sqlite3.connect(making)) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        making.rename(path)
    with closing(sqlite3.connect(path)) as db:
        (poll,) = db.execute("SELECT public_id FROM elections_election").fetchone()
    return path, poll


def _hold(url: str, voters: int, *, cast: bool) -> None:
    town = town_of(url, lambda: FROZEN)
    poll = _drafted(town)
    _enrol(town, poll, voters)
    freeze(town, poll)
    town.database.dispose()
    if not cast:
        return
    town = town_of(url, lambda: OVER)
    _fill(town, poll)
    town.database.dispose()


def closed(path: Path) -> Path:
    """Return a copy of a town whose one poll has been closed and counted there."""
    made = path.with_suffix(".closed.db")
    if not made.exists():
        making = path.with_suffix(".closing")
        shutil.copy(path, making)
        town = town_of(f"sqlite:///{making}", lambda: OVER)
        with town.sessions() as db:
            poll = db.scalars(select(ElectionRow.public_id)).one()
        with town.working(INES) as ctx:
            close_poll(ctx, Chosen(id=poll))
        town.database.dispose()
        with closing(sqlite3.connect(making)) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        making.rename(made)
    return made


def freeze(town: Town, election: str) -> None:
    """Freeze an election by two people."""
    with town.working(INES) as ctx:
        version = read_set_up(ctx, Chosen(id=election)).election.version
        proposed = propose_freeze(ctx, ChosenVersion(id=election, version=version))
    with town.working(PRIYA) as ctx:
        confirm_freeze(ctx, ConfirmFreeze(id=election, version=proposed.version))


def _drafted(town: Town) -> str:
    told = {"title": "Allotment board", "zone": "UTC", "opens": OPENS, "closes": CLOSES}
    asked = {"code": CODE, "title": "Chair", "options": "\n".join(OPTIONS)}
    with town.working(INES) as ctx:
        poll = draft_election(ctx, DraftElection.model_validate(told)).id
        add_contest(ctx, AddContest.model_validate({**asked, "id": poll}))
    return poll


def _enrol(town: Town, poll: str, voters: int) -> None:
    with town.sessions.begin() as db:
        row = db.scalars(select(ElectionRow).filter_by(public_id=poll)).one()
        facts = {"created_at": FROZEN, "version": 1}
        people = [
            {"id": n, "public_id": new_id(), "person": new_id(), "number": f"V-{n}", **facts}
            for n in range(1, voters + 1)
        ]
        db.execute(insert(VoterRow), people)
        places = [
            {"public_id": new_id(), "election_id": row.id, "voter_id": one["id"], **facts}
            for one in people
        ]
        db.execute(insert(RollRow), places)


def _fill(town: Town, poll: str) -> None:
    """Put a vote of everybody on the roll into the box, as voting does."""
    chance = Random(SEED)
    with town.sessions.begin() as db:
        row = db.scalars(select(ElectionRow).filter_by(public_id=poll)).one()
        key = bytes.fromhex(db.scalars(select(KeyRow.secret)).one())
        votes = []
        for place in db.scalars(select(RollRow.public_id)):
            mark = str(chance.choice(range(1, len(OPTIONS) + 1)))
            content = write({CODE: [mark]})
            receipt = receipt_of(poll, chance.randbytes(32), content, counts=(ALL, 1))
            named = {"poll_id": row.id, "slot_hash": slot_of(key, poll, place)}
            told = {"content": content.decode(), "receipt": receipt}
            votes.append({**named, **told, "marked_on": FROZEN.date()})
        db.execute(insert(SlotRow), votes)
