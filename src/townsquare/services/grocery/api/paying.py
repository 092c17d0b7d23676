"""Paying for programs, and the address to which the provider of payments sends its messages."""

from flask import jsonify, request
from flask.typing import ResponseReturnValue

from townsquare.core.usecase import declared
from townsquare.core.web import acting, actor, needs
from townsquare.core.web.api import offer
from townsquare.core.web.reading import read
from townsquare.services.grocery.api import bp
from townsquare.services.grocery.commands.paying import ProviderMessage
from townsquare.services.grocery.queries import paying as looks
from townsquare.services.grocery.usecases import paying
from townsquare.services.grocery.usecases.asking import hear_provider

SIGNATURE = "Townsquare-Payment-Signature"

offer(bp, "GET /orders/<number>/payments", looks.my_money)
offer(
    bp,
    "POST /orders/<number>/payments",
    paying.pay_order,
    status=201,
    once=True,
    rate="expensive",
)
offer(bp, "GET /staff/orders/<id>/payments", looks.order_payments)


@bp.post("/payments/events")
@needs("public")
def hear() -> ResponseReturnValue:
    """Take in a message of the provider, as it was sent and signed."""
    declared(hear_provider).admit(actor())
    signature = request.headers.get(SIGNATURE, "")
    wish = read(ProviderMessage, {"body": request.get_data(), "signature": signature})
    with acting() as ctx:
        told = hear_provider(ctx, wish)
    return jsonify(new=told.new)
