"""Customers for programs."""

from townsquare.core.web.api import offer
from townsquare.services.grocery.api import bp
from townsquare.services.grocery.queries import customers as looks
from townsquare.services.grocery.usecases import customers

CUSTOMER = "grocery_api.grocery_customer_read"

offer(bp, "GET /customers", looks.find_customers)
offer(
    bp,
    "POST /customers",
    customers.register_customer,
    status=201,
    once=True,
    place=CUSTOMER,
    asks_more=True,
)
offer(bp, "GET /customers/<id>", looks.read_customer)
offer(bp, "PATCH /customers/<id>", customers.revise_customer, asks_more=True)
offer(bp, "DELETE /customers/<id>", customers.end_customer, status=204)
