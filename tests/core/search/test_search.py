"""The index over everything, on every database of this run."""

import pytest
from sqlalchemy import event, text

from townsquare.core.rebuilding import rebuild
from townsquare.core.search.finding import Asked, find
from townsquare.core.search.index import Entry, Source, index, remove
from townsquare.core.search.words import words_of

EVERYBODY = frozenset({"public"})
LOVE = Entry("library.document", "A", "El amor en los tiempos del cólera", "Gabriel García Márquez")
RING = Entry("library.document", "B", "The Lord of the Rings", "J. R. R. Tolkien")
ABOUT = Entry("library.document", "C", "A biography", body="Tolkien's life, O'Brien")
SECRET = Entry("library.patron", "D", "Tolkien", permission="library.patron.view")


@pytest.fixture
def kept(town):
    with town.sessions.begin() as db:
        index(db, [LOVE, RING, ABOUT, SECRET], now=town.now())
    return town


def subjects(town, text, permissions=EVERYBODY, **options):
    with town.sessions() as db:
        asked = Asked(text, permissions, **options)
        return [match.subject for match in find(db, asked).found]


@pytest.mark.engines("sqlite")
def test_a_whole_title_is_found_along_the_index_of_titles(kept):
    said = []

    def listen(_connection, _cursor, *told):
        said.append(told[:2])

    event.listen(kept.database, "before_cursor_execute", listen)
    subjects(kept, "tolkien", kinds=("library.document",))
    with kept.database.connect() as db:
        text, values = next(told for told in said if "core_search_fts" in told[0])
        found = [step[3] for step in db.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)]
    assert any("USING INDEX ix_core_search_title_words" in step for step in found)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("garcia marquez", ["A"]),
        ("MÁRQUEZ, García", ["A"]),
        ("co", ["A"]),
        ("colera", ["A"]),
        ("tolkien", ["B", "C"]),
        ("tolkien life", ["C"]),
        ("obrien", ["C"]),
        ("o'brien", ["C"]),
        ("nothing", []),
        ("", []),
        ("\" OR * NEAR( ' :A | ! \\ -", []),
        ("%s ? {title}:", []),
    ],
)
def test_words_find_what_carries_them_all(kept, typed, found):
    assert subjects(kept, typed) == found


def test_only_the_first_eight_words_count(kept):
    assert subjects(kept, "el amor en los tiempos del colera gabriel nothing") == ["A"]


def test_whole_titles_come_before_words_in_titles_before_the_rest(kept):
    everything = EVERYBODY | {"library.patron.view"}
    with kept.sessions.begin() as db:
        index(db, [Entry("library.document", "E", "Tolkien and others")], now=kept.now())
    assert subjects(kept, "tolkien", everything) == ["D", "E", "B", "C"]


def test_nobody_finds_what_they_may_not_see(kept):
    assert "D" not in subjects(kept, "tolkien")
    assert subjects(kept, "tolkien", frozenset()) == []
    assert subjects(kept, "tolkien", frozenset({"library.patron.view"})) == ["D"]


def test_a_kind_narrows_the_search(kept):
    assert subjects(kept, "tolkien", kinds=("library.event",)) == []
    assert subjects(kept, "tolkien", kinds=("library.document",)) == ["B", "C"]


def test_a_changed_title_is_found_by_its_new_words_only(kept):
    with kept.sessions.begin() as db:
        index(db, [Entry("library.document", "B", "The Hobbit")], now=kept.now())
    assert subjects(kept, "hobbit") == ["B"]
    assert subjects(kept, "rings") == []


def test_what_is_removed_is_not_found(kept):
    with kept.sessions.begin() as db:
        remove(db, "library.document", ["B", "unknown"])
    assert subjects(kept, "rings") == []


def test_pages_by_key_show_each_hit_once(town):
    many = [Entry("k", f"{n:03}", "Tale", body="tale") for n in range(5)]
    more = [Entry("k", f"{n:03}", f"Tale {n}") for n in range(5, 12)]
    rest = [Entry("k", f"{n:03}", "Other", body="tale") for n in range(12, 17)]
    with town.sessions.begin() as db:
        index(db, [*many, *more, *rest], now=town.now())
        seen, after = [], "0"
        while after:
            page = find(db, Asked("tale", EVERYBODY, limit=3, after=after))
            seen, after = seen + [match.subject for match in page.found], page.after
    assert seen == [f"{n:03}" for n in range(17)]


def test_after_a_thousand_hits_there_is_no_next_page(town):
    with town.sessions.begin() as db:
        index(db, (Entry("k", f"{n}", f"Tale {n}") for n in range(1010)), now=town.now())
        assert find(db, Asked("tale", EVERYBODY, limit=20, after="1.990.k:989")).after == ""
        assert len(find(db, Asked("tale", EVERYBODY, limit=20, after="1.990.k:989")).found) == 10


def test_a_token_of_somebody_else_begins_again(kept):
    assert subjects(kept, "tolkien", after="1.x.y:z;--") == ["B", "C"]
    for never_told in ("3.0.k:1", "9" * 5000 + ".0.k:1", "1." + "9" * 5000 + ".k:1"):
        assert subjects(kept, "tolkien", after=never_told) == ["B", "C"]


def test_a_rebuild_finds_the_same_and_forgets_what_is_gone(kept, clock):
    clock.advance(minutes=1)
    source = Source("library.document", lambda _db: iter([LOVE, RING]))
    assert rebuild(kept, [source]) == {"library.document": 2}
    assert subjects(kept, "tolkien") == ["B"]
    assert subjects(kept, "garcia") == ["A"]


def test_the_index_of_sqlite_agrees_with_its_rows(kept):
    if kept.database.dialect.name == "sqlite":
        with kept.sessions.begin() as db:
            index(db, [RING, RING], now=kept.now())
            check = (
                "INSERT INTO core_search_fts(core_search_fts, rank) VALUES('integrity-check', 1)"
            )
            db.execute(text(check))


def test_letters_are_folded_as_people_type_them():
    assert words_of("Straße Ñandú Ł\u2019Øre ﬁn 東京_x") == [
        "strasse",
        "nandu",
        "lore",
        "fin",
        "東京",
        "x",
    ]
