"""Suppliers of the demo town's shop, and an order in each state that people want to look at."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from random import Random
from zoneinfo import ZoneInfo

from townsquare.blocks import purchasing
from townsquare.core.frozen import dataclass
from townsquare.core.town import Town
from townsquare.core.usecase import Actor
from townsquare.demo.groceries import CASE, SEED, ZONE
from townsquare.demo.people import actor_of
from townsquare.services.grocery.commands import bills as papers
from townsquare.services.grocery.commands import purchases as wishes
from townsquare.services.grocery.commands import suppliers as entries
from townsquare.services.grocery.commands.values import ValueMoves
from townsquare.services.grocery.usecases import bills, purchases, suppliers, values

FARMS, CREAMERY, BAKERY = "SUP-01", "SUP-02", "SUP-03"
COMPANIES = {
    FARMS: ("Batangas Farms", "farms", 2),
    CREAMERY: ("Batangas Creamery", "creamery", 3),
    BAKERY: ("San Roque Bakery", "bakery", 1),  # Awaits approval.
}
# Who sells what in cases of twelve, and the price of a case.
GOODS = (
    (FARMS, "EGGS-12", "1032.00"),
    (CREAMERY, "MILK-1L", "600.00"),
    (CREAMERY, "YOG-500", "588.00"),
    (BAKERY, "BREAD-400", "660.00"),
    (BAKERY, "PANDESAL-10", "384.00"),
)
Lines = Sequence[Mapping[str, object]]
CAPITAL, TO_PAY = "250000.00", timedelta(days=30)


@dataclass(frozen=True)
class Crew:
    """Olga enters, Lena approves and orders, Tomas receives, Paul checks and pays."""

    town: Town
    olga: Actor
    lena: Actor
    tomas: Actor
    paul: Actor

    def order(
        self, supplier: str, lines: Sequence[Mapping[str, object]], *, send: bool = True
    ) -> str:
        """Let Lena order; return the order."""
        wish = wishes.OrderGoods.model_validate({"supplier": supplier, "lines": lines})
        with self.town.working(self.lena) as ctx:
            order = purchases.order_goods(ctx, wish).id
            if send:
                purchases.send_order(ctx, wishes.SendPurchase(id=order))
        return order

    def receive(self, order: str, note: str, *, qty: int, until: date) -> None:
        """Let Tomas take in what came of the first line."""
        line = {"position": 1, "qty": qty, "expires_on": until, "lot": f"L-{note}"}
        told = {"id": order, "note": note, "lines": [line]}
        with self.town.working(self.tomas) as ctx:
            purchases.receive_order(ctx, wishes.ReceivePurchase.model_validate(told))

    def bill(self, order: str, number: str, *, qty: int, amount: str, today: date) -> str:
        """Let Paul type an invoice in; return it."""
        line = {"position": 1, "qty": qty, "amount": amount}
        told = {"id": order, "number": number, "lines": [line], "issued_on": today}
        wish = papers.EnterInvoice.model_validate({**told, "due_on": today + TO_PAY})
        with self.town.working(self.paul) as ctx:
            return bills.enter_invoice(ctx, wish).id


def fill_purchases(town: Town) -> None:
    """Let the shop have bought something, unless it has suppliers."""
    with town.sessions() as db:
        if db.query(purchasing.SUPPLIER.id).first() is not None:
            return
    crew = Crew(town, *(actor_of(town, name) for name in ("Olga", "Lena", "Tomas", "Paul")))
    known = dict(_suppliers(crew))
    today = town.now().astimezone(ZoneInfo(ZONE)).date()
    _pay_for_eggs(crew, known[FARMS], today)
    _dispute_milk(crew, known[CREAMERY], today)
    _await_more(crew, known, Random(SEED))
    with town.working(crew.paul) as ctx:
        values.value_moves(ctx, ValueMoves.model_validate({}))


def _suppliers(crew: Crew) -> Iterator[tuple[str, str]]:
    """Enter the suppliers with what they sell; approve all but the last."""
    for number, (company, name, days) in COMPANIES.items():
        told = {"number": number, "company": company, "email": f"{name}@suppliers.example"}
        account = {"bank_name": "BDO", "bank_account": f"00123456{number[-2:]}", "lead_days": days}
        with crew.town.working(crew.olga) as ctx:
            wish = entries.AddSupplier.model_validate({**told, **account})
            supplier = suppliers.add_supplier(ctx, wish).id
            for seller, code, price in GOODS:
                if seller == number:
                    offer = {"id": supplier, "product": code, "pack_qty": CASE, "price": price}
                    suppliers.offer_goods(ctx, entries.OfferGoods.model_validate(offer))
        if number != BAKERY:
            with crew.town.working(crew.lena) as ctx:
                suppliers.approve_supplier(ctx, entries.ApproveSupplier(id=supplier))
        yield number, supplier


def _pay_for_eggs(crew: Crew, farms: str, today: date) -> None:
    """Eggs came, the invoice agreed, and it is paid."""
    order = crew.order(farms, [{"product": "EGGS-12", "packs": 2}])
    crew.receive(order, "DN-41", qty=2 * CASE, until=today + timedelta(days=21))
    invoice = crew.bill(order, "BF-1041", qty=2 * CASE, amount="2064.00", today=today)
    with crew.town.working(crew.paul) as ctx:
        bills.fund_bank(ctx, papers.FundBank(amount=CAPITAL, memo="Opening balance"))
        bills.pay_invoices(ctx, papers.PayInvoices(invoices=[invoice]))


def _dispute_milk(crew: Crew, creamery: str, today: date) -> None:
    """Nine of ten cases of milk came, and ten were billed; yoghurt agrees and is owed."""
    milk = crew.order(creamery, [{"product": "MILK-1L", "packs": 10}])
    crew.receive(milk, "DN-77", qty=9 * CASE, until=today + timedelta(days=8))
    crew.bill(milk, "R-2026-9", qty=10 * CASE, amount="6000.00", today=today)
    yoghurt = crew.order(creamery, [{"product": "YOG-500", "packs": 4}])
    crew.receive(yoghurt, "DN-78", qty=4 * CASE, until=today + timedelta(days=14))
    crew.bill(yoghurt, "R-2026-10", qty=4 * CASE, amount="2352.00", today=today)


def _await_more(crew: Crew, known: dict[str, str], chance: Random) -> None:
    """Eggs are on their way, a draft lies on the table, one was called off, milk is requested."""
    crew.order(known[FARMS], [{"product": "EGGS-12", "packs": chance.randint(2, 5)}])
    lines = [{"product": code, "packs": chance.randint(2, 8)} for code in ("MILK-1L", "YOG-500")]
    crew.order(known[CREAMERY], lines, send=False)
    gone = crew.order(known[CREAMERY], lines[1:])
    milk = {"code": "INVR-1", "product": "MILK-1L", "qty": 10 * CASE}
    asked = wishes.RequestGoods.model_validate(milk)
    with crew.town.working(crew.lena) as ctx:
        purchases.cancel_purchase(ctx, wishes.CancelPurchase(id=gone))
        purchases.request_goods(ctx, asked)
