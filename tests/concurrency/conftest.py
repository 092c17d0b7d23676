"""What races share: a library with readers and copies, and a desk that may do everything."""

from dataclasses import dataclass
from functools import partial

import pytest

from tests.kit import racing
from townsquare.core.usecase import Actor
from townsquare.services.library.commands.authorities import AddBranch
from townsquare.services.library.commands.catalogue import AddCopy, AddDocument
from townsquare.services.library.commands.lending import RegisterPatron
from townsquare.services.library.permissions import CATALOGUING, MANAGING
from townsquare.services.library.usecases.authorities import add_branch
from townsquare.services.library.usecases.copies import add_copy
from townsquare.services.library.usecases.documents import add_document
from townsquare.services.library.usecases.patrons import register_patron

DINA = Actor(3, "Dina Park", MANAGING | CATALOGUING | {"public", "signed-in"})


@dataclass(frozen=True)
class Library:
    """One house with one document; copies and readers are added by the number."""

    town: object
    document: str
    ask: object

    def copies(self, how_many):
        """Add copies worth 10.00 each; return their barcodes."""
        return self._add(how_many, "TS", self._copy)

    def readers(self, how_many):
        """Register students, who may have five loans; return their cards."""
        return self._add(how_many, "LC", self._reader)

    def copies_named(self, barcode):
        """Add one more copy; return its barcode."""
        with self.town.working(DINA) as ctx:
            self._copy(ctx, barcode)
        return barcode

    def lend(self, barcode, card):
        return self.ask(borrowing(barcode, card))

    def wait(self, card):
        return self.ask(waiting(self, card))

    def rows(self, statement):
        with self.town.database.connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(statement)]

    def run(self, statement):
        with self.town.database.begin() as connection:
            connection.exec_driver_sql(statement)

    def _add(self, how_many, prefix, add):
        names = [f"{prefix}-{number:03}" for number in range(1, how_many + 1)]
        with self.town.working(DINA) as ctx:
            for name in names:
                add(ctx, name)
        return names

    def _copy(self, ctx, barcode):
        told = {"document": self.document, "branch": "central", "price_minor": 1000}
        add_copy(ctx, AddCopy(barcode=barcode, **told))

    def _reader(self, ctx, card):
        told = {"kind": "student", "number": f"N-{card}", "branch": "central"}
        register_patron(ctx, RegisterPatron(given="Maya", card=card, **told))


def borrowing(barcode, card):
    return racing.Call("/loans", {"barcode": barcode, "card": card})


def returning(barcode):
    return racing.Call("/returns", {"barcode": barcode})


def waiting(library, card):
    told = {"document": library.document, "branch": "central", "card": card}
    return racing.Call("/holds", told)


def paying(card, amount_minor, **more):
    return racing.Call("/payments", {"card": card, "amount_minor": amount_minor, **more})


@pytest.fixture
def door(town, signed_in, settings):
    dina = signed_in("library.manager")
    return racing.Door(settings, town.now(), dina.cookie, dina.token)


@pytest.fixture
def library(app, town, door):
    with town.working(DINA) as ctx:
        add_branch(ctx, AddBranch(code="central", name="Central", zone="Asia/Manila"))
        document = add_document(ctx, AddDocument(title="Noli Me Tángere", authors="José Rizal"))
    return Library(town, document.id, partial(door.call, app))


@pytest.fixture(params=["threads", "processes"])
def race(request, app, door, measured):
    """Make calls at once, by threads of one process and by those of three."""

    def start(calls):
        measured(races=1, contestants=len(calls))
        if request.param == "threads":
            return racing.race(door, calls, app=app)
        return racing.race_of_processes(door, calls)

    return start
