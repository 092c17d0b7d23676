import pytest

from townsquare.core.errors import Invalid, NotAllowed, StaleVersion
from townsquare.services.library.commands.catalogue import (
    AddCopy,
    AddDocument,
    ChangeDocument,
    ChooseDocument,
    CiteDocument,
    MoveDocument,
    SearchDocuments,
)
from townsquare.services.library.errors import CopiesExist, UnknownDocument, WrongState
from townsquare.services.library.events import DocumentAdded, DocumentMoved
from townsquare.services.library.queries.documents import (
    cite_document,
    count_facets,
    read_document,
    search_documents,
)
from townsquare.services.library.usecases.copies import add_copy
from townsquare.services.library.usecases.documents import (
    add_document,
    change_document,
    publish_document,
    withdraw_document,
)


@pytest.fixture
def shown(cataloguing, acting_as):
    """Read a document as Emil, or as anybody."""

    def read(public_id, *, guest=False):
        opened = acting_as(reads=True) if guest else cataloguing(reads=True)
        with opened as ctx:
            return read_document(ctx, ChooseDocument(id=public_id))

    return read


def test_a_document_is_described_with_its_makers_and_numbers(wood, shown):
    document = shown(wood.id, guest=True)
    assert document.names == "Haruki Murakami; Jay Rubin"
    assert [(m.heading, m.role) for m in document.makers] == [
        ("Haruki Murakami", "author"),
        ("Jay Rubin", "translator"),
    ]
    assert [(n.scheme, n.value) for n in document.identifiers] == [("isbn", "9780375704024")]


def test_adding_tells_the_town(cataloguing):
    with cataloguing() as ctx:
        written = add_document(ctx, AddDocument(title="Emma"))
    assert [event for _, event in ctx.events] == [DocumentAdded(written.id)]


def test_only_cataloguers_describe_documents(acting_as):
    with pytest.raises(NotAllowed), acting_as() as ctx:
        add_document(ctx, AddDocument(title="Emma"))


def test_a_wrong_check_digit_is_refused_on_forms(cataloguing):
    with pytest.raises(Invalid) as refused, cataloguing() as ctx:
        add_document(ctx, AddDocument(title="Emma", isbn="0375704028"))
    assert refused.value.fields == {
        "isbn": "0375704028 is no valid ISBN; compare it with the one in the book."
    }


def test_what_a_change_does_not_name_stays(cataloguing, wood, shown):
    with cataloguing() as ctx:
        change_document(ctx, ChangeDocument(id=wood.id, version=1, edition="First"))
    document = shown(wood.id)
    assert (document.edition, document.title, document.version) == ("First", "Norwegian Wood", 2)
    assert len(document.makers) == 2


def test_what_a_change_empties_is_empty(cataloguing, wood, shown):
    with cataloguing() as ctx:
        change_document(ctx, ChangeDocument(id=wood.id, version=1, translators="", isbn=""))
    document = shown(wood.id)
    assert (document.names, document.identifiers) == ("Haruki Murakami", [])


def test_a_document_keeps_its_title(cataloguing, wood):
    with pytest.raises(Invalid), cataloguing() as ctx:
        change_document(ctx, ChangeDocument(id=wood.id, version=1, title=""))


def test_a_change_on_an_old_page_is_refused(cataloguing, wood):
    with cataloguing() as ctx:
        change_document(ctx, ChangeDocument(id=wood.id, version=1, edition="First"))
    with pytest.raises(StaleVersion), cataloguing() as ctx:
        change_document(ctx, ChangeDocument(id=wood.id, version=1, edition="Second"))


def test_a_draft_is_hidden_until_it_is_published(cataloguing, shown):
    with cataloguing() as ctx:
        draft = add_document(ctx, AddDocument(title="Emma", publish=False))
    with pytest.raises(UnknownDocument):
        shown(draft.id, guest=True)
    with cataloguing() as ctx:
        publish_document(ctx, MoveDocument(id=draft.id, version=1))
    assert [event for _, event in ctx.events] == [DocumentMoved(draft.id, "draft", "published")]
    assert shown(draft.id, guest=True).title == "Emma"


def test_a_withdrawn_document_is_kept_but_hidden(cataloguing, wood, shown):
    with cataloguing() as ctx:
        withdraw_document(ctx, MoveDocument(id=wood.id, version=1))
    assert shown(wood.id).state == "withdrawn"
    with pytest.raises(UnknownDocument):
        shown(wood.id, guest=True)


def test_a_document_with_copies_is_not_withdrawn(cataloguing, central, wood):
    with cataloguing() as ctx:
        add_copy(ctx, AddCopy(document=wood.id, barcode="TS000001", branch="central"))
    with pytest.raises(CopiesExist), cataloguing() as ctx:
        withdraw_document(ctx, MoveDocument(id=wood.id, version=1))


def test_a_draft_is_not_withdrawn(cataloguing):
    with cataloguing() as ctx:
        draft = add_document(ctx, AddDocument(title="Emma", publish=False))
    with pytest.raises(WrongState), cataloguing() as ctx:
        withdraw_document(ctx, MoveDocument(id=draft.id, version=1))


@pytest.mark.parametrize("sort", ["title", "newest", "year"])
def test_every_page_of_every_order_is_whole(cataloguing, acting_as, sort):
    with cataloguing() as ctx:
        for number in range(7):
            title = f"Volume {number % 3}"
            add_document(ctx, AddDocument(title=title, published_year=1900 + number % 2))
    seen, after = [], ""
    with acting_as(reads=True) as ctx:
        for _ in range(4):
            page = search_documents(ctx, SearchDocuments(sort=sort, limit=2, after=after))
            seen += [line.id for line in page.documents]
            after = page.after
    assert (len(seen), len(set(seen)), after) == (7, 7, "")


def test_what_fits_the_words_best_comes_first(cataloguing, acting_as):
    told = ["Letters", "Aunt Emma", "Emma and I", "An Emma of Our Own", "Emma", "The Dilemmas"]
    with cataloguing() as ctx:
        for title in told:
            authors = "Emma Stone" if title == "Letters" else "Jane Austen"
            add_document(ctx, AddDocument(title=title, authors=authors))
    found, after, more = [], "", True
    with acting_as(reads=True) as ctx:
        while more:  # The usual order of a search, page by page.
            page = search_documents(ctx, SearchDocuments(words="émma", limit=1, after=after))
            found += [line.title for line in page.documents]
            after = page.after
            more = bool(after)
        by_title = search_documents(ctx, SearchDocuments(words="emma", sort="title")).documents
        without = search_documents(ctx, SearchDocuments(sort="relevance")).documents
    assert found == ["Emma", "Emma and I", "An Emma of Our Own", "Aunt Emma", "Letters"]
    assert [line.title for line in by_title][:2] == ["Aunt Emma", "Emma"]
    assert [line.title for line in without][:2] == ["Aunt Emma", "The Dilemmas"]


@pytest.mark.parametrize("words", ["100%", "_", "\\", "' or", "0-306-40615-2", "a b c d e f g h i"])
def test_any_words_have_an_order(cataloguing, acting_as, words):
    with cataloguing() as ctx:
        add_document(ctx, AddDocument(title="100% Wool", isbn="0306406152"))
    with acting_as(reads=True) as ctx:
        found = search_documents(ctx, SearchDocuments(words=words)).documents
    assert len(found) == (words in {"100%", "0-306-40615-2"})


def test_titles_are_sorted_as_on_a_shelf(cataloguing, acting_as):
    with cataloguing() as ctx:
        for title in ("The Zoo", "Émile", "Emma", "A Farewell"):
            add_document(ctx, AddDocument(title=title))
    with acting_as(reads=True) as ctx:
        page = search_documents(ctx, SearchDocuments())
    assert [line.title for line in page.documents] == ["Émile", "Emma", "A Farewell", "The Zoo"]


def test_a_list_says_how_many_copies_can_be_had(cataloguing, central, wood):
    with cataloguing() as ctx:
        for barcode in ("TS000001", "TS000002"):
            add_copy(ctx, AddCopy(document=wood.id, barcode=barcode, branch="central"))
    with cataloguing(reads=True) as ctx:
        [line] = search_documents(ctx, SearchDocuments(branch="central", available=True)).documents
        assert search_documents(ctx, SearchDocuments(branch="north")).documents == []
    assert (line.copies, line.available) == (2, 2)


def test_only_cataloguers_list_drafts(acting_as):
    with pytest.raises(NotAllowed), acting_as(reads=True) as ctx:
        search_documents(ctx, SearchDocuments(state="draft"))


def test_hits_are_counted_by_what_narrows_them(cataloguing, central, wood):
    with cataloguing() as ctx:
        add_copy(ctx, AddCopy(document=wood.id, barcode="TS000001", branch="central"))
        add_document(ctx, AddDocument(title="Emma", language="eng", material="audio"))
    with cataloguing(reads=True) as ctx:
        facets = count_facets(ctx, SearchDocuments())
    assert [(f.value, f.count) for f in facets.materials] == [("audio", 1), ("book", 1)]
    assert [(f.value, f.count) for f in facets.languages] == [("eng", 1)]
    assert ([(f.label, f.count) for f in facets.branches], facets.total) == ([("Central", 1)], 2)


@pytest.mark.parametrize(
    ("style", "told"),
    [
        ("bibtex", "  author = {Haruki Murakami},\n  year = {1987},\n  isbn = {9780375704024}\n}"),
        ("ris", "TI  - Norwegian Wood\r\nAU  - Haruki Murakami\r\nPY  - 1987"),
        ("csl", '"issued": {"date-parts": [[1987]]}, "ISBN": "9780375704024"'),
    ],
)
def test_a_document_can_be_cited(cataloguing, wood, style, told):
    with cataloguing(reads=True) as ctx:
        assert told in cite_document(ctx, CiteDocument(id=wood.id, style=style)).text
