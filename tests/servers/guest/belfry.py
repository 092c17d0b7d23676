"""A service of another package: two sockets, and nothing else. Only tests of servers run it."""

from dataclasses import dataclass

from pydantic import Field
from sqlalchemy import func, select

from townsquare.core.manifest import Service, Socket
from townsquare.core.realtime import LiveMessage, publish
from townsquare.core.usecase import Command, Context, use_case

PULL = "belfry.rope.pull"


class Ring(Command):
    """A wish to ring the bell."""

    times: int = Field(title="Times", ge=1, le=12)


@dataclass(frozen=True)
class Rung:
    """How often it has been rung by now."""

    version: int


@use_case("belfry.bell.ring", permission="signed-in")
def ring(ctx: Context, wish: Ring) -> Rung:
    """Ring the bell, for everybody to hear."""
    publish(ctx, "belfry", str(wish.times))
    ctx.db.flush()
    rings = select(func.count(LiveMessage.id)).where(LiveMessage.topic == "belfry")
    return Rung(int(ctx.db.scalar(rings) or 0))


service = Service(
    name="belfry",
    title="Belfry",
    permissions={PULL: "Pull the rope itself"},
    sockets=(
        Socket("rings", ring, "signed-in", hears="ring", says="rung", refuses="not_rung"),
        Socket("rope", ring, PULL),
    ),
)
