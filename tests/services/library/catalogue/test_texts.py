import pytest

from townsquare.services.library.rules.texts import (
    code_from,
    control_sign,
    filing_title,
    language_code,
    plain,
)


@pytest.mark.parametrize(
    ("title", "skip", "filed"),
    [
        ("The Hunger Games", 0, "hunger games"),
        ("A Tale of Two Cities", 0, "tale of two cities"),
        ("Émile: ou, De l'éducation", 0, "emile ou de l education"),
        ("L'Étranger", 2, "etranger"),
        ("The", 0, "the"),
        ("???", 0, "???"),
        ("海辺のカフカ", 0, "海辺のカフカ"),
    ],
)
def test_titles_are_filed_without_articles_and_accents(title, skip, filed):
    assert filing_title(title, skip) == filed


@pytest.mark.parametrize(
    ("given", "code"), [("en-US", "eng"), ("eng", "eng"), ("en", "eng"), ("", ""), ("nl", "dut")]
)
def test_one_language_has_one_code(given, code):
    assert language_code(given) == code


def test_a_text_has_one_spelling_of_each_letter():
    assert plain(" e\u0301 ") == "\u00e9"


@pytest.mark.parametrize(("text", "sign"), [("a\x00b", "U+0000"), ("a\nb", "U+000A"), ("ab", "")])
def test_control_characters_are_named(text, sign):
    assert control_sign(text) == sign


def test_a_code_is_made_of_a_name():
    assert code_from("Central library") == "central-library"
