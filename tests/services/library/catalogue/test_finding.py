"""Searches that find nothing, or that nobody should send: a helpful answer, never a failure."""

import pytest

from townsquare.services.library.commands.authorities import AddCategory
from townsquare.services.library.commands.catalogue import (
    AddCopy,
    AddDocument,
    SearchDocuments,
    SuggestWords,
)
from townsquare.services.library.queries.documents import count_facets, suggest_words
from townsquare.services.library.rules.spelling import meant
from townsquare.services.library.usecases.authorities import add_category
from townsquare.services.library.usecases.copies import add_copy
from townsquare.services.library.usecases.documents import add_document


@pytest.mark.parametrize(
    ("word", "known", "told"),
    [
        ("murakmi", {"murakami", "murdoch"}, "murakami"),
        ("mura", {"murakami"}, "mura"),  # Its beginning is enough.
        ("norwgian", {"norwegian", "novel"}, "norwegian"),
        ("novice", {"norwegian"}, "novice"),
        ("murakmi", set(), "murakmi"),
    ],
)
def test_the_word_that_is_most_alike_was_meant(word, known, told):
    assert meant(word, known) == told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("murakmi", "murakami"),
        ("Norwgian Wood", "norwegian wood"),
        ("norwegain wod", "norwegian wood"),
        ("murakmi xyz", ""),
        ("murakami", ""),
        ("xyzzy", ""),
        ("wod", ""),
        ("%%% ---", ""),
    ],
)
def test_words_that_find_something_are_suggested(cataloguing, wood, words, told):
    with cataloguing(reads=True) as ctx:
        assert suggest_words(ctx, SuggestWords(words=words)).words == told


def test_a_page_without_hits_says_what_may_have_been_meant(client, wood):
    page = client.get("/library?words=murakmi").text
    assert "Nothing matches “murakmi”." in page
    assert 'href="/library?words=murakami">murakami</a>' in page
    assert "Did you mean" not in client.get("/library?words=murakami").text
    assert client.get("/api/v1/library/suggestion?words=murakmi").json == {"words": "murakami"}


def test_nobody_is_led_to_a_draft(client, cataloguing):
    with cataloguing() as ctx:
        add_document(ctx, AddDocument(title="Secretive", publish=False))
    assert "Did you mean" not in client.get("/library?words=secretve").text


ODD_WORDS = [
    '"',
    "'",
    "*",
    "a*_OR_b*",
    "NEAR(a+b)",
    "NOT",
    "title:x",
    "-a",
    "(((",
    "a&|!b",
    ":*",
    "\\",
    "%",
    "_",
    "🦆",
    "\uff41",
    "ß",
    "ﬁ",
    "אב",
    "0",
    "-1",
    "978",
    "1e99",
    "';DROP_TABLE_x;--",
    "<script>",
    "\x00",
    "a\x00b",
    "\ufffe",
    "́",
]


@pytest.mark.parametrize("address", ["/library", "/library/narrow", "/api/v1/library/facets"])
def test_no_words_break_the_search(client, wood, address):
    sent = [*ODD_WORDS, " ".join(ODD_WORDS[:12]), "a" * 200]
    found = {w: client.get(address, query_string={"words": w}).status_code for w in sent}
    assert {word: status for word, status in found.items() if status not in {200, 422}} == {}


@pytest.mark.parametrize(
    "query",
    ["from_year=x", "from_year=99999", "sort=price", "available=perhaps", "material=stone",
     "limit=0", "words=" + "a" * 201, "language=english"],
)  # fmt: skip
def test_a_malformed_search_is_refused_with_its_field(client, wood, query):
    told = client.get(f"/api/v1/library/documents?{query}")
    assert told.status_code == 422
    assert query.partition("=")[0] in told.json["facts"]["fields"]


def test_an_unknown_place_in_the_list_is_its_end_or_beginning(client, wood):
    assert client.get("/library?after=nothing").status_code == 200
    assert client.get("/library?after=nothing&sort=year&words=wood").status_code == 200


def test_categories_and_free_copies_are_counted(cataloguing, central, wood):
    with cataloguing() as ctx:
        add_category(ctx, AddCategory(code="fiction", name="Fiction"))
        add_document(ctx, AddDocument(title="Emma", category="fiction"))
        add_copy(ctx, AddCopy(document=wood.id, barcode="TS000001", branch="central"))
    with cataloguing(reads=True) as ctx:
        facets = count_facets(ctx, SearchDocuments())
        of_fiction = count_facets(ctx, SearchDocuments(category="fiction"))
    assert [(f.value, f.label, f.count) for f in facets.categories] == [("fiction", "Fiction", 1)]
    assert (facets.available, facets.total) == (1, 2)
    assert (of_fiction.available, of_fiction.total) == (0, 1)
