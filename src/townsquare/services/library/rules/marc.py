"""What a MARC record says, in the words of the catalogue."""

import re

from townsquare.services.library.rules.identifiers import Number, number
from townsquare.services.library.rules.marcfiles import Field, Marc
from townsquare.services.library.rules.records import Damaged, Maker, Record, Subject, checked
from townsquare.services.library.rules.texts import language_code, plain

PUNCTUATION = " /:;,="
YEAR = re.compile(r"(?<!\d)(\d{4})(?!\d)")
BEFORE_CHRIST = re.compile(r"-\d{1,4}")
# The point of a sentence, not that of an initial or of a junior.
LAST_POINT = re.compile(r"(?<=\w\w)(?<!\b[JS]r)\.$")
MATERIALS = {
    "e": "map",
    "f": "map",
    "g": "video",
    "i": "audio",
    "j": "audio",
    "m": "electronic",
    "o": "kit",
}
SERIALS = "is"
ROLES = {
    "aut": "author",
    "author": "author",
    "edt": "editor",
    "ed": "editor",
    "editor": "editor",
    "trl": "translator",
    "tr": "translator",
    "translator": "translator",
}
BODIES = ("110", "111", "710", "711")
SUBJECTS = ("600", "610", "611", "630", "650", "651")


def record_from(marc: Marc | Damaged) -> Record | Damaged:
    """Return what the record says; a damaged one stays what it is."""
    if isinstance(marc, Damaged):
        return marc
    title = marc.each("245")[0]
    skip = title.indicators[1]
    series = next(iter(marc.each("490", "440", "830")), Field(""))
    return checked(
        Record(
            format=marc.format,
            source=marc.source,
            title=_tidy(" ".join(title.all("anp"))),
            control=_control(marc),
            filing_skip=int(skip) if len(skip) == 1 and skip.isdecimal() else 0,
            subtitle=_tidy(" ".join(title.all("b"))),
            original_title=_original(marc),
            edition=_first(marc, "a", "250"),
            published_year=_year(marc),
            publisher=_first(marc, "b", "260", "264"),
            language=_language(marc),
            material=_material(marc.leader),
            series=_tidy(series.first("a")),
            volume=_tidy(series.first("v")),
            description=_notes(marc),
            contents="\n".join(plain(f.first("a")) for f in marc.each("505")),
            makers=tuple(dict.fromkeys(_maker(f) for f in _makers(marc))),
            subjects=tuple(dict.fromkeys(_subject(f) for f in marc.each(*SUBJECTS))),
            numbers=tuple({(n.scheme, n.value): n for n in _numbers(marc)}.values()),
        )
    )


def _tidy(text: str) -> str:
    return plain(" ".join(text.split())).strip(PUNCTUATION)


def _first(marc: Marc, code: str, *tags: str) -> str:
    return next((t for f in marc.each(*tags) if (t := _tidy(f.first(code)))), "")


def _control(marc: Marc) -> str:
    number = next((plain(f.data) for f in marc.each("001")), "")
    agency = next((plain(f.data) for f in marc.each("003")), "")
    return f"({agency}){number}" if agency and number else number


def _original(marc: Marc) -> str:
    # Without a uniform title, the title in its own script, which is linked to 245.
    linked = (f for f in marc.each("880") if f.first("6").startswith("245"))
    return _first(marc, "a", "240") or next((_tidy(" ".join(f.all("ab"))) for f in linked), "")


def _year(marc: Marc) -> int | None:
    fixed = next((f.data[7:11] for f in marc.each("008")), "")
    if fixed.isdecimal():
        return int(fixed)
    told = _first(marc, "c", "260", "264")
    if BEFORE_CHRIST.fullmatch(told):
        return int(told)
    found = YEAR.search(told)
    return int(found[1]) if found else None


def _language(marc: Marc) -> str:
    fixed = next((f.data[35:38] for f in marc.each("008")), "")
    told = fixed if fixed.isalpha() else _first(marc, "a", "041")[:3]
    return language_code(told)


def _material(leader: str) -> str:
    if leader[6] == "a" and leader[7] in SERIALS:
        return "periodical"
    return MATERIALS.get(leader[6], "book")


def _notes(marc: Marc) -> str:
    return "\n".join(plain(f.first("a")) for f in marc.each("520") or marc.each("500"))


def _makers(marc: Marc) -> list[Field]:
    found = [*marc.each("100", "110", "111"), *marc.each("700", "710", "711")]
    return [field for field in found if _tidy(field.first("a"))]


def _maker(field: Field) -> Maker:
    told = field.first("4") or field.first("e")
    usual = "author" if field.tag.startswith("1") else "other"
    heading = LAST_POINT.sub("", _tidy(" ".join(field.all("ab"))))
    role = ROLES.get(told.strip(" .,").casefold(), usual)
    return Maker(
        heading, "body" if field.tag in BODIES else "person", role, _tidy(field.first("d"))
    )


def _subject(field: Field) -> Subject:
    heading = " -- ".join(_tidy(text).rstrip(".") for text in field.all("abcdtvxyz"))
    return Subject("lcsh" if field.indicators[1] == "0" else "local", heading)


def _numbers(marc: Marc) -> list[Number]:
    found = [_isbn(f.first("a"), f.first("q")) for f in marc.each("020")]
    found += [number("issn", f.first("a")) for f in marc.each("022")]
    found += [number("ismn", f.first("a")) for f in marc.each("024") if f.indicators[0] == "2"]
    wrong = [text for f in marc.each("020") for text in f.all("z")]
    cancelled = [Number("invalid", plain(text), "", text) for text in wrong]
    return [n for n in found if n] + cancelled


def _isbn(text: str, qualifier: str) -> Number | None:
    given, _, rest = plain(text).partition(" ")
    return number("isbn", given, qualifier=_tidy(qualifier or rest))
