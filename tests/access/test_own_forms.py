"""Our own forms send what their pages read, and nothing else is taken."""

from html.parser import HTMLParser
from urllib.parse import urlencode, urlsplit

import pytest

from tests.access.electing import HALL, PARTS, take_part
from tests.access.walking import LEAVING, doors, plausible, send, wishes_of

pytestmark = pytest.mark.shown

# Secrets, what is chosen from a list, what only an address names, and the answer of a passkey,
# which works once.
UNSHOWN = {"password", "old", "role", "into", "answer", "line", "place", "style", "part"}
# A page without a file, a card, a deposit, a proposal or a new app has no form that could say it,
# nor has one that asks first who it is, and a button that reads nothing has nothing to refuse.
NOT_SHOWN = (
    "/account/sessions/end-others",
    "/account/second-step/set-up",
    "/account/data/erasure",
    "/admin/accounts/<id>/erasure",
    "/admin/proposals/<id>/approval",
    "/admin/proposals/<id>/erasure",
    "/admin/proposals/<id>/refusal",
    "/admin/proposals/<id>/withdrawal",
    "/admin/proposals/new",
    "/library/me/wishes",
    "/library/waivers/<id>/<decision>",
    "/library/refunds/<id>/<decision>",
    "/library/imports",
    "/grocery/staff/imports",
    "/elections/candidacies/<id>/photo",
    "/elections/office/parties/<party>/symbol",
    "/library/documents/<id>/hold",
    "/library/patrons/<id>/deposit/return",
    # Nor has one that asks first for the order, the supplier or the goods, one of somebody else's
    # order, that of a till or a shop that is open already, a refund that went another way before.
    "/grocery/orders/<number>/pay",
    "/grocery/orders/<number>/with/<token>/",
    "/grocery/returns/new",
    "/grocery/staff/carry/goods",
    "/grocery/staff/counts/<id>/lines",
    "/grocery/staff/open",
    "/grocery/staff/purchases/new",
    "/grocery/staff/refunds/<id>/<decision>",
    "/grocery/staff/refunds/refused/<id>/otherwise",
    "/grocery/staff/tills/<id>/shift",
    "/elections/office/<id>/freeze/<decision>",
    "/elections/office/<id>/roll/precinct-styles/<chosen>/removal",
    # What was taken back or taken away with the first press is nowhere to be refused again.
    "/elections/office/<id>/disqualifications/<disqualification>/",
    "/elections/office/<id>/interruptions/<decision>/",
    "/elections/office/<id>/judgements/<decision>/",
    "/elections/office/<id>/roll/removals/<removal>/withdrawal",
    "/elections/office/<id>/roll/styles/<chosen>/removal",
)
NOTHING_HERE = "There is no field"
FORM = "application/x-www-form-urlencoded"


class Forms(HTMLParser):
    """The forms of one page that change something: where each goes, and what it sends."""

    def __init__(self):
        super().__init__()
        self.found, self._open = [], None

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        if tag == "form":
            self._open = (told.get("action", ""), {}) if told.get("method") == "post" else None
            self.found += [self._open] if self._open else []
        elif self._open and told.get("name") and tag in {"input", "select", "textarea", "button"}:
            self._open[1][told["name"]] = told.get("value") or ""

    def handle_endtag(self, tag):
        if tag == "form":
            self._open = None


@pytest.fixture
def pages(app, everything, signs_in, guest):
    """Every page of ours that somebody can read, with where it is."""
    reader, found = signs_in(), []
    for door in doors(app, everything):
        if door.verb == "GET" and not door.for_programs:
            for person in (guest, reader):
                answer = send(person, door)
                if answer.mimetype == "text/html":
                    found.append((door.path(), answer.text))
    return found


def unread(pages, person):
    """Send each form of these pages as it stands; return those with a field that nothing reads."""
    wrong, seen = [], set()
    for path, text in pages:
        forms = Forms()
        forms.feed(text)
        for action, fields in forms.found:
            to = urlsplit(action).path or path
            if to in LEAVING or (to, *sorted(fields)) in seen or path.startswith("/_patterns"):
                continue
            seen.add((to, *sorted(fields)))
            sent = urlencode({**fields, "csrf_token": person.token})
            answer = person.client.post(to, data=sent, content_type=FORM)
            wrong += [(path, to, fields)] if NOTHING_HERE in answer.text else []
    return wrong, seen


def test_every_form_of_ours_sends_only_what_is_read(pages, signs_in):
    wrong, seen = unread(pages, signs_in())
    assert wrong == []
    assert len(seen) > 25


def test_a_form_with_a_field_that_nothing_reads_would_be_found(signs_in):
    page = '<form method="post" action="/account/forgotten"><input name="mail" value="x"></form>'
    assert unread([("/planted", page)], signs_in())[0] == [
        ("/planted", "/account/forgotten", {"mail": "x"})
    ]


@pytest.fixture
def taking_part(everything, signs_in, town):
    """Somebody who may do everything and has each part that is given to one person."""
    person = signs_in()
    for role in PARTS:
        take_part(town, role, person.person)
    return person


def named(door, name, text):
    """Return the name of a field in its form: with the name of the form, if a page has several."""
    whole = f"{door.path().rpartition('/')[2]}-{name}"
    return whole if f'name="{whole}"' in text else name


def test_what_no_page_reads_is_refused_with_what_was_typed(
    app, everything, taking_part, monkeypatch
):
    person, known = taking_part, {"branch": "central", "card": "LC-3", "precinct": HALL}
    lost, taken = [], []
    for door in doors(app, everything):
        if door.verb != "POST" or door.rule.startswith(("/api", "/graph", *LEAVING, *NOT_SHOWN)):
            continue
        with wishes_of(monkeypatch) as read:
            shown = send(person, door, {"csrf_token": person.token}).text
        usual = {}
        for kind in read:
            usual |= plausible(kind, known)
        typed = {n: v for n, v in usual.items() if n not in door.places}
        sent = {named(door, n, shown): v for n, v in typed.items()}
        answer = send(person, door, {**sent, "surprise": "1"})
        if answer.status_code != 422 or NOTHING_HERE not in answer.text:
            taken.append((door.rule, answer.status_code))
        elif "<form" in answer.text.partition("<main")[2]:
            kept = [n for n, v in typed.items() if v == "x" * 12 and n not in UNSHOWN]
            lost += [(door.rule, n) for n in kept if "x" * 12 not in answer.text]
    assert (taken, lost) == ([], [])
