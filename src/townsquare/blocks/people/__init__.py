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
    end_affiliation,
    entrust,
    forget_person,
    is_done_with,
    numbers_of,
    person_of,
    register_people,
    register_person,
    revise_person,
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
    "end_affiliation",
    "entrust",
    "forget_person",
    "has_number",
    "is_done_with",
    "is_minor",
    "numbers_of",
    "person_of",
    "register_people",
    "register_person",
    "revise_person",
    "search_key",
    "tidied",
]
