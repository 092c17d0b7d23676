"""Which column of a table holds what: guessed from its headings, chosen by people."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from townsquare.services.library.rules.texts import words_of

# How headings of other catalogues call each field, in small letters without accents.
SPELLINGS = {
    "title": ("title", "titel", "titre", "titulo", "titolo", "pamagat", "book title", "name"),
    "authors": (
        "authors",
        "author",
        "autor",
        "autoren",
        "verfasser",
        "auteur",
        "autores",
        "autore",
        "may akda",
        "author name",
        "creator",
        "writer",
    ),
    "subtitle": ("subtitle", "untertitel", "sous titre", "subtitulo"),
    "original_title": ("original title", "originaltitel", "titre original"),
    "year": (
        "year",
        "jahr",
        "annee",
        "ano",
        "taon",
        "publication year",
        "year of publication",
        "erscheinungsjahr",
        "published",
    ),
    "isbn": ("isbn", "isbn 13", "isbn13", "isbn 10", "isbn10", "ean"),
    "language": ("language", "language code", "sprache", "langue", "idioma", "wika"),
    "publisher": ("publisher", "verlag", "editeur", "editorial", "tagapaglathala"),
    "edition": ("edition", "auflage", "edicion"),
    "series": ("series", "reihe", "collection", "serie"),
    "description": ("description", "beschreibung", "summary", "abstract", "notes"),
    "control": ("control", "control number", "record number", "id", "nummer"),
}
FIELDS = tuple(SPELLINGS)
NEEDED = "title"
LONGEST_LIST = 500  # Signs of the names of columns in a sentence.


@dataclass(frozen=True)
class Chosen:
    """Which column holds which field, how makers are parted, whether ISBNs lost their zeros."""

    columns: tuple[tuple[str, str], ...]
    separator: str = ";"
    restore_zeros: bool = False

    @property
    def by_field(self) -> dict[str, str]:
        """Return the column of each field that has one."""
        return dict(self.columns)

    def kept(self) -> dict[str, object]:
        """Return the choice as it is kept with an import."""
        told = {"separator": self.separator, "restore_zeros": self.restore_zeros}
        return {"columns": self.by_field, **told}


def chosen_from(kept: Mapping[str, object]) -> Chosen | None:
    """Return the choice that was kept with an import; None if there was none."""
    columns = kept.get("columns")
    if not isinstance(columns, Mapping) or not columns:
        return None
    told = ((str(field), str(column)) for field, column in sorted(columns.items()))
    zeros = bool(kept.get("restore_zeros"))
    return Chosen(tuple(told), str(kept.get("separator", ";")), zeros)


def guessed(columns: Iterable[str]) -> dict[str, str]:
    """Return the column that each field is most likely in; each column is guessed once."""
    called: dict[str, str] = {}
    for column in columns:
        called.setdefault(" ".join(words_of(column)), column)
    return {
        field: called[spelling]
        for field, spellings in SPELLINGS.items()
        if (spelling := next((s for s in spellings if s in called), ""))
    }


def wrong(chosen: Chosen, columns: Iterable[str]) -> str:
    """Return why a table with these columns cannot be read so; empty if it can."""
    here = list(columns)
    listed = ", ".join(repr(column) for column in here)[:LONGEST_LIST]
    if unknown := next((f for f, _column in chosen.columns if f not in FIELDS), ""):
        return f"there is no field {unknown!r}; the fields are {', '.join(FIELDS)}"
    if missing := next((c for _field, c in chosen.columns if c not in here), ""):
        return f"it has no column {missing!r}; its columns are {listed}"
    if NEEDED not in chosen.by_field:
        return f"no column is chosen for the title; its columns are {listed}"
    return ""
