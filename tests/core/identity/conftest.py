"""Maya, who has an account of her own, and the mails that she gets."""

import re
from email import message_from_bytes
from email.policy import SMTP

import pytest

from tests.kit.browsers import MAYA, Browser
from townsquare.core.worker import Worker


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
