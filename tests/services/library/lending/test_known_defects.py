"""What has gone wrong in other libraries' systems, and must not go wrong here.

Each test is named after what people there have seen. More of the same kind stand where they
belong: damaged MARC records in the catalogue, races and kills in the tests of concurrency.
"""

from datetime import date

import pytest
from sqlalchemy import text

from townsquare.core.invariants import breaches
from townsquare.core.worker import Worker
from townsquare.services.library.commands import lending as wishes
from townsquare.services.library.usecases.holds import expire_holds
from townsquare.services.library.usecases.policies import set_calendar

pytestmark = pytest.mark.engines("sqlite")
MAYA = {"barcode": "TS1", "card": "LC-1001"}
BEN = {"barcode": "TS1", "card": "LC-2001"}


@pytest.fixture
def state(town):
    def run(barcode="TS1"):
        chosen = text("SELECT state FROM library_copy WHERE barcode = :barcode")
        with town.database.connect() as connection:
            return connection.scalar(chosen, {"barcode": barcode})

    return run


@pytest.fixture
def close_north(acts):
    def run(*days):
        for day in days:
            wish = wishes.SetCalendar(branch="north", day=date(2026, 3, day), reason="Flood")
            acts(set_calendar, wish)

    return run


def test_a_copy_is_never_on_loan_and_on_the_hold_shelf_at_once(api, town, wood, wait, state):
    api("POST /loans", MAYA)
    wait("LC-2001")
    for _ in range(2):
        assert api("POST /returns", {"barcode": "TS1"}).json["goes_to"] == "hold_shelf"
        refused = api("POST /loans", MAYA)
        assert (refused.status_code, refused.json["code"]) == (409, "library.copy-held")
    assert (state(), api("GET /loans").json["items"]) == ("hold_shelf", [])
    assert api("POST /loans", BEN).status_code == 201
    assert (state(), api("GET /holds").json["items"]) == ("on_loan", [])
    assert breaches(town) == {}


def test_two_identical_loans_in_one_second_are_one(api, town, wood, readers):
    answers = [api("POST /loans", MAYA) for _beep in range(2)]
    assert [answer.status_code for answer in answers] == [201, 409]
    assert answers[1].json["code"] == "library.copy-on-loan"
    assert len(api("GET /loans").json["items"]) == 1
    assert breaches(town) == {}


def test_no_check_out_is_refused_because_the_index_stands_still(api, town, wood, readers, state):
    with town.database.begin() as connection:
        connection.execute(text("DELETE FROM library_document_fts"))
    assert api("GET /documents?words=norwegian").json["documents"] == []
    assert api("POST /loans", MAYA).status_code == 201
    hold = {"document": wood.id, "card": "LC-2001", "branch": "central"}
    assert api("POST /holds", hold).status_code == 201
    assert api("POST /returns", {"barcode": "TS1"}).json["reader"] == "LC-2001"
    assert api("POST /loans", BEN).status_code == 201
    [line] = api("GET /documents").json["documents"]
    assert (line["copies"], line["available"], state()) == (1, 0, "on_loan")


def test_no_hold_is_ready_while_its_book_is_out(api, town, acts, wood, wait, queue, clock):
    api("POST /loans", MAYA)  # Due on 16 March.
    clock.set(2026, 3, 20, 10)
    wait("LC-2001")
    for day in (21, 28, 30):
        clock.set(2026, 3, day, 23)
        Worker(town).drain()
        assert acts(expire_holds, wishes.Nothing()).open_minor == 0
        assert queue() == [("LC-2001", "waiting")]
        assert api("GET /fetching").json["items"] == []
    api("POST /copies/TS1/loss")
    assert queue() == [("LC-2001", "waiting")]
    assert api("POST /copies/TS1/finding").status_code == 200
    assert queue() == [("LC-2001", "ready")]
    assert breaches(town) == {}


def test_a_loan_is_due_on_no_closed_day_of_the_house_that_lends(
    api, wood, readers, copies, close_north
):
    copies("TN1", branch="north")
    close_north(16, 17)
    lent = [api("POST /loans", {**MAYA, "barcode": barcode}).json for barcode in ("TS1", "TN1")]
    assert [loan["due_at"][:10] for loan in lent] == ["2026-03-16", "2026-03-18"]


def test_a_fine_counts_by_the_calendar_of_the_house_that_lent_wherever_the_copy_comes_back(
    api, wood, readers, copies, close_north, clock
):
    copies("TN1", branch="north")
    for barcode in ("TS1", "TN1"):
        api("POST /loans", {**MAYA, "barcode": barcode})  # Both are due on 16 March.
    close_north(18, 19)
    clock.set(2026, 3, 26, 10)
    for barcode, branch, charged in (("TS1", "north", 225), ("TN1", "central", 175)):
        back = api("POST /returns", {"barcode": barcode, "branch": branch}).json
        assert back["charged_minor"] == charged


def test_a_return_and_a_payment_that_are_sent_again_are_charged_once(
    api, town, wood, lend, owed, readers, clock
):
    lend()
    clock.set(2026, 3, 26, 10)
    for key in ("one", "one", "two"):  # Sent again by the program, and scanned again by a person.
        assert api("POST /returns", {"barcode": "TS1"}, key=key).status_code == 200
    assert owed(readers.Maya) == [("overdue", 225, 225)]
    paid = [
        api("POST /payments", {"card": "LC-1001", "amount_minor": 100}, key="one").json
        for _refresh in range(3)
    ]
    assert [each["number"] for each in paid] == [paid[0]["number"]] * 3
    assert owed(readers.Maya) == [("overdue", 225, 125)]
    assert breaches(town) == {}


def test_a_refused_insert_poisons_no_later_graphql(api, wood, readers):
    api("GET /rules")  # From now on it is Dina who asks.

    def ask(document):
        return api.client.post("/graphql", json={"query": document}).json

    place = (
        f'mutation {{placeHold(document: "{wood.id}", branch: "central", card: "LC-2001") {{id}}}}'
    )
    assert "errors" not in ask(place)
    for _ in range(5):
        (refused,) = ask(place)["errors"]
        assert refused["extensions"]["code"] == "library.hold-exists"
        assert ask("{holds {items {card}}}") == {
            "data": {"holds": {"items": [{"card": "LC-2001"}]}}
        }
    assert "errors" not in ask('mutation {returnCopy(barcode: "TS1") {goesTo}}')
