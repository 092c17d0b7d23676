"""What can go wrong after the closing of an encrypted election, and with its credentials."""

from townsquare.core.errors import Conflict
from townsquare.core.words import translatable


class PartSubmittedBefore(Conflict):
    """The first part of a trustee counts."""

    code = "elections.part-submitted-before"
    message = translatable(
        "You have published your part already, and the first one counts; nothing was changed."
    )


class CredentialRefused(Conflict):
    """A credential that cannot become void, or one that cannot stand in for it."""

    code = "elections.credential-refused"
    message = translatable(
        "This credential cannot be replaced so: it is void or unknown, its replacement is in use,"
        " or the election has closed; ask the authority for another message."
    )
