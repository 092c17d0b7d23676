"""Texts as the catalogue keeps them: one spelling of each letter, titles as shelves sort."""

import re
import unicodedata

LONGEST_FILING = 120
ARTICLES = ("the ", "a ", "an ")
WORD = re.compile(r"\w+")
BREAKS = "\t\n\r"
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")  # All of Cc; long texts are looked through at once.
# The same language under several codes; what lists offer should name it once.
LANGUAGES = {"en": "eng", "nl": "dut", "de": "ger", "fr": "fre", "es": "spa", "it": "ita"}


def plain(text: str) -> str:
    """Return the text in NFC without blanks at its ends."""
    return unicodedata.normalize("NFC", text).strip()


def control_sign(text: str, allowed: str = "") -> str:
    """Return the first control character of a text as U+0007; empty if there is none."""
    found = next((at[0] for at in CONTROL.finditer(text) if at[0] not in allowed), "")
    return f"U+{ord(found):04X}" if found else ""


def folded(text: str) -> str:
    """Return the text in small letters without accents."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


def words_of(text: str) -> list[str]:
    """Return the words of a text, folded, letters and digits only, in their order."""
    return [part for word in WORD.findall(folded(text)) for part in word.split("_") if part]


def filing_title(title: str, skip: int = 0) -> str:
    """Return the title as a shelf sorts it: small, without accents, signs and first article."""
    text = folded(title[skip:])
    for article in ARTICLES:
        if not skip and text.startswith(article):
            text = text[len(article) :]
            break
    return " ".join(WORD.findall(text))[:LONGEST_FILING] or text[:LONGEST_FILING]


def language_code(given: str) -> str:
    """Return the language in three letters: en-US and en are eng."""
    code = given.strip().casefold().partition("-")[0]
    return LANGUAGES.get(code, code)


def code_from(name: str) -> str:
    """Return a code made of a name, such as "central-library"."""
    return "-".join(WORD.findall(folded(name)))[:LONGEST_FILING]
