"""When the shop is open, for programs: everybody reads it, few say it."""

from townsquare.core.web.api import offer
from townsquare.services.grocery.api import bp
from townsquare.services.grocery.queries import hours as looks
from townsquare.services.grocery.usecases import hours

offer(bp, "GET /hours", looks.read_hours, not_yet=True)
offer(bp, "GET /staff/hours", looks.read_hours_desk, not_yet=True)
offer(bp, "PUT /hours/week", hours.set_hours)
offer(bp, "POST /hours/closings", hours.close_day, status=201)
offer(bp, "DELETE /hours/closings/<id>", hours.open_day, status=204)
