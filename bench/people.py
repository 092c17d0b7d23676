"""Somebody who is signed in, and readers with cards, in a database of the bench."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from flask import g
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from townsquare.app import create_app
from townsquare.core.clock import clock
from townsquare.core.identity.models import AccountRoleRow, AccountRow, SessionRow
from townsquare.core.identity.sessions import digest, new_key
from townsquare.core.identity.steps import role_named
from townsquare.core.ids import new_id
from townsquare.core.permissions import install_roles
from townsquare.core.settings import Settings
from townsquare.core.town import Town
from townsquare.core.usecase import Actor
from townsquare.core.web import security
from townsquare.services.elections.models.elections import VoterRow
from townsquare.services.grocery.models.customers import CustomerRow
from townsquare.services.library.commands.lending import RegisterPatron
from townsquare.services.library.usecases.patrons import register_patron

READERS = 40
SIGNED_WITH = "what the bench signs cookies with"
DESK = Actor(0, "bench", frozenset({"library.patron.edit"}))


@dataclass(frozen=True)
class Visitor:
    """What a browser or program of this person sends along."""

    headers: dict[str, str]


def sign_in(path: Path) -> Visitor:
    """Return a librarian who is signed in at the town of this file."""
    return sign_in_at(f"sqlite:///{path}")


def sign_in_at(url: str) -> Visitor:
    """Return a librarian who is signed in at the town of this database."""
    (key,) = _keys(url, 1)
    return _visitor(url, key)


def sign_in_customer(path: Path) -> Visitor:
    """Return a customer of the shop with a tier, who is signed in at the town of this file."""
    url, key = f"sqlite:///{path}", new_key()
    engine, account = create_engine(url), _account()
    with Session(engine) as db, db.begin():
        db.add(account)
        db.flush()
        number = account.public_id
        card = {"public_id": new_id(), "created_at": clock(), "since": clock().date()}
        card |= {"person": account.person, "number": number, "number_key": number.lower()}
        db.add_all((_session(account.id, key), CustomerRow(**card, tier="silver")))
    engine.dispose()
    return _visitor(url, key)


def let_in(url: str) -> list[Visitor]:
    """Return all voters of the town of this database, signed in."""
    engine, keys = create_engine(url), []
    with Session(engine) as db, db.begin():
        for person in db.scalars(select(VoterRow.person).order_by(VoterRow.id)).all():
            account, key = _account(), new_key()
            account.person = person or ""
            db.add(account)
            db.flush()
            db.add(_session(account.id, key))
            keys.append(key)
    engine.dispose()
    return _visitors(url, keys)


def _visitor(url: str, key: str) -> Visitor:
    return _visitors(url, [key])[0]


def _visitors(url: str, keys: Sequence[str]) -> list[Visitor]:
    app = create_app(Settings(database=url, demo=True, secret_key=SIGNED_WITH))
    town: Town = app.extensions["townsquare"]
    found = []
    for key in keys:
        with app.test_request_context():
            g.session_key = key
            token = security.csrf_token()
        found.append(Visitor({"Cookie": f"townsquare-session={key}", "X-CSRF-Token": token}))
    town.database.dispose()
    return found


def keys_of(path: Path, how_many: int) -> list[str]:
    """Return the keys of so many sessions of librarians, at the town of this database."""
    return _keys(f"sqlite:///{path}", how_many)


def let_in_as(url: str, role: str) -> tuple[Visitor, int]:
    """Return somebody of this role, signed in at the town of this database, and their account."""
    ((key, account),) = _people(url, 1, role)
    return _visitor(url, key), account


def _keys(url: str, how_many: int) -> list[str]:
    return [key for key, _account in _people(url, how_many, "library.librarian")]


def _people(url: str, how_many: int, named: str) -> list[tuple[str, int]]:
    app = create_app(Settings(database=url, demo=True, secret_key=SIGNED_WITH))
    town: Town = app.extensions["townsquare"]
    found = []
    with town.sessions.begin() as db:
        install_roles(db, town.services)
        role = role_named(db, named)
        for _ in range(how_many):
            key, account = new_key(), _account()
            db.add(account)
            db.flush()
            db.add(_session(account.id, key))
            db.add(AccountRoleRow(account_id=account.id, role_id=role.id))
            found.append((key, account.id))
    town.database.dispose()
    return found


def register_readers(path: Path) -> list[str]:
    """Return the cards of readers who may borrow many copies at once, registered now."""
    app = create_app(Settings(database=f"sqlite:///{path}", demo=True, secret_key=SIGNED_WITH))
    town: Town = app.extensions["townsquare"]
    cards = [f"LC-{number}" for number in range(READERS)]
    for card in cards:
        told = {"given": "Reader", "family": card, "number": card, "card": card}
        wish = RegisterPatron.model_validate({**told, "kind": "faculty", "branch": "CEN"})
        with town.working(DESK) as ctx:
            register_patron(ctx, wish)
    town.database.dispose()
    return cards


def _account() -> AccountRow:
    name = new_id().lower()
    return AccountRow(
        public_id=new_id(),
        created_at=clock(),
        email=f"{name}@bench.example",
        name="Dina Park",
        person=new_id(),
        confirmed_at=clock(),
    )


def _session(account: int, key: str) -> SessionRow:
    return SessionRow(
        public_id=new_id(),
        key_hash=digest(key),
        account_id=account,
        created_at=clock(),
        last_seen_at=clock(),
        ends_at=clock() + timedelta(hours=12),
    )
