"""The outbox: what happened is written with the change and delivered after it."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from townsquare.core.db import Model
from townsquare.core.frozen import dataclass
from townsquare.core.words import translatable

KINDS: dict[str, type["Event"]] = {}


@dataclass(frozen=True)
class Event:
    """Something that has happened, told in plain values because it is stored as JSON.

    Ids, numbers, texts and ISO dates; never a name or a text about a person. `sentence` is what
    the audit shows to people, with the facts in braces; `subject` names the fact that says what
    it happened to.
    """

    sentence: ClassVar[str] = translatable("Something happened.")
    subject: ClassVar[str] = ""

    def __init_subclass__(cls) -> None:
        KINDS[name_of(cls)] = cls


class OutboxEntry(Model):
    """One event; the relay gives it a position, and listeners follow positions, never ids."""

    __tablename__ = "core_outbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int | None] = mapped_column(unique=True)
    name: Mapped[str]
    facts: Mapped[dict[str, Any]]
    actor_id: Mapped[int]
    request_id: Mapped[str]
    emitted_at: Mapped[datetime]


# The relay finds what waits for its position without reading what has one.
UNSTAMPED = Index(
    "ix_core_outbox_unstamped",
    OutboxEntry.id,
    sqlite_where=OutboxEntry.position.is_(None),
    postgresql_where=OutboxEntry.position.is_(None),
)


def name_of(kind: type[Event]) -> str:
    """Return the name that listeners use, such as "library.CopyBorrowed"."""
    *above, package, _module = kind.__module__.split(".")
    whose = above[-1] if package == "events" else package  # Events may be a folder of modules.
    return f"{whose}.{kind.__name__}"


def facts_of(event: Event) -> dict[str, Any]:
    """Return the plain values of an event, as they are stored."""
    return dict(vars(event))
