"""What people may ask for about their own data."""

from pydantic import Field

from townsquare.core.identity.commands import ChooseAccount
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


class WhyErase(Command):
    """Why somebody else is to be erased."""

    reason: str = Field(
        title=translatable("Why"),
        description=translatable(
            "The other administrators read it before they decide; it goes with the account."
        ),
        min_length=1,
        max_length=500,
    )


class ProposeErasure(ChooseAccount, WhyErase):
    """A wish that somebody else is erased, as they could do it themselves."""
