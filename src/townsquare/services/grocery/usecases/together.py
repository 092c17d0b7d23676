"""Learn what is bought together, from past baskets and from what was ordered here."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from operator import itemgetter

from sqlalchemy import Select, delete, insert, select

from townsquare.blocks import catalogue, ordering
from townsquare.blocks.catalogue import ITEM, VARIANT
from townsquare.core.usecase import Context, query, use_case
from townsquare.services.grocery.commands.baskets import CountedBaskets, CountedGood
from townsquare.services.grocery.commands.fields import Nothing
from townsquare.services.grocery.models.ours import OUR_SHOP
from townsquare.services.grocery.models.together import AssociationRow, GoodRow, PastLineRow
from townsquare.services.grocery.results.together import Learned
from townsquare.services.grocery.rules.together import Pair, pairs_of

LEARN = "grocery.basket.learn"
BOUGHT = ("placed", "confirmed", "completed")
PART = 500
COUNTS = ("baskets", "with_left", "with_right", "with_both")


@query("grocery.basket.count", permission=LEARN)
def count_baskets(ctx: Context, _wish: Nothing) -> CountedBaskets:
    """Read all baskets, and count what is bought together in them."""
    goods, of_variant = _goods_to_know(ctx)
    baskets = list(_baskets(ctx, of_variant))
    return CountedBaskets(goods=goods, baskets=len(baskets), pairs=tuple(pairs_of(baskets)))


@use_case("grocery.basket.learn", before=count_baskets)
def learn_associations(ctx: Context, wish: Nothing) -> Learned:
    """Learn what is bought together; learned again from the same baskets, nothing changes."""
    counted = wish if isinstance(wish, CountedBaskets) else count_baskets(ctx, wish)
    ids = _know_goods(ctx, counted.goods)
    found = [
        replace(one, left=ids.get(one.left, one.left), right=ids.get(one.right, one.right))
        for one in counted.pairs
    ]
    pairs = {(pair.left, pair.right): pair for pair in found if pair.left != pair.right}
    return Learned(counted.baskets, len(pairs), _keep(ctx, pairs))


def _goods_to_know(ctx: Context) -> tuple[tuple[CountedGood, ...], dict[int, int]]:
    """Return what is to become a good, and under which id each product counts.

    Each product is one that was ordered, or is called like something in past baskets. What has no
    id yet counts under one below zero.
    """
    goods: dict[str, tuple[int, int | None]] = {
        key: (good, variant)
        for good, key, variant in ctx.db.execute(
            select(GoodRow.id, GoodRow.name_key, GoodRow.variant_id)
        )
    }
    ids = {variant: good for good, variant in goods.values() if variant is not None}
    ordered = set(ctx.db.scalars(_ours().with_only_columns(ordering.LINE.variant_id)))
    named = select(VARIANT.id, VARIANT.code, ITEM.name).join(ITEM, ITEM.id == VARIANT.item_id)
    ours = named.where(VARIANT.shop_id == OUR_SHOP).order_by(VARIANT.id)
    new: list[CountedGood] = []
    for variant, code, name in ctx.db.execute(ours):
        key = catalogue.code_key(name)
        if variant in ids or not (goods.get(key, (0, 0))[1] is None or variant in ordered):
            continue
        told = name if goods.get(key, (0, None))[1] is None else f"{name} ({code})"
        key = catalogue.code_key(told)
        ids[variant] = goods[key][0] if key in goods else -len(new) - 1
        goods[key] = (ids[variant], variant)
        new.append(CountedGood(ids[variant], told, key, variant))
    return tuple(new), ids


def _know_goods(ctx: Context, counted: Sequence[CountedGood]) -> dict[int, int]:
    """Let these be goods, unless others were faster; return the ids of those that had none."""
    goods = {good.name_key: good for good in ctx.db.scalars(select(GoodRow))}
    of_variant = {good.variant_id: good for good in goods.values() if good.variant_id is not None}
    found = {}
    for one in counted:
        good = of_variant.get(one.variant) or goods.get(one.name_key)
        if good is None:
            good = GoodRow(name=one.name, name_key=one.name_key, variant_id=one.variant)
            ctx.db.add(good)
        elif good.variant_id is None:
            good.variant_id = one.variant
        found[one.id] = good
    ctx.db.flush()
    return {told: good.id for told, good in found.items()}


def _ours() -> Select[int, int]:
    """Return the lines of our own orders of which something was bought."""
    order, line = ordering.ORDER, ordering.LINE
    return (
        select(order.id, line.variant_id)
        .join(line, line.order_id == order.id)
        .where(order.shop_id == OUR_SHOP, order.state.in_(BOUGHT), line.qty > line.cancelled_qty)
    )


def _baskets(ctx: Context, of_variant: Mapping[int, int]) -> Iterator[list[int]]:
    """Return the goods of each basket, past ones and our own orders."""
    past = select(PastLineRow.basket_id, PastLineRow.good_id).order_by(PastLineRow.basket_id)
    for _basket, lines in groupby(ctx.db.execute(past), itemgetter(0)):
        yield [good for _of, good in lines]
    own = _ours().order_by(ordering.ORDER.id)
    for _order, lines in groupby(ctx.db.execute(own), itemgetter(0)):
        yield [of_variant[variant] for _of, variant in lines if variant in of_variant]


def _keep(ctx: Context, pairs: Mapping[tuple[int, int], Pair]) -> int:
    """Keep these pairs and no others; return how many were written or taken away."""
    row = AssociationRow
    counts = [getattr(row, name) for name in COUNTS]
    kept = {
        (left, right): (key, Pair(left, right, *told))
        for key, left, right, *told in ctx.db.execute(
            select(row.id, row.left_id, row.right_id, *counts)
        )
    }
    stale = {place: key for place, (key, pair) in kept.items() if pairs.get(place) != pair}
    keys = list(stale.values())
    for at in range(0, len(keys), PART):
        ctx.db.execute(delete(row).where(row.id.in_(keys[at : at + PART])))
    new = [pair for place, pair in pairs.items() if place not in kept or place in stale]
    if new:
        ctx.db.execute(insert(row), [_written(ctx, pair) for pair in new])
    return len(stale.keys() | {(pair.left, pair.right) for pair in new})


def _written(ctx: Context, pair: Pair) -> dict[str, object]:
    told = {name: getattr(pair, name) for name in COUNTS}
    return {"left_id": pair.left, "right_id": pair.right, **told, "learned_at": ctx.now()}
