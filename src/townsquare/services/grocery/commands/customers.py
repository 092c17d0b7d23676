"""What people wish of customers."""

from typing import Literal

from pydantic import Field

from townsquare.core.usecase import Command
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import (
    LONGEST_ID,
    LONGEST_NAME,
    MOST,
    SHORT_CODE,
    USUAL,
    ChosenVersion,
    Line,
)

Tier = Literal["none", "silver", "gold"]
LONGEST_EMAIL, LONGEST_PHONE = 254, 30


class RegisterCustomer(Command):
    """A wish that somebody buys here under a number; another tier than none needs a permission."""

    name: Line = Field(title=translatable("Name"), min_length=1, max_length=LONGEST_NAME)
    email: Line = Field(
        "",
        title=translatable("Email"),
        description=translatable("Whoever signs in with it gets the prices of the tier."),
        max_length=LONGEST_EMAIL,
        json_schema_extra={"format": "email"},
    )
    phone: Line = Field("", title=translatable("Phone"), max_length=LONGEST_PHONE)
    number: Line = Field(
        "",
        title=translatable("Number"),
        description=translatable("Such as CUST-100; empty for the next one."),
        max_length=SHORT_CODE,
    )
    tier: Tier = Field("none", title=translatable("Tier"))


class ReviseCustomer(ChosenVersion):
    """A wish to change what is named of a customer; another tier needs a permission."""

    name: Line = Field("", title=translatable("Name"), max_length=LONGEST_NAME)
    email: Line = Field(
        "",
        title=translatable("Email"),
        max_length=LONGEST_EMAIL,
        json_schema_extra={"format": "email"},
    )
    phone: Line = Field("", title=translatable("Phone"), max_length=LONGEST_PHONE)
    tier: Tier = Field("none", title=translatable("Tier"))


class EndCustomer(ChosenVersion):
    """A wish that somebody is a customer no longer."""


class FindCustomers(Command):
    """A wish to find customers by number or name."""

    words: Line = Field("", title=translatable("Number or name"), max_length=LONGEST_NAME)
    after: Line = Field("", title=translatable("After"), max_length=LONGEST_ID)
    limit: int = Field(USUAL, title=translatable("How many"), ge=1, le=MOST)
