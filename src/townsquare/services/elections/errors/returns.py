"""What can go wrong with precincts, returns and the count of a paper election."""

from townsquare.core.errors import Conflict, Invalid, NotAllowed, NotFound, StaleVersion
from townsquare.core.words import translatable


class UnknownPrecinct(NotFound):
    """No such precinct in this election."""

    code = "elections.unknown-precinct"
    message = translatable("There is no such precinct in this election; look at its list.")


class UnknownReturn(NotFound):
    """Nothing was returned yet."""

    code = "elections.unknown-return"
    message = translatable("Nothing was entered for this precinct and question yet.")


class UnknownOfficer(Invalid):
    """Nobody has confirmed this address."""

    code = "elections.unknown-officer"
    message = translatable("Nobody has an account with this address; ask them to make one first.")


class NotYourPrecinct(NotAllowed):
    """Somebody who was not appointed for this precinct."""

    code = "elections.not-your-precinct"
    message = translatable(
        "You were not appointed for this precinct; ask the election officers if that is a mistake."
    )


class BadPrecincts(Invalid):
    """A list of precincts that cannot be taken."""

    code = "elections.bad-precincts"
    message = translatable("This list cannot be taken: {reason}. Mend it and send it again.")


class BadReturns(Invalid):
    """A list of returns that cannot be read."""

    code = "elections.bad-returns"
    message = translatable("This list of returns cannot be taken: {reason}.")


class ReturnsShut(Conflict):
    """Returns are taken from the opening on until somebody closes the count."""

    code = "elections.returns-shut"
    message = translatable(
        "Returns are taken from the opening on until the count is closed; look at the times."
    )


class StaleReturn(StaleVersion):
    """Somebody else has entered a version since this one was read."""

    code = "elections.stale-version"
    message = translatable(
        "Somebody has entered another version since you opened it; load it again and compare."
    )


class MoreThanRegistered(Invalid):
    """More ballots than people who may vote."""

    code = "elections.more-than-registered"
    message = translatable(
        "There cannot be more ballots ({ballots}) than registered voters ({registered}); count"
        " again."
    )


class ReturnOdd(Invalid):
    """Numbers that cannot be those of this question."""

    code = "elections.return-odd"
    message = translatable("These numbers cannot be kept as they are; look at them again.")


class NotAddingUp(Invalid):
    """Numbers that do not add up, and nobody has said why."""

    code = "elections.does-not-add-up"
    message = translatable(
        "The numbers do not add up by {by}; correct them, or say in the note what is known."
    )


class NotSubmitted(Conflict):
    """Only what is submitted can be approved or sent back."""

    code = "elections.not-submitted"
    message = translatable("This version does not wait for that any more; look at it again.")


class ReturnsMissing(Conflict):
    """Returns that nobody has approved yet."""

    code = "elections.returns-missing"
    message = translatable(
        "{missing} returns are not approved; approve them, or say why the count closes without"
        " them."
    )


class NotPaper(Conflict):
    """Only an election on paper has precincts and returns."""

    code = "elections.not-paper"
    message = translatable("This election is not held on paper; choose another one.")
