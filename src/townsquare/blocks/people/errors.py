"""What can go wrong with people."""

from townsquare.core.errors import Conflict, Invalid, NotFound
from townsquare.core.words import translatable


class UnknownPerson(NotFound):
    """No such person, or none that one may know of."""

    code = "people.unknown-person"
    message = translatable("There is no such person; search by name or number.")


class NumberTaken(Conflict):
    """Somebody else has this number."""

    code = "people.number-taken"
    message = translatable("The number {number} belongs to somebody else; check it.")


class OwnGuardian(Invalid):
    """Somebody who would look after themselves."""

    code = "people.own-guardian"
    message = translatable("Nobody is their own guardian; give the card of somebody else.")


class StillGuardian(Conflict):
    """Somebody who would leave while they look after somebody else."""

    code = "people.still-guardian"
    message = translatable(
        "You look after somebody else here; ask at the desk that another guardian is noted."
    )
