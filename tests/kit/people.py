"""People who are signed in, made by their permissions or their role."""

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from townsquare.core.db import writing
from townsquare.core.identity.manifest import ADMINISTRATOR
from townsquare.core.identity.models import AccountRoleRow, AccountRow, SessionRow
from townsquare.core.identity.proposals import by_the_operator
from townsquare.core.identity.sessions import digest, new_key
from townsquare.core.identity.steps import keep_roles, role_named
from townsquare.core.ids import new_id
from townsquare.core.permissions import install_roles
from townsquare.core.web import security


@dataclass(frozen=True)
class Person:
    """Somebody at a browser: the client, the token for changes, the cookie as programs send it."""

    client: FlaskClient
    token: str = ""
    cookie: str = ""
    person: str = ""


@pytest.fixture
def guest(app):
    return Person(app.test_client())


@pytest.fixture
def signed_in(app, town):
    """Sign somebody in who has this role, or exactly these permissions."""

    def run(*names, disabled=False, name="Dina Park", person=None, confirmed=False):
        key = new_key()
        with _working(town) as db:
            install_roles(db, town.services)
            row = _account(db, town, name, person)
            for role in _roles(db, names):
                db.add(_holding(db, town, row, role))
            row.disabled_at = town.now() if disabled else None
            db.add(_session(row, key, town.now(), confirmed=confirmed))
            public_id = row.person
        client = app.test_client()
        client.set_cookie("townsquare-session", key)
        return Person(client, _token(app, key), f"townsquare-session={key}", public_id)

    return run


@pytest.fixture
def crowd(app, town):
    """Sign so many in at once who have no role; they have cookies and no browsers."""

    def run(how_many):
        keys = [new_key() for _number in range(how_many)]
        with _working(town) as db:
            rows = [_account(db, town, f"Voter {at}", None) for at in range(1, how_many + 1)]
            for row, key in zip(rows, keys, strict=True):
                db.add(_session(row, key, town.now(), confirmed=False))
        cookies = (f"townsquare-session={key}" for key in keys)
        return [
            Person(None, _token(app, key), cookie, row.person)
            for key, cookie, row in zip(keys, cookies, rows, strict=True)
        ]

    return run


@contextmanager
def _working(town):
    """Open a session on the connection that the town itself will work on.

    Another one would cost SQLite a look through the whole schema.
    """
    with writing(town.database) as connection, town.sessions(bind=connection) as db:
        yield db
        db.flush()


def _account(db, town, name, person):
    public_id = new_id()
    row = AccountRow(
        email=f"{public_id.lower()}@sanroque.example",
        name=name,
        person=person or public_id,
        public_id=public_id,
        created_at=town.now(),
        confirmed_at=town.now(),
    )
    db.add(row)
    db.flush()
    return row


def _holding(db, town, account, role):
    made = AccountRoleRow(account_id=account.id, role_id=role.id)
    if role.name == ADMINISTRATOR:
        made.proposal_id = by_the_operator(db, town.now(), account_id=account.id).id
    return made


def _roles(db, names):
    permissions = [name for name in names if name.count(".") >= 2 or name == "audit.view"]
    roles = [role_named(db, name) for name in names if name not in permissions]
    if permissions:
        made = f"of the tests {new_id()}"
        keep_roles(db, {made: permissions})
        roles.append(role_named(db, made))
    return roles


def _session(row, key, now, *, confirmed):
    return SessionRow(
        public_id=new_id(),
        key_hash=digest(key),
        account_id=row.id,
        created_at=now,
        last_seen_at=now,
        ends_at=now + timedelta(hours=12),
        confirmed_at=now if confirmed else None,
    )


def _token(app, key):
    from flask import g

    with app.test_request_context():
        g.session_key = key
        return security.csrf_token()
