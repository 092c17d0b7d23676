"""What should be ordered, and the figures and rules that say so."""

from typing import Any

from sqlalchemy import Row

from townsquare.blocks import purchasing, stock
from townsquare.core.usecase import Context, query
from townsquare.services.grocery.commands.reordering import ChooseRule, FindProposals
from townsquare.services.grocery.models.ours import our_product, our_shop
from townsquare.services.grocery.models.reordering import RULE, rule_rows, rule_told
from townsquare.services.grocery.results.reordering import ProposalLine, Proposals, RuledProduct

REORDER = "grocery.stock.reorder"
DAYS_TO_COME = 7  # Where no supplier says how long it takes.


@query("grocery.reorder.list", permission=REORDER)
def find_proposals(ctx: Context, _wish: FindProposals) -> Proposals:
    """Return what should be ordered by all rules, with the figures that say so, and the rules."""
    shop, rows = our_shop(ctx), rule_rows(ctx)
    rules = {(row.variant_id, row.location_id): row for row in rows}
    supply = purchasing.supply_of(ctx, shop, {row.variant_id for row in rows})
    lines = [
        _line(found, rules[found.variant_id, found.location_id], supply.get(found.variant_id))
        for found in stock.reorder_proposals(ctx, shop, supply=supply)
    ]
    lines.sort(key=lambda line: line.name.casefold())
    return Proposals(lines, [rule_told(row) for row in rows])


@query("grocery.reorder.read", permission=REORDER)
def read_rule(ctx: Context, wish: ChooseRule) -> RuledProduct:
    """Return a product with its rules."""
    found = our_product(ctx, wish.id)
    rules = [rule_told(row) for row in rule_rows(ctx, RULE.variant_id == found.variant)]
    return RuledProduct(found.id, found.code, found.name, found.base_unit, rules)


def _line(found: stock.Proposal, rule: Row[Any], supply: stock.Supply | None) -> ProposalLine:
    lead_days = DAYS_TO_COME if supply is None else supply.lead_days
    return ProposalLine(
        rule.id,
        rule.product,
        rule.name,
        rule.base_unit,
        rule.place,
        rule.place_name,
        round(found.per_day, 4),
        lead_days + rule.review_days + rule.safety_days,
        found.target,
        found.available,
        found.on_order,
        found.target - found.available - found.on_order,
        1 if supply is None else supply.pack_qty,
        found.qty,
    )
