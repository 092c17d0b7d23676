"""What people wish who stand for election, who nominate others, and who vet them."""

from typing import Annotated, Literal

from pydantic import Base64Bytes, Field, NaiveDatetime

from townsquare.core.pictures import SmallPicture
from townsquare.core.usecase import Command
from townsquare.core.words import translatable
from townsquare.services.elections.commands.fields import (
    LONGEST_CODE,
    LONGEST_ID,
    LONGEST_NAME,
    MOST,
    USUAL,
    Chosen,
    Line,
    Lines,
    Name,
    Table,
)

LARGEST_SLATE = 400_000  # Signs: 5,000 candidates.
LONGEST_STATEMENT, LONGEST_REASON, LONGEST_ADDRESS, LONGEST_PHONE = 2000, 500, 200, 40
CODE = "^[a-z0-9]+(-[a-z0-9]+)*$"
PICTURE = translatable("A PNG, JPEG or WebP file of at most 4 MB; only a small copy is kept.")
LONGEST_DIGEST = 64
State = Literal["", "filed", "incomplete", "accepted", "rejected", "withdrawn", "disqualified"]


class Opening(Command):
    """Until when candidates may be named."""

    until: NaiveDatetime = Field(
        title=translatable("Nominations close"),
        description=translatable("By the clock of the election, and not after its opening."),
    )


class OpenNominations(Opening, Chosen):
    """A wish to let people stand in an election from now on."""


class Party(Command):
    """A party, and who files its lists."""

    code: Line = Field(
        title=translatable("Code"),
        description=translatable("A short name: a to z, digits, hyphens."),
        min_length=1,
        max_length=LONGEST_CODE,
        pattern=CODE,
    )
    name: Name = Field(title=translatable("Name"))
    colour: Line = Field(
        "#6c757d",
        title=translatable("Colour"),
        description=translatable("As #2f9e44; it stands beside the name, never instead of it."),
        max_length=7,
        pattern="^#[0-9a-f]{6}$",
    )
    agent: Line = Field(
        "",
        title=translatable("Email of the agent"),
        description=translatable("Who files the lists of this party; empty for nobody."),
        max_length=254,
    )


class KeepParty(Party):
    """A wish to make a party, or to change the one that has this code."""


class Standing(Command):
    """What is known of a candidate."""

    given: Name = Field(title=translatable("Given name"))
    middle: Line = Field("", title=translatable("Middle name"), max_length=LONGEST_NAME)
    family: Name = Field(title=translatable("Family name"))
    ballot_name: Line = Field(
        "",
        title=translatable("Name on the ballot"),
        description=translatable("Empty: given and family name."),
        max_length=LONGEST_NAME,
    )
    address: Line = Field(
        "",
        title=translatable("Address"),
        description=translatable("Only election officers see it."),
        max_length=LONGEST_ADDRESS,
    )
    phone: Line = Field(
        "",
        title=translatable("Phone"),
        description=translatable("Only election officers see it."),
        max_length=LONGEST_PHONE,
    )
    statement: Lines = Field(
        "",
        title=translatable("What you stand for"),
        description=translatable("Everybody reads it from the day you are admitted."),
        max_length=LONGEST_STATEMENT,
    )


class Candidacy(Standing):
    """What somebody says who stands for election."""

    contest: Line = Field(title=translatable("Question"), min_length=1, max_length=LONGEST_CODE)
    code: Line = Field(
        title=translatable("Short name"),
        description=translatable("Such as maya-santos: a to z, digits, hyphens."),
        min_length=1,
        max_length=LONGEST_CODE,
        pattern=CODE,
    )


class FileCandidacy(Candidacy, Chosen):
    """A wish to stand for election."""


class AmendCandidacy(Standing, Chosen):
    """A wish to correct a candidacy that was not decided yet."""


class Slate(Command):
    """A list of candidates of a party as text."""

    party: Line = Field(title=translatable("Party"), min_length=1, max_length=LONGEST_CODE)
    mode: Literal["atomic", "rows"] = Field("atomic", title=translatable("If a line is odd"))
    rows: Table = Field(
        title=translatable("List"),
        description=translatable(
            "First line: contest, code, given, family; middle, ballot_name, address, phone and"
            " statement if you have them. Then one candidate on each line."
        ),
        min_length=1,
        max_length=LARGEST_SLATE,
    )


class FileSlate(Slate, Chosen):
    """A wish to file the candidates of a list."""


class Deciding(Command):
    """What becomes of a candidacy."""

    decision: Literal["accepted", "rejected", "incomplete"] = Field(title=translatable("Decision"))
    reason: Lines = Field(
        "",
        title=translatable("Reason"),
        description=translatable("Needed for everything but an admission; the candidate reads it."),
        max_length=LONGEST_REASON,
    )


class DecideCandidacy(Deciding, Chosen):
    """A wish to decide on a candidacy."""


class Disqualifying(Command):
    """Whom somebody would disqualify after the freezing, and why."""

    candidate: Line = Field(title=translatable("Candidate"), min_length=1, max_length=LONGEST_ID)
    reason: Lines = Field(
        title=translatable("Reason"),
        description=translatable("Everybody reads it beside the name and the result."),
        min_length=1,
        max_length=LONGEST_REASON,
    )


class ProposeDisqualification(Disqualifying, Chosen):
    """A wish that a candidate of a frozen election cannot win any more."""


class FindCandidates(Chosen):
    """A wish to see candidates of an election."""

    state: State = Field("", title=translatable("State"))
    after: Line = Field("", title=translatable("After"), max_length=LONGEST_ID)
    limit: int = Field(USUAL, title=translatable("How many"), ge=1, le=MOST)


class Pictured(Command):
    """A picture as it was sent."""

    content: Annotated[Base64Bytes, Field(min_length=1)] = Field(
        title=translatable("Picture"), description=PICTURE
    )


class SetPhoto(Pictured, Chosen):
    """A wish that a candidate is shown with this photo."""


class ExaminedPhoto(SetPhoto):
    """The same wish once the photo was decoded."""

    picture: SmallPicture


class OfParty(Command):
    """A wish about one party."""

    party: Line = Field(title=translatable("Party"), min_length=1, max_length=LONGEST_CODE)


class SetSymbol(Pictured, OfParty):
    """A wish that a party is shown with this symbol."""


class ExaminedSymbol(SetSymbol):
    """The same wish once the symbol was decoded."""

    picture: SmallPicture


class FindPicture(Command):
    """A wish to see a photo or a symbol."""

    digest: Line = Field(title=translatable("SHA-256"), min_length=1, max_length=LONGEST_DIGEST)
