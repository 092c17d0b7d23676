"""Carry goods between the places of the shop: at once, or over a way on which some may be lost."""

from sqlalchemy import select

from townsquare.blocks import catalogue, stock
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context, use_case
from townsquare.services.grocery.commands.carrying import ArriveTransfer, CarryGoods, SendTransfer
from townsquare.services.grocery.errors import SamePlace, UnknownTransferLine
from townsquare.services.grocery.models.carrying import TRANSFER, transfer_told
from townsquare.services.grocery.models.keeping import our_place
from townsquare.services.grocery.models.ours import OUR_SHOP, our_shop
from townsquare.services.grocery.results.carrying import Carried, CarriedLine, TransferTold

CARRY, SOURCE = "grocery.stock.transfer", "carried"


@use_case("grocery.stock.carry", permission=CARRY)
def carry_goods(ctx: Context, wish: CarryGoods) -> Carried:
    """Carry goods from one place to another at once; held goods stay where they are."""
    shop, key = our_shop(ctx), new_id()
    start, end = _ends(ctx, shop, wish)
    goods = [catalogue.find_scanned(ctx, shop, line.product) for line in wish.lines]
    amounts = [stock.Goods(one.id, line.qty) for one, line in zip(goods, wish.lines, strict=True)]
    told = {"source_kind": SOURCE, "source_id": key, "key": key}
    stock.move_stock(ctx, shop, amounts, from_=start, to=end, **told)
    lines = [
        CarriedLine(one.code, one.item_name, line.qty, one.base_unit)
        for one, line in zip(goods, wish.lines, strict=True)
    ]
    return Carried(start.code, end.code, lines)


@use_case("grocery.transfer.send", permission=CARRY)
def send_transfer(ctx: Context, wish: SendTransfer) -> TransferTold:
    """Send goods on their way to another place; until they arrive they are sold from neither."""
    shop = our_shop(ctx)
    start, end = _ends(ctx, shop, wish)
    goods = [
        stock.Goods(catalogue.find_scanned(ctx, shop, line.product).id, line.qty)
        for line in wish.lines
    ]
    sent = stock.dispatch_transfer(ctx, shop, goods, from_=start, to=end, key=new_id())
    return transfer_told(ctx, sent.public_id)


@use_case("grocery.transfer.arrive", permission=CARRY)
def arrive_transfer(ctx: Context, wish: ArriveTransfer) -> TransferTold:
    """Let a transfer arrive; a figure that differs from what was sent needs a reason."""
    shop = our_shop(ctx)
    known = select(TRANSFER.id).where(TRANSFER.shop_id == OUR_SHOP, TRANSFER.public_id == wish.id)
    transfer = ctx.db.scalar(known)
    if transfer is None:
        raise stock.UnknownTransfer
    lines = stock.transfer_of(ctx, shop, transfer).lines
    if any(line.line > len(lines) for line in wish.lines):
        raise UnknownTransferLine
    arrived = [stock.Arrived(lines[line.line - 1].id, line.qty, line.reason) for line in wish.lines]
    stock.arrive_transfer(ctx, shop, transfer, arrived=arrived)
    return transfer_told(ctx, wish.id)


def _ends(
    ctx: Context, shop: catalogue.Shop, wish: CarryGoods
) -> tuple[stock.Location, stock.Location]:
    start = our_place(ctx, shop, wish.from_place)
    end = our_place(ctx, shop, wish.to_place)
    if start.id == end.id:
        raise SamePlace(fields={"to_place": SamePlace.message})
    return start, end
