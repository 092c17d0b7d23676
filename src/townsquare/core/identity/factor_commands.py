"""What people can wish for at the second step."""

from typing import Any

from pydantic import Field

from townsquare.core.identity.commands import PASSWORD, Secret, ThisSession
from townsquare.core.usecase import Command
from townsquare.core.words import translatable

ONE_TIME: dict[str, Any] = {"format": "one-time-code"}  # What phones offer to fill in.


class GiveCode(Command):
    """A code of the app, or a recovery code."""

    code: str = Field(
        title=translatable("Code"),
        description=translatable("The six digits of your app, or one of your recovery codes."),
        min_length=1,
        max_length=60,
        json_schema_extra=ONE_TIME,
    )


class GiveFirstCode(Command):
    """The first code of a new app."""

    code: str = Field(
        title=translatable("Code"),
        description=translatable("The six digits that your app shows now."),
        min_length=1,
        max_length=20,
        json_schema_extra=ONE_TIME,
    )


class GivePassword(Command):
    """The present password, once more."""

    password: Secret = Field(
        title=translatable("Password"), min_length=1, max_length=1024, json_schema_extra=PASSWORD
    )


class NoteTry(Command):
    """A try that is about to be checked, with the name of the recovery code if it is one."""

    name: str = Field(default="", max_length=60)


class NoteEntry(NoteTry):
    """A try to come in by the second step."""

    key_hash: str = Field(max_length=64, repr=False)


class Proof(ThisSession):
    """What was found right: the code as typed, or the digest that code or password fitted."""

    attempt: str = Field(max_length=26)
    code: str = Field(default="", max_length=60, repr=False)
    checked: str = Field(default="", repr=False)


class KeepRecoveryCodes(ThisSession):
    """The digests of new recovery codes, by their names."""

    digests: dict[str, str] = Field(repr=False)


class ConfirmFactor(KeepRecoveryCodes):
    """The first code of a new app, and the digests of the recovery codes that go with it."""

    code: str = Field(max_length=60, repr=False)
