import pytest

from townsquare.core.errors import StaleVersion
from townsquare.services.library.commands.authorities import AddBranch
from townsquare.services.library.commands.catalogue import (
    AddCopies,
    AddCopy,
    AddDocument,
    ChooseCopy,
    FindCopies,
    MoveCopy,
    MoveDocument,
    PrintLabels,
    WithdrawCopy,
)
from townsquare.services.library.errors import (
    BarcodeTaken,
    UnknownBranch,
    UnknownCopy,
    WrongState,
)
from townsquare.services.library.events import CopiesAdded, CopyWithdrawn
from townsquare.services.library.models.catalogue import CopyRow
from townsquare.services.library.queries.copies import find_copies, labels_of, read_copy
from townsquare.services.library.usecases.authorities import add_branch
from townsquare.services.library.usecases.copies import (
    add_copies,
    add_copy,
    move_copy,
    shelf_mark,
    withdraw_copy,
)
from townsquare.services.library.usecases.documents import add_document, withdraw_document


@pytest.fixture
def copy(cataloguing, central, wood):
    with cataloguing() as ctx:
        return add_copy(ctx, AddCopy(document=wood.id, barcode="TS000001", branch="central"))


@pytest.fixture
def shown(cataloguing):
    def read(public_id):
        with cataloguing(reads=True) as ctx:
            return read_copy(ctx, ChooseCopy(id=public_id))

    return read


def test_a_new_copy_is_available_at_its_branch(copy, shown):
    found = shown(copy.id)
    assert (found.barcode, found.branch, found.at_branch, found.state) == (
        "TS000001",
        "central",
        "central",
        "available",
    )


def test_a_barcode_belongs_to_one_copy(cataloguing, copy, wood):
    again = AddCopy(document=wood.id, barcode="TS000001", branch="central")
    with (
        pytest.raises(BarcodeTaken, match="TS000001 belongs to another copy"),
        cataloguing() as ctx,
    ):
        add_copy(ctx, again)


def test_barcodes_are_exact_texts(cataloguing, copy, wood):
    small = AddCopy(document=wood.id, barcode="ts000001", branch="central")
    with cataloguing() as ctx:
        assert add_copy(ctx, small).id != copy.id


def test_a_copy_stands_in_a_branch_that_exists(cataloguing, wood):
    with pytest.raises(UnknownBranch), cataloguing() as ctx:
        add_copy(ctx, AddCopy(document=wood.id, barcode="TS000001", branch="moon"))


def test_a_withdrawn_document_gets_no_copy(cataloguing, central, wood):
    with cataloguing() as ctx:
        withdraw_document(ctx, MoveDocument(id=wood.id, version=1))
    with pytest.raises(WrongState), cataloguing() as ctx:
        add_copy(ctx, AddCopy(document=wood.id, barcode="TS000001", branch="central"))


def test_each_document_gets_one_numbered_copy(cataloguing, copy):
    with cataloguing() as ctx:
        for title in ("Emma", "Persuasion"):
            add_document(ctx, AddDocument(title=title, authors="Jane Austen"))
        made = add_copies(ctx, AddCopies(branch="central"))
        again = add_copies(ctx, AddCopies(branch="central"))
        marks = {found.shelf_mark for found in find_copies(ctx, FindCopies()).copies}
    assert (made.added, made.first, made.last) == (2, "TS000002", "TS000003")
    assert (again.added, marks) == (0, {"", "AUS"})
    assert any(isinstance(event, CopiesAdded) for _, event in ctx.events)


@pytest.mark.parametrize(
    ("names", "mark"),
    [
        ("Haruki Murakami; Jay Rubin", "MUR"),
        ("Hunt, Andrew", "HUN"),
        ("Gabriel García Márquez", "MAR"),
        ("", ""),
    ],
)
def test_a_shelf_mark_begins_like_the_last_name(names, mark):
    assert shelf_mark(names) == mark


def test_a_copy_moves_to_another_branch(cataloguing, copy, shown):
    with cataloguing() as ctx:
        add_branch(ctx, AddBranch(code="north", name="North", zone="Europe/London"))
        move_copy(ctx, MoveCopy(id=copy.id, version=1, branch="north", shelf="B2"))
    found = shown(copy.id)
    assert (found.branch, found.at_branch, found.shelf, found.version) == (
        "north",
        "north",
        "B2",
        2,
    )


def test_a_copy_on_loan_stays_where_it_belongs(cataloguing, town, copy):
    with town.sessions.begin() as db:
        db.query(CopyRow).update({"state": "on_loan"})
    with cataloguing() as ctx:
        add_branch(ctx, AddBranch(code="north", name="North", zone="Europe/London"))
    with pytest.raises(WrongState), cataloguing() as ctx:
        move_copy(ctx, MoveCopy(id=copy.id, version=1, branch="north"))
    with pytest.raises(WrongState), cataloguing() as ctx:
        withdraw_copy(ctx, WithdrawCopy(id=copy.id, version=1))


def test_a_copy_at_rest_is_withdrawn(cataloguing, copy, shown):
    with cataloguing() as ctx:
        withdraw_copy(ctx, WithdrawCopy(id=copy.id, version=1))
    [(_, event)] = ctx.events
    assert isinstance(event, CopyWithdrawn)
    assert (event.before, shown(copy.id).state) == ("available", "withdrawn")


def test_a_copy_changed_meanwhile_is_not_withdrawn(cataloguing, copy):
    with cataloguing() as ctx:
        move_copy(ctx, MoveCopy(id=copy.id, version=1, condition="worn"))
    with pytest.raises(StaleVersion), cataloguing() as ctx:
        withdraw_copy(ctx, WithdrawCopy(id=copy.id, version=1))


def test_copies_are_found_by_the_beginning_of_their_barcodes(cataloguing, central, wood):
    with cataloguing() as ctx:
        for barcode in ("TS1", "TS2", "XX1"):
            add_copy(ctx, AddCopy(document=wood.id, barcode=barcode, branch="central"))
        first = find_copies(ctx, FindCopies(barcode="TS", limit=1))
        second = find_copies(ctx, FindCopies(barcode="TS", limit=1, after=first.after))
    assert [first.copies[0].barcode, second.copies[0].barcode, second.after] == ["TS1", "TS2", ""]


def test_labels_come_in_the_order_of_the_wish(cataloguing, copy):
    with cataloguing(reads=True) as ctx:
        [label] = labels_of(ctx, PrintLabels(barcodes="TS000001\nTS000001"))
    assert label.title == "Norwegian Wood"
    assert label.lines[0].endswith("Central")


def test_a_label_of_an_unknown_barcode_is_refused(cataloguing, copy):
    with pytest.raises(UnknownCopy, match="No copy has the barcode TS9"), cataloguing() as ctx:
        labels_of(ctx, PrintLabels(barcodes="TS9"))
