import pytest

from townsquare.services.library.rules.identifiers import Number, isbn_10, number, search_forms


@pytest.mark.parametrize(
    ("scheme", "given", "value"),
    [
        ("isbn", "0439023483", "9780439023481"),
        ("isbn", "020161622X", "9780201616224"),
        ("isbn", "020161622x", "9780201616224"),
        ("isbn", "0-201-61622-X", "9780201616224"),
        ("isbn", " 978 0 201 61622 4 ", "9780201616224"),
        ("isbn", "979-10-90636-07-1", "9791090636071"),
        ("issn", "0378-5955", "03785955"),
        ("ismn", "M-2306-7118-7", "9790230671187"),
    ],
)
def test_a_number_has_one_normal_form(scheme, given, value):
    assert number(scheme, given) == Number(scheme, value, "", given)


@pytest.mark.parametrize(
    ("scheme", "given"),
    [
        ("isbn", "0439023484"),
        ("isbn", "439023483"),
        ("isbn", "٠٤٣٩٠٢٣٤٨٣"),
        ("isbn", "0378-5955"),
        ("isbn", "not a number"),
        ("issn", "0378-5956"),
    ],
)
def test_a_wrong_number_is_kept_as_invalid(scheme, given):
    found = number(scheme, given)
    assert (found.scheme, found.as_given) == ("invalid", given)


def test_zeros_are_restored_only_where_the_mapping_asks():
    assert number("isbn", "439023483").scheme == "invalid"
    assert number("isbn", "439023483", restore_zeros=True).value == "9780439023481"


@pytest.mark.parametrize("given", ["", "  ", "-"])
def test_nothing_is_no_number(given):
    assert number("isbn", given, restore_zeros=True) is None


def test_only_978_has_ten_digits():
    assert isbn_10("9780201616224") == "020161622X"
    assert isbn_10("9791090636071") == ""


@pytest.mark.parametrize(
    ("words", "forms"),
    [
        ("0-439-02348-3", ("9780439023481",)),
        ("9780439023481", ("9780439023481",)),
        ("0378-5955", ("03785955",)),
        ("murakami", ()),
        ("garcia marquez", ()),
        ("1984", ()),
        ("٠٤٣٩٠٢٣٤٨٣", ()),
    ],
)
def test_a_search_recognises_numbers(words, forms):
    assert search_forms(words) == forms
