"""What whoever runs the machine does with accounts at the command line."""

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from townsquare.cli import users
from townsquare.core.audit import AuditEntry
from townsquare.core.identity.models import AccountRow

EVENTS = ("RoleGranted", "RoleWithdrawn", "AccountDisabled", "Invited")


@pytest.fixture
def verb(town, monkeypatch):
    """Say a verb of `townsquare users` in this town; return what it printed."""
    monkeypatch.setattr(users, "_town", lambda: town)

    def run(*words):
        return CliRunner().invoke(users.users, words, catch_exceptions=False).output

    return run


def test_every_verb_finds_the_account_and_is_audited_as_the_operators(town, verb, signed_in):
    person = signed_in(name="Maya Lind")
    with town.sessions() as db:
        chosen = select(AccountRow.email).where(AccountRow.person == person.person)
        email = db.scalars(chosen).one()
    assert "has the role Library: librarian" in verb("grant", email, "library.librarian")
    assert person.client.get("/library/desk").status_code == 200
    assert "no longer has the role" in verb("withdraw", email, "library.librarian")
    assert person.client.get("/library/desk").status_code == 403
    assert "cannot sign in" in verb("disable", email)
    assert "(disabled)" in verb("list", "--words", "maya")
    assert person.client.get("/account").status_code != 200
    assert "/account/invitation/" in verb("invite", "ben@example.org", "library.librarian")
    with town.sessions() as db:
        entries = db.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert tuple(entry.event.partition(".")[2] for entry in entries) == EVENTS
    assert {entry.actor_name.split()[0] for entry in entries} == {"operator"}
