"""The pages for what goes wrong: books that are lost, damaged, kept; visitors with a deposit."""

import re

import pytest

from townsquare.services.library.commands.catalogue import FindCopies
from townsquare.services.library.manifest import service
from townsquare.services.library.queries.copies import find_copies

pytestmark = pytest.mark.shown


@pytest.fixture
def desk(signed_in, wood, readers):
    """Send a form of the library as Dina, who signs in again whenever the clock has moved."""

    def send(path, **fields):
        dina = signed_in(*service.roles, name="Dina Park")
        answer = dina.client.post(f"/library{path}", data={**fields, "csrf_token": dina.token})
        return answer if answer.status_code != 303 else dina.client.get(answer.location)

    return send


@pytest.fixture
def look(signed_in, wood, readers):
    def get(path):
        return signed_in(*service.roles, name="Dina Park").client.get(f"/library{path}").text

    return get


def the_copy(look, wood):
    """Return the address of the only copy of the document."""
    return re.search(r'href="/library(/copies/[0-9A-Z]{26})"', look(f"/documents/{wood.id}"))[1]


def test_a_lost_book_is_charged_and_its_price_goes_back_when_it_is_found(
    desk, look, lend, acts, wood, readers, owed
):
    lend()
    there = the_copy(look, wood)
    told = desk("/desk/losses", barcode="TS1", card="LC-1001").text
    assert "21.99 was charged" in told
    assert "Nothing is lent to this reader" in told
    desk(f"/patrons/{readers.Maya.id}/payment", amount="21.99", method="cash")
    assert [line[2] for line in owed(readers.Maya)] == [0, 0]
    told = desk(f"{there}/found").text
    assert "18.99 back" in told
    assert "It is damaged" in told


def test_what_is_not_lent_cannot_be_lost(desk):
    answer = desk("/desk/losses", barcode="TS1", card="LC-1001")
    assert answer.status_code == 409
    assert desk("/desk/losses", barcode="TS9", card="LC-1001").status_code == 404
    assert desk("/desk/losses").status_code == 422


def test_a_damaged_copy_is_mended_before_it_is_lent(desk, look, wood):
    there = the_copy(look, wood)
    assert "It is mended" in desk(f"{there}/damaged").text
    assert desk("/desk/loans", barcode="TS1", card="LC-1001").status_code == 409
    assert "It is damaged" in desk(f"{there}/mended").text


@pytest.mark.parametrize("what", ["damaged", "missing", "found", "mended"])
def test_only_the_copy_of_the_address_changes(desk, look, acts, wood, copies, what):
    copies("TS2")
    there = the_copy(look, wood)
    for path in (f"/copies/01J8Z0000000000000000000ZZ/{what}", f"/copies/1/{what}"):
        assert desk(path).status_code == 404
    assert desk(f"{there}/{what}", barcode="TS2").status_code == 422  # A form of another copy.
    assert desk(f"{there}/{what}").status_code == (200 if what in {"damaged", "missing"} else 409)
    found = acts(find_copies, FindCopies()).copies
    after = {"damaged": "repair", "missing": "missing"}.get(what, "available")
    assert {copy.barcode: copy.state for copy in found} == {"TS1": after, "TS2": "available"}


def test_the_desk_renews_or_says_why_not(desk, lend, wait, clock):
    loan = lend()
    clock.set(2026, 3, 14, 10)
    assert "is lent until" in desk("/desk/renewals", loan=loan.id, card="LC-1001").text
    wait("LC-2001")
    assert "alert-danger" in desk("/desk/renewals", loan=loan.id, card="LC-1001").text


def test_a_visitor_leaves_a_deposit_and_gets_it_back_less_what_is_open(desk, look, readers, clock):
    there = f"/patrons/{readers.Carla.id}/deposit"
    assert "keeps nothing" in look(there)
    assert "20.00 was paid" in desk(there, amount="20.00").text
    assert "20.00 for this reader" in look(there)
    assert "is lent until" in desk("/desk/loans", barcode="TS1", card="LC-3001").text
    clock.set(2026, 3, 12, 10)
    assert "0.75" in desk("/desk/returns", barcode="TS1").text
    told = desk(f"{there}/return", card="LC-3001", set_off="true").text
    assert "19.25 back" in told
    assert "keeps nothing" in look(there)


def test_a_deposit_that_is_no_amount_is_asked_for_again(desk, readers):
    there = f"/patrons/{readers.Carla.id}/deposit"
    for typed in ("", "-1", "0", "1.005", "much"):
        answer = desk(there, amount=typed)
        assert (answer.status_code, f'value="{typed}"' in answer.text) == (422, True)
    assert desk(f"{there}/return", set_off="true").status_code in {404, 409, 422}


def test_a_copy_that_is_missed_is_found_when_it_is_scanned(desk, look, wood):
    there = the_copy(look, wood)
    assert "It was found" in desk(f"{there}/missing").text
    assert "It was given up, and is found." in desk("/desk/returns", barcode="TS1").text
    assert "It is not on its shelf" in look(there)


def test_returns_keep_the_house_and_the_day_for_the_next_copy(signed_in, lend, wood, clock):
    lend()
    clock.set(2026, 3, 23, 10)
    dina = signed_in(*service.roles, name="Dina Park")
    told = {"barcode": "TS1", "branch": "north", "dropped_on": "2026-03-21", "damaged": "true"}
    sent = {**told, "note": "Wet", "csrf_token": dina.token}
    answer = dina.client.post("/library/desk/returns", data=sent)
    assert answer.location == "/library/desk/returns?branch=north&dropped_on=2026-03-21"
    page = dina.client.get(answer.location).text
    assert "is damaged: put it aside" in page
    assert 'value="2026-03-21"' in page
    assert "Wet" not in page
    refused = dina.client.post("/library/desk/returns", data=sent | {"dropped_on": "yesterday"})
    assert (refused.status_code, "<details" in refused.text) == (422, True)


def test_a_price_is_typed_in_coins(desk, look, wood):
    there = the_copy(look, wood)
    page = look(there)
    assert 'value="18.99"' in page
    assert ">Good</option>" in page
    told = dict(re.findall(r'name="(id|version)" value="(\w+)"', page))
    told |= {"condition": "good", "branch": "central"}
    assert "at most 2 digits" in desk(there, **told, price="18.999").text
    assert 'value="7.50"' in desk(there, **told, price="7.5").text
    copies, new = f"/documents/{wood.id}/copies", {"document": wood.id, "branch": "central"}
    assert desk(copies, **new, barcode="TS2", price="x").status_code == 422
    assert "The copy was added." in desk(copies, **new, barcode="TS2").text
