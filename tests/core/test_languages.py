"""A page speaks the language of its reader, in templates and in Python, request by request."""

from dataclasses import replace

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from flask import render_template_string
from flask_babel import get_locale, gettext

from townsquare.app import assemble

pytestmark = pytest.mark.shown
WORDS = {
    "Home": "Tahanan",
    "Preferences": "Mga kagustuhan",
    "Times of %(zone)s": "Oras ng %(zone)s",
}


@pytest.fixture
def settings(settings):
    return replace(settings, languages=("en", "fil"), zone="Asia/Manila")


@pytest.fixture
def app(app, tmp_path):
    """A town with a few words of a second language."""
    catalogue = Catalog(locale="fil")
    for ours, theirs in WORDS.items():
        catalogue.add(ours, theirs, flags=["python-format"] if "%" in ours else [])
    folder = tmp_path / "words" / "fil" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "messages.mo").open("wb") as file:
        write_mo(file, catalogue)
    app.extensions["babel"].translation_directories = [str(tmp_path / "words")]
    return app


def read_by(client, language, path="/"):
    return client.get(path, headers={"Accept-Language": language}).text


def test_each_request_is_answered_in_its_own_language(client):
    for language, home, zone in (
        ("fil", "Tahanan", "Oras ng Asia/Manila"),
        ("en", "Home", "Times of Asia/Manila"),
        ("fil-PH, en;q=0.5", "Tahanan", "Oras ng Asia/Manila"),
        ("en-GB;q=0.4, FIL;q=0.5", "Tahanan", "Oras ng Asia/Manila"),
        ("fil;q=0, *", "Home", "Times of Asia/Manila"),
        ("tlh", "Home", "Times of Asia/Manila"),
    ):
        page = read_by(client, language)
        assert f">{home}</a>" in page
        assert zone in page


def test_python_says_the_same_words_as_templates(app):
    with app.test_request_context(headers={"Accept-Language": "fil"}):
        assert gettext("Preferences") == "Mga kagustuhan"
        assert render_template_string("{{ _('Preferences') }}") == "Mga kagustuhan"


@pytest.mark.parametrize("language", ["en", "fil"])
def test_facts_are_escaped_in_a_template_and_sentences_are_not(app, language):
    with app.test_request_context(headers={"Accept-Language": language}):
        told = render_template_string(
            "{{ _('<b>%(name)s</b> %(share)d %%', name=name, share=5) }}", name="<i>"
        )
    assert told == "<b>&lt;i&gt;</b> 5 %"


def test_outside_of_a_request_all_is_in_our_own_words(app):
    told = app.jinja_env.from_string("{{ _('Preferences') }}")
    assert told.render() == gettext("Preferences") == "Preferences"


@pytest.mark.parametrize(
    ("offered", "asked", "answered"),
    [
        (("en", "pt_BR"), "pt", "pt_BR"),
        (("en", "pt_BR"), "pt_BR", "pt_BR"),
        (("en", "fil"), "fil_PH", "fil"),
        (("fil", "en"), "fil;q=0, *", "en"),
        (("fil", "en"), "tlh", "fil"),
        (("fil", "en"), "", "fil"),
    ],
)
def test_a_reader_is_answered_in_what_comes_nearest(town, offered, asked, answered):
    speaking = replace(town, settings=replace(town.settings, languages=offered))
    with assemble(speaking).test_request_context(headers={"Accept-Language": asked}):
        assert str(get_locale()) == answered
