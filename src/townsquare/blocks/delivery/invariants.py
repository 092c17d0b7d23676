"""What must hold of places, recomputed from the claims."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from townsquare.blocks.delivery.models import LIVE, ClaimRow, SlotRow
from townsquare.core.breach import Breach


def places_replay(db: Session) -> list[Breach]:
    """Return slots whose taken places are not the number of their live claims."""
    live = (
        select(func.count())
        .where(ClaimRow.slot_id == SlotRow.id, ClaimRow.state.in_(LIVE))
        .scalar_subquery()
    )
    wrong = tuple(db.scalars(select(SlotRow.public_id).where(SlotRow.taken != live)))
    return [Breach("delivery: places replay their claims", wrong)] if wrong else []


ALL = (places_replay,)
