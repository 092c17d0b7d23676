"""What lending costs: statements at the driver for every address that can be read."""

from types import SimpleNamespace

import pytest

from tests.services.library.lending.conftest import DINA

LIST, DETAIL, FORM = 2, 3, 4
READER = "/library/me", "/api/v1/library/me"
LISTS = {
    "/library",
    "/library/narrow",
    "/library/authorities/<kind>",
    "/library/loans",
    "/library/holds",
    "/library/charges",
    "/library/payments",
    "/library/waivers",
    "/library/rules",
    "/library/calendar",
    "/library/copies",
    "/library/imports",
    "/library/patrons",
    "/library/reports/<name>",
    "/api/v1/library/documents",
    "/api/v1/library/facets",
    "/api/v1/library/copies",
    "/api/v1/library/branches",
    "/api/v1/library/categories",
    "/api/v1/library/publishers",
    "/api/v1/library/names",
    "/api/v1/library/imports",
    "/api/v1/library/loans",
    "/api/v1/library/holds",
    "/api/v1/library/patrons",
    "/api/v1/library/patrons/<id>/loans",
    "/api/v1/library/patrons/<id>/charges",
    "/api/v1/library/charges",
    "/api/v1/library/payments",
    "/api/v1/library/waivers",
    "/api/v1/library/waivers/proposals",
    "/api/v1/library/me/charges",
    "/api/v1/library/me/payments",
    "/api/v1/library/me/receipts",
    "/api/v1/library/rules",
    "/api/v1/library/calendar",
}
FORMS = {
    "/library/documents/<id>/hold",
    "/library/documents/<id>/hold-for",
    "/library/documents/<id>/copies/new",
}


@pytest.fixture
def lived(api, readers, wood, wait, copies, acts, clock):
    """A library with late loans, a queue, a hold shelf, money; the ids of one of each."""
    copies("TS2", "TS3", "TS4")
    api("POST /loans", {"barcode": "TS1", "card": "LC-1001"})
    wait("LC-2001")
    wait("LC-1001")
    clock.set(2026, 3, 26, 10)
    api("POST /returns", {"barcode": "TS1"})
    loan = api("POST /loans", {"barcode": "TS2", "card": "LC-1001"}).json["id"]
    api("POST /loans", {"barcode": "TS3", "card": "LC-1001"})
    clock.set(2026, 4, 20, 10)
    payment = api("POST /payments", {"card": "LC-1001", "amount_minor": 50}).json
    refund = {"payment": payment["id"], "amount_minor": 10, "reason": "Mistake"}
    api("POST /refunds", refund)
    return SimpleNamespace(
        payment=payment["id"],
        receipt=payment["receipt"],
        loan=loan,
        patron=readers.Maya.id,
        charge=api("GET /charges").json["items"][0]["id"],
        copy=api("GET /copies").json["copies"][0]["id"],
        document=wood.id,
        branch="central",
        maya=readers.Maya.actor,
    )


def address_of(rule, ids):
    """Fill the placeholders of a rule with what exists."""
    thing = rule.removeprefix("/api/v1").replace("/me/", "/").split("/")[2:3]
    named = {"documents": ids.document, "patrons": ids.patron, "loans": ids.loan}
    named |= {"charges": ids.charge, "copies": ids.copy}
    named |= {"payments": ids.payment, "receipts": ids.receipt}
    filled = {
        "<id>": named.get("".join(thing), "nothing"),
        "<branch>": ids.branch,
        "<name>": "titles",
        "<kind>": "names",
        "<written_as>": "bibtex",
    }
    for place, value in filled.items():
        rule = rule.replace(place, value)
    return rule


@pytest.mark.engines("sqlite")
def test_every_address_costs_few_statements(api, app, statements, lived):
    dear = []
    for rule in {rule.rule for rule in app.url_map.iter_rules() if "GET" in rule.methods}:
        if not rule.startswith(("/library", "/api/v1/library")):
            continue
        api("GET /rules", actor=lived.maya if rule.startswith(READER) else DINA)
        address = address_of(rule, lived) + ("?kind=staff" if "explain" in rule else "")
        api.client.get(address)
        statements.clear()
        status = api.client.get(address).status_code
        most = LIST if rule in LISTS else FORM if rule in FORMS else DETAIL
        if status >= 500 or len(statements) > most:
            dear.append((rule, status, len(statements), most))
    assert dear == []


@pytest.mark.engines("sqlite")
def test_lists_are_lists_of_addresses_that_exist(app):
    known = {rule.rule for rule in app.url_map.iter_rules()}
    assert known >= LISTS | FORMS


@pytest.mark.engines("sqlite")
def test_twice_as_much_costs_the_same(api, statements, lived, copies):
    def cost(path):
        api(f"GET {path}")
        statements.clear()
        assert api(f"GET {path}").status_code == 200
        return len(statements)

    paths = ("/loans", "/holds", "/charges", "/patrons", f"/patrons/{lived.patron}/loans")
    before = [cost(path) for path in paths]
    copies(*(f"B{number}" for number in range(8)))
    for number in range(8):
        sent = {"given": f"R{number}", "number": f"{number}", "card": f"R{number}"}
        api("POST /patrons", sent | {"kind": "faculty", "branch": "central"})
        api("POST /loans", {"barcode": f"B{number}", "card": f"R{number}"})
    assert [cost(path) for path in paths] == before


@pytest.mark.engines("sqlite")
def test_a_loan_and_a_return_cost_twelve_statements_at_most(api, statements, copies, readers):
    copies("TS2")
    api("POST /loans", {"barcode": "TS1", "card": "LC-2001"})
    for line, body in (
        ("POST /loans", {"barcode": "TS2", "card": "LC-2001"}),
        ("POST /returns", {"barcode": "TS2"}),
    ):
        statements.clear()
        assert api(line, body).status_code in {200, 201}
        assert len(statements) <= 12, statements


@pytest.mark.engines("sqlite")
def test_the_first_loan_of_a_reader_costs_no_more(api, statements, wood, readers):
    api("GET /rules")
    statements.clear()
    assert api("POST /loans", {"barcode": "TS1", "card": "LC-1001"}).status_code == 201
    assert len(statements) <= 12, statements


@pytest.mark.engines("sqlite")
def test_one_own_page_costs_three_statements_however_much_there_is(api, statements, lived):
    api("GET /me", actor=lived.maya)
    statements.clear()
    mine = api("GET /me", actor=lived.maya).json
    assert (len(mine["loans"]), len(mine["fines_minor"]), len(mine["charges"])) == (2, 2, 1)
    assert len(statements) <= DETAIL
