"""Those who work in the shop, found by number or name."""

from sqlalchemy import or_
from sqlalchemy.orm import join

from townsquare.blocks import people
from townsquare.core.paging import Order
from townsquare.core.usecase import Context, query
from townsquare.services.grocery.commands.fields import Chosen
from townsquare.services.grocery.commands.staff import FindStaff
from townsquare.services.grocery.models.staff import AT_WORK, LINES, StaffRow, colleague
from townsquare.services.grocery.results.staff import Colleague, Staff

READ = "grocery.staff.read"
PERSON = people.PERSON
OF_BOTH = join(StaffRow, PERSON, PERSON.public_id == StaffRow.person)
BY_NAME = Order(StaffRow.public_id, PERSON.name_key, StaffRow.public_id, among=OF_BOTH)


@query("grocery.staff.list", permission=READ)
def find_staff(ctx: Context, wish: FindStaff) -> Staff:
    """Return one page of those who work here, or have left, by number or name."""
    lines = LINES.where(~AT_WORK if wish.left else AT_WORK)
    if wish.words:
        key = people.search_key(wish.words)
        named = PERSON.name_key.contains(key, autoescape=True)
        numbered = StaffRow.number_key.contains(wish.words.casefold(), autoescape=True)
        lines = lines.where(or_(named, numbered))
    return Staff(*BY_NAME.read(ctx.db, lines, Colleague, after=wish.after, limit=wish.limit))


@query("grocery.staff.read")
def read_colleague(ctx: Context, wish: Chosen) -> Colleague:
    """Return somebody who works in the shop, or did."""
    return colleague(ctx, wish.id)
