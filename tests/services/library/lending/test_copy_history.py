"""What happened to a copy, as its page tells the staff."""

import pytest

from townsquare.core.errors import NotAllowed
from townsquare.core.identity.models import AccountRow
from townsquare.core.ids import new_id
from townsquare.core.usecase import Actor
from townsquare.services.library.commands import lending as wishes
from townsquare.services.library.commands.catalogue import (
    AddCopies,
    AddDocument,
    ChooseCopy,
    FindCopies,
    MoveCopy,
)
from townsquare.services.library.queries.copies import find_copies
from townsquare.services.library.queries.histories import MOST, copy_history
from townsquare.services.library.usecases.copies import add_copies, move_copy
from townsquare.services.library.usecases.documents import add_document
from townsquare.services.library.usecases.loans import (
    declare_lost,
    mark_damaged,
    mark_mended,
    renew_loan,
)

# The account of the librarian; the audit holds its number and no name.
DINA = {"id": 3, "name": "Dina Park", "email": "dina@sanroque.example"}
CURATOR = Actor(4, "Emil", frozenset({"public", "signed-in", "library.catalogue.curate"}))


@pytest.fixture
def copy(acts, wood):
    return acts(find_copies, FindCopies(barcode="TS1")).copies[0]


@pytest.fixture
def dina(town):
    """The account of the librarian who acts here."""
    with town.sessions.begin() as db:
        db.add(AccountRow(public_id=new_id(), created_at=town.now(), **DINA))


@pytest.fixture
def history(acts, copy):
    def run(**how):
        return acts(copy_history, ChooseCopy(id=copy.id), **how)

    return run


def told(events):
    return [e.kind if e.kind != "state" else f"{e.from_state} {e.to_state}" for e in events]


@pytest.mark.usefixtures("dina")
def test_the_life_of_a_copy_is_told_the_newest_first(history, copy, acts, lend, take_back, clock):
    clock.set(2026, 3, 2, 11)
    loan = lend()
    clock.set(2026, 3, 14, 9)
    acts(renew_loan, wishes.RenewLoan(id=loan.id))
    clock.set(2026, 3, 16, 9)
    take_back()
    clock.set(2026, 3, 17, 9)
    acts(mark_damaged, wishes.ChooseCopy(barcode="TS1"))
    clock.set(2026, 3, 18, 9)
    acts(mark_mended, wishes.ChooseCopy(barcode="TS1"))
    clock.set(2026, 3, 19, 9)
    version = acts(find_copies, FindCopies(barcode="TS1")).copies[0].version
    acts(move_copy, MoveCopy(id=copy.id, version=version, branch="north"))
    events = history()
    assert told(events) == [
        "changed",
        "repair available",
        "available repair",
        "returned",
        "renewed",
        "lent",
        "added",
    ]
    assert {event.by for event in events} == {"Dina Park"}
    assert [e.reader for e in events] == ["", "", "", *["Maya Santos"] * 3, ""]
    assert [e.at for e in events] == sorted((e.at for e in events), reverse=True)


def test_a_lost_copy_says_so_once_and_one_that_is_kept_says_that(
    history, acts, lend, take_back, wait
):
    lend()
    wait("LC-2001")
    take_back()
    assert "on_loan hold_shelf" in told(history())
    lend("TS1", "LC-2001")
    acts(declare_lost, wishes.ChooseCopy(barcode="TS1"))
    assert told(history()).count("lost") == 1
    assert "on_loan lost" not in told(history())


def test_who_may_not_see_loans_reads_no_names(history, lend):
    lend()
    assert [event.reader for event in history() if event.reader] == ["Maya Santos"]
    assert [event.reader for event in history(actor=CURATOR) if event.reader] == []
    assert told(history(actor=CURATOR)) == told(history())


def test_readers_see_no_history(history, readers):
    with pytest.raises(NotAllowed):
        history(actor=readers.Maya.actor)


def test_a_history_has_an_end(history, acts):
    for _time in range(MOST // 2 + 1):
        acts(mark_damaged, wishes.ChooseCopy(barcode="TS1"))
        acts(mark_mended, wishes.ChooseCopy(barcode="TS1"))
    assert len(history()) == MOST
    assert "added" not in told(history())


def test_a_copy_to_which_nothing_has_happened_says_so(acts, houses, signed_in):
    acts(add_document, AddDocument(title="Kokoro"))  # Copies in bulk are told of as one.
    acts(add_copies, AddCopies(branch="central"))
    [copy] = acts(find_copies, FindCopies()).copies
    page = signed_in("library.manager").client.get(f"/library/copies/{copy.id}").text
    assert "Nothing has happened to it yet." in page


def test_the_page_of_a_copy_tells_its_history(copy, lend, acts, signed_in):
    lend()
    manager = signed_in("library.manager").client.get(f"/library/copies/{copy.id}").text
    assert "What happened to it" in manager
    assert "Maya Santos" in manager
    emil = signed_in("library.cataloguer").client.get(f"/library/copies/{copy.id}").text
    assert "What happened to it" in emil
    assert "Maya Santos" not in emil
