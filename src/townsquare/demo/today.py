"""What is under way in the shop of the demo town on the day on which somebody looks at it."""

from collections.abc import Mapping
from datetime import date, time, timedelta

from sqlalchemy import select

from townsquare.blocks import ordering
from townsquare.core.town import Town
from townsquare.demo.floor import FLOAT, STORE, TILL
from townsquare.demo.hands import Hands
from townsquare.demo.trade import PickAll, pick
from townsquare.services.grocery.commands import cards, counts, coupons, markdowns, orders, tills
from townsquare.services.grocery.commands.carrying import SendTransfer
from townsquare.services.grocery.commands.delivery import FindSlots, SayAddress
from townsquare.services.grocery.commands.fields import Chosen, Nothing
from townsquare.services.grocery.commands.hours import CloseDay, SetHours
from townsquare.services.grocery.commands.paying import PayOrder
from townsquare.services.grocery.commands.refunds import ProposeRefund
from townsquare.services.grocery.commands.reordering import SetReorderRule
from townsquare.services.grocery.models.ours import SHELF
from townsquare.services.grocery.queries.delivering import find_slots
from townsquare.services.grocery.queries.orders import read_order
from townsquare.services.grocery.queries.tills import find_tills
from townsquare.services.grocery.usecases import cards as vouchers
from townsquare.services.grocery.usecases import checkout, counting, markdown_rules
from townsquare.services.grocery.usecases import coupons as offers
from townsquare.services.grocery.usecases import tills as counter
from townsquare.services.grocery.usecases.agreeing import propose_refund
from townsquare.services.grocery.usecases.carrying import send_transfer
from townsquare.services.grocery.usecases.carts import put_line
from townsquare.services.grocery.usecases.delivering import say_address
from townsquare.services.grocery.usecases.hours import close_day, set_hours
from townsquare.services.grocery.usecases.markdowns import apply_markdowns
from townsquare.services.grocery.usecases.paying import pay_order
from townsquare.services.grocery.usecases.reordering import set_reorder_rule
from townsquare.services.grocery.usecases.together import learn_associations

# From when until when the shop is open, from Monday to Saturday and on Sunday.
WORKDAY, SUNDAY = ((time(8), time(20)),), ((time(9), time(13)), (time(15), time(19)))
FEASTS = ((12, 25, "Christmas Day"), (1, 1, "New Year's Day"))
A_YEAR = timedelta(days=365)
WELCOME = "WELCOME10"
COUPONS: tuple[Mapping[str, object], ...] = (
    {"code": WELCOME, "kind": "percent", "value": "10", "least": "300.00", "per_party": 1},
    {"code": "MARKET25", "kind": "amount", "value": "25.00", "least": "200.00", "max_uses": 100},
    {"code": "FREEVAN", "kind": "free_delivery", "least": "500.00"},
)
OVER: Mapping[str, object] = {"code": "RAINYDAY", "kind": "percent", "value": "5"}
# Which shelves get cheaper how many days before the date, and by how much.
RULES = (("bread-cakes", 1, "30"), ("meat-fish", 1, "25"), ("dairy-eggs", 3, "20"))
# Between what figures a product is kept.
KEPT = (("MILK-1L", 60, 240), ("EGGS-12", 120, 240), ("BREAD-400", 40, 90), ("ONION", 8000, 40_000))
CARD, LOST_CARD, PAID = "1000.00", "250.00", "200.00"
BASKETS = {
    "Rosa": (("MILK-1L", 2), ("EGGS-12", 1), ("YOG-500", 2)),
    "Ivo": (("MILK-1L", 2), ("EGGS-12", 2)),
}
HOMES = {"Rosa": ("12 Mabini Street", "4023"), "Ivo": ("3 Hill Road", "4024")}
ON_ITS_WAY, COUNTED = ("EGGS-12", 12), ("GARLIC", 7_900)


def live_today(town: Town) -> None:
    """Begin the day: a till is open, coupons count, the van has orders; unless that was done."""
    with town.sessions() as db:
        if db.scalar(select(ordering.COUPON.id).limit(1)) is not None:
            return
    hands = Hands(town)
    _offer(hands)
    _say_hours(hands)
    card = _open_till(hands)
    _keep_shelves(hands)
    _order_for_the_van(hands, "Rosa", card=card)
    ready = _order_for_the_van(hands, "Ivo")
    hands.do("Tomas", pick, PickAll, order=ready, stop=False)
    _propose(hands)
    hands.do("Lena", learn_associations, Nothing)


def _offer(hands: Hands) -> None:
    """Lena makes coupons, and lets goods fall in price before their date."""
    for told in COUPONS:
        hands.do("Lena", offers.add_coupon, coupons.AddCoupon, **told)
    gone = hands.do("Lena", offers.add_coupon, coupons.AddCoupon, **OVER)
    if gone is not None:
        hands.do("Lena", offers.end_coupon, coupons.EndCoupon, id=gone.id)
    for category, days, percent in RULES:
        rule = {"category": category, "days_left": days, "percent": percent}
        hands.do("Lena", markdown_rules.set_markdown_rule, markdowns.SetMarkdownRule, **rule)
    hands.do("Lena", apply_markdowns, markdowns.ApplyMarkdowns)


def _say_hours(hands: Hands) -> None:
    """Lena says when the shop is open, and on which feasts it is not."""
    days = (*((day, WORKDAY) for day in range(6)), (6, SUNDAY))
    told = [
        {"weekday": day, "starts": starts, "ends": ends}
        for day, spans in days
        for starts, ends in spans
    ]
    hands.do("Lena", set_hours, SetHours, week=told)
    today = hands.town.now().date()
    for month, day, name in FEASTS:
        here = date(today.year, month, day)
        feast = here if here > today else here.replace(year=today.year + 1)
        hands.do("Lena", close_day, CloseDay, day=feast, reason=name)


def _open_till(hands: Hands) -> str:
    """Kofi takes the till over and sells two gift cards; return the code of the first."""
    known = hands.ask("Kofi", find_tills, Nothing).tills
    for till in (one for one in known if one.code == TILL):
        hands.do("Kofi", counter.open_shift, tills.OpenShift, id=till.id, opening=f"{FLOAT}.00")
    until = hands.town.now().date() + A_YEAR
    paid = {"amount": CARD, "name": hands.who("Rosa").name, "expires_on": until}
    sold = hands.do("Kofi", vouchers.sell_gift_card, cards.SellCard, **paid)
    lost = hands.do("Kofi", vouchers.sell_gift_card, cards.SellCard, amount=LOST_CARD)
    if lost is not None:
        why = "Its owner has lost it"
        hands.do("Kofi", vouchers.block_gift_card, cards.BlockCard, id=lost.id, reason=why)
    return sold.code if sold is not None else ""


def _keep_shelves(hands: Hands) -> None:
    """Lena says when goods are ordered again; eggs are carried, and the store room is counted."""
    for code, least, most in KEPT:
        rule = {"place": SHELF, "min_qty": least, "max_qty": most}
        hands.do("Lena", set_reorder_rule, SetReorderRule, id=hands.product(code), **rule)
    line = {"product": ON_ITS_WAY[0], "qty": ON_ITS_WAY[1]}
    ends = {"from_place": STORE, "to_place": SHELF, "lines": [line]}
    hands.do("Tomas", send_transfer, SendTransfer, **ends)
    opened = hands.do("Tomas", counting.open_count, counts.OpenCount, place=STORE)
    if opened is not None:
        lines = [{"product": COUNTED[0], "qty": COUNTED[1]}]
        hands.do("Tomas", counting.record_count, counts.RecordCount, id=opened.id, lines=lines)


def _order_for_the_van(hands: Hands, given: str, *, card: str = "") -> str:
    """Let a customer order to the door; with a gift card also pay a part. Return the order."""
    buyer, (street, postcode) = hands.who(given), HOMES[given]
    for code, qty in BASKETS[given]:
        hands.do(buyer, put_line, orders.PutLine, product=code, qty=qty)
    home = {"street": street, "postcode": postcode, "place": "San Roque"}
    hands.do(buyer, say_address, SayAddress, **home)
    if card:
        hands.do(buyer, offers.apply_coupon, coupons.ApplyCoupon, code=WELCOME)
    slots = [one.id for one in hands.ask(buyer, find_slots, FindSlots).slots if one.left]
    cart = hands.do(buyer, checkout.quote_cart, orders.Quote, slot=(*slots, "")[0])
    if cart is None:
        return "-"
    seen = {"version": cart.version, "expected_minor": cart.total_minor}
    placed = hands.do(buyer, checkout.place_order, orders.PlaceOrder, **seen)
    if placed is not None and card:
        how = {"number": placed.number, "way": "gift_card", "card": card, "amount": PAID}
        hands.do(buyer, pay_order, PayOrder, **how)
    return placed.id if placed is not None else "-"


def _propose(hands: Hands) -> None:
    """Kofi asks a colleague to agree to a refund."""
    order, back = ordering.ORDER, ordering.RETURN
    untouched = ~select(back.id).where(back.order_id == order.id).exists()
    chosen = select(order.public_id).where(order.state == "completed", untouched)
    with hands.town.sessions() as db:
        found = db.scalar(chosen.order_by(order.id.desc()).limit(1))
    if found is None:
        return
    told = hands.ask("Kofi", read_order, Chosen, id=found)
    lines = [{"line": line.id, "qty": line.handed_qty} for line in told.lines if line.handed_qty]
    wish = {"id": found, "version": told.version, "lines": lines, "amount_minor": told.total_minor}
    why = "The bag was left in the sun"
    hands.do("Kofi", propose_refund, ProposeRefund, reason=why, **wish)
