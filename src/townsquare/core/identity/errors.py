"""What can go wrong at the door."""

from townsquare.core.errors import (
    Busy,
    Conflict,
    Invalid,
    NotAllowed,
    NotFound,
    NotIdentified,
)
from townsquare.core.words import translatable


class NotRecognised(Invalid):
    """Unknown address, wrong password, disabled account: nobody learns which."""

    code = "identity.not-recognised"
    message = translatable(
        "We do not recognise this e-mail and password; check both, or ask for a new password."
    )


class WrongPassword(Invalid):
    """The present password was not the present password."""

    code = "identity.wrong-password"
    message = translatable("That is not your present password; type it again.")


class CommonPassword(Invalid):
    """A password that everybody tries first."""

    code = "identity.common-password"
    message = translatable("This password is too easy to guess; use a sentence only you would say.")


class LinkSpent(NotFound):
    """The link was used, is too old, or was never ours."""

    code = "identity.link-spent"
    message = translatable("This link has been used or is too old; ask for a new one.")


class UnknownToken(NotIdentified):
    """No token of ours, mistyped, or sent in a way that we do not read."""

    code = "identity.unknown-token"
    message = translatable(
        "This token is not known here; send Authorization: Bearer and a token as it was shown."
    )


class TokenEnded(NotIdentified):
    """A token that has run out or was taken back, or whose owner can sign in no more."""

    code = "identity.token-ended"
    message = translatable("This token has ended; make a new one on the page of your account.")


class NoSuchToken(NotFound):
    """No such token, or not one's own."""

    code = "identity.no-such-token"
    message = translatable("There is no such token; look at the list of your programs.")


class PermissionBeyondOwn(NotAllowed):
    """Nobody gives a program what they do not have."""

    code = "identity.permission-beyond-own"
    message = translatable("You do not have the permission {permission} yourself; leave it out.")


class NoPermissionNamed(Invalid):
    """A program that may do nothing needs no token."""

    code = "identity.no-permission-named"
    message = translatable("Tick at least one thing that the program may do.")


class PermissionsNotMeant(Invalid):
    """Permissions were ticked beside a scope that needs none."""

    code = "identity.permissions-not-meant"
    message = translatable(
        "Choose that it may do only what is ticked, or tick nothing: both at once cannot be meant."
    )


class TooManyTokens(Conflict):
    """More programs than anybody keeps an eye on."""

    code = "identity.too-many-tokens"
    message = translatable("There are {most} tokens already; take one back that is not needed.")


class UnknownAccount(NotFound):
    """No such account."""

    code = "identity.unknown-account"
    message = translatable("There is no such account; search the list of accounts.")


class ErasedAlready(Conflict):
    """Nothing is left of this person."""

    code = "identity.erased-already"
    message = translatable("This account was erased for good; invite the person anew.")


class UnknownRole(NotFound):
    """No such role."""

    code = "identity.unknown-role"
    message = translatable("There is no role {role}; choose one from the list.")


class RoleBeyondOwn(NotAllowed):
    """Nobody hands on what they do not have."""

    code = "identity.role-beyond-own"
    message = translatable(
        "The role {role} allows more than you may do yourself; ask an administrator to give it."
    )


class LastAdministrator(Conflict):
    """A town always has somebody who can open its doors."""

    code = "identity.last-administrator"
    message = translatable(
        "This is the last administrator; make somebody else an administrator first."
    )


class OwnAccount(Conflict):
    """Nobody disables or demotes themselves by accident."""

    code = "identity.own-account"
    message = translatable("This is your own account; ask another administrator to do that.")


class TooManyAtOnce(Busy):
    """More people are signing in than the machine can check."""

    code = "identity.too-many-at-once"
    message = translatable("Many people are signing in right now; try again in a few seconds.")
