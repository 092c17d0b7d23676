"""What the keeper of the shelves has under way: a count, a transfer, waste."""

from townsquare.core.usecase import Actor
from townsquare.services.grocery.commands.carrying import SendTransfer
from townsquare.services.grocery.commands.counts import OpenCount, RecordCount
from townsquare.services.grocery.commands.places import AddPlace
from townsquare.services.grocery.commands.reordering import SetReorderRule
from townsquare.services.grocery.commands.stock import FindLots, FindStock
from townsquare.services.grocery.commands.waste import Discard
from townsquare.services.grocery.permissions import MANAGING
from townsquare.services.grocery.queries.stocks import find_lots, find_stock
from townsquare.services.grocery.usecases.carrying import send_transfer
from townsquare.services.grocery.usecases.counting import open_count, record_count
from townsquare.services.grocery.usecases.places import add_place
from townsquare.services.grocery.usecases.reordering import set_reorder_rule
from townsquare.services.grocery.usecases.wasting import discard_goods

TOMAS = Actor(5, "Tomas Reyes", MANAGING | {"public", "signed-in"})


def keep(town, product):
    """Let Tomas count the shelf; return the ids by their kind."""
    with town.working(TOMAS) as ctx:
        count = open_count(ctx, OpenCount(place="SHELF")).id
        lines = [{"product": product, "qty": 12}]
        record_count(ctx, RecordCount.model_validate({"id": count, "lines": lines}))
        lot = find_lots(ctx, FindLots()).lots[0].id
        told = {"lot": lot, "qty": 1, "reason": "sample"}
        thrown = discard_goods(ctx, Discard.model_validate(told)).id
        add_place(ctx, AddPlace(code="COLD", name="Cold room"))
        milk = find_stock(ctx, FindStock()).levels[0].id
        rule = {"id": milk, "min_qty": 6, "max_qty": 30}
        set_reorder_rule(ctx, SetReorderRule.model_validate(rule))
        way = {"from_place": "SHELF", "to_place": "COLD", "lines": [{"product": product, "qty": 1}]}
        sent = send_transfer(ctx, SendTransfer.model_validate(way)).id
    ids = {"reorder": milk, "transfers": sent, "counts": count, "waste": lot, "wasted": thrown}
    return {f"grocery/{kind}": found for kind, found in ids.items()}
