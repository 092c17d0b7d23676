"""How lists of loans and holds are searched: by whatever somebody at the desk has in hand."""

from sqlalchemy import ColumnElement, or_
from sqlalchemy.orm import InstrumentedAttribute

from townsquare.blocks import people
from townsquare.services.library.models.catalogue import DocumentRow
from townsquare.services.library.rules.texts import filing_title


def speaks_of(words: str, *exact: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """Tell whether a line has these words in its reader's name or title, or is a card or barcode.

    The statement joins people and documents; `exact` are the columns that are compared as typed.
    """
    name, title = people.search_key(words), filing_title(words)
    return or_(
        people.PERSON.name_key.contains(name, autoescape=True),
        DocumentRow.filing_title.contains(title, autoescape=True),
        *(column == words for column in exact),
    )
