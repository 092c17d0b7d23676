import pytest

from townsquare.app import create_app, services_of
from townsquare.core.settings import BadSettings, Settings, settings_from


def test_a_misspelt_option_stops_the_start():
    with pytest.raises(BadSettings, match="TOWNSQUARE_DATABSE"):
        settings_from({"TOWNSQUARE_DATABSE": "sqlite://"})


def test_a_value_that_cannot_be_read_names_its_option():
    with pytest.raises(BadSettings, match="TOWNSQUARE_DEMO"):
        settings_from({"TOWNSQUARE_DEMO": "perhaps"})


def test_the_database_lies_in_the_data_folder_unless_named():
    assert settings_from({"TOWNSQUARE_DATA": "/srv/town"}).database == "sqlite:////srv/town/town.db"


def test_other_programs_options_are_none_of_ours():
    assert settings_from({"HOME": "/root"}) == settings_from({})


def test_words_and_pairs_are_read():
    read = settings_from(
        {
            "TOWNSQUARE_LANGUAGES": "en fil",
            "TOWNSQUARE_ENGINES": "pizza.queue=a.b:c library.search=d:e",
        }
    )
    assert read.languages == ("en", "fil")
    assert read.engines == {"pizza.queue": "a.b:c", "library.search": "d:e"}


def test_outside_the_demo_the_sample_key_is_refused():
    with pytest.raises(BadSettings, match="SECRET_KEY"):
        create_app(Settings())


def test_an_unknown_service_stops_the_start():
    with pytest.raises(BadSettings, match="chess"):
        services_of(Settings(services=("chess",)))


def test_every_option_has_a_sentence():
    from dataclasses import fields

    assert [o.name for o in fields(Settings) if not o.metadata["sentence"].endswith(".")] == []
