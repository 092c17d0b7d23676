"""By which rules goods get cheaper before their date."""

from typing import Any

from sqlalchemy import Select, func, select

from townsquare.blocks.catalogue import CATEGORY, ITEM, VARIANT
from townsquare.core.usecase import Context, query
from townsquare.services.grocery.commands.markdowns import FindMarkdownRules
from townsquare.services.grocery.models.markdowns import MarkdownRuleRow
from townsquare.services.grocery.results.markdowns import MarkdownRule, MarkdownRules


@query("grocery.markdown.rules", permission="grocery.price.set")
def find_markdown_rules(ctx: Context, _wish: FindMarkdownRules) -> MarkdownRules:
    """Return all rules by what they are for, the one that begins first first."""
    row = MarkdownRuleRow
    chosen: Select[*tuple[Any, ...]] = (
        select(
            row.public_id,
            row.version,
            func.coalesce(CATEGORY.code, ""),
            func.coalesce(CATEGORY.name, ""),
            func.coalesce(func.min(VARIANT.code), ""),
            func.coalesce(ITEM.name, ""),
            row.days_left,
            row.ppm,
        )
        .outerjoin(CATEGORY, CATEGORY.id == row.category_id)
        .outerjoin(ITEM, ITEM.id == row.item_id)
        .outerjoin(VARIANT, VARIANT.item_id == row.item_id)
        .group_by(row.id, CATEGORY.code, CATEGORY.name, ITEM.name)
        .order_by(CATEGORY.name, ITEM.name, row.days_left.desc(), row.id)
    )
    return MarkdownRules([MarkdownRule(*found) for found in ctx.db.execute(chosen)])
