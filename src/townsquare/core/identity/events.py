"""What identity tells the rest of the town."""

from typing import ClassVar

from townsquare.core.events import Event
from townsquare.core.frozen import dataclass
from townsquare.core.words import translatable


@dataclass(frozen=True)
class AccountMade(Event):
    """Somebody has an account."""

    sentence: ClassVar[str] = translatable("An account was made.")
    subject: ClassVar[str] = "account"

    account: str


@dataclass(frozen=True)
class SignedInHere(Event):
    """Somebody signed in."""

    sentence: ClassVar[str] = translatable("Signed in.")
    subject: ClassVar[str] = "account"

    account: str


@dataclass(frozen=True)
class PasswordChanged(Event):
    """Somebody has a new password, and all other sessions have ended."""

    sentence: ClassVar[str] = translatable("The password was changed.")
    subject: ClassVar[str] = "account"

    account: str


@dataclass(frozen=True)
class TokenMade(Event):
    """A program may act for somebody."""

    sentence: ClassVar[str] = translatable("A token with the scope {scope} was made.")
    subject: ClassVar[str] = "account"

    account: str
    token: str
    scope: str


@dataclass(frozen=True)
class TokenRevoked(Event):
    """A program may act for somebody no longer."""

    sentence: ClassVar[str] = translatable("A token was taken back.")
    subject: ClassVar[str] = "account"

    account: str
    token: str


@dataclass(frozen=True)
class ProgramAdmitted(Event):
    """A program that acts for nobody has a token."""

    sentence: ClassVar[str] = translatable("The program {name} got a token for: {scope}.")
    subject: ClassVar[str] = "token"

    token: str
    name: str
    scope: str


@dataclass(frozen=True)
class ProgramDismissed(Event):
    """A program that acts for nobody has no token any more."""

    sentence: ClassVar[str] = translatable("The token of the program {name} was taken back.")
    subject: ClassVar[str] = "token"

    token: str
    name: str


@dataclass(frozen=True)
class Invited(Event):
    """Somebody was invited to a role."""

    sentence: ClassVar[str] = translatable("Somebody was invited to the role {role}.")
    subject: ClassVar[str] = "link"

    link: str
    role: str


@dataclass(frozen=True)
class RoleGranted(Event):
    """An account has one more role."""

    sentence: ClassVar[str] = translatable("The role {role} was given.")
    subject: ClassVar[str] = "account"

    account: str
    role: str


@dataclass(frozen=True)
class RoleWithdrawn(Event):
    """An account has one role less."""

    sentence: ClassVar[str] = translatable("The role {role} was taken back.")
    subject: ClassVar[str] = "account"

    account: str
    role: str


@dataclass(frozen=True)
class AccountDisabled(Event):
    """An account can sign in no more."""

    sentence: ClassVar[str] = translatable("The account was disabled.")
    subject: ClassVar[str] = "account"

    account: str


@dataclass(frozen=True)
class AccountEnabled(Event):
    """An account can sign in again."""

    sentence: ClassVar[str] = translatable("The account was enabled again.")
    subject: ClassVar[str] = "account"

    account: str
