"""Places, counts, transfers, waste, past figures and ordering again for programs."""

from townsquare.core.web.api import offer
from townsquare.services.grocery.api import bp
from townsquare.services.grocery.queries import carrying as ways
from townsquare.services.grocery.queries import counts, past, places, waste
from townsquare.services.grocery.queries import reordering as proposals
from townsquare.services.grocery.usecases import carrying, counting, reordering, wasting
from townsquare.services.grocery.usecases import places as founding

TRANSFER = "grocery_api.grocery_transfer_read"
COUNT = "grocery_api.grocery_count_read"

offer(bp, "GET /stock/places", places.find_places, not_yet=True)
offer(bp, "POST /stock/places", founding.add_place, status=201)

offer(bp, "GET /stock/counts", counts.find_counts)
offer(bp, "POST /stock/counts", counting.open_count, status=201, place=COUNT)
offer(bp, "GET /stock/counts/<id>", counts.read_count)
offer(bp, "POST /stock/counts/<id>/lines", counting.record_count)
offer(bp, "GET /stock/counts/<id>/figures", counts.read_figures)
offer(bp, "POST /stock/counts/<id>/approve", counting.approve_count)
offer(bp, "POST /stock/counts/<id>/reject", counting.reject_count)
offer(bp, "GET /stock/count-list", counts.find_doubts)

offer(bp, "GET /stock/waste", waste.find_due, not_yet=True)
offer(bp, "POST /stock/waste", wasting.discard_goods, status=201, once=True)
offer(bp, "GET /stock/wasted", waste.find_wasted)
offer(bp, "POST /stock/wasted/<id>/undo", wasting.undo_waste)

offer(bp, "POST /stock/moves", carrying.carry_goods, status=201, once=True)
offer(bp, "GET /stock/transfers", ways.find_transfers)
offer(
    bp,
    "POST /stock/transfers",
    carrying.send_transfer,
    status=201,
    once=True,
    place=TRANSFER,
)
offer(bp, "GET /stock/transfers/<id>", ways.read_transfer)
offer(bp, "POST /stock/transfers/<id>/arrive", carrying.arrive_transfer)

offer(bp, "GET /stock/at", past.find_stock_at, not_yet=True)
offer(bp, "GET /stock/reorder", proposals.find_proposals, not_yet=True)
offer(bp, "GET /stock/reorder/<id>", proposals.read_rule)
offer(bp, "PUT /stock/reorder/<id>", reordering.set_reorder_rule)
offer(bp, "DELETE /stock/reorder/<id>", reordering.drop_reorder_rule, status=204)
