"""Lists of copies and readers, narrowed by state on pages and for programs."""

from datetime import date
from typing import get_args

import pytest

from townsquare.services.library.commands import lending as wishes
from townsquare.services.library.commands.catalogue import CopyState, FindCopies
from townsquare.services.library.models.catalogue import COPY_STATES
from townsquare.services.library.queries.copies import find_copies
from townsquare.services.library.queries.patrons import find_patrons
from townsquare.services.library.usecases.loans import mark_missing
from townsquare.services.library.usecases.patrons import change_patron


@pytest.fixture
def numbers(acts):
    def run(**how):
        return [reader.card for reader in acts(find_patrons, wishes.FindPatrons(**how)).items]

    return run


@pytest.fixture
def barcodes(acts):
    def run(**how):
        return [copy.barcode for copy in acts(find_copies, FindCopies(**how)).copies]

    return run


@pytest.fixture
def three_states(readers, acts):
    """Maya's card has run out, Ben is suspended, Carla may borrow."""
    for reader, day, state in (
        (readers.Maya, date(2026, 3, 1), "active"),
        (readers.Ben, date(2026, 3, 1), "suspended"),
    ):
        told = {"id": reader.id, "version": 1, "expires_on": day, "state": state}
        acts(change_patron, wishes.ChangePatron(**told))


def test_readers_are_narrowed_by_what_they_may(three_states, numbers):
    assert numbers(state="expired") == ["LC-1001"]
    assert numbers(state="suspended") == ["LC-2001"]
    assert numbers(state="active") == ["LC-3001"]
    assert numbers(state="left") == []
    assert numbers() == ["LC-2001", "LC-3001", "LC-1001"]  # By name.
    assert numbers(state="active", words="maya") == []


def test_copies_are_narrowed_by_state(copies, lend, acts, barcodes):
    copies("TS2", "TS3")
    lend("TS2")
    acts(mark_missing, wishes.ChooseCopy(barcode="TS3"))
    assert barcodes(state="on_loan") == ["TS2"]
    assert barcodes(state="missing") == ["TS3"]
    assert barcodes(state="available") == ["TS1"]
    assert barcodes(state="available", barcode="TS2") == []
    assert barcodes(state="lost") == []


def test_pages_of_a_narrowed_list_follow_each_other(copies, lend, acts):
    copies("TS2", "TS3")
    lend("TS2")
    first = acts(find_copies, FindCopies(state="available", limit=1))
    then = acts(find_copies, FindCopies(state="available", limit=1, after=first.after))
    told = [copy.barcode for page in (first, then) for copy in page.copies]
    assert (told, then.after) == (["TS1", "TS3"], "")


def test_every_state_of_a_copy_can_be_asked_for():
    assert get_args(CopyState) == COPY_STATES


@pytest.mark.parametrize("path", ["/copies", "/patrons"])
def test_an_unknown_state_is_refused(api, readers, path):
    assert api(f"GET {path}?state=gone").status_code == 422
    assert api(f"GET {path}?state=x%00").status_code == 422
