"""Those who work in the shop: a number, a position and a day; the record ends and is never lost.

What somebody may do hangs on the roles of their account, which the town gives.
"""

from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from townsquare.blocks import delivery, people
from townsquare.core.db import breaks
from townsquare.core.errors import Invalid, StaleVersion
from townsquare.core.identity.steps import person_at
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context, use_case
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import must_be_meant
from townsquare.services.grocery.commands.staff import EndStaff, EnrolStaff, ReviseStaff
from townsquare.services.grocery.errors import NumberInUse, StaffAlready, StaffLeft, UnknownStaff
from townsquare.services.grocery.events import StaffChanged, StaffEnded, StaffEnrolled
from townsquare.services.grocery.models.ours import our_shop
from townsquare.services.grocery.models.staff import (
    AT_WORK,
    ONE_NUMBER,
    ONE_PERSON,
    StaffRow,
    colleague,
)
from townsquare.services.grocery.results.staff import Colleague
from townsquare.services.grocery.usecases.persons import affiliate, next_number, revise

ENROL = "grocery.staff.enrol"
KIND, PREFIX = "staff", "OGS-"
OF_THE_PERSON, POSITION = ("given", "middle", "family", "email", "phone"), "position"
NAMELESS = translatable("Enter a first name.")
IDLE = translatable("Say what this person does here.")
NOT_YET = translatable("Choose today or a day before it.")


@use_case("grocery.staff.enrol", permission=ENROL)
def enrol_staff(ctx: Context, wish: EnrolStaff) -> Colleague:
    """Note that somebody works in the shop; a confirmed address tells which person it is."""
    must_be_meant(wish.since)
    today = _today(ctx)
    if wish.since and wish.since > today:
        raise Invalid(fields={"since": NOT_YET})
    person = people.register_person(
        ctx,
        given=wish.given,
        middle=wish.middle,
        family=wish.family,
        email=wish.email,
        phone=wish.phone,
        public_id=person_at(ctx, wish.email),
    )
    working = select(StaffRow.number).where(StaffRow.person == person.id, AT_WORK)
    if (number := ctx.db.scalar(working)) is not None:
        raise StaffAlready(number=number)
    row = StaffRow(
        public_id=new_id(),
        created_at=ctx.now(),
        version=1,
        person=person.id,
        number=wish.number or _next(ctx),
        position=wish.position,
        since=wish.since or today,
    )
    row.number_key = row.number.casefold()
    _write(ctx, row)
    affiliate(ctx, row.person, kind=KIND, number=row.number, since=row.since)
    ctx.emit(StaffEnrolled(row.public_id, row.position))
    return colleague(ctx, row.public_id)


@use_case("grocery.staff.revise", permission=ENROL)
def revise_staff(ctx: Context, wish: ReviseStaff) -> Colleague:
    """Change what is named of somebody who works in the shop."""
    named = wish.model_fields_set
    row = _as_read(ctx, wish.id, wish.version)
    if "given" in named and not wish.given:
        raise Invalid(fields={"given": NAMELESS})
    if POSITION in named and not wish.position:
        raise Invalid(fields={POSITION: IDLE})
    before = colleague(ctx, row.public_id)
    wished = {
        name: str(getattr(wish, name)) for name in (*OF_THE_PERSON, POSITION) if name in named
    }
    changed = {name: new for name, new in wished.items() if new != getattr(before, name)}
    told = {name: new for name, new in changed.items() if name in OF_THE_PERSON}
    if told:
        revise(ctx, row.person, told)
    row.position = wished.get(POSITION, row.position)
    row.version += 1
    ctx.db.flush()
    ctx.emit(StaffChanged(row.public_id, sorted(changed)))
    return colleague(ctx, row.public_id)


@use_case("grocery.staff.end", permission=ENROL)
def end_staff(ctx: Context, wish: EndStaff) -> None:
    """Let somebody work in the shop no longer; the record says until when they did."""
    row = _as_read(ctx, wish.id, wish.version)
    row.ended_on, row.version = _today(ctx), row.version + 1
    people.end_affiliation(ctx, row.person, number=row.number, ends_on=row.ended_on)
    ctx.db.flush()
    ctx.emit(StaffEnded(row.public_id))


def _as_read(ctx: Context, public_id: str, version: int) -> StaffRow:
    """Return the record of somebody at work, locked, as somebody has read it."""
    chosen = select(StaffRow).where(StaffRow.public_id == public_id).with_for_update()
    row = ctx.db.scalar(chosen.execution_options(populate_existing=True))
    if row is None:
        raise UnknownStaff
    if row.ended_on is not None:
        raise StaffLeft
    if row.version != version:
        raise StaleVersion
    return row


def _next(ctx: Context) -> str:
    given = ctx.db.scalars(select(StaffRow.number))
    return next_number(ctx, given, kind=KIND, prefix=PREFIX)


def _write(ctx: Context, row: StaffRow) -> None:
    number = row.number
    ctx.db.add(row)
    try:
        ctx.db.flush()
    except IntegrityError as error:
        if breaks(error, ONE_NUMBER):
            raise NumberInUse(number=number) from error
        if breaks(error, ONE_PERSON):
            raise StaffAlready(number=number) from error
        raise


def _today(ctx: Context) -> date:
    return delivery.day_of(ctx.now(), our_shop(ctx).zone)
