"""What people can wish for at the door."""

from enum import IntEnum, StrEnum
from typing import Annotated, Any

from pydantic import Field, StringConstraints, WithJsonSchema

from townsquare.core.usecase import Command
from townsquare.core.words import translatable

Email = Annotated[
    str,
    StringConstraints(pattern=r"^[^\s@<>,;:\"]+@[^\s@<>,;:\"]+\.[^\s@<>,;:\"]+$", max_length=254),
    WithJsonSchema({"type": "string", "format": "email", "maxLength": 254}),
]
# Passwords are checked exactly as typed: nothing is trimmed, folded or normalised.
Secret = Annotated[str, StringConstraints(strip_whitespace=False)]
PASSWORD: dict[str, Any] = {"format": "password"}
NEW_PASSWORD: dict[str, Any] = {"format": "new-password"}  # What browsers offer to make up.


class Reach(StrEnum):
    """How far a token of one's own goes."""

    READ = "read"
    WRITE = "write"
    NAMED = "named"


class Days(IntEnum):
    """How long a token works; each one ends."""

    MONTH = 30
    QUARTER = 90
    YEAR = 365


def _new_password() -> Any:  # noqa: ANN401 (a field of pydantic)
    title = translatable("New password")
    hint = translatable("At least 8 characters; a sentence of 15 or more is better.")
    return Field(
        title=title,
        description=hint,
        min_length=8,
        max_length=1024,
        json_schema_extra=NEW_PASSWORD,
    )


class SignUp(Command):
    """A wish for an account."""

    name: str = Field(title=translatable("Name"), min_length=1, max_length=100)
    email: Email = Field(title=translatable("E-mail"))
    password: Secret = _new_password()


class SignIn(Command):
    """A wish to be recognised."""

    email: str = Field(
        title=translatable("E-mail"), max_length=254, json_schema_extra={"format": "email"}
    )
    password: Secret = Field(
        title=translatable("Password"), min_length=1, max_length=1024, json_schema_extra=PASSWORD
    )
    remember: bool = Field(default=False, title=translatable("Stay signed in on this device"))


class TrySignIn(Command):
    """A password that is about to be checked: for whom, and the network that it comes from."""

    email: str = Field(max_length=254)
    network: str = Field(default="", max_length=50)


class SignInAs(Command):
    """A wish to try the demo town as one of its people."""

    id: str = Field(title=translatable("Person"), max_length=26)
    agent: str = Field(default="", max_length=60)


class AskForReset(Command):
    """A wish for a new password, because the old one is forgotten."""

    email: Email = Field(title=translatable("E-mail"))


class FollowLink(Command):
    """A link that came by mail."""

    token: str = Field(title=translatable("Link"), max_length=200)


class ResetPassword(FollowLink):
    """A new password, by a link that came by mail."""

    password: Secret = _new_password()


class AcceptInvitation(ResetPassword):
    """A name and a password, by an invitation that came by mail."""

    name: str = Field(title=translatable("Name"), min_length=1, max_length=100)


class MakeAccount(Command):
    """An account to be made; its password is a digest already."""

    name: str = Field(max_length=100)
    email: str = Field(max_length=254)
    password_hash: str = Field(repr=False)


class ReadLink(FollowLink):
    """A look at a link that is about to be used."""

    kind: str = Field(max_length=20)


class SetPassword(FollowLink):
    """The digest of a new password, by a link that came by mail."""

    password_hash: str = Field(repr=False)


class JoinTown(SetPassword):
    """A name and the digest of a password, by an invitation."""

    name: str = Field(max_length=100)


class ReplacePassword(Command):
    """The digest of a new password, and the one that the old password was found to fit."""

    checked: str = Field(repr=False)
    password_hash: str = Field(repr=False)


class OpenSession(TrySignIn):
    """A wish to enter, after the password was found to fit this digest."""

    checked: str = Field(repr=False)
    remember: bool = False
    agent: str = Field(default="", max_length=60)


class ChangePassword(Command):
    """A new password, in exchange for the old one."""

    old: Secret = Field(
        title=translatable("Present password"), max_length=1024, json_schema_extra=PASSWORD
    )
    password: Secret = _new_password()


class Nothing(Command):
    """A wish without words."""


class ThisSession(Command):
    """The session of this browser, by the digest of its key."""

    key_hash: str = Field(max_length=64, repr=False)


class ChooseSession(Command):
    """One of one's own sessions."""

    id: str = Field(title=translatable("Session"), max_length=26)


class DescribeProgram(Command):
    """What the token of a program is called, and how long it works."""

    name: str = Field(
        title=translatable("Name of the program"),
        description=translatable("So that you know it again, such as “Shelf scanner”."),
        min_length=1,
        max_length=60,
    )
    days: Days = Field(default=Days.QUARTER, title=translatable("It works for"))


class MakeProgram(DescribeProgram):
    """A token for a program that acts for nobody, with exactly these permissions."""

    permissions: tuple[Annotated[str, StringConstraints(max_length=100)], ...] = Field(
        title=translatable("Permissions"), max_length=200
    )


class DescribeToken(DescribeProgram):
    """What a program may do with one's own token."""

    scope: Reach = Field(default=Reach.READ, title=translatable("It may"))


class MakeToken(DescribeToken):
    """A token of one's own; only a scope that names permissions has some."""

    permissions: tuple[Annotated[str, StringConstraints(max_length=100)], ...] = Field(
        default=(), title=translatable("Permissions"), max_length=200
    )


class ChooseToken(Command):
    """One token."""

    id: str = Field(title=translatable("Token"), max_length=26)


class Invite(Command):
    """An invitation to a role."""

    email: Email = Field(title=translatable("E-mail"))
    role: str = Field(title=translatable("Role"), max_length=60)


class FindAccounts(Command):
    """A look at the accounts."""

    words: str = Field(default="", title=translatable("Name or e-mail"), max_length=100)
    after: str = Field(default="", title=translatable("After"), max_length=254)


class ChooseAccount(Command):
    """One account."""

    id: str = Field(title=translatable("Account"), max_length=26)


class ChangeRole(ChooseAccount):
    """A role given or taken."""

    role: str = Field(title=translatable("Role"), max_length=60)


class ReadAudit(Command):
    """A look at what happened."""

    service: str = Field(default="", title=translatable("Service"), max_length=40)
    before: int | None = Field(default=None, title=translatable("Before"), ge=1)
