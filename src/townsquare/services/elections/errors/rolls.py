"""What can go wrong with styles, precincts and challenges of a roll."""

from townsquare.core.errors import Conflict, Invalid, NotFound
from townsquare.core.words import translatable


class UnknownStyle(Invalid):
    """A style that the election does not have."""

    code = "elections.unknown-style"
    message = translatable("The election has no style {style}; define it first, or leave it empty.")


class NoSuchStyle(NotFound):
    """No style under this id."""

    code = "elections.no-such-style"
    message = translatable("There is no such style any more; look at the roll again.")


class StyleExists(Conflict):
    """Another style has this code."""

    code = "elections.style-exists"
    message = translatable("There is a style {style} already; choose another code.")


class StyleInUse(Conflict):
    """Somebody on the roll votes so."""

    code = "elections.style-in-use"
    message = translatable("Somebody on the roll has the style {style}; give them another first.")


class StyleOfPrecincts(Conflict):
    """A precinct votes so."""

    code = "elections.style-of-precinct"
    message = translatable(
        "The precinct {precinct} has the style {style}; give it another first, or take it away."
    )


class PrecinctStyled(Conflict):
    """A style is said of this precinct already; `precinct_style` tells under which id."""

    code = "elections.precinct-styled"
    message = translatable("The precinct {precinct} has a style already; change that one.")


class NoSuchPrecinctStyle(NotFound):
    """No style of a precinct under this id."""

    code = "elections.no-such-precinct-style"
    message = translatable("The precinct has no style any more; look at the roll again.")


class VoterSuspended(Conflict):
    """A voter who is suspended comes onto no roll."""

    code = "elections.voter-suspended"
    message = translatable("The voter {number} is suspended; somebody has to let them vote again.")


class NobodyThere(NotFound):
    """A precinct in which nobody of the roll lives."""

    code = "elections.nobody-there"
    message = translatable("Nobody on the roll is in the precinct {precinct}; look at its name.")


class RemovalExists(Conflict):
    """Somebody proposes the same."""

    code = "elections.removal-exists"
    message = translatable("Somebody proposes that already; somebody else has to confirm it.")


class UnknownRemoval(NotFound):
    """Nobody proposes this."""

    code = "elections.unknown-removal"
    message = translatable("Nobody proposes this any more; look at the roll again.")


class ChallengeOpen(Conflict):
    """A voter about whom it is not decided yet."""

    code = "elections.challenge-open"
    message = translatable("Somebody here is challenged; that has to be decided first.")


class UnknownChallenge(NotFound):
    """No challenge, or one that is decided."""

    code = "elections.unknown-challenge"
    message = translatable("There is no such challenge to decide; look at the roll again.")
