"""What can go wrong at the second step."""

from townsquare.core.errors import Conflict, Invalid, NotAllowed
from townsquare.core.words import translatable


class WrongProof(Invalid):
    """Wrong, used before, too old, no such recovery code: nobody learns which."""

    code = "identity.wrong-proof"
    message = translatable("That is not right or was used before; wait for the next code.")


class TooManyTries(Invalid):
    """So many tries of this account have failed that the next one has to wait."""

    code = "identity.too-many-tries"
    message = translatable("Too many tries have failed; wait some minutes and try again.")


class NeedsSecondStep(NotAllowed):
    """What this person may do touches money or accounts, and a password alone opens it."""

    code = "identity.needs-second-step"
    message = translatable("What you may do here asks for a second step; set it up first.")


class SignInAgain(Conflict):
    """The password was given too long ago, or is another one by now."""

    code = "identity.sign-in-again"
    message = translatable("Your sign-in took too long; begin again with your password.")


class FactorExists(Conflict):
    """An account has one app at a time."""

    code = "identity.factor-exists"
    message = translatable("Your second step is set up already; remove it to use another app.")


class NoFactor(Conflict):
    """There is no second step to confirm or to change."""

    code = "identity.no-factor"
    message = translatable("Your second step is not set up; begin on the page of your account.")
