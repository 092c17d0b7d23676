"""People are told once, in words, by one mail that leaves after the commit."""

import re
from dataclasses import replace
from email import message_from_bytes
from email.policy import SMTP

import pytest
from flask import Blueprint, g
from sqlalchemy import select

from townsquare.app import assemble
from townsquare.core import notifications
from townsquare.core.jobs import JobRow
from townsquare.core.manifest import Service
from townsquare.core.notifications import BadAddress
from townsquare.core.notifications.mails import Folder, Smtp, carrier, compose, folders_of
from townsquare.core.notifications.reading import (
    CountUnread,
    MarkRead,
    MyNotices,
    mark_read,
    my_notices,
    unread,
)
from townsquare.core.notifications.telling import SendMail
from townsquare.core.usecase import Actor, Command, Context, use_case
from townsquare.core.worker import Worker

MEI = Actor(7, "Mei Chen", frozenset({"public", "signed-in"}), person="P-MEI")
TOM = Actor(8, "Tom Reyes", frozenset({"public", "signed-in"}), person="P-TOM")
WORDS = """Your book {{ title }} is due {{ due|day }}

Bring it back to {{ town }}; a fine of {{ 1250|money("PHP") }} may be saved.
"""
FACTS = {"title": "Emma\r\nBcc: all@example.org", "due": "2026-03-30", "url": "/library/loans"}


class Remind(Command):
    """A wish to remind somebody of a loan."""

    loan: str
    mail_to: str | None = None
    key: str = ""


@use_case("test.loan.remind", permission="public")
def remind(ctx: Context, wish: Remind) -> bool:
    """Remind Mei of a loan."""
    return notifications.notify(
        ctx,
        account_id=None,
        person=MEI.person,
        kind="library.due",
        subject=wish.loan,
        template="library/mail/due.txt",
        facts=FACTS,
        mail_to=wish.mail_to,
        key=wish.key,
    )


@pytest.fixture
def here(town, tmp_path):
    folder = tmp_path / "words" / "library" / "mail"
    folder.mkdir(parents=True)
    (folder / "due.txt").write_text(WORDS)
    bp = Blueprint("wordy", __name__, template_folder=str(tmp_path / "words"))
    return replace(town, services=(*town.services, Service("wordy", "Words", blueprints=(bp,))))


def reminded(town, loan="L1", **wish):
    with town.working(replace(MEI, name="desk")) as ctx:
        return remind(ctx, Remind(loan=loan, **wish))


def mails(town):
    found = sorted((town.settings.folder / "mail").glob("*.eml"))
    return [message_from_bytes(path.read_bytes(), policy=SMTP) for path in found]


def test_somebody_is_told_once_of_one_thing(here):
    assert reminded(here, mail_to="mei@example.org")
    assert not reminded(here, mail_to="mei@example.org")
    assert reminded(here, loan="L2")
    assert reminded(here, key="second reminder")
    Worker(here).drain()
    assert len(mails(here)) == 1


def test_a_mail_is_plain_words_to_one_person(here):
    reminded(here, mail_to="mei@example.org")
    Worker(here).drain()
    (mail,) = mails(here)
    assert (mail["To"], mail["From"]) == ("mei@example.org", "townsquare@localhost")
    assert mail["Subject"] == "Your book Emma Bcc: all@example.org is due March 30, 2026"
    assert mail["Bcc"] is None
    assert mail.get_content().replace("\r\n", "\n") == (
        "Bring it back to San Roque; a fine of ₱12.50 may be saved.\n"
        f"\n-- \nSan Roque\n{here.settings.public_url}\n"
    )


def test_the_day_of_a_moment_is_the_day_in_the_town(here):
    late = {**FACTS, "due": "2026-03-30T23:14:00+00:00"}  # Seven in the morning in San Roque.
    mail = compose(
        here, SendMail(to="mei@example.org", template="library/mail/due.txt", facts=late), "M1"
    )
    assert mail["Subject"].endswith("is due March 31, 2026")


def test_no_mail_leaves_before_the_commit(here):
    with pytest.raises(ZeroDivisionError), here.working(MEI) as ctx:
        _remind_and_fail(ctx)
    Worker(here).drain()
    assert mails(here) == []


def _remind_and_fail(ctx):
    remind(ctx, Remind(loan="L1", mail_to="mei@example.org"))
    raise ZeroDivisionError


@pytest.mark.parametrize(
    "address",
    [
        "",
        "mei",
        "mei@example.org, tom@example.org",
        "mei@example.org\nBcc: x@y.org",
        "a b@c.d",
        "<a@b.c>",
    ],
)
def test_what_is_not_one_address_is_refused(here, address):
    with pytest.raises(BadAddress), here.working(MEI) as ctx:
        _mail(ctx, address)


@use_case("test.mail.send", permission="public")
def write_to(ctx: Context, wish: SendMail) -> str:
    """Write a mail."""
    return notifications.send_mail(ctx, to=wish.to, template=wish.template, facts=wish.facts)


def _mail(ctx, address):
    write_to(ctx, SendMail(to=address, template="library/mail/due.txt", facts=FACTS))


def test_a_mail_without_a_fact_is_not_sent_with_a_hole(here, clock):
    with here.working(MEI) as ctx:
        write_to(ctx, SendMail(to="mei@example.org", template="library/mail/due.txt"))
    for _ in range(13):
        Worker(here).drain()
        clock.advance(minutes=16)
    with here.sessions() as db:
        dead = db.scalars(select(JobRow).filter_by(state="dead")).one()
    assert "'title' is undefined" in dead.reason
    assert mails(here) == []


def test_the_same_job_is_the_same_mail(here):
    wish = SendMail(to="mei@example.org", template="library/mail/due.txt", facts=FACTS)
    folder = Folder(here.settings.folder / "mail")
    for _ in range(2):
        folder.carry(compose(here, wish, "01JOB"), "01JOB")
    (mail,) = mails(here)
    assert mail["Message-ID"] == "<01JOB@localhost>"


def test_a_demonstration_never_writes_to_strangers(settings):
    configured = replace(settings, mail_server="mail.example.org:25")
    assert isinstance(carrier(configured), Folder)
    assert isinstance(carrier(replace(configured, demo=False)), Smtp)


def test_people_read_their_own_notifications_only(here):
    reminded(here)
    with here.working(MEI, reads=True) as ctx:
        assert [n.kind for n in my_notices(ctx, MyNotices(before=""))] == ["library.due"]
        assert unread(ctx, CountUnread()) == 1
    with here.working(TOM) as ctx:
        assert my_notices(ctx, MyNotices(before="")) == []
        mark_read(ctx, MarkRead(id=""))
    with here.working(MEI) as ctx:
        assert unread(ctx, CountUnread()) == 1
        mark_read(ctx, MarkRead(id=""))
        assert unread(ctx, CountUnread()) == 0


@pytest.fixture
def mei(here):
    app = assemble(here)
    app.before_request(lambda: setattr(g, "actor", MEI))
    return app.test_client()


def test_the_page_tells_in_words_and_marks_as_read(here, mei):
    reminded(here)
    page = mei.get("/notifications").text
    assert "Your book Emma Bcc: all@example.org is due March 30, 2026" in page
    assert 'href="/library/loans"' in page
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    answer = mei.post("/notifications/read", data={"csrf_token": token})
    assert (answer.status_code, answer.location) == (303, "/notifications")
    assert "Mark as read" not in mei.get("/notifications").text


def test_a_link_to_elsewhere_is_no_link(here, mei):
    FACTS["url"] = "//evil.example.org"
    reminded(here)
    assert "evil" not in mei.get("/notifications").text
    FACTS["url"] = "/library/loans"


def test_a_guest_is_asked_to_sign_in(client):
    assert client.get("/notifications").status_code in {302, 303, 401, 403}


def test_templates_of_the_house_and_of_guests_are_found(here):
    folders = folders_of(here.services)
    assert any(folder.endswith("core/web/templates") for folder in folders)
    assert folders[-1].endswith("/words")


def test_the_home_page_tells_of_new_messages_until_they_are_read(here, mei):
    reminded(here)
    assert "One new message" in mei.get("/").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', mei.get("/notifications").text)[1]
    mei.post("/notifications/read", data={"csrf_token": token})
    assert "new message" not in mei.get("/").text
