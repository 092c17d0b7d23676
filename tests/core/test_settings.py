"""What an operator can choose: read from the environment or a file, refused with a sentence."""

from dataclasses import MISSING, fields

import pytest

from townsquare.app import create_app, services_of
from townsquare.core.settings import BadSettings, Settings, settings_from


def test_a_misspelt_option_stops_the_start():
    with pytest.raises(BadSettings, match="TOWNSQUARE_DATABSE"):
        settings_from({"TOWNSQUARE_DATABSE": "sqlite://"})


def test_a_value_that_cannot_be_read_names_its_option():
    with pytest.raises(BadSettings, match="TOWNSQUARE_DEMO"):
        settings_from({"TOWNSQUARE_DEMO": "perhaps"})


@pytest.mark.parametrize(
    ("name", "text", "hint"),
    [
        ("DATA", " ", "a folder"),
        ("DATABASE", "postgres://town", r"postgresql\+psycopg://"),
        ("DATABASE", "mysql://town", "sqlite:"),
        ("SECRET_KEY", "short", "16 characters"),
        ("NAME", "", "a name"),
        ("ZONE", "Mars/Olympus", "Europe/Athens"),
        ("ZONE", "../etc/passwd", "Europe/Athens"),
        ("CURRENCY", "pesos", "three capital letters"),
        ("REFUND_LIMIT_MINOR", "50.00", "a whole amount"),
        ("REFUND_LIMIT_MINOR", "-1", "a whole amount"),
        ("PUBLIC_URL", "town.example", "https://town.example"),
        ("PUBLIC_URL", "https://u:p@town.example", "https://town.example"),
        ("PUBLIC_URL", "https://town.example/below?x", "https://town.example"),
        ("LANGUAGES", "", "en fil"),
        ("LANGUAGES", "English!", "en fil"),
        ("MAIL_SERVER", "mail:port", "host:port"),
        ("MAIL_FROM", "townsquare", "one mail address"),
        ("WORKER", "maybe", "yes or no"),
        ("LIMITS", "read=5", "read=300/min"),
        ("REDIS_URL", "localhost", "redis://localhost"),
        ("ENGINES", "queue", "package.module:factory"),
    ],
)
def test_a_value_that_cannot_be_used_is_told_with_the_way_to_write_it(name, text, hint):
    with pytest.raises(BadSettings, match=f"TOWNSQUARE_{name}: .*{hint}"):
        settings_from({f"TOWNSQUARE_{name}": text})


def test_all_that_is_wrong_is_told_at_once_and_no_secret_with_it():
    wrong = {"SECRET_KEY": "hidden", "ZONE": "Mars", "DATABSE": "sqlite://", "QQ": ""}
    with pytest.raises(BadSettings) as told:
        settings_from({f"TOWNSQUARE_{name}": text for name, text in wrong.items()})
    assert all(f"TOWNSQUARE_{name}: " in str(told.value) for name in wrong)
    assert "TOWNSQUARE_DATABASE is one" in str(told.value)
    assert "hidden" not in str(told.value)


def test_a_secret_can_stay_in_a_file(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text(f"{'k' * 40}\n")
    assert settings_from({"TOWNSQUARE_SECRET_KEY_FILE": str(secret)}).secret_key == "k" * 40
    secret.write_text("short\n")
    with pytest.raises(BadSettings, match=r"TOWNSQUARE_SECRET_KEY_FILE: .*16 characters"):
        settings_from({"TOWNSQUARE_SECRET_KEY_FILE": str(secret)})
    with pytest.raises(BadSettings, match="TOWNSQUARE_MAIL_PASSWORD_FILE: No such file"):
        settings_from({"TOWNSQUARE_MAIL_PASSWORD_FILE": str(tmp_path / "none")})
    both = {"TOWNSQUARE_NAME": "Town", "TOWNSQUARE_NAME_FILE": str(secret)}
    with pytest.raises(BadSettings, match="keep one of them"):
        settings_from(both)
    with pytest.raises(BadSettings, match="TOWNSQUARE_QUITE_OTHER_FILE: there is no such"):
        settings_from({"TOWNSQUARE_QUITE_OTHER_FILE": str(secret)})


def test_every_default_could_have_been_written():
    given = (option for option in fields(Settings) if option.metadata["read"] is not str)
    for option in given:
        value = option.default if option.default is not MISSING else option.default_factory()
        shown = {True: "yes", False: "no"}.get(value) if isinstance(value, bool) else value
        text = str(shown) if isinstance(shown, str | int) else " ".join(shown)
        assert option.metadata["read"](text) == value, option.name


def test_an_address_ends_before_the_path():
    read = settings_from({"TOWNSQUARE_PUBLIC_URL": "https://town.example/"})
    assert read.public_url == "https://town.example"


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
    assert [o.name for o in fields(Settings) if not o.metadata["sentence"].endswith(".")] == []
