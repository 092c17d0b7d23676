"""Holds for one copy, what to bring from the shelves, and how many one may wait for."""

import re
from datetime import date

import pytest

from townsquare.core.invariants import breaches
from townsquare.services.library.commands import lending as wishes
from townsquare.services.library.commands.catalogue import FindCopies, WithdrawCopy
from townsquare.services.library.errors import (
    HoldLimit,
    NobodyWaits,
    NotHoldable,
    UnknownCopy,
    WrongState,
)
from townsquare.services.library.manifest import service
from townsquare.services.library.queries.copies import find_copies
from townsquare.services.library.queries.fetching import find_on_shelves
from townsquare.services.library.queries.holds import find_holds
from townsquare.services.library.queries.loans import find_loans
from townsquare.services.library.usecases.copies import withdraw_copy
from townsquare.services.library.usecases.holds import suspend_hold
from townsquare.services.library.usecases.loans import declare_lost, mark_missing, renew_loan
from townsquare.services.library.usecases.policies import publish_rules
from townsquare.services.library.usecases.returns import fill_hold

pytestmark = pytest.mark.shown


@pytest.fixture
def two(copies):
    """A second copy of the document."""
    copies("TS2")


@pytest.fixture
def wanted(acts):
    """Return the copy that each hold asks for, in the order of the queue."""

    def run():
        return [hold.wanted for hold in acts(find_holds, wishes.FindHolds()).items]

    return run


def test_a_hold_for_one_copy_passes_the_others_over(two, wait, take_back, queue, town):
    wait("LC-1001", barcode="TS2")
    assert take_back("TS1").goes_to == "available"
    wait("LC-2001")
    assert take_back("TS1").reader == "LC-2001"
    assert take_back("TS2").reader == "LC-1001"
    assert queue() == [("LC-1001", "ready"), ("LC-2001", "ready")]
    assert breaches(town) == {}


def test_the_first_in_the_queue_gets_the_copy_that_another_asked_for(two, wait, take_back):
    wait("LC-2001")
    wait("LC-1001", barcode="TS2")
    assert take_back("TS2").reader == "LC-2001"


def test_a_hold_for_one_copy_is_not_filled_by_another(two, wait, lend, queue):
    wait("LC-1001", barcode="TS2")
    lend("TS1")
    assert queue() == [("LC-1001", "waiting")]
    lend("TS2")
    assert queue() == []


def test_a_hold_for_one_copy_keeps_only_its_reader_from_renewing(two, lend, wait, acts, clock):
    loan = lend("TS1")
    wait("LC-2001", barcode="TS2")
    clock.set(2026, 3, 14, 9)
    assert acts(renew_loan, wishes.RenewLoan(id=loan.id)).renewals == 1


def test_a_recall_for_one_copy_recalls_that_copy(two, lend, wait, acts):
    lend("TS1", "LC-1001")
    lend("TS2", "LC-2001")
    wait("LC-3001", barcode="TS1", recall=True)
    found = acts(find_loans, wishes.FindLoans()).items
    assert [(loan.barcode, loan.recalled) for loan in found] == [("TS1", True), ("TS2", False)]


def test_what_a_hold_asks_for_must_be_a_copy_of_the_document(two, copies, wait, acts):
    with pytest.raises(UnknownCopy):
        wait("LC-1001", barcode="TS9")
    copies("REF1", item_type="reference")
    with pytest.raises(NotHoldable):
        wait("LC-1001", barcode="REF1")
    acts(mark_missing, wishes.ChooseCopy(barcode="TS2"))
    with pytest.raises(NotHoldable):
        wait("LC-1001", barcode="TS2")


def test_a_copy_that_is_withdrawn_leaves_its_readers_waiting_for_any(two, wait, acts, wanted):
    wait("LC-1001", barcode="TS2")
    [copy] = acts(find_copies, FindCopies(barcode="TS2")).copies
    acts(withdraw_copy, WithdrawCopy(id=copy.id, version=copy.version))
    assert wanted() == [""]


def test_a_copy_that_is_lost_leaves_its_readers_waiting_for_any(two, lend, wait, acts, wanted):
    lend("TS2", "LC-2001")
    wait("LC-1001", barcode="TS2")
    assert wanted() == ["TS2"]
    acts(declare_lost, wishes.ChooseCopy(barcode="TS2"))
    assert wanted() == [""]


def test_readers_wait_for_as_many_as_the_rules_allow(acts, wait):
    acts(publish_rules, wishes.PublishRules(rules=[{"priority": 99, "policy": {"hold_limit": 0}}]))
    with pytest.raises(HoldLimit, match="0 holds at once"):
        wait("LC-1001")


@pytest.fixture
def to_bring(acts):
    def run(**asked):
        found = acts(find_on_shelves, wishes.FindOnShelves(**asked))
        return [copy.barcode for copy in found.items]

    return run


def test_no_more_copies_are_fetched_than_readers_wait(two, copies, wait, lend, to_bring):
    copies("REF1", item_type="reference")
    assert to_bring() == []
    wait("LC-1001")
    assert to_bring() == ["TS1"]
    wait("LC-2001")
    assert to_bring() == ["TS1", "TS2"]
    wait("LC-3001")
    assert to_bring() == ["TS1", "TS2"]
    assert to_bring(branch="north") == []


def test_the_copy_that_is_asked_for_is_fetched(two, wait, to_bring):
    wait("LC-1001", barcode="TS2")
    assert to_bring() == ["TS2"]


def test_without_a_house_there_is_nothing_to_fetch(acts):
    assert acts(find_on_shelves, wishes.FindOnShelves()).houses == []


def test_nothing_is_fetched_for_who_pauses(two, wait, acts, readers, to_bring, clock):
    hold = wait("LC-1001")
    wish = wishes.SuspendHold(id=hold.id, until=date(2026, 4, 1))
    acts(suspend_hold, wish, readers.Maya.actor)
    assert to_bring() == []
    clock.set(2026, 4, 1, 10)
    assert to_bring() == ["TS1"]


def test_the_list_is_read_page_by_page_in_the_order_of_the_shelves(two, copies, wait, acts):
    copies("TS0", shelf="B")
    for card in ("LC-1001", "LC-2001", "LC-3001"):
        wait(card)
    seen, after = [], "start"
    asked = {}
    while after:
        page = acts(find_on_shelves, wishes.FindOnShelves(limit=1, **asked))
        seen += [copy.barcode for copy in page.items]
        after = page.after
        asked = {"after": after}
    assert seen == ["TS1", "TS2", "TS0"]


def test_a_fetched_copy_is_kept_for_the_first_reader(two, wait, acts, queue, town):
    wait("LC-2001")
    kept = acts(fill_hold, wishes.ChooseCopy(barcode="TS1"))
    assert (kept.goes_to, kept.reader, kept.charged_minor) == ("hold_shelf", "LC-2001", 0)
    assert queue() == [("LC-2001", "ready")]
    with pytest.raises(WrongState, match="hold_shelf"):
        acts(fill_hold, wishes.ChooseCopy(barcode="TS1"))
    with pytest.raises(NobodyWaits):
        acts(fill_hold, wishes.ChooseCopy(barcode="TS2"))
    assert breaches(town) == {}


@pytest.fixture
def dina(signed_in, readers, wood):
    return signed_in(*service.roles, name="Dina Park")


def test_the_walk_along_the_shelves(dina, two, wait, queue):
    def send(path, **told):
        return dina.client.post(f"/library{path}", data={**told, "csrf_token": dina.token})

    look = lambda: dina.client.get("/library/holds/fetching").text  # noqa: E731 (read twice)
    assert "There is nothing to fetch" in look()
    wait("LC-2001")
    wait("LC-1001")
    assert re.findall(r">(TS\d)<", look()) == ["TS1", "TS2"]
    assert send("/holds/fetching/missing", barcode="TS1").status_code == 303
    assert send("/holds/fetching", barcode="TS2").status_code == 303
    assert "waits for card LC-2001: hold shelf" in look()
    assert queue() == [("LC-2001", "ready"), ("LC-1001", "waiting")]
    refused = send("/holds/fetching", barcode="TS2")
    assert re.findall(r"the state is ([^;]*);", refused.text) == ["hold shelf"]
    assert refused.status_code == 409
    assert send("/holds/fetching", barcode="").status_code == 422
    assert send("/holds/fetching", barcode="TS9").status_code == 404


def test_a_reader_chooses_a_copy_on_the_page(signed_in, readers, two, wood, wanted):
    maya = signed_in(name="Maya Santos", person=readers.Maya.person)
    there = f"/library/documents/{wood.id}/hold"
    assert "TS2, Central" in maya.client.get(there).text
    told = {"document": wood.id, "branch": "central", "barcode": "TS2"}
    maya.client.post(there, data={**told, "csrf_token": maya.token})
    assert wanted() == ["TS2"]
