"""Tables whose columns have other names: guessed, chosen on every surface, kept with the run."""

import io
import re

import pytest
from click.testing import CliRunner

from townsquare.core.worker import Worker
from townsquare.services.library.cli import library
from townsquare.services.library.commands.catalogue import SearchDocuments
from townsquare.services.library.queries.documents import search_documents
from townsquare.services.library.rules.columns import Chosen, guessed, wrong
from townsquare.services.library.rules.recordfiles import entries, kind_of

pytestmark = pytest.mark.shown

TABLE = (
    "Nr;Titel;Verfasser;Erscheinungsjahr;EAN\n"
    "1;Der Zauberberg;Thomas Mann;1924;9783596294336\n"
    "2;Momo;Michael Ende;neunzehn;\n"
    "3;Das Parfum;Patrick Süskind;1985;\n"
).encode()
GUESS = {"title": "Titel", "authors": "Verfasser", "year": "Erscheinungsjahr", "isbn": "EAN"}


def test_usual_headings_are_guessed_in_several_languages():
    assert guessed(["Nr", "Titel", "Verfasser", "Erscheinungsjahr", "EAN"]) == GUESS
    assert guessed(["Book Title", "AUTHOR", "Année"]) == {
        "title": "Book Title",
        "authors": "AUTHOR",
        "year": "Année",
    }
    assert guessed(["x", "y"]) == {}


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"title": "Titel"}, ""),
        ({"authors": "Verfasser"}, "no column is chosen for the title"),
        ({"title": "Name"}, "it has no column 'Name'; its columns are 'Titel', 'Verfasser'"),
        ({"titel": "Titel"}, "there is no field 'titel'; the fields are title"),
    ],
)
def test_a_choice_that_cannot_be_read_is_explained(columns, reason):
    told = wrong(Chosen(tuple(columns.items())), ["Titel", "Verfasser"])
    assert told.startswith(reason)
    assert bool(told) == bool(reason)


def test_a_choice_parts_authors_and_restores_zeros_as_asked():
    table = b'what,who,code\nGood Omens,"Pratchett, Gaiman",439023483\n'
    columns = (("authors", "who"), ("isbn", "code"), ("title", "what"))
    [record] = entries(table, kind_of(table), Chosen(columns, ",", restore_zeros=True))
    assert [maker.heading for maker in record.makers] == ["Pratchett", "Gaiman"]
    assert record.numbers[0].value == "9780439023481"


@pytest.fixture
def found(cataloguing):
    def search(words):
        with cataloguing(reads=True) as ctx:
            return [
                line.title for line in search_documents(ctx, SearchDocuments(words=words)).documents
            ]

    return search


@pytest.fixture
def token(as_emil):
    page = as_emil.get("/library/imports").text
    return re.search(r'name="csrf_token" value="([^"]+)"', page)[1]


@pytest.fixture
def uploaded(as_emil, token):
    told = {"file": (io.BytesIO(TABLE), "alt.csv"), "dry_run": "true", "csrf_token": token}
    return as_emil.post("/library/imports", data=told).location


def chosen_columns(token, **columns):
    told = {f"column-{field}": column for field, column in columns.items()}
    return {**told, "separator": ";", "csrf_token": token}


def test_a_file_that_is_sent_twice_is_taken_in_once(as_emil, token):
    once = re.search(r'name="once" value="([^"]+)"', as_emil.get("/library/imports").text)[1]
    statuses = []
    for _twice in range(2):
        told = {"file": (io.BytesIO(TABLE), "alt.csv"), "csrf_token": token, "once": once}
        statuses.append(as_emil.post("/library/imports", data=told).status_code)
    assert (statuses, as_emil.get("/library/imports").text.count("alt.csv</a>")) == ([303, 409], 1)


def test_a_page_asks_for_the_columns_with_the_guess_filled_in(as_emil, uploaded, town):
    Worker(town).drain()
    page = as_emil.get(uploaded).text
    assert "The columns of this table have names that we do not know." in page
    assert "“Titel” is a usual heading for this." in page
    assert "<option selected>Erscheinungsjahr</option>" in page
    assert "Der Zauberberg" in page  # The first rows, as they would be read.
    assert "its year &#39;neunzehn&#39; is no number" in page


def test_chosen_columns_are_tried_kept_and_taken_in(as_emil, uploaded, token, town, found):
    answer = as_emil.post(f"{uploaded}/columns", data=chosen_columns(token, **GUESS))
    assert answer.status_code == 303
    Worker(town).drain()
    tried = as_emil.get(uploaded).text
    assert "Nothing has changed yet." in tried
    assert "<option selected>Verfasser</option>" in tried
    assert found("zauberberg") == []
    as_emil.post(f"{uploaded}/apply", data={"csrf_token": token})
    Worker(town).drain()
    assert "Taken in" in as_emil.get(uploaded).text
    assert found("mann") == ["Der Zauberberg"]
    again = as_emil.post(f"{uploaded}/columns", data=chosen_columns(token, **GUESS))
    assert again.status_code == 409


def test_a_choice_without_titles_is_refused_on_its_page(as_emil, uploaded, token):
    for columns, sentence in (
        ({}, "Choose the column that holds the titles"),
        ({"authors": "Verfasser"}, "no column is chosen for the title"),
        ({"title": "Autor"}, "it has no column &#39;Autor&#39;"),
    ):
        answer = as_emil.post(f"{uploaded}/columns", data=chosen_columns(token, **columns))
        assert answer.status_code == 422
        assert sentence in answer.text


def test_programs_choose_columns_with_the_file_or_after_it(as_emil, town):
    from base64 import b64encode

    body = {"file_name": "alt.csv", "content": b64encode(TABLE).decode(), "dry_run": False}
    refused = as_emil.post("/api/v1/library/imports", json=body)
    assert refused.status_code == 422
    assert "say which is which, such as title=Titel, authors=Verfasser" in refused.json["detail"]
    begun = as_emil.post("/api/v1/library/imports", json={**body, "ask_for_columns": True})
    address = f"{begun.headers['Location']}/columns"
    assert begun.json["asks"] is True
    assert as_emil.get(address).json["columns"][1] == "Titel"
    assert as_emil.put(address, json={"columns": GUESS}).status_code == 202
    Worker(town).drain()
    assert as_emil.get(begun.headers["Location"]).json["new"] == 2
    now = as_emil.post("/api/v1/library/imports", json={**body, "columns": GUESS})
    assert now.status_code == 202


@pytest.fixture
def command(town, settings, tmp_path, monkeypatch):
    """Run `townsquare library import` on the table with these options."""
    monkeypatch.setenv("TOWNSQUARE_DATA", settings.data)
    monkeypatch.setenv("TOWNSQUARE_DATABASE", settings.database)
    file = tmp_path / "alt.csv"
    file.write_bytes(TABLE)
    return lambda *options: CliRunner().invoke(library, ["import", str(file), *options])


def test_the_command_line_maps_columns(command, found):
    done = command("--map", "title=Titel", "--map", "authors=Verfasser", "--map", "year = Nr")
    assert done.exit_code == 0, done.output
    assert "3 records: 3 were new" in done.output
    assert found("ende") == ["Momo"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ((), "say which is which, such as title=Titel"),
        (("--map", "title=Name"), "it has no column 'Name'"),
        (("--map", "title"), "write field=column, such as title=Titel"),
    ],
)
def test_the_command_line_says_what_is_missing(command, options, sentence):
    done = command(*options)
    assert done.exit_code != 0
    assert sentence in " ".join((done.output + str(done.exception)).replace("\n", " ").split())
