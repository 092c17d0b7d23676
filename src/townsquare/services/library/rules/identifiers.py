"""Numbers that books carry: clean them, check their digits, and keep the wrong ones as wrong."""

from dataclasses import dataclass

ISBN_10_LENGTH = 10
ISBN_13_LENGTH = 13
FIRST_DIGITS = 7  # With so many begins each of these numbers; the last sign may be an X.
NAMES = {"isbn": "ISBN", "issn": "ISSN", "ismn": "ISMN"}


@dataclass(frozen=True)
class Number:
    """One number as it is kept: its scheme, the normal form, and what the source said."""

    scheme: str
    value: str
    qualifier: str = ""
    as_given: str = ""


def number(
    scheme: str, given: str, *, qualifier: str = "", restore_zeros: bool = False
) -> Number | None:
    """Return the number in its normal form, scheme "invalid" if its check digit is wrong.

    An ISBN becomes its 13 digits. `restore_zeros` gives an ISBN-10 back the zeros that a
    spreadsheet has eaten; nothing at all gives None.
    """
    value = stripped(given)
    if restore_zeros and value:
        value = value.rjust(ISBN_10_LENGTH, "0")
    if not value:
        return None
    normal = _normal(scheme, value)
    if normal is None:
        return Number("invalid", value, qualifier, given)
    return Number(scheme, normal, qualifier, given)


def stripped(given: str) -> str:
    """Return the number without blanks and hyphens, its letters in capitals."""
    return "".join(sign for sign in given if sign not in " -\u2010\u2011\u2013\u00a0").upper()


def isbn_10(value: str) -> str:
    """Return the ten-digit form of an ISBN; empty for those that have none (979)."""
    if len(value) != ISBN_13_LENGTH or not value.startswith("978"):
        return ""
    from stdnum import isbn  # noqa: PLC0415 (only pages that show a number need it)

    return str(isbn.to_isbn10(value))


def search_forms(words: str) -> tuple[str, ...]:
    """Return the number that somebody may have typed into a search, in its normal forms."""
    value = stripped(words)
    if not (value.isascii() and value.isalnum() and value[:FIRST_DIGITS].isdigit()):
        return ()  # Most searches are words, and no reason to load the rules of numbers.
    found = number("isbn", value) if len(value) >= ISBN_10_LENGTH else number("issn", value)
    return (found.value,) if found and found.scheme != "invalid" else ()


def _normal(scheme: str, value: str) -> str | None:
    from stdnum import isbn, ismn, issn  # noqa: PLC0415 (only catalogues need it, not each start)
    from stdnum.exceptions import ValidationError  # noqa: PLC0415 (as above)

    if not value.isascii():  # The check would read Arabic digits, but no other catalogue does.
        return None
    try:
        if scheme == "isbn" and len(value) not in {ISBN_10_LENGTH, ISBN_13_LENGTH}:
            return None  # Nine digits would be read as an old SBN, without being asked to.
        if scheme == "isbn":
            return str(isbn.to_isbn13(isbn.validate(value)))
        if scheme == "issn":
            return str(issn.validate(value))
        return str(ismn.to_ismn13(ismn.validate(value)))
    except ValidationError:
        return None
