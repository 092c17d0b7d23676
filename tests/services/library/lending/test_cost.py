"""What the library costs: statements at the driver for every address that can be read.

Every address has something real behind it and really answers; the look at the session, one
statement, is not counted.
"""

from base64 import b64encode
from itertools import product
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from tests.services.library.lending.conftest import DINA
from townsquare.core.imports.carrying import Carrier
from townsquare.core.paging import Order
from townsquare.services.library.models.catalogue import CopyRow
from townsquare.services.library.models.lending import LIVE_HOLDS, HoldRow, LoanRow
from townsquare.services.library.pages.authorities import SHELVES
from townsquare.services.library.queries import charges, holds, loans, money, patrons
from townsquare.services.library.queries.reports import REPORTS
from townsquare.services.library.results.imports import EXPORT_KINDS
from townsquare.services.library.rules.citations import STYLES
from townsquare.services.library.usecases.imports import IMPORTER, take_rows

OURS = "/library", "/api/v1/library"
READERS = "/library/me", "/api/v1/library/me"
ROOM = {"list": 2, "detail": 3, "form": 4, "piece": 4}
# Many things, page by page.
LISTS = {
    "/library",
    "/library/authorities",
    "/library/authorities/<kind>",
    "/library/calendar",
    "/library/charges",
    "/library/copies",
    "/library/holds",
    "/library/holds/fetching",
    "/library/imports",
    "/library/loans",
    "/library/me/past-loans",
    "/library/me/payments",
    "/library/narrow",
    "/library/patrons",
    "/library/payments",
    "/library/reports",
    "/library/reports/<name>",
    "/library/rules",
    "/library/refunds",
    "/library/tariffs",
    "/library/waivers",
    "/api/v1/library/branches",
    "/api/v1/library/calendar",
    "/api/v1/library/categories",
    "/api/v1/library/charges",
    "/api/v1/library/copies",
    "/api/v1/library/documents",
    "/api/v1/library/facets",
    "/api/v1/library/fetching",
    "/api/v1/library/holds",
    "/api/v1/library/imports",
    "/api/v1/library/loans",
    "/api/v1/library/me/charges",
    "/api/v1/library/me/past-loans",
    "/api/v1/library/me/payments",
    "/api/v1/library/me/receipts",
    "/api/v1/library/names",
    "/api/v1/library/patrons",
    "/api/v1/library/patrons/<id>/cards",
    "/api/v1/library/patrons/<id>/charges",
    "/api/v1/library/patrons/<id>/loans",
    "/api/v1/library/payments",
    "/api/v1/library/publishers",
    "/api/v1/library/refunds/proposals",
    "/api/v1/library/rules",
    "/api/v1/library/tariffs",
    "/api/v1/library/waivers",
    "/api/v1/library/waivers/proposals",
}
# One thing with what belongs to it, or a form about one thing.
DETAILS = {
    "/library/authorities/<kind>/<id>",
    "/library/authorities/<kind>/new",
    "/library/authorities/names/<id>/merge",
    "/library/calendar/<branch>",
    "/library/charges/<id>/waiver",
    "/library/copies/<id>",
    "/library/desk",
    "/library/desk/returns",
    "/library/documents/<id>",
    "/library/documents/<id>/change",
    "/library/documents/<id>/citation/<written_as>",
    "/library/documents/<id>/copies/new",
    "/library/documents/new",
    "/library/imports/<id>",
    "/library/imports/<id>/rows.csv",
    "/library/labels",
    "/library/me",
    "/library/me/card",
    "/library/me/receipts/<id>",
    "/library/me/wishes",
    "/library/patrons/<id>",
    "/library/patrons/<id>/card",
    "/library/patrons/<id>/change",
    "/library/patrons/<id>/deposit",
    "/library/patrons/<id>/payment",
    "/library/patrons/<id>/replacement",
    "/library/patrons/new",
    "/library/payments/<id>/refund",
    "/library/receipts/<id>",
    "/library/reports/published",
    "/library/rules/new",
    "/api/v1/library/branches/<id>",
    "/api/v1/library/categories/<id>",
    "/api/v1/library/charges/<id>",
    "/api/v1/library/copies/<id>",
    "/api/v1/library/documents/<id>",
    "/api/v1/library/documents/<id>/citation",
    "/api/v1/library/imports/<id>",
    "/api/v1/library/imports/<id>/columns",
    "/api/v1/library/loans/<id>",
    "/api/v1/library/me",
    "/api/v1/library/me/charges/<id>",
    "/api/v1/library/me/payments/<id>",
    "/api/v1/library/me/receipts/<id>",
    "/api/v1/library/me/wishes",
    "/api/v1/library/names/<id>",
    "/api/v1/library/patrons/<id>",
    "/api/v1/library/payments/<id>",
    "/api/v1/library/publishers/<id>",
    "/api/v1/library/receipts/<id>",
    "/api/v1/library/rules/explain",
    "/api/v1/library/suggestion",
}
# A form that shows the thing and offers something to choose from.
FORMS = {"/library/documents/<id>/hold", "/library/documents/<id>/hold-for"}
# Everything there is, two hundred documents at a time: so many for each of these pieces.
PIECES = {"/library/export.<kind>"}
KINDS = {"list": LISTS, "detail": DETAILS, "form": FORMS, "piece": PIECES}
ELSEWHERE = {"/library/authorities": 303}  # It goes to the names.
QUESTIONS = {"/api/v1/library/rules/explain": "?kind=staff"}
QUESTIONS["/api/v1/library/suggestion"] = "?words=norwegain"
# What is asked of a page by a search, a filter or a scanner costs no more than the page.
ASKED = {
    "/library?words=norwegian&available=true&sort=year": "list",
    "/library/narrow?words=norwegian": "list",
    "/library/loans?words=maya&late=true&sort=due&branch=central": "list",
    "/library/holds?words=ben&state=waiting": "list",
    "/library/charges?words=LC-1001&unpaid=true": "list",
    "/library/payments?words=LC-1001": "list",
    "/library/patrons?words=santos": "list",
    "/library/patrons?sort=newest": "list",
    "/library/holds?sort=newest": "list",
    "/library/charges?sort=amount": "list",
    "/library?words=norwegian&sort=relevance": "list",
    "/library/copies?barcode=TS": "list",
    "/library/holds/fetching?branch=central": "list",
    "/library/desk?card=LC-1001": "detail",
    "/library/desk/returns?branch=north&dropped_on=2026-04-18": "detail",
    "/library/rules?kind=student": "list",
}
TABLE = "Titel;Autor;Jahr\nEmma;Jane Austen;1815\nPersuasion;Jane Austen;soon\n"


@pytest.fixture
def lived(api, readers, wood, wait, copies, town, clock):
    """A library with late loans, a queue, a hold shelf, money, an import; ids by their kind."""
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
    coded = {"code": "new", "name": "New"}
    ids = {
        "documents": wood.id,
        "patrons": readers.Maya.id,
        "loans": loan,
        "payments": payment["id"],
        "receipts": payment["receipt"],
        "charges": api("GET /charges").json["items"][0]["id"],
        "copies": api("GET /copies").json["copies"][0]["id"],
        "branches": api("GET /branches").json["branches"][0]["id"],
        "names": api("GET /names").json["names"][0]["id"],
        "categories": api("POST /categories", coded).json["id"],
        "publishers": api("POST /publishers", coded).json["id"],
        "imports": tried(api, town),
    }
    return SimpleNamespace(ids=ids, patron=readers.Maya.id, maya=readers.Maya.actor)


def tried(api, town):
    """Try a table of which one row is damaged, and return the id of the import."""
    told = {"file_name": "books.csv", "content": b64encode(TABLE.encode()).decode()}
    columns = {"title": "Titel", "authors": "Autor", "year": "Jahr"}
    run = api("POST /imports", {**told, "columns": columns}).json["id"]
    api(f"POST /imports/{run}/continuation")
    Carrier(town, DINA, IMPORTER, take_rows).carry_out(run)
    return run


def ours(app):
    """Return the rules of the library that can be read."""
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in rule.methods]
    return {rule.rule for rule in rules if rule.rule.startswith(OURS)}


def addresses(rule, ids):
    """Return the addresses of a rule, with all that there is in each of its places."""
    kinds = EXPORT_KINDS if rule in PIECES else SHELVES
    choices = {"kind": kinds, "name": REPORTS, "written_as": STYLES, "branch": ["central"]}
    places = [place for place in choices if f"<{place}>" in rule]
    found = []
    for chosen in product(*(choices[place] for place in places)):
        address = rule
        for place, value in zip(places, chosen, strict=True):
            address = address.replace(f"<{place}>", value)
        before, place, after = address.partition("<id>")
        if place:
            address = before + ids[before.split("/")[-2]] + after
        found.append(address + QUESTIONS.get(rule, ""))
    return found


def cost(api, address, statements):
    """Return the status and the number of statements of an address, asked a second time."""
    api.client.get(address).get_data()
    statements.clear()
    answer = api.client.get(address)
    answer.get_data()  # What is sent piece by piece is read piece by piece.
    return answer.status_code, len(statements)


def of_readers(rule):
    """Return whether an address is for readers themselves, not for the desk."""
    return rule.startswith(READERS) or rule == "/library/documents/<id>/hold"


def too_dear(api, rules, statements, lived):
    """Return what costs more than its kind may, or does not answer as it should."""
    dear = []
    for rule in sorted(rules):
        kind = next(kind for kind, known in KINDS.items() if rule in known)
        api("GET /rules", actor=lived.maya if of_readers(rule) else DINA)
        for address in addresses(rule, lived.ids):
            status, spent = cost(api, address, statements)
            if status != ELSEWHERE.get(rule, 200) or spent > ROOM[kind]:
                dear.append((address, status, spent, kind))
    return dear


@pytest.mark.engines("sqlite")
def test_every_address_answers_and_costs_few_statements(api, app, statements, lived):
    assert too_dear(api, ours(app), statements, lived) == []


@pytest.mark.engines("sqlite")
def test_a_question_costs_no_more_than_its_page(api, statements, lived):
    api("GET /rules")
    found = {address: cost(api, address, statements) for address in ASKED}
    dear = {a: told for a, told in found.items() if told[0] != 200 or told[1] > ROOM[ASKED[a]]}
    assert dear == {}


WAITING = holds.HOLD_LINE.where(HoldRow.state.in_(LIVE_HOLDS))
ORDERED = [
    *((order, loans.LOAN_LINE) for order in loans.ORDERS.values()),
    *((order, WAITING) for order in holds.ORDERS.values()),
    *((order, patrons.PATRON_LINE) for order in patrons.ORDERS.values()),
    *((order, charges.CHARGE_LINE) for order in (money.CHARGES, money.LARGEST)),
    (money.PAYMENTS, money.PAYMENT_LINE),
]


def steps(town, statement):
    """Return how SQLite finds the lines of a statement."""
    text = str(statement.compile(town.database, compile_kwargs={"render_postcompile": True}))
    with town.database.connect() as connection:
        found = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", ("1",) * text.count("?"))
        return [step[3] for step in found]


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize(("order", "lines"), ORDERED)
def test_no_order_of_a_list_reads_a_table_to_sort_it(town, order, lines):
    for page in (lines, order.behind(lines, "x")):
        found = steps(town, order.sort(page).limit(21))
        sorts = any("ORDER BY" in step for step in found)
        # What is read as it lies ends at the limit; of holds, only those that wait are sorted.
        assert not sorts or (lines is WAITING and not any(s.startswith("SCAN") for s in found))


@pytest.mark.engines("sqlite")
def test_an_order_without_its_index_would_be_found(town):
    order = Order(LoanRow.public_id, LoanRow.out_at, LoanRow.id)
    assert "USE TEMP B-TREE FOR ORDER BY" in steps(town, order.sort(loans.LOAN_LINE).limit(21))


@pytest.mark.engines("sqlite")
def test_every_address_is_of_one_kind(app):
    kinds = [rule for rules in KINDS.values() for rule in rules]
    assert len(kinds) == len(set(kinds))
    assert set(kinds) == ours(app)  # Say of a new address which kind it is.


@pytest.mark.engines("sqlite")
def test_a_new_page_that_asks_once_for_each_row_would_be_found(
    api, app, town, statements, lived, monkeypatch
):
    def dear():
        with town.sessions() as db:
            for copy in db.scalars(select(CopyRow)).all():
                db.scalars(select(LoanRow).where(LoanRow.copy_id == copy.id)).all()
        return "dear"

    app._got_first_request = False  # noqa: SLF001 (a page that nobody can add to a running town)
    app.add_url_rule("/library/dear", "dear", dear)
    assert ours(app) - {rule for rules in KINDS.values() for rule in rules} == {"/library/dear"}
    monkeypatch.setitem(KINDS, "detail", {*DETAILS, "/library/dear"})
    found = too_dear(api, {"/library/dear"}, statements, lived)
    assert found == [("/library/dear", 200, 5, "detail")]


@pytest.mark.engines("sqlite")
def test_an_address_without_anything_behind_it_would_be_found(api, statements, lived):
    rule = "/api/v1/library/names/<id>"
    lived.ids["names"] = "nothing"
    assert [told[:2] for told in too_dear(api, {rule}, statements, lived)] == [
        ("/api/v1/library/names/nothing", 404)
    ]


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
def test_a_late_return_to_whoever_waits_costs_thirty_statements_at_most(
    api, statements, copies, readers, wait, clock
):
    copies("TS2")
    for barcode in ("TS1", "TS2"):
        api("POST /loans", {"barcode": barcode, "card": "LC-1001"})
    wait("LC-2001")
    clock.set(2026, 3, 26, 10)
    for barcode, goes_to in (("TS1", "hold_shelf"), ("TS2", "available")):
        statements.clear()
        back = api("POST /returns", {"barcode": barcode}).json
        assert (back["charged_minor"], back["goes_to"]) == (225, goes_to)
        assert len(statements) <= 30, statements


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
    assert len(statements) <= ROOM["detail"]
