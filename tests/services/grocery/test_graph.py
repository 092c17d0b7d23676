"""The shop in GraphQL: a journey from the cart to the shelf, one look for each level of nesting."""

import pytest

from tests.services.grocery.test_cost import statements
from townsquare.services.grocery.commands.suppliers import AddSupplier, OfferGoods
from townsquare.services.grocery.rules.hours import next_hours
from townsquare.services.grocery.usecases.suppliers import add_supplier, offer_goods

__all__ = ["statements"]
PUT = "mutation($code: String!) { putLine(product: $code, qty: 2) { version lines { id qty } } }"
QUOTE = "mutation($at: Anything) { quote(starts: $at) { version totalMinor state } }"
PLACE = "mutation($v: Whole!, $m: Whole!) { place(version: $v, expectedMinor: $m) { id number } }"
ORDER = "query($n: String!) { order(number: $n) { stage totalMinor lines { id code } } }"
PICK = "mutation($o: String!, $l: String!) { confirmPick(id: $o, line: $l) { stage } }"


@pytest.fixture
def ask(manager):
    """Ask GraphQL as Lena, who buys as well; return what it answers."""

    def send(query, client=None, **variables):
        client = client or manager.client
        sent = {"query": query, "variables": variables}
        told = client.post("/graphql", json=sent, headers={"X-CSRF-Token": manager.token})
        return told.get_json()

    return send


def placed(ask, town):
    """Order two milk; return the order."""
    ask(PUT, code="MILK")
    starts = next_hours(town.now(), "Asia/Manila")[-1].isoformat()
    quoted = ask(QUOTE, at=starts)["data"]["quote"]
    told = {"v": quoted["version"], "m": quoted["totalMinor"]}
    return ask(PLACE, **told)["data"]["place"]


@pytest.mark.usefixtures("shelves")
def test_who_puts_quotes_and_places_has_an_order(ask, town):
    number = placed(ask, town)["number"]
    told = ask(ORDER, n=number)["data"]["order"]
    assert (told["stage"], told["totalMinor"]) == ("placed", 12500)
    mine = ask("{ orders { orders { number } } }")["data"]["orders"]["orders"]
    assert [one["number"] for one in mine] == [number]


@pytest.mark.usefixtures("shelves")
def test_an_order_is_picked_or_called_off_once(ask, town):
    first, second = placed(ask, town), placed(ask, town)
    (line,) = ask(ORDER, n=first["number"])["data"]["order"]["lines"]
    picked = ask(PICK, o=first["id"], l=line["id"])["data"]["confirmPick"]
    assert picked["stage"] == "ready"
    cancel = "mutation($n: String!) { cancel(number: $n) { stage } }"
    assert ask(cancel, n=second["number"])["data"]["cancel"]["stage"] == "cancelled"
    refused = ask(cancel, n=first["number"])["errors"][0]["extensions"]["code"]
    assert refused == "ordering.too-late-to-cancel"


@pytest.mark.usefixtures("shelves")
def test_who_is_no_staff_sees_no_stock(ask, signed_in):
    buyer = signed_in(name="Rosa Dizon")
    sent = {"query": "{ lots { lots { id } } }"}
    told = buyer.client.post("/graphql", json=sent, headers={"X-CSRF-Token": buyer.token})
    assert told.get_json()["errors"][0]["extensions"]["code"] == "core.not-allowed"


@pytest.mark.usefixtures("shelves")
def test_stock_of_a_moment_is_replayed(ask):
    then = 'query($t: Anything!) { stockAt(product: "MILK", time: $t) { lines { product qty } } }'
    before = ask(then, t="2026-01-01T00:00:00Z")["data"]["stockAt"]["lines"]
    now = ask(then, t="2026-12-01T00:00:00Z")["data"]["stockAt"]["lines"]
    assert before == []
    assert now == [{"product": "MILK", "qty": 20}]


@pytest.mark.engines("sqlite")
@pytest.mark.usefixtures("shelves")
def test_nesting_costs_one_look_for_all_lines(ask, statements):
    for code in ("MILK", "BREAD", "TOMATO"):
        ask(PUT, code=code)
    plain, nested = "{ cart { lines { id } } }", "{ cart { lines { id onShelf { name } } } }"
    cost = {}
    for query in (plain, nested):
        ask(query)
        statements.clear()
        answer = ask(query)
        cost[query] = len(statements)
    assert [one["onShelf"]["name"] for one in answer["data"]["cart"]["lines"]] == [
        "Whole milk",
        "Bread",
        "Tomatoes",
    ]
    assert cost[nested] == cost[plain] + 1
    levels = ask("{ stockLevels { levels { code lots { onHand } } } }")["data"]["stockLevels"]
    assert {line["code"]: len(line["lots"]) for line in levels["levels"]}["MILK"] == 1


@pytest.mark.engines("sqlite")
@pytest.mark.usefixtures("shelves")
def test_suppliers_are_read_with_what_they_offer_in_one_look(ask, managing, signed_in, statements):
    for number, code in (("SUP-01", "MILK"), ("SUP-02", "BREAD")):
        with managing() as ctx:
            made = add_supplier(ctx, AddSupplier(number=number, company=f"Farm {number}"))
            offer_goods(ctx, OfferGoods(id=made.id, product=code, pack_qty=6, price="300.00"))
    plain = "{ suppliers { suppliers { number } } }"
    nested = "{ suppliers { suppliers { number offers { code packQty priceMinor } } } }"
    cost = {}
    for query in (plain, nested):
        ask(query)
        statements.clear()
        told = ask(query)["data"]["suppliers"]["suppliers"]
        cost[query] = len(statements)
    assert [(one["number"], one["offers"][0]["code"]) for one in told] == [
        ("SUP-01", "MILK"),
        ("SUP-02", "BREAD"),
    ]
    assert cost[nested] == cost[plain] + 1
    one = "query($i: String!) { supplier(id: $i) { company accountEnds goods { code } } }"
    assert ask(one, i=made.id)["data"]["supplier"]["goods"] == [{"code": "BREAD"}]
    cashier = signed_in("grocery.cashier")
    head = {"X-CSRF-Token": cashier.token}
    refused = cashier.client.post("/graphql", json={"query": plain}, headers=head).get_json()
    assert refused["errors"][0]["extensions"]["code"] == "core.not-allowed"
