"""The lists of the desk: searched by what somebody has in hand, filtered, sorted, page by page."""

import pytest

from townsquare.services.library.commands import lending as wishes
from townsquare.services.library.commands.catalogue import AddCopy, AddDocument
from townsquare.services.library.commands.money import FindCharges
from townsquare.services.library.manifest import service
from townsquare.services.library.queries.holds import find_holds
from townsquare.services.library.queries.loans import find_loans
from townsquare.services.library.queries.money import find_charges
from townsquare.services.library.queries.patrons import find_patrons
from townsquare.services.library.usecases.copies import add_copy
from townsquare.services.library.usecases.documents import add_document

pytestmark = pytest.mark.shown


@pytest.fixture
def lent(acts, lend, copies, clock):
    """Four loans: three of Norwegian Wood, one of another title from North."""
    copies("TS2", "TS3")
    made = acts(add_document, AddDocument(title="The Café of Zadie", authors="Anybody"))
    acts(add_copy, AddCopy(document=made.id, barcode="TS4", branch="north"))
    lend("TS1", "LC-2001")  # Due on 30 March.
    clock.advance(days=1)
    lend("TS2", "LC-1001")  # Due on 17 March.
    lend("TS3", "LC-1001")
    lend("TS4", "LC-1001")


@pytest.fixture
def out(acts, lent):
    def run(**asked):
        return [loan.barcode for loan in acts(find_loans, wishes.FindLoans(**asked)).items]

    return run


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Okafor", ["TS1"]),
        ("maya SANTOS", ["TS2", "TS3", "TS4"]),
        ("LC-2001", ["TS1"]),
        ("TS3", ["TS3"]),
        ("cafe", ["TS4"]),
        ("the café", ["TS4"]),
        ("norwegian", ["TS1", "TS2", "TS3"]),
        ("%", []),
        ("nobody", []),
    ],
)
def test_a_loan_is_found_by_reader_card_title_or_barcode(out, words, found):
    assert out(words=words) == found


def test_loans_are_filtered_by_house_and_lateness_together(out, clock):
    assert out(branch="north") == ["TS4"]
    assert out(branch="moon") == []
    clock.set(2026, 3, 20, 10)
    assert out(late=True) == ["TS2", "TS3", "TS4"]
    assert out(late=True, branch="central", words="santos") == ["TS2", "TS3"]


@pytest.mark.parametrize(
    ("sort", "order"),
    [("lent", ["TS1", "TS2", "TS3", "TS4"]), ("due", ["TS2", "TS3", "TS4", "TS1"])],
)
def test_loans_are_sorted_and_read_page_by_page(acts, lent, sort, order):
    seen, after, more = [], "", True
    while more:
        page = acts(find_loans, wishes.FindLoans(sort=sort, limit=1, after=after))
        seen += [loan.barcode for loan in page.items]
        after = page.after
        more = bool(after)
    assert seen == order


def test_the_newest_hold_and_the_newest_reader_come_first(acts, wait, readers):
    for card in ("LC-2001", "LC-1001", "LC-3001"):
        wait(card)
    holds = acts(find_holds, wishes.FindHolds(sort="newest")).items
    assert [hold.card for hold in holds] == ["LC-3001", "LC-1001", "LC-2001"]
    assert [hold.position for hold in holds] == [3, 2, 1]  # The queue itself is what it was.
    found = {
        sort: [patron.name for patron in acts(find_patrons, wishes.FindPatrons(sort=sort)).items]
        for sort in ("name", "newest")
    }
    by_age = ["Maya Santos", "Ben Okafor", "Carla Ruiz"]
    assert found == {"name": sorted(by_age), "newest": by_age[::-1]}


def test_the_largest_charge_comes_first_if_that_is_wished(acts, lend, take_back, copies, clock):
    copies("TS2", "TS3")
    for barcode, days in (("TS1", 20), ("TS2", 27), ("TS3", 21)):
        lend(barcode)
        clock.advance(days=days)
        take_back(barcode)
    found = {
        sort: [line.amount_minor for line in acts(find_charges, FindCharges(sort=sort)).items]
        for sort in ("newest", "amount")
    }
    assert found["amount"] == sorted(found["newest"], reverse=True) != found["newest"]
    largest = acts(find_charges, FindCharges(sort="amount", limit=1))
    rest = acts(find_charges, FindCharges(sort="amount", before=largest.before)).items
    assert [line.amount_minor for line in rest] == found["amount"][1:]


def test_pages_offer_the_orders_of_a_list_as_links(signed_in, wait, lend, take_back, clock):
    lend()
    clock.advance(days=20)
    take_back()
    wait("LC-2001")
    dina = signed_in(*service.roles, name="Dina Park")
    page = lambda path: dina.client.get(f"/library{path}").text  # noqa: E731 (read five times)
    assert '<strong>queue</strong> · <a href="/library/holds?sort=newest">' in page("/holds")
    told = page("/patrons?words=a&sort=newest")
    assert '<a href="/library/patrons?words=a&amp;sort=name">name</a>' in told
    assert '<input type="hidden" name="sort" value="newest">' in told
    told = page("/charges?sort=amount&unpaid=true")
    assert 'aria-sort="descending"><a' in told.replace(" >", ">")
    assert "/library/charges?sort=amount&amp;unpaid=false" in told
    assert '<a href="/library?words=wood&amp;sort=title">title</a>' in page("?words=wood")
    assert "best match" not in page("")


def test_the_queue_is_searched(acts, wait, readers):
    for card in ("LC-1001", "LC-2001"):
        wait(card, branch="north" if card == "LC-2001" else "central")

    def found(**asked):
        return [hold.card for hold in acts(find_holds, wishes.FindHolds(**asked)).items]

    assert found(words="ben") == ["LC-2001"]
    assert found(words="Norwegian") == ["LC-1001", "LC-2001"]
    assert found(words="LC-1001", state="waiting") == ["LC-1001"]
    assert found(words="LC-1001", state="ready") == []
    assert found(branch="north") == ["LC-2001"]


@pytest.fixture
def page(signed_in, readers, wood):
    dina = signed_in(*service.roles, name="Dina Park")
    return lambda path: dina.client.get(f"/library{path}").text


def test_pages_keep_what_was_asked_and_say_when_nothing_matches(page, lend, wait, clock):
    assert "Nothing is lent at the moment." in page("/loans")
    lend()
    wait("LC-2001")
    found = page("/loans?words=santos&sort=due&late=")
    assert 'value="santos"' in found
    assert '<input type="hidden" name="sort" value="due">' in found
    assert "/library/loans?words=santos&amp;sort=due&amp;late=true" in found
    missed = page("/loans?words=zzz")
    assert "Nothing matches “zzz”." in missed
    assert 'href="/library/loans"' in missed
    assert "Nothing matches “zzz”." in page("/holds?words=zzz&state=ready")
    assert "Ben Okafor" in page("/holds?words=okafor")
