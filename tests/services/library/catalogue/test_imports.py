from base64 import b64encode
from collections import Counter
from contextlib import suppress

import pytest
from sqlalchemy import func, select

from townsquare.core.imports.carrying import Carrier
from townsquare.core.imports.outcomes import TakeRows
from townsquare.core.worker import Worker
from townsquare.services.library.commands.authorities import FindAuthorities
from townsquare.services.library.commands.catalogue import SearchDocuments
from townsquare.services.library.commands.imports import (
    ChooseImport,
    FindImports,
    ReadImport,
    StartImport,
)
from townsquare.services.library.errors import BadFile
from townsquare.services.library.models.catalogue import (
    DocumentRow,
    IdentifierRow,
    SourceRecordRow,
)
from townsquare.services.library.queries.authorities import find_branches
from townsquare.services.library.queries.documents import search_documents
from townsquare.services.library.queries.imports import find_imports, read_import
from townsquare.services.library.usecases.imports import (
    IMPORTER,
    apply_import,
    entries_of,
    resume_import,
    start_import,
    take_rows,
)
from townsquare.services.library.usecases.searching import rebuild_words

from .conftest import EMIL


def wish(content, **more):
    told = {"file_name": "file", "dry_run": False, "zone": "Europe/London", **more}
    return StartImport(content=b64encode(content), **told)


@pytest.fixture
def take(cataloguing, town):
    """Take a file in as the command line does and return what became of it."""

    def run(content, **more):
        with cataloguing() as ctx:
            begun = start_import(ctx, wish(content, **more)).id
        Carrier(town, EMIL, IMPORTER, take_rows).carry_out(begun)
        with cataloguing(reads=True) as ctx:
            return read_import(ctx, ReadImport(id=begun))

    return run


@pytest.fixture
def marc(files):
    return lambda name: (files / "marc" / name).read_bytes()


@pytest.fixture
def documents(town):
    def count():
        with town.sessions() as db:
            return db.scalar(select(func.count()).select_from(DocumentRow))

    return count


def test_the_same_file_again_changes_nothing(take, marc, documents):
    first, again = take(marc("marc.dat")), take(marc("marc.dat"))
    assert (first.state, first.new) == ("applied", 20)
    assert (again.new, again.changed, again.same, documents()) == (0, 0, 20, 20)


def test_a_dry_run_changes_nothing(take, marc, documents):
    tried = take(marc("marc.dat"), dry_run=True)
    assert (tried.state, tried.new, documents()) == ("checked", 20, 0)


def test_what_was_tried_can_be_taken_in(take, marc, documents, cataloguing, town):
    tried = take(marc("marc.dat"), dry_run=True)
    with cataloguing() as ctx:
        apply_import(ctx, ChooseImport(id=tried.id))
    Worker(town).drain()
    with cataloguing(reads=True) as ctx:
        assert read_import(ctx, ReadImport(id=tried.id)).state == "applied"
    assert documents() == 20


@pytest.mark.parametrize(
    ("one", "other"), [("marc8.dat", "utf8_with_leader_flag.dat"), ("one.dat", "one.json")]
)
def test_one_book_in_two_clothes_is_the_same_book(take, marc, documents, one, other):
    assert (take(marc(one)).new, take(marc(other)).same, documents()) == (1, 1, 1)


def test_a_record_that_says_more_changes_its_document(take, marc, documents, cataloguing):
    take(marc("one.dat"))
    told = take(marc("one.json").replace(b"ActivePerl", b"ActivePython"))
    with cataloguing(reads=True) as ctx:
        [line] = search_documents(ctx, SearchDocuments(words="activepython")).documents
    assert (told.changed, documents()) == (1, 1)
    assert line.title == "ActivePython with ASP and ADO"


def test_a_refused_file_leaves_nothing(take, marc, documents):
    refused = take(marc("bad_tag.xml"))
    assert (refused.new, refused.refused, documents()) == (0, 1, 0)
    assert "its leader is missing" in refused.lines[0].sentence


def test_a_damaged_record_is_named_among_good_ones(take, marc, documents):
    damaged = b"00000" + marc("one.dat")[5:]
    told = take(marc("multi_isbn.dat") + damaged + marc("marc8.dat"))
    [line] = told.lines
    assert (line.row, line.outcome, documents()) == (2, "refused", 2)
    assert line.sentence == "its length says 0, but it has 755 bytes"


@pytest.mark.parametrize(("content", "why"), [(b"", "it is empty"), (b"no book", "neither MARC")])
def test_a_file_without_records_is_refused_at_once(cataloguing, content, why):
    with pytest.raises(BadFile, match=why), cataloguing() as ctx:
        start_import(ctx, wish(content))


def test_an_interrupted_import_goes_on_where_it_was(cataloguing, town, marc, documents):
    with cataloguing() as ctx:
        run = start_import(ctx, wish(marc("marc.dat"))).id
    rows = list(entries_of(marc("marc.dat")))
    with cataloguing() as ctx:
        take_rows(ctx, TakeRows(run=run, start=0, rows=tuple(rows[:11])))
    with suppress(KeyboardInterrupt), cataloguing() as ctx:
        take_rows(ctx, TakeRows(run=run, start=11, rows=tuple(rows[11:15])))
        raise KeyboardInterrupt
    assert documents() == 11
    with cataloguing() as ctx:
        resume_import(ctx, ChooseImport(id=run))
    Worker(town).drain()
    assert documents() == 20


def test_a_run_that_is_resumed_twice_takes_no_row_twice(cataloguing, town, marc, documents):
    with cataloguing() as ctx:
        run = start_import(ctx, wish(marc("marc.dat"))).id
        for _ in range(2):
            resume_import(ctx, ChooseImport(id=run))
    Worker(town).drain()
    with cataloguing(reads=True) as ctx:
        told = read_import(ctx, ReadImport(id=run))
    assert (told.done, told.new, documents()) == (20, 20, 20)


def test_branches_get_the_zone_of_the_town(take, files, cataloguing):
    listed = (files / "library_branches_greater_manchester.csv").read_bytes()
    first, again = take(listed), take(listed)
    changed = take(listed.replace(b"Blackrod, Bolton", b"Blackrod, Bolton North"))
    with cataloguing(reads=True) as ctx:
        branch = find_branches(ctx, FindAuthorities()).branches[0]
    assert (first.new, again.same, changed.changed) == (141, 141, 1)
    assert branch.zone == "Europe/London"


def test_the_real_books_give_the_figures_that_are_known(take, files, town, cataloguing):
    content = (files / "goodbooks_1_5000.csv.gz").read_bytes()
    told = take(content)
    with town.sessions() as db:
        schemes = Counter(db.scalars(select(IdentifierRow.scheme)))
        kept = db.scalar(select(func.count()).select_from(SourceRecordRow))
    assert (told.new, told.refused, told.warned, kept) == (5000, 0, 14, 5000)
    assert schemes == {"control": 5000, "isbn": 4731, "invalid": 14}
    assert [line.record for line in told.lines][:2] == ["goodbooks:916", "goodbooks:1095"]
    found = {"murakami": 17, "garcia marquez": 5, "tolkien": 11, "harry potter": 16}
    with cataloguing(reads=True) as ctx:
        for words, number in found.items():
            page = search_documents(ctx, SearchDocuments(words=words, limit=100))
            assert (words, len(page.documents)) == (words, number)
    again = take(content)
    assert (again.same, again.new, again.changed) == (5000, 0, 0)


def test_the_latest_imports_come_first(take, marc, cataloguing):
    take(marc("one.dat"))
    last = take(marc("marc8.dat"))
    with cataloguing(reads=True) as ctx:
        runs = find_imports(ctx, FindImports()).imports
    assert (runs[0].id, len(runs)) == (last.id, 2)


def test_the_words_can_be_written_anew(take, marc, cataloguing, town):
    from sqlalchemy import text

    from townsquare.services.library.commands.catalogue import WriteWords

    take(marc("marc.dat"))
    with town.sessions.begin() as db:
        db.execute(text("DELETE FROM library_document_fts"))
    with cataloguing() as ctx:
        last = rebuild_words(ctx, WriteWords())
        assert rebuild_words(ctx, WriteWords(after=last)) == ""
        assert len(search_documents(ctx, SearchDocuments(words="lisp")).documents) == 1
