"""Who did what, when: one line for each event, in the same transaction, readable by people."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from townsquare.core.db import Model
from townsquare.core.events import KINDS


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
