"""What people get to know about accounts and sessions."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from townsquare.core.frozen import dataclass


@dataclass(frozen=True)
class SignedIn:
    """A fresh session: the key goes into the cookie and is kept nowhere else."""

    key: str
    ends_at: datetime
    name: str
    remembered: bool = False


@dataclass(frozen=True)
class HalfWay:
    """The password was right and the second step is to come; the key only leads to it."""

    key: str
    ends_at: datetime


@dataclass(frozen=True)
class Holder:
    """Whose password is about to be checked or set: words not to be in it, and its digest."""

    name: str
    email: str
    password_hash: str | None


@dataclass(frozen=True)
class Device:
    """A browser in which this person is signed in."""

    id: str
    agent: str
    created_at: datetime
    last_seen_at: datetime
    this: bool


@dataclass(frozen=True)
class Token:
    """A living token in a list; the secret itself is kept nowhere."""

    id: str
    name: str
    scope: str
    made_by: str
    created_at: datetime
    last_used_at: datetime | None
    ends_at: datetime


@dataclass(frozen=True)
class NewToken:
    """A token that was just made: the only answer that has its secret."""

    id: str
    name: str
    secret: str
    ends_at: datetime


@dataclass(frozen=True)
class Permission:
    """Something that a person may do, and may let a program do."""

    name: str
    sentence: str


@dataclass(frozen=True)
class AccountLine:
    """An account in the list of the administrators."""

    id: str
    email: str
    name: str
    roles: list[str]
    disabled: bool
    erased: bool


@dataclass(frozen=True)
class Accounts:
    """One page of accounts; `after` asks for the next one."""

    items: list[AccountLine]
    after: str


@dataclass(frozen=True)
class Account:
    """One account with its roles."""

    id: str
    version: int
    email: str
    name: str
    roles: list[str]
    disabled: bool
    confirmed: bool
    erased: bool


@dataclass(frozen=True)
class DemoPerson:
    """Somebody of the demo town, to be signed in as with one click."""

    id: str
    name: str
    sentence: str


@dataclass(frozen=True)
class Done:
    """Nothing more to tell: it is done."""

    email: str = ""


@dataclass(frozen=True)
class AuditLine:
    """One line of the audit: a sentence, and the facts that fill its places."""

    id: int
    at: datetime
    who: str
    service: str
    sentence: str
    facts: dict[str, Any]
    about: str


@dataclass(frozen=True)
class AuditPage:
    """One page of the audit, newest first; `before` asks for the next one."""

    items: list[AuditLine]
    before: int | None


@dataclass(frozen=True)
class Invitation:
    """An invitation on its way; the token is for the command line of a town without mail."""

    email: str
    role: str
    token: str


@dataclass(frozen=True)
class Challenge:
    """What a browser needs to make or to show a passkey, in the words of WebAuthn."""

    options: Mapping[str, Any]


@dataclass(frozen=True)
class Proposed:
    """A proposal that waits for a second administrator."""

    id: str


@dataclass(frozen=True)
class Beginning:
    """What the form of a proposal begins with; alone, nobody could agree."""

    email: str
    alone: bool


@dataclass(frozen=True)
class Proposal:
    """What was proposed: about whom, by whom, until when, and what has become of it."""

    id: str
    kind: str
    account: str
    name: str
    email: str
    reason: str
    by: str
    at: datetime
    until: datetime
    state: str
    own: bool
    decided_by: str
    answer: str


@dataclass(frozen=True)
class Proposals:
    """One page of what waits, newest first; `before` asks for the next one."""

    items: list[Proposal]
    before: str
    alone: bool
