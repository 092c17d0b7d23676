"""Maya, who has an account of her own, and the mails that she gets."""

import re
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import SMTP

import pytest
from sqlalchemy import select

from tests.kit.browsers import MAYA, Browser
from townsquare.core.identity.manifest import ADMINISTRATOR
from townsquare.core.identity.models import AccountRow
from townsquare.core.identity.steps import APPOINT
from townsquare.core.usecase import Actor
from townsquare.core.worker import Worker

GIVE, INVITE, DISABLE = "identity.role.grant", "identity.account.invite", "identity.account.disable"
MAY = frozenset({"public", "signed-in", APPOINT, GIVE, INVITE, DISABLE})


def mails_to(town, to):
    """Return the texts of all mails to somebody, the newest last."""
    Worker(town).drain()
    read = [
        message_from_bytes(path.read_bytes(), policy=SMTP)
        for path in sorted((town.settings.folder / "mail").glob("*.eml"))
    ]
    return [f"{mail['Subject']}\n{mail.get_content()}" for mail in read if mail["To"] == to]


@pytest.fixture
def newest_mail(town):
    """Return the subject and the text of the newest mail to Maya."""
    return lambda: mails_to(town, "maya@example.org")[-1]


@pytest.fixture
def browser(app):
    return Browser(app)


@pytest.fixture
def mailed(town):
    """Return the address in the newest mail of this kind to somebody, and its whole text."""

    def find(kind, to="maya@example.org"):
        texts = mails_to(town, to)
        found = [re.search(rf"/account/{kind}/\S+", text) for text in texts]
        return [match[0] for match in found if match][-1]

    return find


@pytest.fixture
def maya(browser, mailed):
    """Maya, with a confirmed account, not signed in."""
    browser.send("/account/sign-up", MAYA)
    browser.send(mailed("confirm"), {})
    return browser


@dataclass(frozen=True)
class Somebody:
    """A person at a browser, and what acts for them without one."""

    at: object
    account: AccountRow

    @property
    def actor(self):
        return Actor(self.account.id, self.account.name, MAY, self.at.person, confirmed=True)


@pytest.fixture
def enters(signed_in, town):
    """Sign somebody in who has shown a moment ago that it is them."""

    def run(name, *roles, confirmed=True):
        at = signed_in(*roles, name=name, confirmed=confirmed)
        with town.sessions() as db:
            chosen = select(AccountRow).where(AccountRow.person == at.person)
            return Somebody(at, db.scalars(chosen).one())

    return run


@pytest.fixture
def olga(enters):
    return enters("Olga Stone", ADMINISTRATOR)


@pytest.fixture
def ravi(enters):
    return enters("Ravi Nair", ADMINISTRATOR)


@pytest.fixture
def does(acting_as):
    """Do something on behalf of somebody."""

    def run(somebody, act, wish):
        with acting_as(actor=somebody.actor) as ctx:
            return act(ctx, wish)

    return run
