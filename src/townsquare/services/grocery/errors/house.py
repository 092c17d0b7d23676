"""What can go wrong with the hours of the shop, and with who works in it."""

from townsquare.core.errors import Conflict, NotFound
from townsquare.core.words import translatable


class ClosedAlready(Conflict):
    """A day on which the shop is closed anyway."""

    code = "grocery.closed-already"
    message = translatable("The shop is closed on this day already; look at the list.")


class UnknownClosing(NotFound):
    """No such closed day."""

    code = "grocery.unknown-closing"
    message = translatable("There is no such closed day; look at the list of them.")


class StaffAlready(Conflict):
    """Somebody works in the shop and would be enrolled once more."""

    code = "grocery.already-on-staff"
    message = translatable("This person works here already, with the number {number}.")


class StaffLeft(Conflict):
    """A record that has ended stays as it is."""

    code = "grocery.staff-left"
    message = translatable("This person works here no longer; enrol them again if they came back.")


class UnknownStaff(NotFound):
    """Nobody of the shop."""

    code = "grocery.unknown-staff"
    message = translatable("There is nobody like that in the shop; search by name or number.")
