"""A small library in which every address has something real behind it, and who may knock there."""

import re
from base64 import b64encode
from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.access.delivering import deliver
from tests.access.keeping import keep
from tests.access.paying import begin
from tests.access.polling import poll
from tests.access.recalling import call_back
from tests.access.shopping import buy
from tests.access.supplying import supply
from tests.access.walking import LEAVING, doors, plausible, send, wishes_of
from tests.kit import second
from tests.kit.people import Person
from townsquare.core.identity.bearer import PERSONAL, new_token
from townsquare.core.identity.models import AccountRow, SessionRow, TokenRow
from townsquare.core.identity.passkeys import PasskeyRow
from townsquare.core.identity.proposals import ProposalRow
from townsquare.core.identity.sessions import digest
from townsquare.core.jobs.queue import put
from townsquare.core.usecase import Actor
from townsquare.core.webhooks.models import WebhookRow
from townsquare.services.grocery.commands.imports import UploadGoods
from townsquare.services.grocery.commands.products import AddProduct
from townsquare.services.grocery.commands.shelves import AddBrand as AddMaker
from townsquare.services.grocery.commands.shelves import AddCategory as AddShelf
from townsquare.services.grocery.commands.shop import OpenShop
from townsquare.services.grocery.commands.stock import ReceiveGoods
from townsquare.services.grocery.permissions import MANAGING as SHOPKEEPING
from townsquare.services.grocery.usecases.products import add_product
from townsquare.services.grocery.usecases.receiving import receive_goods
from townsquare.services.grocery.usecases.shelves import add_brand
from townsquare.services.grocery.usecases.shelves import add_category as add_shelf
from townsquare.services.grocery.usecases.shop import open_grocery
from townsquare.services.grocery.usecases.uploading import upload_goods
from townsquare.services.library.commands import lending as wishes
from townsquare.services.library.commands.authorities import (
    AddBranch,
    AddCategory,
    AddName,
    AddPublisher,
)
from townsquare.services.library.commands.catalogue import AddCopy, AddDocument
from townsquare.services.library.commands.imports import StartImport
from townsquare.services.library.commands.tariffs import SetTariff
from townsquare.services.library.models.lending import WaiverProposalRow
from townsquare.services.library.permissions import CATALOGUING, MANAGING
from townsquare.services.library.usecases import authorities, holds, loans
from townsquare.services.library.usecases.charges import take_payment
from townsquare.services.library.usecases.copies import add_copy
from townsquare.services.library.usecases.desk import borrow_copy
from townsquare.services.library.usecases.documents import add_document
from townsquare.services.library.usecases.imports import start_import
from townsquare.services.library.usecases.patrons import register_patron
from townsquare.services.library.usecases.policies import publish_rules, set_hours, set_tariff
from townsquare.services.library.usecases.refunds import propose_refund

LENA = Actor(4, "Lena Cruz", SHOPKEEPING | {"public", "signed-in"})
DINA = Actor(3, "Dina Park", MANAGING | CATALOGUING | {"public", "signed-in"})
MARC = Path(__file__).parents[1] / "data" / "library" / "marc" / "one.dat"
WEEK = [{"weekday": day, "opens": time(9), "closes": time(18)} for day in range(7)]
PROGRAM = (
    MANAGING | CATALOGUING | SHOPKEEPING
)  # What the program of the tables may do, and nothing else.
CARDS = ("LC-1", "LC-2", "LC-3")
LENT, FREE, LOST = ("TS1", "TS2", "TS3")
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@pytest.fixture
def town(town):
    """Run a second service beside the library, whose staff is nobody in the library."""
    return replace(town, services=(*town.services, second.service))


@pytest.fixture
def library(town):
    """Two readers of whom one has a loan and a charge and the other waits; ids by their kind."""
    with town.working(DINA) as ctx:
        branch = authorities.add_branch(
            ctx, AddBranch(code="central", name="Central", zone="Europe/London")
        )
        set_hours(ctx, wishes.SetHours(branch="central", week=WEEK))
        made = {"branches": branch.id, "documents": _document(ctx)}
        made["copies"] = [_copy(ctx, made["documents"], barcode) for barcode in (LENT, FREE, LOST)]
        made["patrons"] = [_reader(ctx, card) for card in CARDS]
        made["categories"] = authorities.add_category(ctx, AddCategory(code="new", name="New")).id
        made["publishers"] = authorities.add_publisher(ctx, AddPublisher(code="p", name="P")).id
        made["names"] = authorities.add_name(ctx, AddName(heading="Kawabata, Yasunari")).id
        made["loans"] = borrow_copy(ctx, wishes.BorrowCopy(barcode=LENT, card="LC-1")).id
        borrow_copy(ctx, wishes.BorrowCopy(barcode=LOST, card="LC-1"))
        loans.declare_lost(ctx, wishes.ChooseCopy(barcode=LOST))
    with town.working(DINA) as ctx:
        wish = wishes.PlaceHoldFor(document=made["documents"], card="LC-2", branch="central")
        made["holds"] = holds.place_hold(ctx, wish).id
    with town.working(DINA) as ctx:
        part = wishes.PayCharges(card="LC-1", amount_minor=100)
        made["payments"] = take_payment(ctx, part).id
    charge = "SELECT public_id FROM payments_charge WHERE reason = 'lost'"
    with town.database.connect() as connection:
        made["charges"] = connection.exec_driver_sql(charge).scalar_one()
    return made


@pytest.fixture
def grocery(town):
    """The shop with milk on its shelf; ids by their kind."""
    with town.working(LENA) as ctx:
        told = {"name": "Shop", "zone": "Asia/Manila", "tax_percent": "12"}
        open_grocery(ctx, OpenShop.model_validate(told))
        kinds = {"brands": add_brand(ctx, AddMaker(code="BCH", name="Batangas")).id}
        dairy = AddShelf(code="dairy", name="Dairy")
        kinds["categories"] = add_shelf(ctx, dairy).id
        milk = {"code": "MILK-1L", "name": "Whole milk", "price": "62.50", "perishable": True}
        kinds["products"] = add_product(ctx, AddProduct.model_validate(milk)).id
        goods = {"product": "MILK-1L", "qty": 12, "expires_on": "2026-03-10"}
        kinds["lots"] = receive_goods(ctx, ReceiveGoods.model_validate(goods)).id
        sent = UploadGoods(file_name="a.csv", content=b64encode(b"barcode\n5901234123457\n"))
        kinds["imports"] = upload_goods(ctx, sent).id
    kinds |= {"p": "MILK-1L", "stock": kinds["products"], "moves": kinds["products"]}
    return {f"grocery/{kind}": found for kind, found in kinds.items()}


@pytest.fixture
def everything(library, grocery, town, signed_in):
    """Add what is of the house or comes about rarely, so that every id has somebody's thing."""
    other, told = signed_in("administrator"), {}
    with town.working(DINA) as ctx:
        content = b64encode(MARC.read_bytes())
        started = StartImport(file_name="one.dat", content=content, dry_run=False)
        told["imports"] = start_import(ctx, started).id
        part = wishes.RefundPayment(payment=library["payments"], amount_minor=50, reason="Found")
        told["refunds"] = propose_refund(ctx, part).id
        for begins in (None, town.now().date() + timedelta(30)):
            rules = [{"priority": 99, "policy": {"days": 21}}]
            publish_rules(ctx, wishes.PublishRules(rules=rules, valid_from=begins))
        set_tariff(ctx, SetTariff(code="card", name="A new card", amount_minor=300))
    at, kept = town.now(), {"created_at": town.now()}
    with town.sessions.begin() as db:
        account = db.scalars(select(AccountRow).filter_by(person=other.person)).one()
        session = db.scalars(select(SessionRow).filter_by(account_id=account.id)).one()
        mine = {"account_id": account.id, "made_by_id": account.id, "scope": "read", **kept}
        program = TokenRow(key_hash="k" * 64, name="Scanner", ends_at=at + timedelta(1), **mine)
        job = put(db, "test.bake", {"loaves": 2}, run_at=at, asked=(1, at))
        hook = {"name": "Lamps", "address": "https://lamps.example/", "events": [], **kept}
        webhook = WebhookRow(**hook, secret=b"", state="on", made_by="Olga")
        waiver = WaiverProposalRow(charge=library["charges"], amount_minor=1, why="Snow", **kept)
        told_of = {"name": "Phone", "credential": "c", "public_key": b"k", "sign_count": 0}
        passkey = PasskeyRow(account_id=account.id, created_at=at, **told_of)
        asked = {"email": "new@example.org", "proposed_by_id": account.id, **kept}
        proposal = ProposalRow(expires_at=at + timedelta(7), **asked)
        db.add_all([program, webhook, waiver, passkey, proposal])
        db.flush()
        rows = {"programs": program, "webhooks": webhook, "waivers": waiver}
        rows |= {"accounts": account, "sessions": session}
        rows |= {"passkeys": passkey, "proposals": proposal}
        told |= {kind: row.public_id for kind, row in rows.items()}
    with town.database.begin() as connection:
        receipt = "SELECT public_id FROM payments_document"
        told["receipts"] = connection.exec_driver_sql(receipt).scalars().first()
        dead = f"state = 'dead', ended_at = run_at WHERE public_id = '{job}'"
        connection.exec_driver_sql(f"UPDATE core_job SET {dead}")
        connection.exec_driver_sql("UPDATE library_patron SET note = 'Speaks softly'")
        whose = "SELECT person FROM library_patron WHERE card = 'LC-1'"
        reader = connection.exec_driver_sql(whose).scalar_one()
    bought = buy(town, reader, "MILK-1L") | supply(town, "MILK-1L") | call_back(town)
    counting = keep(town, "MILK-1L")
    paid = begin(town, reader, bought["grocery/orders"])
    brought = deliver(town)
    voted = poll(town, reader)
    shop = {**grocery, **bought, **counting, **paid, **brought}
    return {**library, **shop, **voted, **told, "jobs": job}


@pytest.fixture
def walk(app, library, signs_in, monkeypatch):
    """Every door with plausible fields for each command read behind it, and which reads what."""
    known = {"document": library["documents"], "barcode": "TS2", "card": "LC-3", "version": 1}
    known |= {"branch": "central", "charge": library["charges"], "zone": "Europe/London"}
    known |= {"price": "2.50", "ends": "2026-03-05T09:00:00Z"}  # After what begins.
    # What two fields have to agree on, or what has a form of its own.
    known |= {"to": "0102", "options": "Yes\nNo"}
    known |= {"emails": "a@sanroque.example\nb@sanroque.example"}
    known |= dict.fromkeys(("body_hash", "commitment", "seed"), "0" * 64)
    found, scout = [], signs_in()
    for door in doors(app, library):
        if door.rule in LEAVING:
            continue
        with wishes_of(monkeypatch) as read:
            send(scout, door)
        fields = [plausible(kind, {**known, **door.places}) for kind in dict.fromkeys(read)]
        asked = {}
        for kind in dict.fromkeys(read):
            for name in kind.model_fields:
                asked.setdefault(name, set()).add(kind)
        found.append((door, {n: v for each in fields for n, v in each.items()}, asked))
    return found


@pytest.fixture
def signs_in(signed_in, town):
    """Sign in somebody who may do everything."""
    roles = sorted({role for service in town.services for role in service.roles})
    return lambda **how: signed_in("administrator", *roles, **how)


@pytest.fixture
def anybody(signs_in):
    return signs_in()


@pytest.fixture
def stranger(guest):
    return having_read_a_form(guest)


@pytest.fixture
def people(signed_in, stranger, town, carrying):
    """Everybody who may try, by what they are: the columns of the reviewed tables."""
    roles = sorted({name for service in town.services for name in service.roles})
    return {
        "guest": stranger,
        "member": signed_in(),
        **{role: signed_in(role) for role in roles},
        "administrator": signed_in("administrator"),
        "disabled": having_read_a_form(signed_in("administrator", disabled=True)),
        "read token": carrying("read"),
        "write token": carrying("write"),
        "expired token": carrying("write", days=-1),
        "program": carrying(*PROGRAM, owned=False),
    }


@pytest.fixture
def carrying(app, town, signed_in):
    """Return a program with a token: of this person, of one who may do everything, or of nobody."""
    roles = ("administrator", *sorted({n for service in town.services for n in service.roles}))

    def run(*scope, days=1, owned=True, of=None):
        secret, owner = new_token(PERSONAL), of or signed_in(*roles)
        with town.sessions.begin() as db:
            named = db.scalars(select(AccountRow.id).filter_by(person=owner.person)).one()
            db.add(
                TokenRow(
                    created_at=town.now(),
                    key_hash=digest(secret),
                    account_id=named if owned else None,
                    made_by_id=named,
                    name="Scanner",
                    scope=" ".join(sorted(scope)),
                    ends_at=town.now() + timedelta(days=days),
                )
            )
        client = app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
        return having_read_a_form(Person(client))

    return run


def having_read_a_form(person):
    """Return this person with the token of our forms, so that only permissions keep them out."""
    page = person.client.get("/account/sign-in").text
    return replace(person, token=TOKEN.search(page).group(1))


def _document(ctx):
    wood = AddDocument(title="Norwegian Wood", authors="Haruki Murakami", isbn="0-375-70402-7")
    return add_document(ctx, wood).id


def _copy(ctx, document, barcode):
    wish = AddCopy(document=document, barcode=barcode, branch="central", price_minor=1899)
    return add_copy(ctx, wish).id


def _reader(ctx, card):
    told = {"given": f"Reader {card}", "kind": "student", "number": f"N-{card}", "card": card}
    return register_patron(ctx, wishes.RegisterPatron(branch="central", **told)).id
