"""Zones with their rates, slots, and the claims that take their places.

Triggers of the migration move `taken` and refuse to reopen a claim or to rewrite a rate.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from townsquare.blocks.delivery.results import Claim, Zone
from townsquare.core.db import Model, Recorded, same_wish

STATES = ("held", "kept", "expired", "released")
LIVE = ("held", "kept")


class ZoneRow(Recorded, Model):
    """An area to which a shop delivers on the same terms."""

    __tablename__ = "delivery_zone"

    shop_id: Mapped[int] = mapped_column(ForeignKey("catalogue_shop.id"))
    code: Mapped[str]
    name: Mapped[str]
    min_order_minor: Mapped[int] = mapped_column(default=0)
    free_from_minor: Mapped[int | None]

    __table_args__ = (
        CheckConstraint("min_order_minor >= 0 AND free_from_minor >= 0", name="terms"),
        UniqueConstraint("id", "shop_id"),  # What an area refers to.
    )

    def told(self) -> Zone:
        """Return what people get to know of this zone."""
        return Zone(
            self.id,
            self.public_id,
            self.version,
            self.code,
            self.name,
            self.min_order_minor,
            self.free_from_minor,
        )


class AreaRow(Model):
    """A postcode of a zone; in one shop it belongs to one zone."""

    __tablename__ = "delivery_area"

    id: Mapped[int] = mapped_column(primary_key=True)
    zone_id: Mapped[int] = mapped_column(index=True)
    shop_id: Mapped[int]
    postcode: Mapped[str]

    __table_args__ = (
        ForeignKeyConstraint(["zone_id", "shop_id"], ["delivery_zone.id", "delivery_zone.shop_id"]),
    )


class RateRow(Model):
    """What a delivery to a zone costs up to a weight, from a day on; never changed."""

    __tablename__ = "delivery_rate"

    id: Mapped[int] = mapped_column(primary_key=True)
    zone_id: Mapped[int] = mapped_column(ForeignKey("delivery_zone.id"))
    up_to_g: Mapped[int]
    amount_minor: Mapped[int]
    per_extra_kg_minor: Mapped[int] = mapped_column(default=0)
    valid_from: Mapped[date]

    __table_args__ = (
        CheckConstraint(
            "up_to_g > 0 AND amount_minor >= 0 AND per_extra_kg_minor >= 0", name="costs"
        ),
    )


class SlotRow(Recorded, Model):
    """A time in which a resource delivers; only the trigger of claims moves `taken`."""

    __tablename__ = "delivery_slot"

    shop_id: Mapped[int] = mapped_column(ForeignKey("catalogue_shop.id"))
    resource: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    capacity: Mapped[int]
    taken: Mapped[int] = mapped_column(default=0)

    __table_args__ = (
        CheckConstraint("taken >= 0 AND taken <= capacity", name="places"),
        CheckConstraint("ends_at > starts_at AND closes_at <= starts_at", name="times"),
        Index("ix_delivery_slot_day", "shop_id", "starts_at"),
    )


class ClaimRow(Model):
    """A place in a slot: held until a moment or kept for good, and closed once and for all."""

    __tablename__ = "delivery_claim"

    id: Mapped[int] = mapped_column(primary_key=True)
    slot_id: Mapped[int] = mapped_column(ForeignKey("delivery_slot.id"))
    owner_kind: Mapped[str]
    owner_id: Mapped[str]
    until: Mapped[datetime | None]
    state: Mapped[str]
    at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("state IN " + str(STATES), name="state"),
        CheckConstraint("state <> 'kept' OR until IS NULL", name="kept"),
        CheckConstraint("state <> 'held' OR until IS NOT NULL", name="held"),
        Index("ix_delivery_claim_slot", "slot_id", "state", "until"),
    )

    def told(self, slot: SlotRow) -> Claim:
        """Return what its owner gets to know of this claim."""
        return Claim(slot.public_id, slot.starts_at, slot.ends_at, self.state, self.until)


ONE_ZONE = Index("uq_delivery_zone_code", ZoneRow.shop_id, ZoneRow.code, unique=True)
ONE_AREA = Index("uq_delivery_area_postcode", AreaRow.shop_id, AreaRow.postcode, unique=True)
ONE_RATE = Index(
    "uq_delivery_rate_start", RateRow.zone_id, RateRow.up_to_g, RateRow.valid_from, unique=True
)
# Planning the same days again changes nothing.
ONE_SLOT = Index(
    "uq_delivery_slot_start", SlotRow.shop_id, SlotRow.resource, SlotRow.starts_at, unique=True
)
# An order has one time at most; two of its tabs that choose at once are in a race with themselves.
ONE_CLAIM = same_wish(
    Index(
        "uq_delivery_claim_live",
        ClaimRow.owner_kind,
        ClaimRow.owner_id,
        unique=True,
        sqlite_where=ClaimRow.state.in_(LIVE),
        postgresql_where=ClaimRow.state.in_(LIVE),
    )
)
PLACES = "ck_delivery_slot_places"
