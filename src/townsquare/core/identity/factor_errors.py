"""What can go wrong at the second step."""

from townsquare.core.errors import Conflict, Invalid, NotAllowed, NotFound
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


class WrongPasskey(Invalid):
    """Unknown, of somebody else, of a disabled account, old, answered before: nobody learns which.

    It has no count of tries: there is nothing to guess, and nobody can make others wait.
    """

    code = "identity.wrong-passkey"
    message = translatable(
        "This passkey was not accepted; try once more, or go on without a passkey."
    )


class PasskeyKnown(Conflict):
    """A passkey belongs to one account and is kept once."""

    code = "identity.passkey-known"
    message = translatable("This passkey is here already; choose another device or key for it.")


class TooManyPasskeys(Conflict):
    """More passkeys than anybody has devices."""

    code = "identity.too-many-passkeys"
    message = translatable("You have {most} passkeys already; remove one that you do not need.")


class NoSuchPasskey(NotFound):
    """No such passkey, or not one's own."""

    code = "identity.no-such-passkey"
    message = translatable(
        "There is no such passkey; look at the list on the page of your account."
    )


class NoPasskeysHere(Conflict):
    """Browsers make passkeys for names that are reached safely, never for a number."""

    code = "identity.no-passkeys-here"
    message = translatable(
        "Passkeys need a town that is reached by a name and over TLS, such as https://town.example;"
        " ask the people who run it."
    )
