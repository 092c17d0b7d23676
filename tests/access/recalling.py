"""Peanut butter that was recalled from its buyer, and a rule by which it gets cheaper."""

from datetime import date

from tests.access.shopping import LENA, order
from townsquare.services.grocery.commands.markdowns import SetMarkdownRule
from townsquare.services.grocery.commands.products import AddProduct
from townsquare.services.grocery.commands.recalls import RecallLot
from townsquare.services.grocery.commands.stock import ReceiveGoods
from townsquare.services.grocery.usecases.markdown_rules import set_markdown_rule
from townsquare.services.grocery.usecases.products import add_product
from townsquare.services.grocery.usecases.recalls import recall_lot
from townsquare.services.grocery.usecases.receiving import receive_goods

RULE = {"product": "NUTS", "days_left": 2, "percent": "30"}
BUTTER = {"code": "NUTS", "name": "Peanut butter", "price": "125.00", "perishable": True}


def call_back(town):
    """Sell peanut butter to somebody and recall it; return the ids by their kind."""
    with town.working(LENA) as ctx:
        add_product(ctx, AddProduct.model_validate(BUTTER))
        told = {"product": "NUTS", "qty": 9, "lot": "L-0417", "expires_on": date(2030, 1, 1)}
        lot = receive_goods(ctx, ReceiveGoods.model_validate(told)).id
    order(town, "01NOBODY", "NUTS")
    with town.working(LENA) as ctx:
        found = recall_lot(ctx, RecallLot(id=lot, reason="germs"))
        rule = set_markdown_rule(ctx, SetMarkdownRule.model_validate(RULE)).id
    return {
        "grocery/recalls": found.id,
        "grocery/markdowns": rule,
        "grocery/markdown-rules": rule,
    }
