"""What customers and those who work in the shop share: a number of it, and a person of the town."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, cast

from sqlalchemy import select

from townsquare.blocks import people
from townsquare.core.errors import Invalid
from townsquare.core.identity.steps import has_account
from townsquare.core.usecase import Context
from townsquare.core.words import translatable

OWN_EMAIL = translatable("This person has an account, and changes the email there themselves.")
FIRST = 100


def next_number(ctx: Context, given: Iterable[str], *, kind: str, prefix: str) -> str:
    """Return the number after the largest one; who takes it at the same time is refused.

    That of somebody who is here no longer is not given to another.
    """
    known = (*given, *people.numbers_of(ctx, kind))
    ours = [one.upper().removeprefix(prefix) for one in known if one.upper().startswith(prefix)]
    last = max((int(one) for one in ours if one.isascii() and one.isdigit()), default=FIRST - 1)
    return f"{prefix}{last + 1}"


def affiliate(ctx: Context, who: str, *, kind: str, number: str, since: date) -> None:
    """Note the number with the person too, unless it stands there already."""
    person = people.PERSON
    known = select(person.id).where(person.public_id == who, people.has_number(number))
    if ctx.db.scalar(known) is None:
        people.affiliate(ctx, who, kind=kind, number=number, starts_on=since)


def revise(ctx: Context, who: str, told: Mapping[str, str]) -> people.Person:
    """Change what is named of a person, who is known to the whole town.

    Who has an account says alone where mails reach them.
    """
    person = people.person_of(ctx, who)
    if told.get("email", person.email) != person.email and has_account(ctx, who):
        raise Invalid(fields={"email": OWN_EMAIL})
    return people.revise_person(ctx, who, **cast("Any", told))
