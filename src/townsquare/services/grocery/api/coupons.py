"""Coupons for programs: made and ended by staff, used for one's own cart."""

from townsquare.core.web.api import offer
from townsquare.services.grocery.api import bp
from townsquare.services.grocery.queries.coupons import find_coupons
from townsquare.services.grocery.usecases import coupons

offer(bp, "GET /promotions", find_coupons, not_yet=True)
offer(bp, "POST /promotions", coupons.add_coupon, status=201, once=True)
offer(bp, "POST /promotions/<id>/end", coupons.end_coupon)
offer(bp, "PUT /carts/current/coupon", coupons.apply_coupon)
offer(bp, "DELETE /carts/current/coupon", coupons.remove_coupon)
