"""Gift cards, refunds that wait for people, and tills for programs."""

from townsquare.core.web.api import offer
from townsquare.services.grocery.api import bp
from townsquare.services.grocery.queries import cards as card_looks
from townsquare.services.grocery.queries import refunds as refund_looks
from townsquare.services.grocery.queries import tills as till_looks
from townsquare.services.grocery.usecases import agreeing, cards, refunds, tills

TILL = "grocery_api.grocery_till_read"

# A code stands in no address, which others keep in their logs.
offer(bp, "POST /gift-cards/check", card_looks.check_card, rate="expensive")
offer(bp, "POST /gift-cards/find", card_looks.find_card)
offer(bp, "POST /gift-cards", cards.sell_gift_card, status=201, once=True)
offer(bp, "POST /gift-cards/<id>/block", cards.block_gift_card)

offer(bp, "GET /refunds/proposals", refund_looks.find_proposals)
offer(bp, "POST /refunds/proposals", agreeing.propose_refund, status=201, once=True)
offer(bp, "POST /refunds/proposals/<id>/approval", agreeing.approve_refund)
offer(bp, "POST /refunds/proposals/<id>/refusal", agreeing.decline_refund)

offer(bp, "GET /refunds/refused", refund_looks.find_refused)
offer(bp, "GET /refunds/refused/<id>", refund_looks.read_refused)
offer(bp, "POST /refunds/refused/<id>/again", refunds.ask_again)
offer(bp, "POST /refunds/refused/<id>/otherwise", refunds.pay_otherwise, status=201, once=True)

offer(bp, "GET /tills", till_looks.find_tills, not_yet=True)
offer(bp, "POST /tills", tills.add_till, status=201, place=TILL)
offer(bp, "GET /tills/<id>", till_looks.read_till)
offer(bp, "POST /tills/<id>/shift", tills.open_shift, status=201)
offer(bp, "POST /tills/<id>/cash", tills.move_cash, status=201, once=True)
offer(bp, "POST /tills/<id>/count", tills.count_shift)
offer(bp, "POST /tills/<id>/close", tills.close_shift)
