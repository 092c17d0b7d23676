"""Charges, payments, receipts and waivers for programs."""

from townsquare.core.web.api import offer
from townsquare.services.library.api import bp
from townsquare.services.library.queries import money
from townsquare.services.library.usecases import charges, proposals, refunds

CHARGE, PAYMENT = "library_api.library_charge_read", "library_api.library_payment_read"
RECEIPT = "library_api.library_receipt_read"

offer(bp, "GET /charges", money.find_charges)
offer(bp, "GET /charges/<id>", money.read_charge)
offer(bp, "GET /payments", money.find_payments)
offer(bp, "POST /payments", charges.take_payment, status=201, once=True, place=PAYMENT)
offer(bp, "GET /payments/<id>", money.read_payment)
offer(bp, "POST /refunds", refunds.refund_payment, status=201, once=True, place=RECEIPT)
offer(bp, "GET /refunds/proposals", money.find_refund_wishes)
offer(bp, "POST /refunds/proposals", refunds.propose_refund, status=201, once=True)
offer(bp, "POST /refunds/proposals/<id>/approval", refunds.approve_refund)
offer(bp, "POST /refunds/proposals/<id>/refusal", refunds.decline_refund)
offer(bp, "GET /waivers", money.find_waivers)
offer(bp, "POST /waivers", charges.waive_charge, status=201, once=True, place=CHARGE)
offer(bp, "GET /waivers/proposals", money.find_proposals)
offer(bp, "POST /waivers/proposals/<id>/acceptance", proposals.accept_proposal)
offer(bp, "POST /waivers/proposals/<id>/refusal", proposals.decline_proposal)
offer(bp, "POST /deposits", charges.take_deposit, status=201, once=True, place=PAYMENT)
offer(bp, "POST /deposits/return", charges.return_deposit, once=True)
offer(bp, "GET /receipts/<id>", money.read_receipt)

offer(bp, "GET /me/charges", money.my_charges)
offer(bp, "GET /me/charges/<id>", money.my_charge)
offer(bp, "GET /me/payments", money.my_payments)
offer(bp, "GET /me/payments/<id>", money.my_payment)
offer(bp, "GET /me/receipts", money.my_receipts)
offer(bp, "GET /me/receipts/<id>", money.my_receipt)
