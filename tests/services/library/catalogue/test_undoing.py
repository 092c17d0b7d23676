"""An import that was taken in is taken back: once, whole, without what somebody has used."""

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from townsquare.core.audit import AuditEntry
from townsquare.core.imports.runs import ImportMoved
from townsquare.core.invariants import breaches
from townsquare.core.usecase import Actor
from townsquare.core.worker import Worker
from townsquare.services.library.cli import library
from townsquare.services.library.commands.catalogue import (
    AddCopies,
    ChangeDocument,
    MoveCopy,
    SearchDocuments,
)
from townsquare.services.library.commands.imports import ChooseImport, ReadImport
from townsquare.services.library.commands.lending import BorrowCopy, RegisterPatron
from townsquare.services.library.models.catalogue import BranchRow, CopyRow, DocumentRow
from townsquare.services.library.permissions import MANAGING
from townsquare.services.library.queries.documents import search_documents
from townsquare.services.library.queries.imports import read_import
from townsquare.services.library.usecases.copies import add_copies, move_copy
from townsquare.services.library.usecases.desk import borrow_copy
from townsquare.services.library.usecases.documents import change_document
from townsquare.services.library.usecases.patrons import register_patron
from townsquare.services.library.usecases.undoing import undo_import

from .conftest import EMIL
from .test_imports import take  # noqa: F401 (a fixture)

DINA = Actor(3, "Dina Park", MANAGING | {"public", "signed-in"})


@pytest.fixture
def books(take, files):  # noqa: F811 (the fixture)
    """The run of the twenty records of marc.dat, taken in."""
    return take((files / "marc" / "marc.dat").read_bytes())


@pytest.fixture
def undo(cataloguing, town):
    def run(import_run):
        with cataloguing() as ctx:
            undo_import(ctx, ChooseImport(id=import_run.id))
        Worker(town).drain()
        with cataloguing(reads=True) as ctx:
            return read_import(ctx, ReadImport(id=import_run.id))

    return run


@pytest.fixture
def copies(cataloguing, central, books):
    """One copy of each book: their barcodes by title."""
    with cataloguing() as ctx:
        add_copies(ctx, AddCopies(branch="central"))


def lines(town, *columns):
    with town.sessions() as db:
        return db.execute(select(*columns).order_by(columns[0])).all()


def count(town, table):
    with town.sessions() as db:
        return db.scalar(select(func.count()).select_from(table))


def test_what_an_import_made_is_gone_and_can_come_again(books, undo, take, files, town):  # noqa: F811
    undone = undo(books)
    assert (undone.state, undone.lines, count(town, DocumentRow)) == ("undone", [], 0)
    assert breaches(town) == {}
    again = take((files / "marc" / "marc.dat").read_bytes())
    assert (again.new, count(town, DocumentRow)) == (20, 20)


def test_nobody_finds_what_was_taken_back(books, undo, cataloguing):
    undo(books)
    with cataloguing(reads=True) as ctx:
        assert search_documents(ctx, SearchDocuments(words="lisp")).documents == []


def test_it_happens_once_and_the_audit_says_who(books, undo, town):
    undo(books)
    with pytest.raises(ImportMoved):
        undo(books)
    told = [
        row.event for row in lines(town, AuditEntry.id, AuditEntry.event, AuditEntry.actor_name)
    ]
    assert told.count("library.ImportUndone") == 1
    assert told.count("library.DocumentRemoved") == 20


def test_copies_that_nobody_used_go_with_their_books(books, copies, undo, town):
    undone = undo(books)
    assert (undone.lines, count(town, CopyRow), count(town, DocumentRow)) == ([], 0, 0)
    assert breaches(town) == {}


def test_what_was_lent_moved_or_changed_stays_and_is_named(books, copies, undo, town, acting_as):
    lent, moved, changed = lines(town, CopyRow.barcode, CopyRow.public_id, CopyRow.document_id)[:3]
    [document] = [
        row
        for row in lines(town, DocumentRow.id, DocumentRow.public_id)
        if row.id == changed.document_id
    ]
    with acting_as(actor=DINA) as ctx:
        told = {"kind": "student", "number": "N1", "branch": "central"}
        register_patron(ctx, RegisterPatron(given="Maya", card="LC-1001", **told))
        borrow_copy(ctx, BorrowCopy(barcode=lent.barcode, card="LC-1001"))
    with acting_as(actor=EMIL) as ctx:
        move_copy(ctx, MoveCopy(id=moved.public_id, version=1, shelf="A"))
        change_document(ctx, ChangeDocument(id=document.public_id, version=1, edition="2nd"))
    undone = undo(books)
    assert sorted(line.sentence for line in undone.lines) == [
        "It has been changed since.",
        f"Its copy {lent.barcode} has been lent, held or changed.",
        f"Its copy {moved.barcode} has been lent, held or changed.",
    ]
    assert (count(town, DocumentRow), count(town, CopyRow)) == (3, 3)
    assert breaches(town) == {}


def test_a_book_that_was_there_before_stays(take, undo, files, town):  # noqa: F811
    take((files / "marc" / "one.dat").read_bytes())
    record = (files / "marc" / "one.json").read_bytes().replace(b"ActivePerl", b"ActivePython")
    undone = undo(take(record))
    [line] = undone.lines
    assert line.sentence == "It was in the catalogue before; what it said then is not kept."
    assert count(town, DocumentRow) == 1


def test_branches_go_unless_something_is_there(take, files, undo, town, cataloguing):  # noqa: F811
    listed = take((files / "library_branches_greater_manchester.csv").read_bytes())
    take((files / "marc" / "one.dat").read_bytes())
    code = lines(town, BranchRow.code)[0].code
    with cataloguing() as ctx:
        add_copies(ctx, AddCopies(branch=code))
    undone = undo(listed)
    assert [(line.record, line.sentence) for line in undone.lines] == [
        (code, "Something else in the library still refers to it.")
    ]
    assert count(town, BranchRow) == 1


def test_a_page_offers_it_and_only_cataloguers_may(books, as_emil, client, town):
    import re

    page = as_emil.get(f"/library/imports/{books.id}").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    assert "Take this import back" in page
    answer = as_emil.post(f"/library/imports/{books.id}/undo", data={"csrf_token": token})
    assert answer.status_code == 303
    Worker(town).drain()
    assert "was taken back" in as_emil.get(f"/library/imports/{books.id}").text
    again = as_emil.post(f"/api/v1/library/imports/{books.id}/reversal", json={})
    assert (again.status_code, again.json["code"]) == (409, "core.import-moved")


def test_the_command_line_takes_back_too(books, town, settings, monkeypatch):
    monkeypatch.setenv("TOWNSQUARE_DATA", settings.data)
    monkeypatch.setenv("TOWNSQUARE_DATABASE", settings.database)
    done = CliRunner().invoke(library, ["undo", books.id])
    assert (done.exit_code, done.output) == (0, f"The import {books.id} was taken back.\n")
    assert count(town, DocumentRow) == 0
    Worker(town).drain()  # The turn that was asked for finds nothing left.
    assert breaches(town) == {}
