"""The receivers that this town calls."""

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from townsquare.core.columns import SEALED
from townsquare.core.db import Model, Recorded


class WebhookRow(Recorded, Model):
    """One receiver: where it is, what it wants to hear, the sealed secret that signs."""

    __tablename__ = "core_webhook"

    name: Mapped[str]
    address: Mapped[str]
    events: Mapped[list[str]]
    secret: Mapped[bytes] = mapped_column(info=SEALED)
    state: Mapped[str]
    made_by: Mapped[str]

    __table_args__ = (CheckConstraint("state IN ('on', 'off')", name="state"),)


# Two receivers at one address would be told everything twice.
ONE_ADDRESS = Index("uq_core_webhook_address", WebhookRow.address, unique=True)
