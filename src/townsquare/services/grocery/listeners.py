"""What the shop does after it has committed: it tells people of their orders."""

from collections.abc import Mapping
from typing import Any

from townsquare.core.manifest import Listener
from townsquare.core.usecase import Context
from townsquare.services.grocery.commands.fields import Chosen
from townsquare.services.grocery.commands.orders import TellOfOrder
from townsquare.services.grocery.commands.recalls import TellOfRecall
from townsquare.services.grocery.models.ours import OGS
from townsquare.services.grocery.usecases.notices import SEND, tell_of_order
from townsquare.services.grocery.usecases.recall_notices import tell_of_recall
from townsquare.services.grocery.usecases.refunds import RETURN, return_waiting

TELL = frozenset({SEND})


def tell_of_placed(ctx: Context, facts: Mapping[str, Any]) -> None:
    """Confirm an order to whoever placed it here."""
    if facts["shop"] == OGS:
        tell_of_order(ctx, TellOfOrder(order=facts["order"], kind="placed"))


def tell_of_end(ctx: Context, facts: Mapping[str, Any]) -> None:
    """Say that an order comes to nothing."""
    if facts["to_state"] in {"cancelled", "rejected"}:
        tell_of_order(ctx, TellOfOrder(order=facts["order"], kind="cancelled"))


def tell_of_ready(ctx: Context, facts: Mapping[str, Any]) -> None:
    """Say that an order can be collected, or is on its way."""
    kind = {"ready": "ready", "out": "on-way"}.get(facts["to_state"])
    if kind:
        tell_of_order(ctx, TellOfOrder.model_validate({"order": facts["order"], "kind": kind}))


def return_of_reduced(ctx: Context, facts: Mapping[str, Any]) -> None:
    """Pay back what was paid ahead for goods that are missing or called off."""
    if facts["to_refund_minor"]:
        return_waiting(ctx, Chosen(id=facts["order"]))


def tell_of_recalled(ctx: Context, facts: Mapping[str, Any]) -> None:
    """Tell the buyers of a lot that it was called back."""
    tell_of_recall(ctx, TellOfRecall(recall=facts["recall"]))


LISTENERS = (
    Listener("ordering.OrderReduced", return_of_reduced, frozenset({RETURN})),
    Listener("ordering.OrderPlaced", tell_of_placed, TELL),
    Listener("ordering.OrderMoved", tell_of_end, TELL),
    Listener("ordering.FulfilmentMoved", tell_of_ready, TELL),
    Listener("grocery.LotRecalled", tell_of_recalled, TELL),
)
