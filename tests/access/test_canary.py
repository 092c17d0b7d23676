"""A canary text in every text field of every form and operation runs nowhere: on no page, in no
mail, in no file.

Chromium is told to ignore our policy, so that nothing but the escaping of the pages keeps the text
from running; what the policy would have stopped is looked for as well.
"""

import csv
import io
import re
from email import message_from_bytes
from email.policy import SMTP
from functools import cache, partial
from xml.etree import ElementTree as ET

import pytest
from flask import Blueprint, render_template_string

from tests.access.walking import LEAVING, doors, plausible, schema_of, send, wishes_of
from tests.browser.conftest import browser, running_chromium
from townsquare.core.worker import Worker

__all__ = ["browser", "running_chromium"]

HERE = "http://localhost"
PAGE = "text/html; charset=utf-8"
SUM = "5034203419"  # What {{719171917*7}} comes to; nothing else on our pages is that number.
# The first that fits into a field is put there.
CANARIES = (
    '"><script>window.xss=1</script><img src=x onerror=window.xss=1>{{719171917*7}}${719171917*7}',
    '"><script>window.xss=1</script>',
    "'><img src=x onerror=xss=1>",
    "<b id=xss>",
    "<i>",
)
OTHERS = (
    "x\" autofocus onfocus=window.xss=1 y='",
    "javascript:window.xss=1",
    "=HYPERLINK(1)",
    "{{719171917*7}}",
)
RAW = ("<script>window.xss", "<img src=x", "<b id=xss>", 'onfocus=window.xss=1 y="', SUM)
LINKED = re.compile(r"""(?:href|src|action)\s*=\s*["']?\s*javascript:""", re.IGNORECASE)
FORMULA = re.compile(r"[=+@\t\r\uff1d\uff0b\uff20]|-(?![\d.])")
TRACES = """() => [window.xss ? "it ran" : "",
  document.querySelectorAll("img[src=x], #xss, [onfocus]").length ? "it became an element" : "",
  document.querySelector('[href^="javascript:" i]') ? "it became a link" : ""].filter(Boolean)"""
POLICY = """document.addEventListener("securitypolicyviolation", () => console.error("policy"))"""


def fitting(about, canaries):
    """Return the first of these texts that a field has room for; None if it is no text."""
    about = next(
        (kind for kind in about.get("anyOf", [about]) if kind.get("type") != "null"), about
    )
    if about.get("type") != "string" or {"enum", "const", "format"} & about.keys():
        return None
    return next((text for text in canaries if len(text) <= about.get("maxLength", 10**6)), None)


class Planting:
    """Puts canaries into the fields behind each door, all at once and then one by one."""

    def __init__(self, person, known):
        self.person, self.known = person, known
        self.fields, self.taken = set(), set()
        self.answers = []

    def at(self, door, monkeypatch):
        with wishes_of(monkeypatch) as read:
            self._say(door, {})
        for kind in dict.fromkeys(read):
            self._of(door, kind)

    def _of(self, door, kind):
        usual = plausible(kind, {**self.known, **door.places})
        about = schema_of(kind).get("properties", {})
        for canaries in (CANARIES, OTHERS[:1], OTHERS[1:2], OTHERS[2:3]):
            texts = {n: fitting(told, canaries) for n, told in about.items()}
            texts = {n: text for n, text in texts.items() if text and n not in door.places}
            free = {n: text for n, text in texts.items() if n not in self.known}
            if free and not self._say(door, {**usual, **free}) and canaries is CANARIES:
                for name, text in texts.items():
                    if self._say(door, {**usual, name: text}):
                        self.taken.add((door.rule, name))
            elif free:
                self.taken |= {(door.rule, name) for name in free}
            self.fields |= {(door.rule, name) for name in texts}

    def _say(self, door, fields):
        answer = send(self.person, door, fields)
        if answer.mimetype == "text/html" and len(fields):
            self.answers.append((f"{door.verb} {door.rule}", answer.text))
        return answer.status_code < 400


@pytest.fixture
def planted(app, library, signs_in, monkeypatch, town):
    """A town in which every field was told a canary, with what was tried."""
    known = {"document": library["documents"], "barcode": "TS2", "card": "LC-3", "version": 1}
    known |= {"branch": "central", "charge": library["charges"], "zone": "Europe/London"}
    planting = Planting(signs_in(), known)
    for door in doors(app, library):
        if door.verb != "GET" and door.rule not in LEAVING and door.rule != "/graphql":
            planting.at(door, monkeypatch)
            if "/sessions/" in door.rule or "/password" in door.rule:
                planting.person = signs_in()
    Worker(town).drain()
    return planting


@pytest.fixture
def people_who_read(guest, signed_in, signs_in):
    """Nobody, a member, and somebody who may see everything."""
    return guest, signed_in(), signs_in()


def read_by(app, library, people):
    """Return every page that somebody may read and that may hold a canary, and every file."""
    pages, files = {}, []
    for door in doors(app, library):
        if door.verb != "GET" or "/live/" in door.rule:
            continue
        for person in people:
            for fields in ({}, {"q": CANARIES[0], "words": CANARIES[0], "next": OTHERS[1]}):
                answer = send(person, door, fields)
                if answer.mimetype == "text/html":
                    pages.setdefault(answer.text, (door.path(), fields))
                elif answer.status_code == 200:
                    files.append((door.path(), answer.mimetype, answer.data))
    return pages, files


def raw(text):
    """Return which signs of a canary stand in a page as they were typed."""
    text = text.replace("\n", " ")
    found = [sign for sign in RAW if sign in text]
    return found + (["a link"] if LINKED.search(text) else [])


class Screen:
    """A window of Chromium that shows texts as pages of ours, and hears what happens on them."""

    def __init__(self, browser, client, *, trusting):
        self._shown, self._said = {}, []
        self._file = cache(partial(_file_of, client))  # Each page asks for the same ones.
        self._policy = client.get("/").headers["Content-Security-Policy"]
        context = browser.new_context(bypass_csp=trusting, base_url=HERE)
        context.add_init_script(POLICY)
        self._page = context.new_page()
        self._page.route("**/*", self._fulfil)
        self._page.on("dialog", self._dismiss)
        self._page.on("console", self._hear)

    def show(self, text):
        """Show this page; return what happened that should not."""
        path = f"/shown/{len(self._shown)}"
        self._shown[path] = text
        self._said.clear()
        self._page.goto(HERE + path, wait_until="load")
        return [*self._said, *self._page.evaluate(TRACES)]

    def _fulfil(self, route):
        path = route.request.url.removeprefix(HERE)
        if path in self._shown:
            head = {"Content-Security-Policy": self._policy, "Content-Type": PAGE}
            route.fulfill(body=self._shown[path], headers=head)
        elif path.startswith("/static/"):
            route.fulfill(**self._file(path))
        else:
            route.abort()

    def _dismiss(self, box):
        self._said.append("a dialog")
        box.dismiss()

    def _hear(self, line):
        self._said += ["policy"] if line.text == "policy" else []


def _file_of(client, path):
    with client.get(path) as found:
        return {"body": found.data, "content_type": found.content_type}


def in_a_browser(browser, app, pages):
    """Show these pages in Chromium, with our policy and without it; return what happened."""
    screens = [Screen(browser, app.test_client(), trusting=trusting) for trusting in (True, False)]
    return [
        (place, told) for text, place in pages for screen in screens for told in screen.show(text)
    ]


def mails(town):
    """Return the written parts of all mails that are HTML."""
    read = [
        message_from_bytes(path.read_bytes(), policy=SMTP)
        for path in (town.settings.folder / "mail").glob("*.eml")
    ]
    parts = [part for mail in read for part in mail.walk()]
    return [part.get_content() for part in parts if part.get_content_type() == "text/html"]


def of_a_file(kind, content):
    """Return what is wrong with a file that was saved."""
    if kind == "application/pdf":
        return [] if content.startswith(b"%PDF") else ["no PDF"]
    if kind.endswith("xml"):
        ET.fromstring(content)  # noqa: S314 (our own file)
        return []
    if kind != "text/csv":
        return []
    text = content.decode("utf-8-sig")
    rows = csv.reader(io.StringIO(text), delimiter=max(",;", key=text.partition("\n")[0].count))
    return [cell for row in rows for cell in row if FORMULA.match(cell)]


@pytest.mark.engines("sqlite")
def test_a_canary_runs_nowhere(app, library, planted, people_who_read, browser, measured):
    pages, files = read_by(app, library, people_who_read)
    answers = {text: (place, {}) for place, text in planted.answers}
    found = {**pages, **answers}
    holding = {text: place for text, place in found.items() if "window.xss" in text}
    assert [(place, raw(text)) for text, place in found.items() if raw(text)] == []
    one_each = {place[0]: (text, place) for text, place in holding.items()}
    assert in_a_browser(browser, app, one_each.values()) == []
    assert [raw(mail) for mail in mails(app.extensions["townsquare"]) if raw(mail)] == []
    assert [(path, told) for path, kind, data in files for told in of_a_file(kind, data)] == []
    assert len(planted.fields) > 150
    assert len(holding) > 50
    measured(fields=len(planted.fields), taken=len(planted.taken), pages=len(found))


@pytest.mark.engines("sqlite")
def test_a_page_that_trusts_a_text_would_be_found(app, browser):
    bp = Blueprint("planted", __name__)
    trusting = "<!doctype html><title>Planted</title><p>{{ text|safe }}</p>"
    bp.add_url_rule("/planted", "open", lambda: render_template_string(trusting, text=CANARIES[0]))
    app.register_blueprint(bp)
    text = app.test_client().get("/planted").text
    assert raw(text) != []
    happened = {told for _, told in in_a_browser(browser, app, [(text, "/planted")])}
    assert happened >= {"it ran", "it became an element", "policy"}


@pytest.mark.parametrize(
    ("kind", "content"), [("text/csv", b"a,b\n=1+1,2\n"), ("application/pdf", b"<html>")]
)
def test_a_careless_file_would_be_found(kind, content):
    assert of_a_file(kind, content) != []
