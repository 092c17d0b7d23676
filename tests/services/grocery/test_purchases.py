"""Orders to suppliers on their pages: requested, written, sent, and taken in by phone."""

import re

import pytest
from sqlalchemy import select

from townsquare.blocks import purchasing
from townsquare.core.jobs.queue import JobRow
from townsquare.core.notifications.mails import words
from townsquare.services.grocery.commands.purchases import FindPurchases
from townsquare.services.grocery.queries.purchases import find_purchases

pytestmark = pytest.mark.engines("sqlite", "postgresql")
ASKED = {"code": "INVR-1", "product": "MILK-1L", "qty": "120", "reason": "Easter"}


def test_a_request_becomes_a_line_of_an_order(pages, reads, farms, town, ordering):
    assert "Nothing waits to be ordered." in reads("Lena", "requests")
    assert pages("Lena", "requests/new", **ASKED).status_code == 303
    assert "INVR-1" in reads("Lena", "requests")
    page = reads("Lena", f"purchases/new?supplier={farms}")
    assert "INVR-1 asks for 120" in page
    field = page.partition('name="asked-')[2]
    product, request = field[:26], field.partition('value="')[2][:26]
    ordering("10", **{f"asked-{product}": request})
    assert "Nothing waits to be ordered." in reads("Lena", "requests")
    assert pages("Lena", "requests/new", **ASKED).status_code == 409


def test_a_request_is_asked_in_the_unit_that_people_count_in(pages, reads, farms):
    onion = {"code": "ONION", "name": "Onions", "sold_by": "weight", "price": "189.90"}
    pages("Lena", "products", **onion)
    onions = {"code": "R-1", "product": "ONION", "qty": "2.5"}
    assert pages("Lena", "requests/new", **onions).status_code == 303
    assert "2.5 kg" in reads("Lena", "requests")
    halves = pages("Lena", "requests/new", **{**ASKED, "qty": "2.5"})
    assert (halves.status_code, "Enter a whole number." in halves.text) == (422, True)
    unknown = pages("Lena", "requests/new", **{**ASKED, "product": "NOTHING"})
    assert (unknown.status_code, 'id="f-product-error"' in unknown.text) == (422, True)


def test_a_proposal_leads_to_its_request(reads):
    page = reads("Lena", "requests/new?product=MILK-1L&qty=38")
    assert ('value="MILK-1L"' in page, 'value="38"' in page) == (True, True)
    assert re.search(r'value="MILK-1L-\d{4}"', page)


def test_an_order_is_sent_as_a_mail_that_says_all_of_it(pages, reads, town, ordering):
    order = ordering()
    assert "Draft" in reads("Lena", f"purchases/{order}")
    assert pages("Lena", f"purchases/{order}/send").status_code == 303
    page = reads("Lena", f"purchases/{order}")
    assert "Sent to farms@batangas.example." in page
    assert "OGS-PO-2026-000001" in page
    mail = _mail(town)
    assert mail["to"] == "farms@batangas.example"
    subject, body = words(town, mail["template"], mail["facts"])
    assert subject == "Order OGS-PO-2026-000001 of San Roque Community Shop"
    assert "10 x 12 Whole milk (MILK-1L) at" in body
    assert "6,000.00" in body
    assert "Please deliver by" in body


def _mail(town):
    with town.sessions() as db:
        (row,) = db.query(JobRow).filter_by(name="core.send-mail")
        return row.payload


def test_nothing_is_ordered_of_whom_nobody_has_approved(pages, reads, ordering, farms):
    order = ordering()
    pages("Lena", f"suppliers/{farms}/suspend")
    answer = pages("Lena", f"purchases/{order}/send")
    assert answer.status_code == 409
    assert "Batangas Farms is not approved" in answer.text
    assert "No supplier is approved yet." in reads("Lena", "purchases/new")


def test_a_supplier_is_found_among_many(reads, farms, town):
    with town.database.begin() as connection:
        table = purchasing.SUPPLIER.__table__
        (row,) = connection.execute(select(table)).mappings()
        more = [
            {**row, "id": 100 + n, "public_id": f"S{n:025}", "company": f"Dealer {n}"}
            | {"number": f"D-{n:03}", "number_key": f"d-{n:03}"}
            for n in range(120)
        ]
        connection.execute(table.insert(), more)
    page = reads("Lena", "purchases/new")
    assert "after=" in page
    for typed in ("dealer 119", "D-119"):
        found = reads("Lena", f"purchases/new?words={typed}")
        assert ("Dealer 119" in found, "Dealer 118" in found) == (True, False)
    assert "Nothing matches" in reads("Lena", "purchases/new?words=nobody")


def test_an_order_of_nothing_is_refused_where_it_was_typed(pages, farms, ordering):
    answer = pages("Lena", "purchases/new", supplier=farms)
    assert answer.status_code == 422
    assert "how many packs you order" in answer.text


def test_orders_are_listed_by_state(reads, sent, ordering):
    ordering("1")
    assert "OGS-PO-2026-000001" in reads("Tomas", "purchases?state=sent")
    assert "OGS-PO-2026-000002" not in reads("Tomas", "purchases?state=sent")
    assert "No order is in this state." in reads("Tomas", "purchases?state=received")


def test_an_order_that_should_have_come_is_late(sent, acting_as, clock):
    def late():
        with acting_as("grocery.purchase.read", reads=True) as ctx:
            return [order.late for order in find_purchases(ctx, FindPurchases()).orders]

    assert late() == [False]
    clock.set(2026, 6, 1)
    assert late() == [True]


def test_an_order_is_confirmed_for_another_day_and_called_off_before(pages, reads, sent, ordering):
    told = {"expected_on": "2026-03-20"}
    assert pages("Lena", f"purchases/{sent}/confirm", **told).status_code == 303
    assert "Confirmed" in reads("Lena", f"purchases/{sent}")
    assert pages("Lena", f"purchases/{sent}/cancel").status_code == 409
    other = ordering("1")
    assert pages("Lena", f"purchases/{other}/cancel").status_code == 303
    assert "Cancelled" in reads("Lena", f"purchases/{other}")


def test_a_part_that_came_is_on_the_shelf_and_the_rest_is_awaited(pages, reads, arriving, sent):
    assert arriving().status_code == 303
    page = reads("Tomas", f"purchases/{sent}")
    assert "Part received" in page
    assert "DN-77" in page
    assert "12 still to come" in reads("Tomas", f"purchases/{sent}/receive")
    assert ">108<" in reads("Tomas", "stock")
    assert pages("Lena", f"purchases/{sent}/close").status_code == 303


def test_the_same_delivery_note_counts_once(arriving):
    arriving()
    again = arriving("12", note="dn-77")
    assert again.status_code == 409
    assert "The delivery note dn-77 is known already" in again.text
    assert 'value="12"' in again.text


def test_no_more_comes_than_was_ordered(arriving):
    answer = arriving("121")
    assert answer.status_code == 409
    assert "That is more than was ordered" in answer.text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"until-1": ""}, "give the date until which it is good"),
        ({"until-1": "0001-01-01"}, "date"),
        ({"until-1": "2026-02-31"}, "date"),
        ({"qty": "1e3"}, "Whole milk: enter a whole number of pieces"),
        ({"qty": ""}, "how much came"),
    ],
)
def test_what_cannot_have_come_is_refused_and_stays_typed(arriving, typed, said):
    answer = arriving(**typed)
    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="DN-77"' in answer.text


def test_only_the_keepers_receive_and_only_the_manager_orders(pages, sent, farms):
    assert pages("Paul", f"purchases/{sent}/receive", note="DN-1").status_code == 403
    assert pages("Tomas", "purchases/new", supplier=farms).status_code == 403
    assert pages("Tomas", f"purchases/{sent}/cancel").status_code == 403


def test_a_request_is_withdrawn_until_it_is_ordered(pages, reads, farms, ordering, town):
    pages("Lena", "requests/new", **ASKED)
    request = re.search(r"/staff/requests/(\w{26})/withdraw", reads("Lena", "requests")).group(1)
    assert pages("Tomas", f"requests/{request}/withdraw").status_code == 403
    assert pages("Lena", f"requests/{request}/withdraw").status_code == 303
    assert "Nothing waits to be ordered." in reads("Lena", "requests")
    again = pages("Lena", f"requests/{request}/withdraw")
    assert (again.status_code, again.headers["Location"]) == (303, "/grocery/staff/requests")
    assert "This is withdrawn now" in reads("Lena", "requests")
    product = re.search(r'name="packs-(\w{26})"', reads("Lena", f"purchases/new?supplier={farms}"))
    answer = pages(
        "Lena",
        "purchases/new",
        supplier=farms,
        **{f"packs-{product.group(1)}": "10", f"asked-{product.group(1)}": request},
    )
    assert answer.status_code == 409
