"""What happens in the shop of the demo town beside its orders, by how many days ago it was."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from townsquare.blocks import catalogue, ordering, stock
from townsquare.core.town import Town
from townsquare.core.usecase import Actor
from townsquare.demo.cast import CAST
from townsquare.demo.groceries import ZONE
from townsquare.demo.hands import Hands
from townsquare.demo.people import EVERYBODY
from townsquare.services.grocery.commands import carrying as loads
from townsquare.services.grocery.commands import counts, places, recalls, tills
from townsquare.services.grocery.commands import returns as backs
from townsquare.services.grocery.commands.customers import RegisterCustomer
from townsquare.services.grocery.commands.fields import Chosen
from townsquare.services.grocery.commands.products import SetPrice
from townsquare.services.grocery.commands.staff import EndStaff, EnrolStaff
from townsquare.services.grocery.commands.stock import ReceiveGoods
from townsquare.services.grocery.commands.waste import Discard
from townsquare.services.grocery.models.ours import SHELF
from townsquare.services.grocery.models.staff import StaffRow
from townsquare.services.grocery.queries.orders import read_order
from townsquare.services.grocery.queries.recalls import read_recall
from townsquare.services.grocery.usecases import carrying, counting, returns
from townsquare.services.grocery.usecases import places as rooms
from townsquare.services.grocery.usecases import recalls as calls
from townsquare.services.grocery.usecases import tills as counter
from townsquare.services.grocery.usecases.customers import register_customer
from townsquare.services.grocery.usecases.recall_notices import tell_of_recall
from townsquare.services.grocery.usecases.receiving import receive_goods
from townsquare.services.grocery.usecases.selling import set_price
from townsquare.services.grocery.usecases.staff import end_staff, enrol_staff
from townsquare.services.grocery.usecases.wasting import discard_goods

STORE, TILL = "STORE", "TILL-1"
CUSTOMERS = (
    ("Rosa", "CUST-100", "gold", "+63 917 555 0100"),
    ("Ivo", "CUST-101", "silver", "+63 917 555 0101"),
    ("Maya", "CUST-102", "none", ""),
)
# What customers with a tier pay: code, price for silver, price for gold.
TIERS = (
    ("MILK-1L", "60.00", "57.50"),
    ("EGGS-12", "112.00", "108.00"),
    ("YOG-500", "60.00", "57.50"),
)
# What comes into the store room: code, how much, days that it keeps, what it has cost.
STORED = (
    ("ONION", 20_000, 30, "1900.00"),
    ("GARLIC", 8_000, 30, "1050.00"),
    ("EGGS-12", 60, 21, "5160.00"),
)
CARRIED, BROKEN = (("EGGS-12", 24), ("ONION", 5_000)), 2
# How far what somebody counted is from what should be there.
COUNTED = (("MILK-1L", 0), ("EGGS-12", -1), ("POTATO", 0), ("CARROT", -150), ("BREAD-400", 1))
# Who works in the shop, as what, and how they are called; and one who does no longer.
AT_WORK = (
    ("Lena", "Shop manager", "+63 917 555 0110"),
    ("Tomas", "Warehouse keeper and picker", "+63 917 555 0111"),
    ("Kofi", "Cashier", "+63 917 555 0112"),
    ("Paul", "Accountant", "+63 917 555 0113"),
    ("Olga", "Administrator", "+63 917 555 0114"),
)
GONE = {"given": "Nadia", "middle": "Luz", "family": "Flores", "position": "Picker"}
FLOAT, CHANGE, MISSING = 2000, 500, 20  # In a till in the morning, put into it, missing of it.
RECALLED, FRAGILE = "YOG-500", "EGGS-12"


def register_customers(town: Town) -> None:
    """Give the cast their numbers and tiers in the shop, and say what these tiers pay."""
    hands = Hands(town)
    for given, number, tier, phone in CUSTOMERS:
        name, email = hands.who(given).name, f"{given.lower()}@sanroque.example"
        told = {"name": name, "email": email, "phone": phone, "number": number, "tier": tier}
        hands.do("Lena", register_customer, RegisterCustomer, **told)
    for code, silver, gold in TIERS:
        for tier, price in (("SILVER", silver), ("GOLD", gold)):
            wish = {"price": price, "price_list": tier, "reason": "For customers"}
            hands.do("Lena", set_price, SetPrice, id=hands.product(code), **wish)


def enrol_people(town: Town) -> None:
    """Let those of the cast who work in the shop be on record, and one who left; once."""
    with town.sessions() as db:
        if db.scalar(select(StaffRow.id).limit(1)) is not None:
            return
    hands = Hands(town)
    for given, position, phone in AT_WORK:
        family = next(member.family for member in CAST if member.given == given)
        reached = {"email": f"{given.lower()}@sanroque.example", "phone": phone}
        told = {"given": given, "family": family, "position": position, **reached}
        hands.do("Olga", enrol_staff, EnrolStaff, **told)
    left = hands.do("Olga", enrol_staff, EnrolStaff, **GONE)
    if left is not None:
        hands.do("Olga", end_staff, EndStaff, id=left.id, version=left.version)


class Floor:
    """Keeps the appointments of the staff with the shelves, the store room and the till."""

    def __init__(self, town: Town) -> None:
        self._town, self._hands = town, Hands(town)

    def keep(self, left: int) -> None:
        """Do what was done so many days ago, in the evening."""
        for act in PAST.get(left, ()):
            act(self)

    def fill_store(self) -> None:
        """Lena sets a store room up, and Tomas puts goods into it."""
        room = {"code": STORE, "name": "Store room", "aisle_order": 9}
        self._hands.do("Lena", rooms.add_place, places.AddPlace, **room)
        today = self._today()
        for code, qty, days, cost in STORED:
            lot, until = f"{code.split('-')[0]}-S{today:%m%d}", today + timedelta(days=days)
            told = {"product": code, "qty": qty, "lot": lot, "expires_on": until, "cost": cost}
            self._hands.do("Tomas", receive_goods, ReceiveGoods, place=STORE, **told)

    def carry(self) -> None:
        """Tomas carries goods out of the store room; some eggs break on the way."""
        lines = [{"product": code, "qty": qty} for code, qty in CARRIED]
        ends = {"from_place": STORE, "to_place": SHELF, "lines": lines}
        sent = self._hands.do("Tomas", carrying.send_transfer, loads.SendTransfer, **ends)
        if sent is not None:
            came = {"line": 1, "qty": CARRIED[0][1] - BROKEN, "reason": "Broken on the way"}
            told = {"id": sent.id, "lines": [came]}
            self._hands.do("Tomas", carrying.arrive_transfer, loads.ArriveTransfer, **told)

    def count(self) -> None:
        """Tomas counts without knowing what should be there, and Lena decides about it."""
        opened = self._hands.do("Tomas", counting.open_count, counts.OpenCount, place=SHELF)
        if opened is None:
            return
        there = self._there()
        lines = [
            {"product": code, "qty": max(0, there[code] + off)}
            for code, off in COUNTED
            if code in there
        ]
        told = {"id": opened.id, "lines": lines}
        noted = self._hands.do("Tomas", counting.record_count, counts.RecordCount, **told)
        if noted is not None:
            agreed = {"id": noted.id, "version": noted.version}
            self._hands.do("Lena", counting.approve_count, counts.ApproveCount, **agreed)

    def recall(self) -> None:
        """Call a lot back, as the creamery asks; Kofi pays the first buyer who comes."""
        lot = self._lot(RECALLED, sold=True)
        wish = {"id": lot, "reason": "germs"}
        called = self._hands.do("Lena", calls.recall_lot, recalls.RecallLot, **wish)
        if called is None:
            return
        self._hands.do("Lena", tell_of_recall, recalls.TellOfRecall, recall=called.id)
        found = self._hands.ask("Lena", read_recall, recalls.ReadRecall, id=called.id)
        for part in [one for one in found.parts if one.to_pay][:1]:
            whose = {"id": called.id, "part": part.id}
            self._hands.do("Kofi", calls.pay_recalled, recalls.PayRecall, **whose)

    def throw_away(self) -> None:
        """Tomas drops some eggs."""
        lot = self._lot(FRAGILE, sold=False)
        told = {"lot": lot, "qty": BROKEN, "reason": "waste_damaged", "note": "Fell off the shelf"}
        self._hands.do("Tomas", discard_goods, Discard, **told)

    def keep_till(self) -> None:
        """Lena sets a till up; Kofi has it for an evening, and a note is missing at its end."""
        new = {"code": TILL, "name": "Front till"}
        till = self._hands.do("Lena", counter.add_till, tills.AddTill, **new)
        if till is None:
            return
        its, do = {"id": till.id}, self._hands.do
        moved = {"way": "in", "amount": f"{CHANGE}.00", "reason": "Change from the bank"}
        there = f"{FLOAT + CHANGE - MISSING}.00"
        do("Kofi", counter.open_shift, tills.OpenShift, opening=f"{FLOAT}.00", **its)
        do("Kofi", counter.move_cash, tills.MoveCash, **moved, **its)
        do("Kofi", counter.count_shift, tills.CountShift, counted=there, **its)
        do("Kofi", counter.close_shift, tills.CloseShift, why="A twenty too much given back", **its)

    def bring_back(self) -> None:
        """Two buyers ask to bring something back; Kofi lets the first one come."""
        for place, (order, number, party) in enumerate(self._completed()):
            (line, *_) = self._hands.ask("Kofi", read_order, Chosen, id=order).lines
            back = {"line": line.id, "qty": line.handed_qty}
            reason = "damaged" if place else "spoiled"
            told = {"number": number, "lines": [back], "reason": reason}
            buyer = Actor(0, "", EVERYBODY, party)
            asked = self._hands.do(buyer, returns.ask_return, backs.AskReturn, **told)
            if asked is not None and not place:
                yes = {"id": asked.id, "approve": True}
                self._hands.do("Kofi", returns.decide_return, backs.DecideReturn, **yes)

    def _completed(self) -> list[tuple[str, str, str]]:
        """Return the last two orders that members took home: id, number, person."""
        order, back = ordering.ORDER, ordering.RETURN
        chosen = (
            select(order.public_id, order.number, order.party)
            .where(order.state == "completed", order.party != "")
            .where(~select(back.id).where(back.order_id == order.id).exists())
            .order_by(order.id.desc())
            .limit(2)
        )
        with self._town.sessions() as db:
            return [(id_, number or "", party) for id_, number, party in db.execute(chosen)]

    def _there(self) -> dict[str, int]:
        """Return how much of each product stands on the shelf."""
        level, variant, place = stock.LEVEL, catalogue.VARIANT, stock.LOCATION
        chosen = (
            select(variant.code, func.sum(level.on_hand))
            .join(level, level.variant_id == variant.id)
            .join(place, place.id == level.location_id)
            .where(place.code == SHELF)
            .group_by(variant.code)
        )
        with self._town.sessions() as db:
            return {code: int(qty) for code, qty in db.execute(chosen)}

    def _lot(self, code: str, *, sold: bool) -> str:
        """Return the lot of a product that most orders had, or else one that is on the shelf."""
        lot, move, level = stock.LOT, stock.MOVE, stock.LEVEL
        chosen = select(lot.public_id).join(catalogue.VARIANT).where(catalogue.VARIANT.code == code)
        if sold:
            given = chosen.join(move, move.lot_id == lot.id).where(move.reason == "sale")
            most = func.sum(move.qty).desc()
            asked = given.group_by(lot.id, lot.public_id).order_by(most, lot.id)
        else:
            there = chosen.join(level, level.lot_id == lot.id).where(level.on_hand > BROKEN)
            asked = there.join(stock.LOCATION).where(stock.LOCATION.code == SHELF).order_by(lot.id)
        with self._town.sessions() as db:
            return db.scalar(asked.limit(1)) or "-"

    def _today(self) -> date:
        return self._town.now().astimezone(ZoneInfo(ZONE)).date()


# So many days before the demo was made.
PAST: Mapping[int, tuple[Callable[[Floor], None], ...]] = {
    14: (Floor.fill_store,),
    9: (Floor.carry,),
    6: (Floor.count,),
    4: (Floor.recall,),
    3: (Floor.throw_away,),
    1: (Floor.bring_back, Floor.keep_till),
}
