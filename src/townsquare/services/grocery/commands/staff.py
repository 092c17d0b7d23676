"""What people wish of the records of those who work in the shop."""

from datetime import date

from pydantic import Field

from townsquare.core.usecase import Command
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.customers import LONGEST_EMAIL, LONGEST_PHONE
from townsquare.services.grocery.commands.fields import (
    LONGEST_ID,
    LONGEST_NAME,
    MOST,
    SHORT_CODE,
    USUAL,
    ChosenVersion,
    Line,
)

FIRST_NAME, LAST_NAME = translatable("First name"), translatable("Last name")
MIDDLE_NAME, POSITION = translatable("Middle name"), translatable("Position")


class EnrolStaff(Command):
    """A wish that somebody is known as working in the shop; it lets them do nothing by itself."""

    given: Line = Field(title=FIRST_NAME, min_length=1, max_length=LONGEST_NAME)
    middle: Line = Field("", title=MIDDLE_NAME, max_length=LONGEST_NAME)
    family: Line = Field("", title=LAST_NAME, max_length=LONGEST_NAME)
    email: Line = Field(
        "",
        title=translatable("Email"),
        description=translatable(
            "With that of an account, the record is about its owner, as the town knows them."
        ),
        max_length=LONGEST_EMAIL,
        json_schema_extra={"format": "email"},
    )
    phone: Line = Field("", title=translatable("Mobile"), max_length=LONGEST_PHONE)
    position: Line = Field(
        title=POSITION,
        description=translatable("Such as picker or cashier."),
        min_length=1,
        max_length=LONGEST_NAME,
    )
    number: Line = Field(
        "",
        title=translatable("Number"),
        description=translatable("Such as OGS-100; empty for the next one."),
        max_length=SHORT_CODE,
    )
    since: date | None = Field(
        None, title=translatable("Enrolled on"), description=translatable("Empty for today.")
    )


class ReviseStaff(ChosenVersion):
    """A wish to change what is named of somebody who works in the shop."""

    given: Line = Field("", title=FIRST_NAME, max_length=LONGEST_NAME)
    middle: Line = Field("", title=MIDDLE_NAME, max_length=LONGEST_NAME)
    family: Line = Field("", title=LAST_NAME, max_length=LONGEST_NAME)
    email: Line = Field(
        "",
        title=translatable("Email"),
        max_length=LONGEST_EMAIL,
        json_schema_extra={"format": "email"},
    )
    phone: Line = Field("", title=translatable("Mobile"), max_length=LONGEST_PHONE)
    position: Line = Field("", title=POSITION, max_length=LONGEST_NAME)


class EndStaff(ChosenVersion):
    """A wish that somebody works in the shop no longer; the record stays."""


class FindStaff(Command):
    """A wish to find those who work in the shop, or those who have left it."""

    words: Line = Field("", title=translatable("Number or name"), max_length=LONGEST_NAME)
    left: bool = Field(default=False, title=translatable("Who has left"))
    after: Line = Field("", title=translatable("After"), max_length=LONGEST_ID)
    limit: int = Field(USUAL, title=translatable("How many"), ge=1, le=MOST)
