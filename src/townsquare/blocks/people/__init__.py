"""People and their affiliations, for every service.

`PERSON` is the table itself, so that a list of a service can join names in its one statement;
`has_number` is a condition for it.
"""

from townsquare.blocks.people.errors import NumberTaken, OwnGuardian, UnknownPerson
from townsquare.blocks.people.models import PersonRow, has_number
from townsquare.blocks.people.results import Person
from townsquare.blocks.people.rules import is_minor, search_key, tidied
from townsquare.blocks.people.usecases import (
    PERSONAL,
    affiliate,
    entrust,
    person_of,
    register_person,
)

PERSON = PersonRow

__all__ = [
    "PERSON",
    "PERSONAL",
    "NumberTaken",
    "OwnGuardian",
    "Person",
    "UnknownPerson",
    "affiliate",
    "entrust",
    "has_number",
    "is_minor",
    "person_of",
    "register_person",
    "search_key",
    "tidied",
]
