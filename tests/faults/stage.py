"""A small town on which every act of the registry can be tried: one sample of a wish for each."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import time

from townsquare.core.permissions import install_roles
from townsquare.core.usecase import REGISTRY, Actor

WEEK = [{"weekday": day, "opens": time(9), "closes": time(18)} for day in range(7)]
COPIES, CARDS = ("TS1", "TS2", "TS3"), {"LC-1": "Maya", "LC-2": "Ben"}


@dataclass(frozen=True)
class Sample:
    """How a wish for an act comes about, and on whose behalf."""

    by: str
    make: Callable[["Stage"], dict[str, object]]


SAMPLES: dict[str, Sample] = {}


def sample(name, *, by="dina"):
    """Note how a wish for this act comes about: what is done before it, and what it says."""

    def note(make):
        assert name not in SAMPLES
        SAMPLES[name] = Sample(by, make)
        return make

    return note


class Stage:
    """Two houses, a document with three copies, two readers; everything else a sample makes."""

    def __init__(self, town, clock):
        self.town, self.clock = town, clock
        with town.sessions.begin() as db:
            install_roles(db, town.services)
        self.actors = {"dina": Actor(3, "Dina Park", person="P-DINA"), "guest": Actor(0, "guest")}
        for code in ("central", "north"):
            self.do("library.branch.add", code=code, name=code.title(), zone="Europe/London")
            self.do("library.calendar.week", branch=code, week=WEEK)
        self.wood = self.do("library.document.add", title="Norwegian Wood", authors="Murakami").id
        for barcode in COPIES:
            self.copy(barcode)
        for card, given in CARDS.items():
            told = {"given": given, "kind": "student", "number": card, "email": "a@b.example"}
            self.do("library.patron.register", card=card, branch="central", **told)
            person = self.one(f"SELECT public_id FROM people_person WHERE given = '{given}'")
            self.actors[given.lower()] = Actor(9, given, person=person)

    def do(self, act, *, by="dina", **wish):
        """Do this act in a unit of its own, for somebody who may do it."""
        declared = REGISTRY[act]
        return self.ask(declared, declared.command(**wish), self.actor(by, declared))

    def ask(self, act, wish, actor):
        """Do this act as surfaces do: what it has to read is read before its unit."""
        return self.run(act.call, self.town.ahead(act, actor, wish), actor)

    def actor(self, by, declared):
        """Return who acts, with the permissions that this act needs."""
        who, allowed = self.actors[by], {"public", "signed-in", declared.permission}
        return replace(who, permissions=frozenset({*allowed, "identity.role.appoint"}))

    def run(self, call, wish, actor):
        """Do this in a unit of its own."""
        with self.town.working(actor) as ctx:
            return call(ctx, wish)

    def one(self, question):
        """Return the one value that this statement finds."""
        with self.town.database.connect() as connection:
            return connection.exec_driver_sql(question).scalar_one()

    def copy(self, barcode):
        told = {"branch": "central", "price_minor": 1899}
        return self.do("library.copy.add", document=self.wood, barcode=barcode, **told).id

    def lend(self, barcode="TS1", card="LC-1"):
        """Lend a copy to Maya, who may say so herself from then on; return the loan."""
        return self.do("library.loan.create", barcode=barcode, card=card).id

    def wait(self, card="LC-2"):
        """Let everything be lent and a reader wait; return the hold."""
        for barcode in COPIES:
            self.lend(barcode)
        told = {"document": self.wood, "branch": "central"}
        return self.do("library.hold.place_for", card=card, **told).id

    def owe(self):
        """Let Maya lose a copy; return the charge for it."""
        self.lend()
        self.do("library.copy.lose", barcode="TS1")
        return self.one("SELECT public_id FROM payments_charge WHERE reason = 'lost'")

    def pay(self):
        """Let Maya pay ten of what she owes; return the payment."""
        self.owe()
        return self.do("library.payment.take", card="LC-1", amount_minor=1000).id
