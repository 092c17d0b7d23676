"""What leaves the catalogue comes back as it was."""

import pytest
from click.testing import CliRunner

from townsquare.core.imports.carrying import Carrier
from townsquare.services.library.cli import library
from townsquare.services.library.commands.catalogue import AddDocument, SearchDocuments
from townsquare.services.library.commands.imports import ChooseImport, ExportDocuments
from townsquare.services.library.queries.documents import search_documents
from townsquare.services.library.queries.exports import PART, export_documents
from townsquare.services.library.results.imports import CSV, MARCXML
from townsquare.services.library.rules.exports import Exported
from townsquare.services.library.rules.recordfiles import entries, kind_of
from townsquare.services.library.usecases.documents import add_document
from townsquare.services.library.usecases.imports import (
    IMPORTER,
    entries_of,
    start_import,
    take_rows,
)
from townsquare.services.library.usecases.undoing import take_back, undo_import

from .conftest import EMIL
from .test_imports import wish

pytestmark = pytest.mark.shown

SEEN = tuple(name for name in Exported.__dataclass_fields__ if name != "numbers")


@pytest.fixture
def parts(town):
    def part(after):
        with town.working(EMIL, reads=True) as ctx:
            return export_documents(ctx, ExportDocuments(after=after))

    return part


@pytest.fixture
def take(cataloguing, town):
    def run(content):
        with cataloguing() as ctx:
            begun = start_import(ctx, wish(content)).id
        return Carrier(town, EMIL, IMPORTER, take_rows).carry_out(begun)

    return run


@pytest.fixture
def forget(cataloguing):
    """Take a run back, so that the catalogue is empty again."""
    from townsquare.services.library.commands.imports import UndoRows

    def run(done):
        with cataloguing() as ctx:
            undo_import(ctx, ChooseImport(id=done.run))
        last = -1
        while last:
            with cataloguing() as ctx:
                last = take_back(ctx, UndoRows(id=done.run, after=max(last, 0)))

    return run


def told(parts):
    """Return what each document says, by its control number."""
    found, after, more = {}, "", True
    while more:
        part = parts(after)
        found |= {document.control: seen(document) for document in part.documents}
        after, more = part.after, bool(part.after)
    return found


def seen(document):
    numbers = [(n.scheme, n.value, n.qualifier) for n in document.numbers]
    makers = [(" ".join(m.heading.split()), m.kind, m.role, m.dates) for m in document.makers]
    said = {name: getattr(document, name) for name in SEEN}
    return {**said, "numbers": numbers, "makers": makers}


def whole(kind, parts):
    return "".join(kind.pieces(parts)).encode()


@pytest.mark.parametrize("name", ["marc.dat", "batch.xml", "multi_isbn.dat", "marc8.dat"])
def test_marc_records_come_back_as_they_were(take, forget, parts, files, name):
    done = take((files / "marc" / name).read_bytes())
    before, written = told(parts), whole(MARCXML, parts)
    forget(done)
    assert told(parts) == {}
    again = take(written)
    assert again.counts["new"] == done.counts["new"]
    assert told(parts) == before


def test_every_real_book_reads_the_same_in_marcxml(files):
    books = entries_of((files / "goodbooks_1_5000.csv.gz").read_bytes())
    written = MARCXML.begins + MARCXML.write(map(exported, books)) + MARCXML.ends
    again = list(entries(written.encode(), kind_of(written.encode())))
    assert len(again) == 5000
    for book, read in zip(books, again, strict=True):
        assert blanks_apart(seen(exported(read))) == blanks_apart(seen(exported(book)))


def blanks_apart(said):
    """Return what was said with single blanks: MARC parts words by one, whatever a table does."""
    return {
        name: " ".join(text.split()) if isinstance(text, str) else text
        for name, text in said.items()
    }


def exported(record):
    names = [name for name in SEEN if name not in {"makers", "subjects"}]
    parts = {name: getattr(record, name) for name in (*names, "makers", "subjects", "numbers")}
    return Exported(**parts)


def test_a_table_holds_what_fits_into_one_line(cataloguing, parts):
    with cataloguing() as ctx:
        add_document(
            ctx,
            AddDocument(
                title='=cmd("x")',
                subtitle="A; B",
                authors="Ann, Lee; José Rizal",
                isbn="0-375-70402-7",
                published_year=-800,
                language="eng",
            ),
        )
    content = whole(CSV, parts)
    assert b"'=cmd" in content  # No spreadsheet will calculate it.
    [record] = entries(content, kind_of(content))
    assert (record.title, record.subtitle, record.published_year) == ('=cmd("x")', "A; B", -800)
    assert [maker.heading for maker in record.makers] == ["Ann, Lee", "José Rizal"]
    assert [n.value for n in record.numbers] == ["9780375704024"]


def test_signs_of_xml_are_kept_as_letters(cataloguing, parts):
    with cataloguing() as ctx:
        add_document(ctx, AddDocument(title='<b>"Q" & A</b>', description="One\nTwo <3"))
    content = whole(MARCXML, parts)
    [record] = entries(content, kind_of(content))
    assert (record.title, record.description) == ('<b>"Q" & A</b>', "One\nTwo <3")


def test_drafts_stay_at_home_and_parts_follow_each_other(cataloguing, parts):
    with cataloguing() as ctx:
        add_document(ctx, AddDocument(title="Draft", publish=False))
        for number in range(PART + 1):
            add_document(ctx, AddDocument(title=f"Volume {number}"))
    assert len(told(parts)) == PART + 1


@pytest.mark.parametrize(
    ("kind", "mime"), [("xml", "application/marcxml+xml"), ("csv", "text/csv")]
)
def test_a_cataloguer_saves_the_catalogue(as_emil, client, wood, kind, mime):
    answer = as_emil.get(f"/library/export.{kind}")
    assert (answer.status_code, answer.mimetype) == (200, mime)
    assert "Norwegian Wood" in answer.text
    assert f"catalogue.{kind}" in answer.headers["Content-Disposition"]


def test_guests_get_no_export(client):
    assert client.get("/library/export.xml").status_code in {401, 403}


def test_there_are_two_kinds_of_exports(as_emil):
    assert as_emil.get("/library/export.exe").status_code == 404


def test_the_command_line_exports(town, settings, wood, tmp_path, monkeypatch, cataloguing):
    monkeypatch.setenv("TOWNSQUARE_DATA", settings.data)
    monkeypatch.setenv("TOWNSQUARE_DATABASE", settings.database)
    file = tmp_path / "all.xml"
    done = CliRunner().invoke(library, ["export", str(file)])
    assert (done.exit_code, done.output) == (0, f"The catalogue is in {file}.\n")
    [record] = entries(file.read_bytes(), "marcxml")
    with cataloguing(reads=True) as ctx:
        [line] = search_documents(ctx, SearchDocuments()).documents
    assert (record.title, record.control) == (line.title, f"townsquare:{line.id}")
