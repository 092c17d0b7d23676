"""Steps that services take with people, inside their own use cases."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from townsquare.blocks.people import rules
from townsquare.blocks.people.errors import NumberTaken, OwnGuardian, UnknownPerson
from townsquare.blocks.people.events import PersonRegistered
from townsquare.blocks.people.models import AffiliationRow, PersonRow
from townsquare.blocks.people.results import Person
from townsquare.core.db import savepoint
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context


def register_person(  # noqa: PLR0913 (each is one fact of the person)
    ctx: Context,
    *,
    given: str,
    family: str = "",
    middle: str = "",
    email: str = "",
    phone: str = "",
    birth_date: date | None = None,
    public_id: str | None = None,
) -> Person:
    """Make a person and return what is known of them; somebody known stays as they are."""
    if public_id:
        known = ctx.db.scalar(select(PersonRow).where(PersonRow.public_id == public_id))
        if known is not None:
            return known.told()
    given, middle, family = (rules.tidied(part) for part in (given, middle, family))
    name = rules.display_name(given, middle, family)
    row = PersonRow(
        public_id=public_id or new_id(),
        created_at=ctx.now(),
        version=1,
        given=given,
        middle=middle,
        family=family,
        name=name,
        name_key=rules.search_key(name),
        email=email,
        phone=phone,
        birth_date=birth_date,
    )
    ctx.db.add(row)
    ctx.db.flush()
    ctx.emit(PersonRegistered(row.public_id))
    return row.told()


def affiliate(ctx: Context, person: str, *, kind: str, number: str, starts_on: date) -> None:
    """Note in what capacity a person belongs to the town; the number belongs to one person."""
    row = AffiliationRow(
        person_id=_row(ctx, person).id, kind=kind, number=number, starts_on=starts_on
    )
    try:
        with savepoint(ctx.db):
            ctx.db.add(row)
    except IntegrityError as error:
        raise NumberTaken(number=number) from error


def entrust(ctx: Context, person: str, *, guardian: str) -> None:
    """Note who looks after a person; nobody looks after themselves."""
    row, guarding = _row(ctx, person), _row(ctx, guardian)
    if row.id == guarding.id:
        raise OwnGuardian
    row.guardian_id, row.version = guarding.id, row.version + 1


def person_of(ctx: Context, person: str) -> Person:
    """Return a person by public id."""
    return _row(ctx, person).told()


def _row(ctx: Context, person: str) -> PersonRow:
    row = ctx.db.scalar(select(PersonRow).where(PersonRow.public_id == person))
    if row is None:
        raise UnknownPerson
    return row
