"""Those who work in the shop, for programs."""

from townsquare.core.web.api import offer
from townsquare.services.grocery.api import bp
from townsquare.services.grocery.queries import staff as looks
from townsquare.services.grocery.usecases import staff

COLLEAGUE = "grocery_api.grocery_staff_read"

offer(bp, "GET /staff/people", looks.find_staff)
offer(bp, "POST /staff/people", staff.enrol_staff, status=201, once=True, place=COLLEAGUE)
offer(bp, "GET /staff/people/<id>", looks.read_colleague)
offer(bp, "PATCH /staff/people/<id>", staff.revise_staff)
offer(bp, "DELETE /staff/people/<id>", staff.end_staff, status=204)
