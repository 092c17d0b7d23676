"""Steps that services take with people, inside their own use cases."""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import delete, exists, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from townsquare.blocks.people import rules
from townsquare.blocks.people.errors import (
    NumberTaken,
    OwnGuardian,
    StillGuardian,
    UnknownPerson,
)
from townsquare.blocks.people.events import PersonRegistered
from townsquare.blocks.people.models import AffiliationRow, PersonRow
from townsquare.blocks.people.results import Person
from townsquare.core.db import savepoint
from townsquare.core.errors import DomainError
from townsquare.core.ids import new_id
from townsquare.core.parts import LEFT, Part, Sheet, Somebody, sheet
from townsquare.core.usecase import Context
from townsquare.core.words import translatable


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


def _tell(ctx: Context, who: Somebody) -> Iterator[Sheet]:
    row, kind = PersonRow, AffiliationRow
    names = (row.given, row.middle, row.family, row.name, row.email, row.phone, row.birth_date)
    yield sheet(ctx.db, "person", select(*names).where(row.public_id == who.person))
    told = (kind.kind, kind.number, kind.unit, kind.level, kind.starts_on, kind.ends_on)
    mine = select(*told).join(row, row.id == kind.person_id).where(row.public_id == who.person)
    yield sheet(ctx.db, "numbers", mine.order_by(kind.id))
    guarding = aliased(PersonRow)
    pair = select(row.public_id.label("guardian"), guarding.public_id.label("looked_after"))
    pairs = pair.join(guarding, guarding.guardian_id == row.id)
    either = or_(row.public_id == who.person, guarding.public_id == who.person)
    yield sheet(ctx.db, "guardians", pairs.where(either).order_by(guarding.id))


def _hinders(ctx: Context, who: Somebody) -> Iterator[DomainError]:
    own = select(PersonRow.id).where(PersonRow.public_id == who.person).scalar_subquery()
    if ctx.db.scalar(select(exists().where(PersonRow.guardian_id == own))):
        yield StillGuardian()


def _hold(ctx: Context, who: Somebody) -> None:
    ctx.db.execute(select(PersonRow.id).filter_by(public_id=who.person).with_for_update())


def _forget(ctx: Context, who: Somebody) -> None:
    row = ctx.db.scalar(select(PersonRow).where(PersonRow.public_id == who.person))
    if row is None:  # An account of somebody who never asked a service for anything.
        return
    row.given = row.name = LEFT
    row.name_key = rules.search_key(LEFT)
    row.middle = row.family = row.email = row.phone = ""
    row.birth_date = row.guardian_id = None
    row.erased_at, row.version = ctx.now(), row.version + 1
    ctx.db.execute(delete(AffiliationRow).where(AffiliationRow.person_id == row.id))


PERSONAL = Part(
    name="people",
    title=translatable("Your name, how to reach you, your numbers"),
    tables=frozenset({"people_person", "people_affiliation"}),
    tell=_tell,
    hold=_hold,
    hinders=_hinders,
    forget=_forget,
)
