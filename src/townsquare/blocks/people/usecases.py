"""Steps that services take with people, inside their own use cases."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TypedDict, Unpack

from sqlalchemy import delete, exists, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from townsquare.blocks.people import rules
from townsquare.blocks.people.errors import (
    NumberTaken,
    OwnGuardian,
    StillGuardian,
    UnknownPerson,
)
from townsquare.blocks.people.events import PersonChanged, PersonRegistered
from townsquare.blocks.people.models import AffiliationRow, PersonRow
from townsquare.blocks.people.results import Person
from townsquare.core.db import insert_new, savepoint
from townsquare.core.errors import DomainError
from townsquare.core.ids import new_id
from townsquare.core.parts import LEFT, Part, Sheet, Somebody, sheet
from townsquare.core.usecase import Context
from townsquare.core.words import translatable


class PersonChanges(TypedDict, total=False):
    """What may be changed of a person; a name as one, or its parts."""

    name: str
    given: str
    middle: str
    family: str
    email: str
    phone: str


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
    return _added(ctx, row)


def register_people(ctx: Context, told: Sequence[tuple[str, str, str | None]]) -> list[str]:
    """Make many people at once and return their public ids; somebody known stays as they are.

    Of each there are the name as one, the address, and the public id of who signs in already.
    """
    asked = select(PersonRow.public_id).where(
        PersonRow.public_id.in_([known for *_rest, known in told if known])
    )
    there, made = frozenset(ctx.db.scalars(asked)), list[dict[str, object]]()
    persons = [known or new_id() for *_rest, known in told]
    for person, (typed, email, _known) in zip(persons, told, strict=True):
        name = rules.tidied(typed)
        facts = {"public_id": person, "created_at": ctx.now(), "version": 1, "email": email}
        if person not in there:
            made.append({**facts, "given": name, "name": name, "name_key": rules.search_key(name)})
    if made:
        ctx.db.execute(insert_new(PersonRow), made)
    for row in made:
        ctx.emit(PersonRegistered(str(row["public_id"])))
    return persons


def revise_person(ctx: Context, person: str, **changes: Unpack[PersonChanges]) -> Person:
    """Change what is named of a person and return what is known of them now.

    Of a name that is typed as one the parts stay as far as they stand in it.
    """
    row = _row(ctx, person)
    name = rules.tidied(changes.get("name", row.name))
    parts = [row.given, row.middle, row.family]
    if name != row.name:
        parts = rules.renamed(name, parts)
    else:
        told = (changes.get("given"), changes.get("middle"), changes.get("family"))
        parts = [
            was if new is None else rules.tidied(new) for was, new in zip(parts, told, strict=True)
        ]
    row.given, row.middle, row.family = parts
    row.name = rules.display_name(*parts)
    row.name_key = rules.search_key(row.name)
    row.email = changes.get("email", row.email)
    row.phone = changes.get("phone", row.phone)
    row.version += 1
    ctx.db.flush()
    ctx.emit(PersonChanged(row.public_id))
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


def end_affiliation(ctx: Context, person: str, *, number: str, ends_on: date) -> None:
    """Note that a person no longer belongs to the town under this number, which stays theirs."""
    chosen = update(AffiliationRow).where(
        AffiliationRow.person_id == _row(ctx, person).id, AffiliationRow.number == number
    )
    ctx.db.execute(chosen.values(ends_on=ends_on))


def numbers_of(ctx: Context, kind: str) -> list[str]:
    """Return all numbers that people of a kind have or had."""
    chosen = select(AffiliationRow.number).where(AffiliationRow.kind == kind)
    return list(ctx.db.scalars(chosen))


def entrust(ctx: Context, person: str, *, guardian: str) -> None:
    """Note who looks after a person; nobody looks after themselves."""
    row, guarding = _row(ctx, person), _row(ctx, guardian)
    if row.id == guarding.id:
        raise OwnGuardian
    row.guardian_id, row.version = guarding.id, row.version + 1


def person_of(ctx: Context, person: str) -> Person:
    """Return a person by public id."""
    return _row(ctx, person).told()


def is_done_with(ctx: Context, person: str, *, on: date) -> bool:
    """Tell whether somebody belongs to the town under no number any more and looks after nobody."""
    row, kind = PersonRow, AffiliationRow
    own = select(row.id).where(row.public_id == person).scalar_subquery()
    belongs = exists().where(kind.person_id == own, kind.ends_on.is_(None) | (kind.ends_on > on))
    guards = exists().where(row.guardian_id == own)
    return not ctx.db.scalar(select(belongs | guards))


def forget_person(ctx: Context, person: str) -> None:
    """Forget who somebody is and how to reach them; which numbers were theirs stays known."""
    row = _row(ctx, person)
    _unnamed(ctx, row)
    ctx.db.flush()
    ctx.emit(PersonChanged(row.public_id))


def _added(ctx: Context, row: PersonRow) -> Person:
    """Return a new person; of two who register the same one at once the second finds the first."""
    person = row.public_id
    try:
        with savepoint(ctx.db):
            ctx.db.add(row)
    except IntegrityError:
        return _row(ctx, person).told()
    ctx.emit(PersonRegistered(person))
    return row.told()


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
    _unnamed(ctx, row)
    ctx.db.execute(delete(AffiliationRow).where(AffiliationRow.person_id == row.id))


def _unnamed(ctx: Context, row: PersonRow) -> None:
    row.given = row.name = LEFT
    row.name_key = rules.search_key(LEFT)
    row.middle = row.family = row.email = row.phone = ""
    row.birth_date = row.guardian_id = None
    row.erased_at, row.version = ctx.now(), row.version + 1


PERSONAL = Part(
    name="people",
    title=translatable("Your name, how to reach you, your numbers"),
    tables=frozenset({"people_person", "people_affiliation"}),
    tell=_tell,
    hold=_hold,
    hinders=_hinders,
    forget=_forget,
)
