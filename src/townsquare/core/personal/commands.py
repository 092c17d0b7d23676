"""What people may ask for about their own data."""

from pydantic import Field

from townsquare.core.usecase import Command
from townsquare.core.words import translatable


class Nothing(Command):
    """A wish without facts: the actor says it all."""


class EraseMyself(Command):
    """A wish to leave for good; who types their address means it."""

    email: str = Field(
        title=translatable("Your e-mail address"),
        description=translatable("Type it to say that you mean it"),
        max_length=254,
        json_schema_extra={"format": "email"},
    )
