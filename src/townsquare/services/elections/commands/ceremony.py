"""What people wish who prepare an encrypted election: trustees, its authority, holders of seeds."""

from typing import Annotated, Literal

from pydantic import Field

from townsquare.core.usecase import Command
from townsquare.core.words import translatable
from townsquare.services.elections.commands.fields import Chosen, Line, Lines, Table

MOST_TRUSTEES = 20
LONGEST_REASON, LONGEST_LIST = 500, 6000
# Signs: the shares of twenty trustees at once; a roll of some thousands of credentials.
LARGEST_MESSAGES, LARGEST_KEYS = 200_000, 600_000
Address = Annotated[
    Line,
    Field(
        min_length=3,
        max_length=254,
        pattern=r"^[^\s@]+@[^\s@]+$",
        json_schema_extra={"format": "email"},
    ),
]
Digits = Annotated[str, Field(pattern="^[0-9a-f]{64}$", max_length=64)]
AS_WRITTEN = translatable("64 signs, 0 to 9 and a to f, as your program writes them.")


class Trustees(Command):
    """Who makes the key, and how many of them can decrypt."""

    mode: Literal["all", "threshold"] = Field(
        "threshold",
        title=translatable("Who is needed"),
        description=translatable("All of them, or any so many of them as you say."),
    )
    threshold: int = Field(
        2, title=translatable("How many are needed to decrypt"), ge=1, le=MOST_TRUSTEES
    )
    emails: Lines = Field(
        title=translatable("Email addresses of the trustees"),
        description=translatable("One on each line, each of somebody with an account."),
        min_length=3,
        max_length=LONGEST_LIST,
    )


class NameTrustees(Trustees, Chosen):
    """A wish to name the trustees of an election in place of those that were named before."""


class Authority(Command):
    """Who issues the credentials."""

    email: Address = Field(title=translatable("Email address of the credential authority"))


class NameAuthority(Authority, Chosen):
    """A wish to name the authority of an election."""


class Holders(Command):
    """Who holds a seed of the lot."""

    emails: Lines = Field(
        title=translatable("Email addresses of those who hold a seed"),
        description=translatable("At least two, one on each line; trustees may be among them."),
        min_length=3,
        max_length=LONGEST_LIST,
    )


class NameHolders(Holders, Chosen):
    """A wish to name the holders of seeds in place of those that were named before."""


class Messages(Command):
    """Messages of a ceremony, as the program of a trustee has written them."""

    messages: Table = Field(
        title=translatable("Messages"),
        description=translatable("The content of the file that your program has written."),
        min_length=2,
        max_length=LARGEST_MESSAGES,
    )


class SubmitMessages(Messages, Chosen):
    """A wish to say something in the ceremony of an election."""


class Abort(Command):
    """Why a ceremony is given up."""

    reason: Line = Field(
        title=translatable("Why it is given up"), min_length=1, max_length=LONGEST_REASON
    )
    trustee: int = Field(
        0,
        title=translatable("Number of the trustee for whom it is"),
        description=translatable("0 where it is for nobody."),
        ge=0,
        le=MOST_TRUSTEES,
    )


class AbortCeremony(Abort, Chosen):
    """A wish to give a ceremony up, so that all begin again."""


class RollKeys(Command):
    """The roll of credentials, as the program of the authority has signed it."""

    keys: Table = Field(
        title=translatable("Signed roll"),
        description=translatable("The content of the file that your program has written."),
        min_length=2,
        max_length=LARGEST_KEYS,
    )


class SubmitRollKeys(RollKeys, Chosen):
    """A wish to hand in the signed roll of an election."""


class SignedMessage(Command):
    """One message that a program has signed: a part of the decryption, or a void credential."""

    message: Table = Field(
        title=translatable("Message"),
        description=translatable("The content of the file that your program has written."),
        min_length=2,
        max_length=LARGEST_KEYS,
    )


class Commitment(Command):
    """What binds a holder to a seed that nobody knows yet."""

    commitment: Digits = Field(
        title=translatable("Commitment to your seed"), description=AS_WRITTEN
    )


class CommitSeed(Commitment, Chosen):
    """A wish to commit to a seed."""

    number: int = Field(
        0,
        title=translatable("Number of your seed"),
        description=translatable("0 where you hold one."),
        ge=0,
        le=9,
    )


class Seed(Command):
    """A seed, once its election has closed."""

    seed: Digits = Field(title=translatable("Your seed"), description=AS_WRITTEN)


class RevealSeed(Seed, Chosen):
    """A wish to show a seed."""

    number: int = Field(
        0,
        title=translatable("Number of your seed"),
        description=translatable("0 where you hold one."),
        ge=0,
        le=9,
    )
