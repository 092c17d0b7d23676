"""Who did what, when: one line for each event, in the same transaction, readable by people.

Each entry is signed where it is written, and the linker (`core/linking.py`) chains it to the one
before: who has no audit key can change, add or take away nothing unseen. Its mac names the key, so
that it verifies after another key has taken over.
"""

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from os import urandom
from typing import Any

import msgspec
from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from townsquare.core.db import Model
from townsquare.core.events import KINDS

NONCE = 8  # Bytes that make the mac of each entry its own, so that a copy of one is recognised.
NONCE_DIGITS = 2 * NONCE
NAMED = ":"  # Between the fingerprint of the key and what it has signed.
RECORD = (
    "at",
    "service",
    "actor_id",
    "actor_name",
    "act",
    "event",
    "subject",
    "facts",
    "request_id",
)


class AuditKeys:
    """The keys of the audit, the oldest first: the last one signs, each verifies what names it."""

    def __init__(self, *keys: bytes) -> None:
        self.ids = [fingerprint(key) for key in keys]
        self.signing, self.signer = keys[-1], self.ids[-1]
        self._named = dict(zip(self.ids, keys, strict=True))

    def knows(self, mac: str) -> bool:
        """Tell whether the key that a mac names is here."""
        return self._name(mac) in self._named

    def of(self, mac: str) -> bytes:
        """Return the key that a mac names and that is here; the first one where none had a name."""
        return self._named[self._name(mac)]

    def age(self, mac: str) -> int:
        """Return which of the keys, counted from the oldest, a mac names that is known here."""
        return self.ids.index(self._name(mac))

    def _name(self, mac: str) -> str:
        return mac.rpartition(NAMED)[0] or self.ids[0]


class AuditEntry(Model):
    """One line of the audit; triggers refuse to change or delete it."""

    __tablename__ = "core_audit"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    service: Mapped[str]
    actor_id: Mapped[int]
    actor_name: Mapped[str]
    act: Mapped[str]
    event: Mapped[str]
    subject: Mapped[str]
    facts: Mapped[dict[str, Any]]
    request_id: Mapped[str]
    mac: Mapped[str] = mapped_column(default="", server_default="")

    __table_args__ = (
        Index("ix_core_audit_service", "service", "id"),
        Index("ix_core_audit_subject", "subject", "id"),
    )

    def pattern(self) -> str:
        """Return what happened, untranslated, with places for the facts in braces."""
        kind = KINDS.get(self.event)
        return kind.sentence if kind else self.event

    def sentence(self) -> str:
        """Return what happened, untranslated, with its facts filled in."""
        return self.pattern().format(**self.facts)


class AuditLink(Model):
    """The place of one entry in the chain of its service; triggers keep it as it was made."""

    __tablename__ = "core_audit_link"

    service: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    audit_id: Mapped[int] = mapped_column(ForeignKey("core_audit.id"))
    hash: Mapped[str]


# An entry has one place.
ONE_PLACE = Index("uq_core_audit_link_audit_id", AuditLink.audit_id, unique=True)


def canonical(record: Mapping[str, Any]) -> bytes:
    """Return the one way in which these values are written when they are signed."""
    return msgspec.json.encode(record, order="sorted")


def record_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is signed of an entry: its columns, but for those that come after it."""
    return {**{name: values[name] for name in RECORD}, "at": written(values["at"])}


def written(at: datetime) -> str:
    """Return a moment as RFC 3339 has it, with microseconds in UTC."""
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def mac_of(keys: AuditKeys, record: Mapping[str, Any]) -> str:
    """Return the mac of a new entry, behind the name of its key."""
    return f"{keys.signer}{NAMED}{_mac(keys.signing, urandom(NONCE).hex(), record)}"


def is_genuine(keys: AuditKeys, mac: str, record: Mapping[str, Any]) -> bool:
    """Tell whether this mac belongs to this record."""
    if not keys.knows(mac):
        return False
    told = unnamed(mac)
    made = _mac(keys.of(mac), told[:NONCE_DIGITS], record)
    return hmac.compare_digest(told.encode(), made.encode())


def unnamed(mac: str) -> str:
    """Return a mac without the name of its key; no two entries have the same one."""
    return mac.rpartition(NAMED)[2]


def hash_of(keys: AuditKeys, entry: tuple[int, str, Mapping[str, Any]], previous: str) -> str:
    """Return the hash of a link: of its entry (id, mac, record) and of the link before.

    It is made with the key that has signed the entry, whenever that is. The id is covered here,
    because it is given after the mac. An entry from before there were macs is covered as the
    linker has found it.
    """
    number, mac, record = entry
    key = keys.of(mac)
    seal = mac or hmac.digest(key, b"unsigned " + canonical(record), "sha256").hex()
    return hmac.digest(key, f"{number} {seal} {previous}".encode(), "sha256").hex()


def fingerprint(key: bytes) -> str:
    """Return what tells one key from another and gives neither away."""
    return hmac.digest(key, b"fingerprint", "sha256")[:NONCE].hex()


def _mac(key: bytes, nonce: str, record: Mapping[str, Any]) -> str:
    return nonce + hmac.digest(key, nonce.encode() + canonical(record), "sha256").hex()
