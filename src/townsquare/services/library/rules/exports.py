"""Documents as files that other catalogues and our own import read: MARCXML and CSV."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import StringIO
from xml.sax.saxutils import escape, quoteattr

from townsquare.services.library.rules.csvfiles import FIELDS, harmless
from townsquare.services.library.rules.identifiers import Number
from townsquare.services.library.rules.marc import MATERIALS
from townsquare.services.library.rules.records import Maker, Subject

XML_BEGINS = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<collection xmlns="http://www.loc.gov/MARC21/slim">\n'
)
XML_ENDS = "</collection>\n"
RELATORS = {"author": "aut", "editor": "edt", "translator": "trl"}
LONGEST_CODE = 3


@dataclass(frozen=True)
class Exported:
    """Everything that a document says of itself; `control` names it in the other catalogue."""

    control: str
    title: str
    subtitle: str
    original_title: str
    edition: str
    published_year: int | None
    publisher: str
    language: str
    material: str
    series: str
    volume: str
    description: str
    contents: str
    makers: tuple[Maker, ...] = ()
    subjects: tuple[Subject, ...] = ()
    numbers: tuple[Number, ...] = ()


def as_csv(documents: Iterable[Exported]) -> str:
    """Return one line for each document, with the columns that our import knows by itself."""
    text = StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows(_cells(document) for document in documents)
    return text.getvalue()


CSV_BEGINS = ",".join(FIELDS) + "\r\n"


def as_marcxml(documents: Iterable[Exported]) -> str:
    """Return the records, without the collection around them."""
    return "".join("".join(_record(document)) for document in documents)


def _cells(told: Exported) -> list[str | int]:
    authors = [maker.heading for maker in told.makers if maker.role == "author"]
    isbn = next((n.value for n in told.numbers if n.scheme in {"isbn", "invalid"}), "")
    year = "" if told.published_year is None else told.published_year
    cells = {
        **{name: getattr(told, name, "") for name in FIELDS},
        "authors": "; ".join(authors),
        "year": year,
        "isbn": isbn,
    }
    return [harmless(cell) if isinstance(cell, str) else cell for cell in cells.values()]


def _record(told: Exported) -> Iterator[str]:
    kinds = {material: code for code, material in MATERIALS.items()}
    level = "s" if told.material == "periodical" else "m"
    kind = kinds.get(told.material, "a") + level
    yield f"<record>\n<leader>     n{kind} a22     uu 4500</leader>\n"
    yield f'<controlfield tag="001">{escape(told.control)}</controlfield>\n'
    yield f'<controlfield tag="008">{_fixed(told)}</controlfield>\n'
    for n in told.numbers:
        yield _number(n)
    if told.language and not _fits(told.language):
        yield _field("041", a=told.language)
    yield from _makers(told.makers)
    yield _field("240", a=told.original_title)
    yield _field("245", a=told.title, b=told.subtitle)
    yield _field("250", a=told.edition)
    yield _field("264", b=told.publisher, c=_before_christ(told.published_year))
    yield _field("490", a=told.series, v=told.volume)
    for tag, text in (("505", told.contents), ("520", told.description)):
        for line in text.splitlines():
            yield _field(tag, a=line)
    for subject in told.subjects:
        yield _field("650", " 0" if subject.scheme == "lcsh" else " 4", a=subject.heading)
    yield "</record>\n"


def _fixed(told: Exported) -> str:
    year = told.published_year
    shown = f"{year:04}" if year is not None and year >= 0 else "    "
    return f"{'':6}s{shown}{'':24}{told.language if _fits(told.language) else '   '}  "


def _fits(language: str) -> bool:
    return len(language) == LONGEST_CODE and language.isascii() and language.isalpha()


def _before_christ(year: int | None) -> str:
    # The fixed field knows no years before Christ.
    return str(year) if year is not None and year < 0 else ""


def _makers(makers: tuple[Maker, ...]) -> Iterator[str]:
    for place, maker in enumerate(makers):
        first = place == 0 and maker.role == "author"
        tag = f"{'1' if first else '7'}{'10' if maker.kind == 'body' else '00'}"
        relator = {"4": RELATORS[maker.role]} if maker.role in RELATORS else {}
        yield _field(tag, "1 ", a=maker.heading, d=maker.dates, **relator)


def _number(n: Number) -> str:
    if n.scheme == "isbn":
        return _field("020", a=n.value, q=n.qualifier)
    if n.scheme == "invalid":
        return _field("020", z=n.value)
    if n.scheme == "issn":
        return _field("022", a=n.value)
    return _field("024", "2 ", a=n.value) if n.scheme == "ismn" else ""


def _field(tag: str, signs: str = "  ", **parts: str) -> str:
    told = "".join(
        f"<subfield code={quoteattr(code)}>{escape(text)}</subfield>"
        for code, text in parts.items()
        if text
    )
    about = f'tag="{tag}" ind1="{signs[0]}" ind2="{signs[1]}"'
    return f"<datafield {about}>{told}</datafield>\n" if told else ""
