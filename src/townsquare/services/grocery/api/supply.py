"""Suppliers for programs, what is requested and ordered from them, and what has come."""

from townsquare.core.web.api import offer
from townsquare.services.grocery.api import bp
from townsquare.services.grocery.queries import bills as told
from townsquare.services.grocery.queries import purchases as orders
from townsquare.services.grocery.queries import suppliers as seen
from townsquare.services.grocery.queries import values
from townsquare.services.grocery.usecases import bills, freight, purchases, suppliers

ORDER = "grocery_api.grocery_purchase_show"
SUPPLIER = "grocery_api.grocery_supplier_read"

offer(bp, "GET /suppliers", seen.find_suppliers)
offer(bp, "POST /suppliers", suppliers.add_supplier, status=201, place=SUPPLIER)
offer(bp, "GET /suppliers/<id>", seen.read_supplier)
offer(bp, "PATCH /suppliers/<id>", suppliers.revise_supplier)
offer(bp, "POST /suppliers/<id>/goods", suppliers.offer_goods, status=201)
offer(bp, "POST /suppliers/<id>/approve", suppliers.approve_supplier)
offer(bp, "POST /suppliers/<id>/suspend", suppliers.suspend_supplier)
offer(bp, "POST /suppliers/<id>/refuse", suppliers.refuse_supplier)

offer(bp, "GET /purchase-requests", orders.find_requests)
offer(bp, "POST /purchase-requests", purchases.request_goods, status=201)
offer(bp, "POST /purchase-requests/<id>/withdraw", purchases.withdraw_request)

offer(bp, "GET /purchase-orders", orders.find_purchases)
offer(bp, "POST /purchase-orders", purchases.order_goods, status=201, once=True, place=ORDER)
offer(bp, "GET /purchase-orders/<id>", orders.read_purchase)
offer(bp, "POST /purchase-orders/<id>/send", purchases.send_order)
offer(bp, "POST /purchase-orders/<id>/confirm", purchases.confirm_order)
offer(bp, "POST /purchase-orders/<id>/close", purchases.close_order)
offer(bp, "POST /purchase-orders/<id>/cancel", purchases.cancel_purchase)
offer(bp, "POST /purchase-orders/<id>/receipts", purchases.receive_order, status=201)
offer(bp, "POST /purchase-orders/<id>/invoices", bills.enter_invoice, status=201)
offer(bp, "POST /purchase-orders/<id>/freight", freight.enter_freight, status=201)

offer(bp, "GET /receipts", orders.find_deliveries)
offer(bp, "GET /supplier-invoices", told.find_invoices)
offer(bp, "GET /supplier-invoices/<id>", told.read_invoice)
offer(bp, "POST /supplier-invoices/<id>/accept", bills.accept_price)
offer(bp, "GET /payables", told.find_payables)
offer(bp, "POST /payables/payments", bills.pay_invoices, status=201, once=True)
offer(bp, "GET /books", told.read_books)
offer(bp, "POST /books/funds", bills.fund_bank, status=201, once=True)

offer(bp, "GET /stock/values", values.find_values)
offer(bp, "GET /stock/values/<id>", values.explain_value)
