"""The manager says by which rules goods get cheaper before their date, and plans sales."""

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from townsquare.blocks import catalogue
from townsquare.blocks.catalogue import CATEGORY, VARIANT
from townsquare.core.db import breaks
from townsquare.core.errors import Invalid, StaleVersion
from townsquare.core.usecase import Context, use_case
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import must_be_meant
from townsquare.services.grocery.commands.markdowns import (
    DropMarkdownRule,
    PlanSale,
    SetMarkdownRule,
)
from townsquare.services.grocery.errors import RuleTaken, UnknownRule
from townsquare.services.grocery.events import MarkdownRuleSet
from townsquare.services.grocery.models.markdowns import (
    MARKDOWN,
    OF_CATEGORY,
    OF_ITEM,
    MarkdownRuleRow,
    list_with,
)
from townsquare.services.grocery.models.ours import OUR_SHOP, WHOLE, our_product, our_shop
from townsquare.services.grocery.results.markdowns import MarkdownRule
from townsquare.services.grocery.results.written import WrittenPrice
from townsquare.services.grocery.rules.markdowns import PERCENT

PRICING = "grocery.price.set"
SALE, PROMOTION = "sale", "promotion"
ONE_OF_BOTH = translatable("Choose a category, or say the code of one product.")
LATER = translatable("Choose an end that comes after the beginning.")


@use_case("grocery.markdown.set-rule", permission=PRICING)
def set_markdown_rule(ctx: Context, wish: SetMarkdownRule) -> MarkdownRule:
    """Let goods of a category, or one product, get cheaper so many days before their date."""
    if bool(wish.category) == bool(wish.product):
        raise Invalid(fields={"category": ONE_OF_BOTH})
    shop = our_shop(ctx)
    list_with(ctx, shop, code=MARKDOWN, kind=MARKDOWN)
    row = MarkdownRuleRow(
        created_at=ctx.now(),
        category_id=_category(ctx, wish.category) if wish.category else None,
        item_id=_item(ctx, wish.product) if wish.product else None,
        days_left=wish.days_left,
        ppm=int(wish.percent * PERCENT),
    )
    ctx.db.add(row)
    try:
        ctx.db.flush()
    except IntegrityError as error:
        if breaks(error, OF_CATEGORY) or breaks(error, OF_ITEM):
            raise RuleTaken from error
        raise
    target = wish.category or wish.product
    ctx.emit(MarkdownRuleSet(row.public_id, "set", target, row.days_left, row.ppm))
    return MarkdownRule(
        row.public_id, row.version, wish.category, "", wish.product, "", row.days_left, row.ppm
    )


@use_case("grocery.markdown.drop-rule", permission=PRICING)
def drop_markdown_rule(ctx: Context, wish: DropMarkdownRule) -> None:
    """Let a rule count no longer."""
    row = ctx.db.scalar(select(MarkdownRuleRow).filter_by(public_id=wish.id))
    if row is None:
        raise UnknownRule
    if row.version != wish.version:
        raise StaleVersion
    ctx.db.execute(delete(MarkdownRuleRow).where(MarkdownRuleRow.id == row.id))
    ctx.emit(MarkdownRuleSet(row.public_id, "dropped", "", row.days_left, row.ppm))


@use_case("grocery.price.plan-sale", permission=PRICING)
def plan_sale(ctx: Context, wish: PlanSale) -> WrittenPrice:
    """Let a product be cheaper between two moments; afterwards it costs as before."""
    for moment in (wish.starts, wish.ends):
        must_be_meant(moment.date())
    if wish.ends <= wish.starts:
        raise Invalid(fields={"ends": LATER})
    shop, found = our_shop(ctx), our_product(ctx, wish.id)
    amount = catalogue.price_typed(wish.price, shop.currency)
    list_with(ctx, shop, code=SALE, kind=PROMOTION)
    per_qty = WHOLE[found.base_unit]
    new = catalogue.NewPrice(amount, per_qty, price_list=SALE, reason=wish.reason)
    catalogue.plan_sale(ctx, shop, [(found.variant, new)], starts=wish.starts, ends=wish.ends)
    return WrittenPrice(found.id, found.code, amount, per_qty, shop.currency)


def _category(ctx: Context, code: str) -> int:
    chosen = select(CATEGORY.id).where(CATEGORY.shop_id == OUR_SHOP)
    found = ctx.db.scalar(chosen.where(CATEGORY.code_key == catalogue.code_key(code)))
    if found is None:
        raise catalogue.UnknownCategory(category=code)
    return found


def _item(ctx: Context, code: str) -> int:
    chosen = select(VARIANT.item_id).where(VARIANT.shop_id == OUR_SHOP)
    found = ctx.db.scalar(chosen.where(VARIANT.code_key == catalogue.code_key(code)))
    if found is None:
        raise catalogue.UnknownVariant(variant=code)
    return found
