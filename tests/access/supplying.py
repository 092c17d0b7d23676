"""What stands behind the addresses of purchases: a supplier, its goods, and what came of them."""

from dataclasses import replace

from sqlalchemy import select

from townsquare.blocks import stock
from townsquare.core.usecase import Actor
from townsquare.services.grocery.commands.bills import EnterInvoice
from townsquare.services.grocery.commands.purchases import (
    OrderGoods,
    ReceivePurchase,
    RequestGoods,
    SendPurchase,
)
from townsquare.services.grocery.commands.suppliers import (
    AddSupplier,
    ApproveSupplier,
    OfferGoods,
)
from townsquare.services.grocery.commands.values import ValueMoves
from townsquare.services.grocery.permissions import ACCOUNTING, MANAGING
from townsquare.services.grocery.usecases import bills, purchases, suppliers, values

LENA = Actor(4, "Lena Cruz", MANAGING | ACCOUNTING | {"public", "signed-in"})
OLGA = replace(LENA, id=5, name="Olga Lim")


def supply(town, product):
    """Let Olga enter a supplier and Lena approve it and order; return the ids by their kind."""
    with town.working(OLGA) as ctx:
        farms = AddSupplier(number="SUP-01", company="Batangas Farms", bank_account="123456789012")
        seller = suppliers.add_supplier(ctx, farms).id
    with town.working(LENA) as ctx:
        suppliers.approve_supplier(ctx, ApproveSupplier(id=seller))
        case = {"product": product, "pack_qty": 12, "price": "600.00"}
        suppliers.offer_goods(ctx, OfferGoods(id=seller, **case))
        wish = OrderGoods(supplier=seller, lines=[{"product": product, "packs": 10}])
        order = purchases.order_goods(ctx, wish).id
        purchases.send_order(ctx, SendPurchase(id=order))
        line = {"position": 1, "qty": 60, "expires_on": "2026-03-10"}
        purchases.receive_order(ctx, ReceivePurchase(id=order, note="DN-1", lines=[line]))
        days = {"issued_on": "2026-03-05", "due_on": "2026-04-04"}
        says = {"position": 1, "qty": 60, "amount": "3100.00"}  # A hundred too much: disputed.
        paper = EnterInvoice(id=order, number="R-1", lines=[says], **days)
        invoice = bills.enter_invoice(ctx, paper).id
        values.value_moves(ctx, ValueMoves())
        asked = RequestGoods(code="INVR-1", product=product, qty=24)
        request = purchases.request_goods(ctx, asked).id
    with town.sessions() as db:
        lot = db.scalars(select(stock.LOT.public_id).order_by(stock.LOT.id.desc())).first()
    told = {"suppliers": seller, "purchases": order, "purchase-orders": order}
    told |= {"requests": request, "purchase-requests": request}
    told |= {"invoices": invoice, "supplier-invoices": invoice, "values": lot}
    return {f"grocery/{kind}": found for kind, found in told.items()}
