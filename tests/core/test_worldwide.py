"""Babel answers the same with the tables that a town keeps, and finds the others when asked."""

from datetime import UTC, datetime

import pytest
from babel import Locale, core
from babel.dates import format_datetime
from babel.languages import get_official_languages
from babel.numbers import format_currency, get_territory_currencies

from townsquare.core.web import worldwide

WHEN = datetime(2026, 3, 2, 15, 30, tzinfo=UTC)


@pytest.fixture
def little(monkeypatch):
    monkeypatch.setattr(core, "_global_data", None)
    worldwide.keep_little()


@pytest.fixture
def kept(little):
    """Return which of the seldom tables this process keeps."""
    return lambda: set(core._global_data) & set(worldwide.SELDOM)  # noqa: SLF001 (there is no other place)


@pytest.mark.parametrize("language", ["en", "de", "fil", "fr_CA"])
def test_pages_need_no_seldom_table(kept, language):
    locale = Locale.parse(language)
    format_datetime(WHEN, "full", locale=locale)
    format_currency(3, "PHP", locale=locale)
    assert kept() == set()


def test_a_seldom_table_is_found_when_somebody_asks(kept):
    assert (get_territory_currencies("PH"), get_official_languages("AT")) == (["PHP"], ("de",))
    assert kept() == set(worldwide.SELDOM)


def test_a_script_is_still_guessed(little):
    assert str(Locale.parse("und_TW")) == "zh_Hant_TW"


def test_a_town_keeps_little(app):
    assert isinstance(core._global_data, worldwide.Worldwide)  # noqa: SLF001 (as above)
