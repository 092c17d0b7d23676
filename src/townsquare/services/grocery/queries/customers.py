"""Customers, found by number or name."""

from sqlalchemy import or_, select
from sqlalchemy.orm import join

from townsquare.blocks import people
from townsquare.core.paging import Order
from townsquare.core.usecase import Context, query
from townsquare.services.grocery.commands.customers import FindCustomers
from townsquare.services.grocery.commands.fields import Chosen
from townsquare.services.grocery.errors import UnknownCustomer
from townsquare.services.grocery.models.customers import CustomerRow
from townsquare.services.grocery.results.customers import Customer, Customers

READ = "grocery.customer.read"
PERSON = people.PERSON
OF_BOTH = join(CustomerRow, PERSON, PERSON.public_id == CustomerRow.person)
BY_NAME = Order(CustomerRow.public_id, PERSON.name_key, CustomerRow.public_id, among=OF_BOTH)
LINES = select(
    CustomerRow.public_id.label("id"),
    CustomerRow.version,
    CustomerRow.number,
    PERSON.name,
    PERSON.email,
    PERSON.phone,
    CustomerRow.tier,
    CustomerRow.since,
).join(PERSON, PERSON.public_id == CustomerRow.person)


@query("grocery.customer.list", permission=READ)
def find_customers(ctx: Context, wish: FindCustomers) -> Customers:
    """Return one page of the customers whose number or name holds the words."""
    lines = LINES
    if wish.words:
        key = people.search_key(wish.words)
        named = PERSON.name_key.contains(key, autoescape=True)
        numbered = CustomerRow.number_key.contains(wish.words.casefold(), autoescape=True)
        lines = lines.where(or_(named, numbered))
    return Customers(*BY_NAME.read(ctx.db, lines, Customer, after=wish.after, limit=wish.limit))


@query("grocery.customer.read")
def read_customer(ctx: Context, wish: Chosen) -> Customer:
    """Return a customer by their id."""
    found = ctx.db.execute(LINES.where(CustomerRow.public_id == wish.id)).first()
    if found is None:
        raise UnknownCustomer
    return Customer(*found)
