"""What people wish of carts and orders; a guest says with each wish whose cart it is."""

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, BeforeValidator, Field

from townsquare.blocks import ordering
from townsquare.core.usecase import Command
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import (
    IN_BASE,
    LONGEST_ID,
    LONGEST_NAME,
    MOST,
    USUAL,
    Chosen,
    ChosenVersion,
    Code,
    Id,
    Line,
)
from townsquare.services.grocery.errors import UnknownCartKey
from townsquare.services.grocery.rules.weights import grams_typed

LONGEST_KEY, LONGEST_NUMBER, LONGEST_REASON, LONGEST_PHONE = 64, 40, 200, 30
LONGEST_SCAN = 64
A_TONNE, LONGEST_EMAIL = 1_000_000, 254
Number = Annotated[Line, Field(min_length=1, max_length=LONGEST_NUMBER)]
Stage = Literal["open", "completed", "cancelled"]
Outcome = Literal["picked", "short", "substituted"]
Substitution = Literal["none", "similar"]
Grams = Annotated[int, BeforeValidator(grams_typed)]


class OfCart(Command):
    """A wish about one's own cart; a guest says its key, who is signed in needs none."""

    refusals: ClassVar = {"qty": ordering.BadQuantity, "guest": UnknownCartKey}
    headers: ClassVar = {"guest": "X-Cart-Key"}

    guest: Line = Field(
        "",
        title=translatable("Key of a guest's cart"),
        description=translatable("As it was told once, with the first thing in the cart."),
        max_length=LONGEST_KEY,
        pattern=r"^([A-Za-z0-9_-]{32,64})?$",
    )


class PutLine(OfCart):
    """A wish to put something into the cart; without a quantity it is what people usually take."""

    product: Code = Field(title=translatable("Product"))
    qty: int | None = Field(
        None, title=translatable("How much"), description=IN_BASE, ge=1, le=A_TONNE
    )
    substitution: Substitution | None = Field(
        None,
        title=translatable("If it is missing"),
        description=translatable("Empty for what is said of the whole cart."),
    )


class ChangeLine(OfCart):
    """A wish to have so much of a line of the cart, in pieces, grams or millilitres."""

    id: Id = Field(title=translatable("Line"))
    qty: int = Field(title=translatable("How much"), description=IN_BASE, ge=1, le=A_TONNE)
    substitution: Substitution | None = Field(None, title=translatable("If it is missing"))


class AllowInstead(OfCart):
    """A wish that something similar comes instead of what is missing, or nothing."""

    substitution: Substitution = Field(title=translatable("If something is missing"))


class RemoveLine(OfCart):
    """A wish to take a line out of the cart."""

    id: Id = Field(title=translatable("Line"))


class SayContact(OfCart):
    """Whom the shop calls when something is missing, and who collects."""

    name: Line = Field(title=translatable("Your name"), min_length=1, max_length=LONGEST_NAME)
    phone: Line = Field(
        title=translatable("Phone"),
        description=translatable("Only to reach you about this order."),
        min_length=5,
        max_length=LONGEST_PHONE,
        pattern=r"^\+?[0-9 ()/.-]+$",
    )
    email: Line = Field(
        "",
        title=translatable("Email"),
        description=translatable("If you like to be told when it is ready."),
        max_length=LONGEST_EMAIL,
        json_schema_extra={"format": "email"},
    )


class Quote(OfCart):
    """A wish to know what the cart costs; what was chosen before stays unless another is given."""

    starts: AwareDatetime | None = Field(None, title=translatable("When do you collect it?"))
    slot: Line = Field(
        "",
        title=translatable("When shall we come?"),
        max_length=LONGEST_ID,
    )


class PlaceOrder(OfCart):
    """A wish to buy what was shown, as it was shown."""

    version: int = Field(title=translatable("Version"), ge=0)
    expected_minor: int = Field(title=translatable("What it costs"), ge=0)


class MyOrder(OfCart):
    """A wish about one's own order."""

    number: Number = Field(title=translatable("Number"))


class CancelOrder(MyOrder):
    """A wish to call one's own order off."""

    reason: Line = Field("", title=translatable("Why"), max_length=LONGEST_REASON)


class FindOrders(Command):
    """A wish to see orders, the newest first."""

    state: Stage = Field("open", title=translatable("Which"))
    before: Line = Field("", title=translatable("Before"), max_length=20)
    limit: int = Field(USUAL, title=translatable("How many"), ge=1, le=MOST)


class FindMyOrders(Command):
    """A wish to see what one has ordered, the newest first."""

    before: Line = Field("", title=translatable("Before"), max_length=20)
    limit: int = Field(USUAL, title=translatable("How many"), ge=1, le=MOST)


class AtShelf(Command):
    """What came of a line at its shelf: picked, short with what little was found, or replaced."""

    line: Id = Field(title=translatable("Line"))
    outcome: Outcome = Field("picked", title=translatable("Outcome"))
    found: int = Field(0, title=translatable("Found"), description=IN_BASE, ge=0, le=A_TONNE)
    weighs: Grams | None = Field(
        None,
        title=translatable("What it weighs"),
        description=translatable("In g or ml, or the label of the scale; only what is weighed."),
        ge=1,
        le=A_TONNE,
    )
    scanned: Line = Field(
        "",
        title=translatable("Scanned"),
        description=translatable("The product or the lot in the hand, by its barcode or code."),
        max_length=LONGEST_SCAN,
    )
    instead: Line = Field(
        "",
        title=translatable("What comes instead"),
        description=translatable("The code or the barcode of another product."),
        max_length=LONGEST_SCAN,
    )
    instead_qty: int | None = Field(
        None,
        title=translatable("How much of it"),
        description=translatable("In g, ml or pieces; empty for as much as is missing."),
        ge=1,
        le=A_TONNE,
    )


class PickLine(AtShelf, Chosen):
    """What came of a line of an order at its shelf."""


class HandOver(ChosenVersion):
    """Who received an order, and that what was open of it was paid in cash."""

    received_by: Line = Field(
        title=translatable("Received by"), min_length=1, max_length=LONGEST_NAME
    )


class GoneBack(Command):
    """So much of a line that goes back, in pieces, grams or millilitres."""

    line: Id = Field(title=translatable("Line"))
    qty: int = Field(title=translatable("How much"), description=IN_BASE, ge=1, le=A_TONNE)


class Refund(ChosenVersion):
    """Lines that are called off before they are handed over, or were brought back after it."""

    refusals: ClassVar = {"qty": ordering.BadQuantity}

    lines: list[GoneBack] = Field(title=translatable("Lines"), min_length=1, max_length=MOST)
    reason: Line = Field(title=translatable("Why"), min_length=1, max_length=LONGEST_REASON)


class TellOfOrder(Command):
    """A wish to tell somebody of their order."""

    order: Id = Field(title=translatable("Order"))
    kind: Literal["placed", "ready", "on-way", "cancelled"] = Field(title=translatable("What"))
