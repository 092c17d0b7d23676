"""What people wish of returns that others have written down as a file."""

from pydantic import Field

from townsquare.core.usecase import Command
from townsquare.core.words import translatable
from townsquare.services.elections.commands.elections import ElectionFacts
from townsquare.services.elections.commands.fields import LONGEST_NAME, Chosen, Line, Table
from townsquare.services.elections.commands.returns import LARGEST_TABLE


class ReturnLines(Command):
    """A list of returns as text, and which office of it is meant."""

    office: Line = Field(
        title=translatable("Office"),
        description=translatable("As the file calls it, such as President."),
        min_length=1,
        max_length=LONGEST_NAME,
    )
    rows: Table = Field(
        title=translatable("List"),
        description=translatable(
            "First line: office, district, candidate, party, precinct, votes, absentee_votes; then"
            " one candidate in one precinct on each line."
        ),
        min_length=1,
        max_length=LARGEST_TABLE,
    )


class ImportReturns(ReturnLines, Chosen):
    """A wish to enter and submit the returns of a list."""


class CompareTotals(ReturnLines, Chosen):
    """A wish to compare with totals by town that somebody else has published.

    Its first line is county, office, district, party, candidate, votes.
    """


class DraftFromReturns(ReturnLines, ElectionFacts):
    """A wish to set up a paper election with the candidates and precincts of a list."""

    towns: Table = Field(
        "",
        title=translatable("Totals by town"),
        description=translatable("A list by county, of which the towns of precincts are taken."),
        max_length=LARGEST_TABLE,
    )
