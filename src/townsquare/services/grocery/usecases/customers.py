"""Customers: registered once, under a number, in a tier that few may change."""

from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from townsquare.blocks import people
from townsquare.core.db import breaks
from townsquare.core.errors import Invalid, StaleVersion
from townsquare.core.identity.steps import has_account, person_at
from townsquare.core.ids import new_id
from townsquare.core.parts import Somebody, hindrances
from townsquare.core.usecase import Context, use_case
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.customers import (
    EndCustomer,
    RegisterCustomer,
    ReviseCustomer,
)
from townsquare.services.grocery.errors import CustomerAlready, NumberInUse, UnknownCustomer
from townsquare.services.grocery.events import (
    CustomerChanged,
    CustomerEnded,
    CustomerRegistered,
    TierSet,
)
from townsquare.services.grocery.models.customers import ONE_NUMBER, ONE_PERSON, CustomerRow
from townsquare.services.grocery.models.ours import our_shop
from townsquare.services.grocery.results.customers import Customer
from townsquare.services.grocery.usecases.persons import affiliate, next_number, revise

READ, EDIT = "grocery.customer.read", "grocery.customer.edit"
TIER = "grocery.customer.tier"
KIND, PREFIX = "customer", "CUST-"
NAMELESS = translatable("Enter a name.")


@use_case("grocery.customer.register", permission=READ)
def register_customer(ctx: Context, wish: RegisterCustomer) -> Customer:
    """Let somebody buy under a number; whose confirmed address signs them in is that person."""
    if wish.tier != "none":
        ctx.require(TIER)
    shop = our_shop(ctx)
    person = people.register_person(
        ctx,
        given=wish.name,
        email=wish.email,
        phone=wish.phone,
        public_id=person_at(ctx, wish.email),
    )
    known = select(CustomerRow.number).where(CustomerRow.person == person.id)
    if (number := ctx.db.scalar(known)) is not None:
        raise CustomerAlready(number=number)
    row = CustomerRow(
        public_id=new_id(),
        created_at=ctx.now(),
        version=1,
        person=person.id,
        number=wish.number or _next(ctx),
        tier=wish.tier,
        since=ctx.now().astimezone(ZoneInfo(shop.zone)).date(),
    )
    row.number_key = row.number.casefold()
    _write(ctx, row)
    affiliate(ctx, row.person, kind=KIND, number=row.number, since=row.since)
    ctx.emit(CustomerRegistered(row.public_id, row.tier))
    return _told(row, person)


@use_case("grocery.customer.revise", permission=EDIT)
def revise_customer(ctx: Context, wish: ReviseCustomer) -> Customer:
    """Change what is named of a customer; prices of another tier count from their next look on."""
    named = wish.model_fields_set
    row = _as_read(ctx, wish.id, wish.version)
    if "tier" in named and wish.tier != row.tier:
        ctx.require(TIER)
        row.tier = wish.tier
        ctx.emit(TierSet(row.public_id, row.tier))
    told: dict[str, str] = {
        name: getattr(wish, name) for name in ("name", "email", "phone") if name in named
    }
    person = people.person_of(ctx, row.person)
    if not told.get("name", person.name):
        raise Invalid(fields={"name": NAMELESS})
    if any(value != getattr(person, name) for name, value in told.items()):
        person = revise(ctx, row.person, told)
        ctx.emit(CustomerChanged(row.public_id, sorted(told)))
    row.version += 1
    ctx.db.flush()
    return _told(row, person)


@use_case("grocery.customer.end", permission=TIER)
def end_customer(ctx: Context, wish: EndCustomer) -> None:
    """Let somebody be a customer no longer; their orders stay theirs, at the prices of all.

    Who has no account cannot leave by themselves: with their last number the town forgets their
    name and how to reach them, unless something of theirs is still open.
    """
    row = _as_read(ctx, wish.id, wish.version)
    today = ctx.now().astimezone(ZoneInfo(our_shop(ctx).zone)).date()
    people.end_affiliation(ctx, row.person, number=row.number, ends_on=today)
    ctx.db.delete(row)
    ctx.db.flush()
    ctx.emit(CustomerEnded(row.public_id))
    gone = not has_account(ctx, row.person) and people.is_done_with(ctx, row.person, on=today)
    if gone and not any(hindrances(ctx, Somebody(0, "", row.person, "", ""))):
        people.forget_person(ctx, row.person)


def _as_read(ctx: Context, public_id: str, version: int) -> CustomerRow:
    """Return a customer, locked, as somebody has read them."""
    chosen = select(CustomerRow).where(CustomerRow.public_id == public_id).with_for_update()
    row = ctx.db.scalar(chosen.execution_options(populate_existing=True))
    if row is None:
        raise UnknownCustomer
    if row.version != version:
        raise StaleVersion
    return row


def _next(ctx: Context) -> str:
    given = ctx.db.scalars(select(CustomerRow.number))
    return next_number(ctx, given, kind=KIND, prefix=PREFIX)


def _write(ctx: Context, row: CustomerRow) -> None:
    number = row.number
    ctx.db.add(row)
    try:
        ctx.db.flush()
    except IntegrityError as error:
        if breaks(error, ONE_NUMBER):
            raise NumberInUse(number=number) from error
        if breaks(error, ONE_PERSON):
            raise CustomerAlready(number=number) from error
        raise


def _told(row: CustomerRow, person: people.Person) -> Customer:
    return Customer(
        row.public_id,
        row.version,
        row.number,
        person.name,
        person.email,
        person.phone,
        row.tier,
        row.since,
    )
