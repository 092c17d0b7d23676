"""A document as programs for references read it: BibTeX, RIS and CSL-JSON."""

from collections.abc import Callable
from dataclasses import dataclass
from json import dumps

NEEDS_ESCAPE = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}


@dataclass(frozen=True)
class Cited:
    """What a reference says of a document."""

    key: str
    title: str
    authors: tuple[str, ...] = ()
    editors: tuple[str, ...] = ()
    year: int | None = None
    publisher: str = ""
    edition: str = ""
    language: str = ""
    isbn: str = ""
    issn: str = ""


def bibtex(cited: Cited) -> str:
    """Return the entry for BibTeX, its special signs escaped."""
    told = {
        "title": cited.title,
        "author": " and ".join(cited.authors),
        "editor": " and ".join(cited.editors),
        "year": "" if cited.year is None else str(cited.year),
        "publisher": cited.publisher,
        "edition": cited.edition,
        "language": cited.language,
        "isbn": cited.isbn,
        "issn": cited.issn,
    }
    lines = [f"  {name} = {{{_escaped(text)}}}" for name, text in told.items() if text]
    return "@book{" + cited.key + ",\n" + ",\n".join(lines) + "\n}\n"


def ris(cited: Cited) -> str:
    """Return the record for RIS, one tag on each line."""
    told = [
        ("TY", "BOOK"),
        ("ID", cited.key),
        ("TI", cited.title),
        *(("AU", name) for name in cited.authors),
        *(("ED", name) for name in cited.editors),
        ("PY", "" if cited.year is None else str(cited.year)),
        ("PB", cited.publisher),
        ("ET", cited.edition),
        ("LA", cited.language),
        ("SN", cited.isbn or cited.issn),
    ]
    lines = [f"{tag}  - {' '.join(text.split())}" for tag, text in told if text]
    return "\r\n".join([*lines, "ER  - ", ""])


def csl(cited: Cited) -> str:
    """Return the item for CSL-JSON."""
    told: dict[str, object] = {
        "id": cited.key,
        "type": "book",
        "title": cited.title,
        "author": [{"literal": name} for name in cited.authors],
        "editor": [{"literal": name} for name in cited.editors],
        "issued": {"date-parts": [[cited.year]]} if cited.year is not None else None,
        "publisher": cited.publisher,
        "edition": cited.edition,
        "language": cited.language,
        "ISBN": cited.isbn,
        "ISSN": cited.issn,
    }
    return dumps([{name: value for name, value in told.items() if value}], ensure_ascii=False)


@dataclass(frozen=True)
class Style:
    """One way to write a reference into a file."""

    write: Callable[[Cited], str]
    ending: str
    mime_type: str


STYLES = {
    "bibtex": Style(bibtex, "bib", "application/x-bibtex"),
    "ris": Style(ris, "ris", "application/x-research-info-systems"),
    "csl": Style(csl, "json", "application/vnd.citationstyles.csl+json"),
}


def _escaped(text: str) -> str:
    return "".join(NEEDS_ESCAPE.get(sign, sign) for sign in " ".join(text.split()))
