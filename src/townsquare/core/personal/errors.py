"""Why somebody cannot leave yet."""

from townsquare.core.errors import Conflict, Invalid
from townsquare.core.words import translatable


class IsAdministrator(Conflict):
    """An administrator who would leave."""

    code = "personal.is-administrator"
    message = translatable(
        "You run this town; let another administrator take that role from you first."
    )


class NotYourAddress(Invalid):
    """Another address than one's own, so perhaps it was not meant."""

    code = "personal.not-your-address"
    message = translatable("This is not the address of your account; type it as it is shown.")
