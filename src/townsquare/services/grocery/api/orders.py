"""Carts and orders for programs: one's own, a guest's by its key, and for staff everybody's."""

from townsquare.core.web.api import offer
from townsquare.services.grocery.api import bp
from townsquare.services.grocery.queries import orders
from townsquare.services.grocery.usecases import carts, checkout, handing, picking

offer(bp, "GET /carts/current", orders.show_cart)
offer(bp, "PATCH /carts/current", carts.say_contact)
offer(
    bp,
    "POST /carts/current/lines",
    carts.put_line,
    status=201,
    once=True,
    first=orders.know_cart,  # On pages the key is in a cookie that we have signed.
)
offer(bp, "PATCH /carts/current/lines/<id>", carts.change_line)
offer(bp, "DELETE /carts/current/lines/<id>", carts.remove_line)
offer(bp, "POST /carts/current/merge", carts.merge_cart)
offer(bp, "PUT /carts/current/substitution", carts.allow_instead)
offer(bp, "POST /carts/current/quote", checkout.quote_cart)

offer(bp, "GET /orders", orders.my_orders)
offer(bp, "POST /orders", checkout.place_order, status=201, once=True)
offer(bp, "GET /orders/<number>", orders.show_order)
offer(bp, "POST /orders/<number>/cancel", checkout.cancel_order)

offer(bp, "GET /staff/orders", orders.find_orders)
offer(bp, "GET /staff/orders/<id>", orders.read_order)
offer(bp, "GET /staff/orders/<id>/pick-list", orders.pick_list)
offer(bp, "POST /staff/orders/<id>/picks", picking.pick_line)
offer(bp, "POST /staff/orders/<id>/hand-over", handing.hand_over, once=True)
offer(bp, "POST /staff/orders/<id>/refunds", handing.refund_lines, status=201, once=True)
offer(bp, "GET /staff/receipts/<id>", orders.read_receipt)
