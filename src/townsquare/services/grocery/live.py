"""Live topics: the page of an order and the list of orders change while somebody looks at them.

Who has the id of an order has been shown the order, as nobody can guess one; its topic says only
how far the order is. Names and amounts are read by whoever may, from the page itself.
"""

from collections.abc import Mapping
from typing import Any

from townsquare.core.manifest import Listener, Topic
from townsquare.core.realtime import publish
from townsquare.core.usecase import Context
from townsquare.services.grocery.commands.fields import Chosen
from townsquare.services.grocery.queries.live import stage_now

READ = "grocery.order.read"
BOARD = "shop:ogs:board"
TOPICS = (Topic("order:<order>", "public"), Topic(BOARD, READ))


def show_order(ctx: Context, facts: Mapping[str, Any]) -> None:
    """Tell the page of an order, and those who pick, how far it is."""
    now = stage_now(ctx, Chosen(id=facts["order"]))
    if now.stage:
        publish(ctx, f"order:{now.order}", {"stage": now.stage})
        publish(ctx, BOARD, {"order": now.order, "stage": now.stage})


LISTENERS = tuple(
    Listener(event, show_order, frozenset({READ}))
    for event in (
        "ordering.OrderPlaced",
        "ordering.OrderMoved",
        "ordering.FulfilmentMoved",
        "grocery.LinePicked",
    )
)
