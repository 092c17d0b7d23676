"""Delivery for programs: addresses and times of one's own cart, and what staff says of the van."""

from townsquare.core.web.api import offer
from townsquare.services.grocery.api import bp
from townsquare.services.grocery.queries import delivering as looks
from townsquare.services.grocery.usecases import delivering, van

AREA = "grocery_api.grocery_delivery_area"

offer(bp, "GET /slots", looks.find_slots, not_yet=True)
offer(bp, "GET /carts/current/address", looks.last_address)
offer(bp, "POST /carts/current/address", delivering.say_address)

offer(bp, "POST /staff/orders/<id>/send-out", delivering.send_out)
offer(bp, "POST /staff/orders/<id>/bring-back", delivering.bring_back)

offer(bp, "GET /delivery", looks.read_van, not_yet=True)
offer(bp, "POST /delivery/areas", van.add_area, status=201, place=AREA)
offer(bp, "GET /delivery/areas/<id>", looks.read_area)
offer(bp, "PATCH /delivery/areas/<id>", van.revise_area)
offer(bp, "POST /delivery/areas/<id>/fees", van.set_fee, status=201)
offer(bp, "PUT /delivery/week", van.plan_van)
