"""What the tests of purchases share: who does what, and a supplier that may be bought from."""

import re

import pytest

MILK = {
    "code": "MILK-1L",
    "name": "Whole milk",
    "size": "1 L",
    "sold_by": "piece",
    "perishable": "true",
    "price": "62.50",
}
FARMS = {
    "number": "SUP-01",
    "company": "Batangas Farms",
    "email": "farms@batangas.example",
    "bank_name": "BDO",
    "bank_account": "DE89 3704 0044 0532 0130 00",
    "lead_days": "3",
}
ID = re.compile(r"/([0-9A-Z]{26})(?:$|[/?])")


@pytest.fixture
def people(ogs, signed_in):
    """Olga, who may enter suppliers; Lena, who runs the shop; Tomas at the shelves; Paul."""
    roles = {"Olga": "administrator", "Lena": "manager", "Tomas": "keeper", "Paul": "accountant"}
    return {name: signed_in(f"grocery.{role}", name=name) for name, role in roles.items()}


@pytest.fixture
def pages(people):
    """Send a form of the shop as somebody: `pages("Lena", "suppliers", company="Farms")`."""

    def run(person, path, /, **fields):
        who = people[person]
        told = {**fields, "csrf_token": who.token}
        return who.client.post(f"/grocery/staff/{path}", data=told)

    return run


@pytest.fixture
def reads(people):
    """Return the text of a page of the shop as somebody sees it."""
    return lambda name, path: people[name].client.get(f"/grocery/staff/{path}").text


@pytest.fixture
def applied(pages):
    """Batangas Farms, entered by Olga; its id."""
    return made(pages("Olga", "suppliers", **FARMS))


@pytest.fixture
def farms(pages, applied):
    """Batangas Farms, approved by Lena, with milk in cases of twelve for 600.00; its id."""
    pages("Lena", f"suppliers/{applied}/approve")
    pages("Lena", "products", **MILK)
    told = {"product": "MILK-1L", "pack_qty": "12", "price": "600.00", "min_packs": "1"}
    pages("Lena", f"suppliers/{applied}/goods", id=applied, **told)
    return applied


@pytest.fixture
def ordering(pages, town, farms):
    """Let Lena write an order for cases of milk; its id."""
    with town.database.connect() as connection:
        product = connection.exec_driver_sql("SELECT public_id FROM catalogue_variant").scalar_one()

    def order(packs="10", **more):
        told = {"supplier": farms, f"packs-{product}": packs, **more}
        return made(pages("Lena", "purchases/new", **told))

    return order


@pytest.fixture
def sent(pages, ordering):
    """An order for ten cases of milk that was sent; its id."""
    order = ordering()
    pages("Lena", f"purchases/{order}/send")
    return order


@pytest.fixture
def arriving(pages, sent):
    """Let Tomas take milk in that came of the order."""

    def arrive(qty="108", **more):
        told = {"note": "DN-77", "qty-1": qty, "until-1": "2026-03-10", **more}
        return pages("Tomas", f"purchases/{sent}/receive", **told)

    return arrive


@pytest.fixture
def billing(pages, sent):
    """Let Paul type in an invoice for milk of the order."""

    def bill(qty, amount, **more):
        told = {"number": "R-2026-9", "issued_on": "2026-03-05", "due_on": "2026-04-04", **more}
        told |= {"qty-1": qty, "amount-1": amount}
        return pages("Paul", f"purchases/{sent}/invoice", **told)

    return bill


def made(answer):
    """Return the id of what was made, by the address that the answer leads to."""
    return ID.search(answer.headers["location"])[1]


# How many statements each address of purchases takes.
SUPPLYING = {
    "/grocery/staff/books": 1,
    "/grocery/staff/invoices": 1,
    "/grocery/staff/invoices/<id>": 7,
    "/grocery/staff/invoices/<id>/correct": 12,
    "/grocery/staff/payables": 2,
    "/grocery/staff/purchases/<id>/invoice": 5,
    "/grocery/staff/values": 3,
    "/grocery/staff/values/<id>": 3,
    "/api/v1/grocery/receipts": 1,
    "/api/v1/grocery/stock/values": 3,
    "/api/v1/grocery/stock/values/<id>": 3,
    "/api/v1/grocery/books": 1,
    "/api/v1/grocery/payables": 1,
    "/api/v1/grocery/supplier-invoices": 1,
    "/api/v1/grocery/supplier-invoices/<id>": 7,
    "/grocery/staff/purchases": 1,
    "/grocery/staff/purchases/<id>": 5,
    "/grocery/staff/purchases/<id>/receive": 5,
    "/grocery/staff/purchases/<id>/freight": 6,
    "/grocery/staff/purchases/new": 1,
    "/grocery/staff/requests": 1,
    "/grocery/staff/requests/new": 0,
    "/grocery/staff/suppliers": 1,
    "/grocery/staff/suppliers/<id>": 2,
    "/grocery/staff/suppliers/<id>/edit": 2,
    "/grocery/staff/suppliers/<id>/goods": 2,
    "/grocery/staff/suppliers/new": 0,
    "/api/v1/grocery/purchase-orders": 1,
    "/api/v1/grocery/purchase-orders/<id>": 5,
    "/api/v1/grocery/purchase-requests": 1,
    "/api/v1/grocery/suppliers": 1,
    "/api/v1/grocery/suppliers/<id>": 2,
}
