"""Goods that come back, for programs."""

from townsquare.core.web.api import offer
from townsquare.services.grocery.api import bp
from townsquare.services.grocery.queries import returns as looks
from townsquare.services.grocery.usecases import returns

offer(bp, "GET /orders/<number>/return", looks.my_returns)
offer(bp, "POST /orders/<number>/return", returns.ask_return, status=201, once=True)
offer(bp, "GET /returns", looks.find_returns)
offer(bp, "GET /returns/<id>", looks.read_return)
offer(bp, "POST /returns/<id>/decision", returns.decide_return)
offer(bp, "POST /returns/<id>/arrival", returns.receive_return)
offer(bp, "POST /returns/<id>/refund", returns.refund_return, status=201, once=True)
offer(bp, "POST /returns/<id>/proposal", returns.propose_return, status=201, once=True)
