"""What people wish of deliveries: where to, and when; and what staff says of areas and hours."""

from datetime import date

from pydantic import Field

from townsquare.core.usecase import Command
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import (
    LONGEST_NAME,
    LONGEST_TEXT,
    SHORT_CODE,
    Chosen,
    ChosenVersion,
    Clock,
    Line,
    Lines,
    Typed,
)
from townsquare.services.grocery.commands.orders import LONGEST_REASON, OfCart

LONGEST_POSTCODE, LONGEST_HINT, HEAVIEST, MOST_HOURS, MOST_PLACES = 12, 200, 1000, 70, 1000


class SayAddress(OfCart):
    """Where the order is brought."""

    street: Line = Field(
        title=translatable("Street and house"), min_length=1, max_length=LONGEST_NAME
    )
    postcode: Line = Field(
        title=translatable("Postcode"), min_length=1, max_length=LONGEST_POSTCODE
    )
    place: Line = Field("", title=translatable("Town or village"), max_length=LONGEST_NAME)
    hint: Line = Field(
        "",
        title=translatable("For the driver"),
        description=translatable("Such as the floor, or where the bell is."),
        max_length=LONGEST_HINT,
    )


class FindSlots(OfCart):
    """A wish to know when the shop delivers; with a cart also for how much."""

    day: date | None = Field(
        None, title=translatable("Day"), description=translatable("Empty for the next seven days.")
    )


class AreaTerms(Command):
    """What an area is called, which postcodes it has, and on what terms it is served."""

    name: Line = Field(title=translatable("Name"), min_length=1, max_length=LONGEST_NAME)
    postcodes: Lines = Field(
        title=translatable("Postcodes"),
        description=translatable("With commas, or one in each line."),
        min_length=1,
        max_length=LONGEST_TEXT,
    )
    minimum: Typed = Field(
        "0", title=translatable("Least order"), description=translatable("Such as 300.00.")
    )
    free_from: Typed | None = Field(
        None,
        title=translatable("Free from"),
        description=translatable("Orders of this amount and more are brought for nothing."),
    )


class AreaFee(Command):
    """What a delivery to an area costs."""

    fee: Typed = Field(
        title=translatable("Delivery costs"), description=translatable("With a point: 49.00.")
    )
    up_to_kg: int = Field(20, title=translatable("Up to kilograms"), ge=1, le=HEAVIEST)
    each_kg: Typed = Field("0", title=translatable("Each further kilogram"))


class AddArea(AreaFee, AreaTerms):
    """A wish to deliver to one more area."""

    code: Line = Field(title=translatable("Code"), min_length=1, max_length=SHORT_CODE)


class ReviseArea(AreaTerms, ChosenVersion):
    """A wish to serve an area on other terms."""


class SetFee(AreaFee, Chosen):
    """A wish that a delivery to an area costs something else from a day on."""

    valid_from: date | None = Field(
        None, title=translatable("From"), description=translatable("Empty for today.")
    )


class VanHours(Command):
    """Between when and when the van goes out on a weekday, and how many it serves in an hour."""

    weekday: int = Field(title=translatable("Weekday"), ge=0, le=6)
    starts: Clock = Field(title=translatable("From"))
    ends: Clock = Field(title=translatable("Until"))
    places: int = Field(title=translatable("Places in an hour"), ge=0, le=MOST_PLACES)


class PlanVan(Command):
    """The week of the van; an hour that is not named is none of delivery."""

    week: tuple[VanHours, ...] = Field(title=translatable("Week"), max_length=MOST_HOURS)


class SendOut(ChosenVersion):
    """A wish to put a packed order on its way."""


class BringBack(ChosenVersion):
    """An order that could not be handed over at the door, and why."""

    reason: Line = Field(title=translatable("Why"), min_length=1, max_length=LONGEST_REASON)
