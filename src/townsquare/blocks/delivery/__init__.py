"""Where a shop delivers, for how much, and in which slots, for every service that hands over.

A place in a slot belongs to an `Owner`, the kind and the public id of whatever is delivered.
"""

from townsquare.blocks.delivery import invariants
from townsquare.blocks.delivery.errors import (
    BadPlan,
    BelowMinimum,
    ClaimLost,
    NoRate,
    OutOfArea,
    PostcodeTaken,
    RateTaken,
    SlotClosed,
    SlotFull,
    UnknownSlot,
    UnknownZone,
    ZoneTaken,
)
from townsquare.blocks.delivery.models import ClaimRow, SlotRow, ZoneRow
from townsquare.blocks.delivery.queries import (
    claim_of,
    open_slots,
    quote_fee,
    terms_of,
    zone_for,
    zones_of,
)
from townsquare.blocks.delivery.results import (
    Claim,
    Fee,
    FeePart,
    Owner,
    Rate,
    Slot,
    Terms,
    Zone,
)
from townsquare.blocks.delivery.rules import Window, day_of, is_only_a_box
from townsquare.blocks.delivery.usecases.claims import (
    claim_slot,
    extend_claim,
    keep_claim,
    release_claim,
)
from townsquare.blocks.delivery.usecases.slots import plan_slots
from townsquare.blocks.delivery.usecases.zones import (
    add_zone,
    revise_zone,
    set_rate,
    zone_with,
)

CLAIM = ClaimRow
SLOT = SlotRow
ZONE = ZoneRow
INVARIANTS = invariants.ALL

__all__ = [
    "CLAIM",
    "INVARIANTS",
    "SLOT",
    "ZONE",
    "BadPlan",
    "BelowMinimum",
    "Claim",
    "ClaimLost",
    "Fee",
    "FeePart",
    "NoRate",
    "OutOfArea",
    "Owner",
    "PostcodeTaken",
    "Rate",
    "RateTaken",
    "Slot",
    "SlotClosed",
    "SlotFull",
    "Terms",
    "UnknownSlot",
    "UnknownZone",
    "Window",
    "Zone",
    "ZoneTaken",
    "add_zone",
    "claim_of",
    "claim_slot",
    "day_of",
    "extend_claim",
    "is_only_a_box",
    "keep_claim",
    "open_slots",
    "plan_slots",
    "quote_fee",
    "release_claim",
    "revise_zone",
    "set_rate",
    "terms_of",
    "zone_for",
    "zone_with",
    "zones_of",
]
