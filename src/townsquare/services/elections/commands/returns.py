"""What people wish of precincts, of returns, and of the count of a paper election."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from townsquare.core.usecase import Command
from townsquare.core.words import translatable
from townsquare.services.elections.commands.fields import (
    LONGEST_CODE,
    LONGEST_ID,
    LONGEST_NAME,
    MOST,
    MOST_ANSWERS,
    USUAL,
    Chosen,
    ChosenVersion,
    Line,
    Lines,
    Name,
    Table,
)

LARGEST_TABLE = 500_000  # Signs: some thousands of precincts.
MOST_PAPERS = 10_000_000  # Of one precinct: more is a slip of the hand.
LONGEST_NOTE, LONGEST_PRECINCT = 500, 60
DIGITS_ONLY = translatable(
    "Write the number in digits only, such as 1200: no sign, comma, point or space."
)


def _digits(told: object) -> object:
    """Return a number as it was typed; one with a sign or separators is refused in words."""
    if isinstance(told, str) and not (told.strip().isascii() and told.strip().isdigit()):
        raise ValueError(DIGITS_ONLY)
    return told


Papers = Annotated[int, BeforeValidator(_digits), Field(ge=0, le=MOST_PAPERS)]
PrecinctCode = Annotated[Line, Field(min_length=1, max_length=LONGEST_PRECINCT, pattern=r"^[^/]+$")]
Code = Annotated[str, Field(min_length=1, max_length=LONGEST_CODE)]
Role = Literal["enter", "approve"]


class Precinct(Command):
    """One precinct as it stands in a list."""

    code: PrecinctCode = Field(title=translatable("Code"))
    name: Name = Field(title=translatable("Name"))
    registered: Papers | None = Field(None, title=translatable("Registered voters"))
    parent: Line = Field("", title=translatable("Belongs to"), max_length=LONGEST_PRECINCT)
    polling_place: Line = Field("", title=translatable("Polling place"), max_length=LONGEST_NAME)
    address: Line = Field("", title=translatable("Address"), max_length=300)
    lat: float | None = Field(None, title=translatable("Latitude"), ge=-90, le=90)
    lon: float | None = Field(None, title=translatable("Longitude"), ge=-180, le=180)
    hours: Line = Field("", title=translatable("Hours"), max_length=LONGEST_NAME)


class PrecinctLines(Command):
    """A list of precincts as text."""

    rows: Table = Field(
        title=translatable("List"),
        description=translatable(
            "First line: code, name, and if you like registered, parent, polling_place, address,"
            " lat, lon, hours; then one precinct on each line."
        ),
        min_length=1,
        max_length=LARGEST_TABLE,
    )


class ImportPrecincts(PrecinctLines, Chosen):
    """A wish to put a list of precincts into a draft."""


class PrecinctOnly(Command):
    """A wish about one precinct."""

    precinct: PrecinctCode = Field(title=translatable("Precinct"))


class PageOnly(Command):
    """A wish to see a page of precincts."""

    after: Line = Field("", title=translatable("After"), max_length=LONGEST_PRECINCT)
    limit: int = Field(USUAL, title=translatable("How many"), ge=1, le=MOST)


class FindPrecincts(PageOnly, Chosen):
    """A wish to see a page of the precincts of an election."""


class OfPrecinct(PrecinctOnly, Chosen):
    """A wish about one precinct of an election."""


class Officer(Command):
    """Who enters or approves returns, and of which precincts."""

    email: Line = Field(
        title=translatable("Email"),
        description=translatable("Of an account whose address is confirmed."),
        min_length=3,
        max_length=254,
        json_schema_extra={"format": "email"},
    )
    role: Role = Field(title=translatable("What they do"))
    precincts: Lines = Field(
        "",
        title=translatable("Precincts"),
        description=translatable("One code on each line; empty means each one of this election."),
        max_length=LARGEST_TABLE,
    )


class AppointOfficer(Officer, Chosen):
    """A wish that somebody enters or approves returns of precincts of an election."""


class DismissOfficer(AppointOfficer):
    """A wish that somebody does so no more."""


class OfReturn(OfPrecinct):
    """A wish about what was counted in one precinct for one question."""

    contest: Code = Field(title=translatable("Question"))


class ReturnFigures(Command):
    """The numbers of a return beside those of its options."""

    ballots: Papers = Field(
        title=translatable("Ballots"), description=translatable("All papers that were in the box.")
    )
    blank: Papers = Field(0, title=translatable("Blank ballots"))
    spoiled: Papers = Field(0, title=translatable("Spoiled ballots"))
    evidence: Line = Field(
        "",
        title=translatable("Evidence"),
        description=translatable("Where the signed form is kept, or the number of its scan."),
        max_length=LONGEST_NOTE,
    )
    note: Lines = Field(
        "",
        title=translatable("Note"),
        description=translatable("If something does not add up, say what is known about it."),
        max_length=LONGEST_NOTE,
    )


class EnterReturn(ReturnFigures, OfReturn):
    """A wish to keep what was counted, as the next version after the one that was read."""

    version: int = Field(title=translatable("Version"), ge=0, le=MOST_PAPERS)
    lines: dict[Code, Papers] = Field(
        title=translatable("Votes of each option"), max_length=MOST_ANSWERS
    )


class ReturnVersion(OfReturn):
    """A wish about a version of a return, as it was read."""

    version: int = Field(title=translatable("Version"), ge=1, le=MOST_PAPERS)


class SendBack(ReturnVersion):
    """A wish that a return is looked at again by who entered it."""

    reason: Line = Field(title=translatable("Reason"), min_length=1, max_length=LONGEST_NOTE)


class CloseCount(ChosenVersion):
    """A wish to close the count of a paper election."""

    reason: Line = Field(
        "",
        title=translatable("Why without the returns that are missing"),
        description=translatable("Asked for where a return is not approved yet."),
        max_length=LONGEST_NOTE,
    )


class FindReturns(Chosen):
    """A wish to see a page of the returns of an election."""

    state: Literal["", "draft", "submitted", "approved", "returned"] = Field(
        "", title=translatable("State")
    )
    after: Line = Field("", title=translatable("After"), max_length=LONGEST_ID)
    limit: int = Field(USUAL, title=translatable("How many"), ge=1, le=MOST)


class FindCount(Chosen):
    """A wish to know the votes of one candidate, or of each one of a question."""

    contest: Code = Field(title=translatable("Question"))
    candidate: Line = Field("", title=translatable("Candidate"), max_length=LONGEST_CODE)
