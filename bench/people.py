"""Somebody who is signed in, and readers with cards, in a database of the bench."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from flask import g

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
    """Return a librarian who is signed in at the town of this database."""
    (key,) = keys_of(path, 1)
    app = create_app(Settings(database=f"sqlite:///{path}", demo=True, secret_key=SIGNED_WITH))
    town: Town = app.extensions["townsquare"]
    with app.test_request_context():
        g.session_key = key
        token = security.csrf_token()
    town.database.dispose()
    return Visitor({"Cookie": f"townsquare-session={key}", "X-CSRF-Token": token})


def keys_of(path: Path, how_many: int) -> list[str]:
    """Return the keys of so many sessions of librarians, at the town of this database."""
    app = create_app(Settings(database=f"sqlite:///{path}", demo=True, secret_key=SIGNED_WITH))
    town: Town = app.extensions["townsquare"]
    keys = [new_key() for _ in range(how_many)]
    with town.sessions.begin() as db:
        install_roles(db, town.services)
        role = role_named(db, "library.librarian")
        for key in keys:
            account = _account()
            db.add(account)
            db.flush()
            db.add(_session(account.id, key))
            db.add(AccountRoleRow(account_id=account.id, role_id=role.id))
    town.database.dispose()
    return keys


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
