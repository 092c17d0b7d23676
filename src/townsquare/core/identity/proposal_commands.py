"""What administrators propose to each other, and how they decide it."""

from pydantic import Field

from townsquare.core.identity.commands import Email
from townsquare.core.usecase import Command
from townsquare.core.words import translatable


class BeginProposal(Command):
    """A look at the form of a proposal, perhaps about an account that is known."""

    account: str = Field(default="", max_length=26)


class ProposeAdministrator(Command):
    """A wish that somebody becomes an administrator."""

    email: Email = Field(
        title=translatable("E-mail"),
        description=translatable("Who has no account here yet is invited once it is approved."),
    )
    reason: str = Field(
        title=translatable("Why"),
        description=translatable("The other administrators read it before they decide."),
        min_length=1,
        max_length=500,
    )


class FindProposals(Command):
    """A look at what waits for a second administrator."""

    before: str = Field(default="", max_length=26)


class ChooseProposal(Command):
    """One proposal."""

    id: str = Field(title=translatable("Proposal"), max_length=26)


class WhyNot(Command):
    """Why one does not agree."""

    answer: str = Field(
        title=translatable("Why not"),
        description=translatable("Whoever has proposed it reads this."),
        min_length=1,
        max_length=500,
    )


class RefuseProposal(ChooseProposal, WhyNot):
    """A proposal that one does not agree with."""
