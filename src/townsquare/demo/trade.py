"""A month of the shop: goods come, people order, staff picks, hands over and takes back."""

from collections.abc import Callable, Sequence
from datetime import date, time, timedelta
from random import Random
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from townsquare.blocks import catalogue, ordering, people, stock
from townsquare.core.errors import DomainError
from townsquare.core.town import Town
from townsquare.core.usecase import Actor, Command, Context, use_case
from townsquare.demo.clock import DemoClock
from townsquare.demo.groceries import KEEPS
from townsquare.demo.people import EVERYBODY, ShopStaff
from townsquare.services.grocery.commands.fields import Chosen
from townsquare.services.grocery.commands.orders import CancelOrder, GoneBack, HandOver, Refund
from townsquare.services.grocery.models.buying import buyer_of, rated
from townsquare.services.grocery.models.delivering import PICKUP
from townsquare.services.grocery.models.hours import opening_of
from townsquare.services.grocery.models.ours import SHELF, our_shop
from townsquare.services.grocery.models.picking import PickRow
from townsquare.services.grocery.queries.orders import read_order
from townsquare.services.grocery.results.orders import StaffOrder
from townsquare.services.grocery.rules.hours import HOUR, next_hours
from townsquare.services.grocery.rules.weights import USUAL_QTY
from townsquare.services.grocery.usecases.checkout import cancel_order
from townsquare.services.grocery.usecases.handing import hand_over, refund_lines
from townsquare.services.grocery.usecases.policy import POLICY

SEED, LENGTH = 20_260_303, timedelta(days=30)
# What the people of the town like to buy together.
HABITS = (
    ("MILK-1L", "BREAD-400", "EGGS-12"),
    ("PANDESAL-10", "EGGS-12", "MILK-1L"),
    ("TOMATO", "ONION", "GARLIC", "CHICKEN"),
    ("TILAPIA", "CALAMANSI", "TOMATO"),
    ("BANANA", "YOG-500", "MILK-1L"),
    ("MANGO", "YOG-500", "APPLE"),
    ("CHICKEN", "POTATO", "CARROT", "CABBAGE"),
)
TWO = {"MILK-1L": 2}  # Of everything else people take what is usual.
PANTRY, FULL = 24, {"piece": 6, "g": 2000}
OPENS, CLOSES, VAN = (
    time(9, 30),
    time(20),
    2,
)  # Every second day the van comes before the doors open.
FEWEST, MOST, HOURS = 1, 3, 6
TAKES, GUEST, CALLED_OFF, SOUR = 0.8, 0.15, 0.06, 0.1
COSTS = (62, 76)  # What goods cost the shop, in percent of what they are sold for.
ROSA, PHONE = "Rosa Dizon", "+63 917 555 0100"
Wish = TypeVar("Wish", bound=Command)


class Delivery(Command):
    """A wish to clear away what is over and to fill the shelves up with these goods."""

    day: date
    goods: tuple[str, ...]
    clear: bool


class Basket(Command):
    """What somebody buys, for which of the next hours; a guest has a key and a name."""

    goods: tuple[tuple[str, int | None], ...]
    hour: int
    guest: str = ""
    name: str = ""


class PickAll(Command):
    """A wish to find each line of an order at its shelf, or to stop after one."""

    order: str
    stop: bool


@use_case("demo.shop.deliver", permission="grocery.stock.receive")
def deliver(ctx: Context, wish: Delivery) -> None:
    """Throw away what is over, and fill up what the people of the town buy."""
    shop, chance = our_shop(ctx), Random(f"{SEED}:van:{wish.day}")
    shelf = stock.location_of(ctx, shop, SHELF)
    if wish.clear:
        _clear(ctx, shop, shelf, day=wish.day)
    key, at = f"demo van {wish.day}", wish.day.isoformat()
    lines = _wanted(ctx, shop, chance, wish=wish)
    stock.receive_goods(
        ctx, shop, lines, to=shelf, source_kind="demo.delivery", source_id=at, key=key
    )


def _clear(ctx: Context, shop: catalogue.Shop, shelf: stock.Location, *, day: date) -> None:
    over = [
        stock.Goods(level.variant_id, level.on_hand - level.reserved, level.lot_id)
        for level in stock.due_soon(ctx, shop, days=-1)
        if level.location_id == shelf.id and level.on_hand > level.reserved
    ]
    if over:
        key = f"demo waste {day}"
        stock.discard_stock(ctx, shop, over, from_=shelf, reason="waste_expired", key=key)


def _wanted(
    ctx: Context, shop: catalogue.Shop, chance: Random, *, wish: Delivery
) -> list[stock.Incoming]:
    """Return what is missing to a full shelf, with what it costs the shop."""
    variant, item, price = catalogue.VARIANT, catalogue.ITEM, catalogue.PRICE
    chosen = (
        select(variant.id, variant.code, item.base_unit, price.amount_minor, price.per_qty)
        .join(item, item.id == variant.item_id)
        .join(price, price.id == catalogue.price_now(variant.id, ctx.now()))
        .where(variant.shop_id == shop.id, variant.code.in_(wish.goods))
        .order_by(variant.id)
    )
    goods = ctx.db.execute(chosen).all()
    there = stock.available(ctx, shop, [one.id for one in goods])
    lines = []
    for one in goods:
        missing, days = FULL[one.base_unit] - there[one.id], KEEPS.get(one.code)
        if missing > 0:
            worth = one.amount_minor * missing * chance.randint(*COSTS) // (100 * one.per_qty)
            until = wish.day + timedelta(days=days) if days else None
            lot = f"{one.code.split('-')[0]}-{wish.day:%m%d}" if days else None
            lines.append(
                stock.Incoming(
                    one.id, missing, lot_code=lot, expires_on=until, total_cost_minor=worth
                )
            )
    return lines


@use_case("demo.shop.order", permission="public")
def order(ctx: Context, wish: Basket) -> str:
    """Fill a cart and order it, in one go; return the order."""
    shop, buyer = our_shop(ctx), rated(ctx, buyer_of(ctx.actor, wish.guest))
    ids = select(catalogue.VARIANT.code, catalogue.VARIANT.id).where(
        catalogue.VARIANT.code.in_([code for code, _qty in wish.goods])
    )
    variants = dict(ctx.db.execute(ids).all())
    units = catalogue.variants_by_id(ctx, shop, variants.values())
    cart = ordering.open_cart(ctx, shop, buyer).public_id
    for code, qty in wish.goods:
        usual = USUAL_QTY[units[variants[code]].base_unit]
        ordering.put_line(ctx, shop, cart, variant=variants[code], qty=qty or usual, buyer=buyer)
    ordering.describe_cart(
        ctx,
        shop,
        cart,
        buyer=buyer,
        service_type=PICKUP,
        guest_name=wish.name,
        guest_phone=PHONE if wish.guest else "",
    )
    starts = next_hours(ctx.now(), shop.zone, opening_of(ctx, shop))[wish.hour]
    hour = ordering.Wish(starts, starts + HOUR)
    ordering.quote_order(ctx, shop, POLICY, order=cart, buyer=buyer, wish=hour)
    return ordering.place_order(ctx, shop, POLICY, order=cart, buyer=buyer).order.public_id


@use_case("demo.shop.pick", permission="grocery.order.pick")
def pick(ctx: Context, wish: PickAll) -> None:
    """Find each line of an order at its shelf; it is ready after the last one."""
    shop = our_shop(ctx)
    found = ordering.lock_order(ctx, shop, wish.order)
    (work,) = ordering.fulfilments_of_order(ctx, shop, wish.order)
    for line in found.lines[:1] if wish.stop else found.lines:
        ctx.db.add(PickRow(order_id=found.id, line_id=line.id, outcome="picked", at=ctx.now()))
    ordering.advance_fulfilment(ctx, shop, work.public_id, event="prepare")
    if not wish.stop or len(found.lines) == 1:
        ordering.advance_fulfilment(ctx, shop, work.public_id, event="ready")


class Month:
    """Lives the days of the shop up to the last one; stopped in between, it goes on."""

    def __init__(
        self, town: Town, clock: DemoClock, staff: ShopStaff, *, evening: Callable[[int], None]
    ) -> None:
        self._town, self._clock, self._staff = town, clock, staff
        self._evening = evening  # What happens beside the orders, so many days ago.
        self._people, self._pantry = self._read()

    def live(self, first: date, last: date) -> None:
        """Live what is left of the days before the last one."""
        day = max(first, self._last_day() + timedelta(days=1))
        while day < last:
            self._live_day(day, left=(last - day).days, van=(day - first).days % VAN == 0)
            day += timedelta(days=1)

    def _live_day(self, day: date, *, left: int, van: bool) -> None:
        chance = Random(f"{SEED}:{left}")
        self._clock.open(day, OPENS)
        if van:
            codes = {code for habit in HABITS for code in habit}
            # What is over at the end is left to whoever tries the demo.
            goods = (*sorted(codes), *self._pantry)
            self._act(self._staff.keeper, deliver, Delivery(day=day, goods=goods, clear=left > VAN))
        yesterday = left == 1
        for place in range(2 * MOST if yesterday else chance.randint(FEWEST, MOST)):
            self._clock.pass_minutes(chance.randint(10, 40))
            buyer, guest = self._buyer(chance, rosa=yesterday and place == 0)
            placed = self._order(chance, buyer, guest=guest)
            # Of what was ordered yesterday some waits, some is half picked, some is ready.
            if placed and not (yesterday and place < MOST):
                self._look_after(chance, placed, buyer, leave=yesterday)
        self._clock.open(day, CLOSES)
        self._evening(left)

    def _order(self, chance: Random, buyer: Actor, *, guest: str) -> str:
        """Let somebody order; what is not there is not bought, as in life."""
        name = buyer.name if guest else ""
        goods, hour = self._basket(chance), chance.randrange(HOURS)
        try:
            with self._town.working(buyer) as ctx:
                return order(ctx, Basket(goods=goods, hour=hour, guest=guest, name=name))
        except DomainError:
            return ""

    def _look_after(self, chance: Random, placed: str, buyer: Actor, *, leave: bool) -> None:
        """Pick an order and hand it over, unless it is called off or left where it is."""
        if buyer.person and chance.random() < CALLED_OFF and not leave:
            number = self._told(placed).number
            self._act(
                buyer, cancel_order, CancelOrder(guest="", number=number, reason="Changed plans")
            )
            return
        stop = leave and chance.random() < 1 / 2
        self._act(self._staff.keeper, pick, PickAll(order=placed, stop=stop))
        if leave:
            return
        told = self._told(placed)
        whom = HandOver(id=placed, version=told.version, received_by=buyer.name)
        self._act(self._staff.cashier, hand_over, whom)
        if chance.random() < SOUR:
            self._take_back(chance, placed)

    def _take_back(self, chance: Random, order: str) -> None:
        told = self._told(order)
        line = chance.choice(told.lines)
        if line.handed_qty:
            back = GoneBack(line=line.id, qty=line.handed_qty)
            wish = Refund(id=order, version=told.version, lines=[back], reason="Not fresh")
            self._act(self._staff.cashier, refund_lines, wish)

    def _told(self, order: str) -> StaffOrder:
        with self._town.working(self._staff.cashier, reads=True) as ctx:
            return read_order(ctx, Chosen(id=order))

    def _act(self, who: Actor, act: Callable[[Context, Wish], object], wish: Wish) -> None:
        """Do one thing; what the rules refuse does not happen, as in life."""
        self._clock.pass_minutes(2)
        try:
            with self._town.working(who) as ctx:
                act(ctx, wish)
        except DomainError:
            return

    def _basket(self, chance: Random) -> tuple[tuple[str, int | None], ...]:
        """Return what somebody buys: things that go together, and what they need besides."""
        wanted = [code for code in chance.choice(HABITS) if chance.random() < TAKES]
        wanted += chance.sample(self._pantry, chance.randint(0 if wanted else 1, 2))
        return tuple((code, TWO.get(code)) for code in wanted)

    def _buyer(self, chance: Random, *, rosa: bool) -> tuple[Actor, str]:
        """Return who orders next, and for a guest the key of the cart."""
        place = chance.randrange(len(self._people))
        if rosa:
            place = next((n for n, (_id, name) in enumerate(self._people) if name == ROSA), place)
        person, name = self._people[place]
        if not rosa and chance.random() < GUEST:
            return Actor(0, name, EVERYBODY), f"demo-guest-{chance.getrandbits(100):030x}"
        return Actor(0, name, EVERYBODY, person), ""

    def _read(self) -> tuple[Sequence[tuple[str, str]], list[str]]:
        person, keeps = people.PERSON, ~catalogue.ITEM.perishable
        known = select(person.public_id, person.name).order_by(person.id)
        goods = select(catalogue.VARIANT.code).join(catalogue.ITEM).where(keeps)
        with self._town.sessions() as db:
            codes = list(db.scalars(goods.order_by(catalogue.VARIANT.id)))
            found = [(public_id, name) for public_id, name in db.execute(known)]
        return found, Random(SEED).sample(codes, PANTRY)

    def _last_day(self) -> date:
        with self._town.sessions() as db:
            last = db.scalar(select(func.max(ordering.ORDER.placed_at)))
        return last.astimezone(ZoneInfo(self._staff.zone)).date() if last else date.min
