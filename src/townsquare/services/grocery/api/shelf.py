"""Receipts, levels, lots and moves for programs."""

from townsquare.core.web.api import offer
from townsquare.services.grocery.api import bp
from townsquare.services.grocery.queries import recalls as recalled
from townsquare.services.grocery.queries import stocks
from townsquare.services.grocery.usecases import recalls, receiving

offer(bp, "POST /receipts", receiving.receive_goods, status=201, once=True)
offer(bp, "GET /stock/levels", stocks.find_stock)
offer(bp, "GET /stock/moves/<id>", stocks.explain_stock)
offer(bp, "GET /stock/lots", stocks.find_lots)
offer(bp, "GET /stock/lots/<id>", stocks.read_lot)
offer(bp, "GET /stock/lots/<id>/orders", stocks.orders_of_lot)
offer(bp, "POST /stock/lots/<id>/block", receiving.block_lot)
offer(bp, "DELETE /stock/lots/<id>/block", receiving.unblock_lot)
offer(bp, "GET /stock/scan", stocks.scan_product)

offer(bp, "POST /stock/lots/<id>/recall", recalls.recall_lot)
offer(bp, "GET /recalls", recalled.find_recalls)
offer(bp, "GET /recalls/<id>", recalled.read_recall)
offer(bp, "POST /recalls/<id>/payouts", recalls.pay_recalled, status=201, once=True)
