"""What buyers and staff are told of how far an order is: one word for what several papers say."""

PLACED, PICKING, READY, HANDED, CANCELLED = "placed", "picking", "ready", "handed", "cancelled"
PACKED, ON_WAY = "packed", "on-way"
# What a hand-over says of the order that it belongs to.
OF_WORK = {"pending": PLACED, "preparing": PICKING, "ready": READY, "out": ON_WAY, "done": HANDED}
GONE = {"cancelled", "rejected", "abandoned"}
WAY = (PLACED, PICKING, READY, HANDED)
LONG_WAY = (PLACED, PICKING, PACKED, ON_WAY, HANDED)
DONE = {READY, PACKED}  # Nothing of it is left to pick.


def stage_of(state: str, work: str, *, delivered: bool = False) -> str:
    """Return the stage of an order in this state whose hand-over is in that one."""
    if state in GONE:
        return CANCELLED
    stage = HANDED if state == "completed" else OF_WORK.get(work, PLACED)
    return PACKED if delivered and stage == READY else stage


def still_to_come(stage: str, *, delivered: bool = False) -> tuple[str, ...]:
    """Return the stages that an order has before it."""
    way = LONG_WAY if delivered else WAY
    return way[way.index(stage) + 1 :] if stage in way else ()
