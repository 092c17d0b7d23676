"""What the pages of the catalogue cost: statements, plans, libraries."""

import gzip
import subprocess
import sys
from base64 import b64encode

import pytest
from sqlalchemy import event

from townsquare.core.imports.outcomes import TakeRows
from townsquare.services.library.commands.catalogue import AddCopy, AddDocument
from townsquare.services.library.commands.imports import StartImport
from townsquare.services.library.queries import authorities, copies, documents
from townsquare.services.library.usecases.copies import add_copy
from townsquare.services.library.usecases.documents import add_document
from townsquare.services.library.usecases.imports import entries_of, start_import, take_rows

PAGES = [
    ("/library", 1),
    ("/library?words=volume", 1),
    ("/library?words=volume&branch=central&available=true&sort=year", 2),
    ("/library/narrow?words=volume", 1),
    ("/library/documents/{id}", 2),
    ("/api/v1/library/documents?limit=20", 1),
    ("/api/v1/library/documents/{id}", 2),
    ("/api/v1/library/branches", 1),
    ("/api/v1/library/names", 1),
]
PAGED = [*documents.PAGES.values(), authorities.NAMES]
PLANS = [
    *(plan for pages in PAGED for plan in (pages.first, pages.further)),
    documents.HEAD,
    documents.PARTS,
    copies.COPIES,
    copies.ONE_COPY,
    authorities.BRANCHES,
    authorities.CATEGORIES,
    authorities.PUBLISHERS,
]


@pytest.fixture
def statements(town):
    """Every statement that reaches SQLite's driver, without begin and commit."""
    seen = []

    def listen(connection, _record):
        connection.set_trace_callback(seen.append)

    event.listen(town.database, "connect", listen)
    return seen


@pytest.fixture
def volumes(cataloguing, central):
    with cataloguing() as ctx:
        for number in range(30):
            made = add_document(ctx, AddDocument(title=f"Volume {number}", authors="A; B"))
            add_copy(ctx, AddCopy(document=made.id, barcode=f"TS{number}", branch="central"))
    return made


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize(("address", "most"), PAGES)
def test_a_page_costs_few_statements(statements, client, volumes, address, most):
    client.get(address.format(id=volumes.id))
    statements.clear()
    assert client.get(address.format(id=volumes.id)).status_code == 200
    asked = [text for text in statements if text.startswith(("SELECT", "WITH"))]
    assert len(asked) <= most, asked


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("plan", PLANS)
def test_no_list_reads_a_whole_table_or_sorts_it(town, volumes, plan):
    text = plan.plan(town.database.dialect).text
    with town.database.connect() as connection:
        steps = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", ("1",) * text.count("?"))
        told = [step[3] for step in steps]
    assert not [step for step in told if step.startswith("SCAN library_")], told
    if plan is not documents.PARTS:
        assert not [step for step in told if "ORDER BY" in step], told


def test_web_pages_load_neither_marc_nor_pdf():
    code = (
        "import sys; import townsquare.services.library.manifest;"
        "print([m for m in ('pymarc', 'fpdf', 'barcode', 'PIL') if m in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


@pytest.mark.engines("sqlite")
def test_a_record_is_taken_in_with_few_statements(cataloguing, files, statements):
    books = gzip.decompress((files / "goodbooks_1_5000.csv.gz").read_bytes())[:20_000]
    books = books.rpartition(b"\n")[0]
    rows = entries_of(books)
    with cataloguing() as ctx:
        run = start_import(ctx, StartImport(file_name="books", content=b64encode(books))).id
        statements.clear()
        take_rows(ctx, TakeRows(run=run, start=0, rows=rows))
    # Savepoint, known?, makers, document, links, numbers, source, words, and its own outcome.
    assert len(rows) > 50
    assert len(statements) / len(rows) < 18, statements[:40]
