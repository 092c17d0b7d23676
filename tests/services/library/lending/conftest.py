"""What the tests of lending share: the cast of the library, its hours, and short ways to act."""

from datetime import date, time
from types import SimpleNamespace

import pytest
from flask import g
from sqlalchemy import event

from townsquare.core.ids import new_id
from townsquare.core.usecase import Actor
from townsquare.services.library.commands import lending as wishes
from townsquare.services.library.commands.authorities import AddBranch
from townsquare.services.library.commands.catalogue import AddCopy, AddDocument
from townsquare.services.library.permissions import CATALOGUING, MANAGING
from townsquare.services.library.queries.charges import charges_of_patron
from townsquare.services.library.queries.holds import find_holds
from townsquare.services.library.queries.patrons import read_patron
from townsquare.services.library.usecases.authorities import add_branch
from townsquare.services.library.usecases.copies import add_copy
from townsquare.services.library.usecases.desk import borrow_copy
from townsquare.services.library.usecases.documents import add_document
from townsquare.services.library.usecases.holds import place_hold
from townsquare.services.library.usecases.patrons import register_patron
from townsquare.services.library.usecases.policies import set_calendar, set_hours
from townsquare.services.library.usecases.returns import return_copy

DINA = Actor(3, "Dina Park", MANAGING | CATALOGUING | {"public", "signed-in"})
CAST = [
    ("LC-1001", "Maya", "Santos", "student"),
    ("LC-2001", "Ben", "Okafor", "faculty"),
    ("LC-3001", "Carla", "Ruiz", "visitor"),
]


@pytest.fixture
def acts(acting_as):
    """Do one act as Dina, who runs the library, or as somebody else."""

    def run(act, wish, actor=DINA):
        with acting_as(actor=actor) as ctx:
            return act(ctx, wish)

    return run


@pytest.fixture
def houses(acting_as):
    """Central and North, closed on Sundays and on Good Friday."""
    week = [{"weekday": day, "opens": time(9, 0), "closes": time(18, 0)} for day in range(6)]
    with acting_as(actor=DINA) as ctx:
        for code in ("central", "north"):
            add_branch(ctx, AddBranch(code=code, name=code.capitalize(), zone="Europe/London"))
            set_hours(ctx, wishes.SetHours(branch=code, week=week))
            friday = date(2026, 4, 3)
            set_calendar(ctx, wishes.SetCalendar(branch=code, day=friday, reason="Good Friday"))


@pytest.fixture
def wood(acts, houses):
    """A document with one copy at Central."""
    made = acts(add_document, AddDocument(title="Norwegian Wood", authors="Haruki Murakami"))
    acts(add_copy, AddCopy(document=made.id, barcode="TS1", branch="central", price_minor=1899))
    return made


@pytest.fixture
def copies(acts, wood):
    """Add more copies of the document."""

    def add(*barcodes, **facts):
        for barcode in barcodes:
            facts = {"document": wood.id, "branch": "central"} | facts
            acts(add_copy, AddCopy(barcode=barcode, **facts))

    return add


@pytest.fixture
def readers(acting_as, houses):
    """Maya, a student; Ben of the faculty; Carla, a visitor; by their first names."""
    made = {}
    with acting_as(actor=DINA) as ctx:
        for card, given, family, kind in CAST:
            told = {"given": given, "family": family, "kind": kind, "number": f"N-{card}"}
            wish = wishes.RegisterPatron(card=card, branch="central", **told)
            public_id = register_patron(ctx, wish).id
            found = read_patron(ctx, wishes.ChoosePatron(id=public_id))
            actor = Actor(9, given, frozenset({"public", "signed-in"}), found.person)
            made[given] = SimpleNamespace(id=public_id, card=card, person=found.person, actor=actor)
    return SimpleNamespace(**made)


@pytest.fixture
def lend(acts, readers):
    """Lend a copy, by its barcode, to Maya or to whoever holds the card."""

    def run(barcode="TS1", card="LC-1001", **how):
        return acts(borrow_copy, wishes.BorrowCopy(barcode=barcode, card=card, **how))

    return run


@pytest.fixture
def take_back(acts):
    return lambda barcode="TS1", **how: acts(return_copy, wishes.ReturnCopy(barcode=barcode, **how))


@pytest.fixture
def wait(acts, readers, wood):
    """Put the reader of a card into the queue for the document."""

    def run(card, **how):
        how = {"document": wood.id, "branch": "central"} | how
        return acts(place_hold, wishes.PlaceHoldFor(card=card, **how))

    return run


@pytest.fixture
def queue(acts):
    """Return who waits, in order: the card and the state."""

    def run():
        found = acts(find_holds, wishes.FindHolds()).items
        return [(hold.card, hold.state) for hold in found]

    return run


@pytest.fixture
def owed(acts):
    """Return the charges of a reader, oldest first: reason, amount, what is open."""

    def run(reader):
        lines = acts(charges_of_patron, wishes.ChoosePatron(id=reader.id))
        return [(line.reason, line.amount_minor, line.open_minor) for line in reversed(lines)]

    return run


@pytest.fixture
def api(app):
    """Call the programs' surface as Dina, or as an actor; what creates gets a key of its own."""
    acting = {"actor": DINA}

    def sign_in():
        g.actor = acting["actor"]

    app.before_request(sign_in)
    client = app.test_client()

    def call(line, body=None, *, actor=DINA, key=None, tag=None):
        verb, path = line.split(maxsplit=1)
        acting["actor"] = actor
        headers = {"Idempotency-Key": key or new_id()} if verb == "POST" else {}
        if tag is not None:
            headers["If-Match"] = f'"{tag}"'
        sent = {"json": {} if body is None else body} if verb not in {"GET", "DELETE"} else {}
        return client.open(f"/api/v1/library{path}", method=verb, headers=headers, **sent)

    call.client = client
    return call


@pytest.fixture
def browser(signed_in):
    """Somebody at a browser: read a page, send a form."""

    def come(*roles, **who):
        person = signed_in(*roles, **who)

        def post(path, **fields):
            sent = {"csrf_token": person.token, "once": "", **fields}
            return person.client.post(f"/library{path}", data=sent)

        return SimpleNamespace(get=lambda path: person.client.get(f"/library{path}"), post=post)

    return come


@pytest.fixture
def statements(town):
    """Every statement that reaches SQLite's driver, without begin and commit."""
    seen = []
    verbs = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")

    def note(text):
        if text.startswith(verbs) and text not in seen[-1:]:  # A trigger tells its cause again.
            seen.append(text)

    def listen(connection, _record):
        connection.set_trace_callback(note)

    event.listen(town.database, "connect", listen)
    return seen
