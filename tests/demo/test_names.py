"""Names of real people: everybody can have a card, and the demo town invents none."""

import csv
import unicodedata
from importlib.resources import files
from io import StringIO
from pathlib import Path

import pytest

from townsquare.services.library.commands.lending import RegisterPatron

PEOPLE = Path(__file__).parents[1] / "data" / "people"
FORMS = ("Localized Name", "Romanized Name")


@pytest.fixture(scope="module")
def names():
    """Return the rows of both lists; the first is of given names, the second of family names."""
    lists = ("forenames_by_country.csv", "surnames_by_country.csv")
    texts = ((PEOPLE / name).read_text("utf-8-sig") for name in lists)
    return [list(csv.DictReader(StringIO(text))) for text in texts]


def test_the_lists_hold_what_is_known_of_them(names):
    assert [len(rows) for rows in names] == [2480, 2576]
    assert [len({row["Country"] for row in rows}) for rows in names] == [106, 75]


def test_everybody_can_have_a_card_in_their_own_script(names):
    place = {"kind": "student", "number": "1", "card": "LC-1", "branch": "central"}
    for part, rows in zip(("given", "family"), names, strict=True):
        for name in {row[form] for row in rows for form in FORMS} - {""}:
            told = RegisterPatron.model_validate({"given": "A", **place, part: name})
            assert getattr(told, part) == unicodedata.normalize("NFC", name).strip()


def test_the_demo_town_takes_its_names_from_the_lists(names):
    text = files("townsquare.demo").joinpath("data/names.csv").read_text("utf-8")
    known = {
        (part, row["Country"], row[form])
        for part, rows in zip(("given", "family"), names, strict=True)
        for row in rows
        for form in FORMS
    }
    used = {(row["part"], row["country"], row["name"]) for row in csv.DictReader(StringIO(text))}
    assert used <= known
