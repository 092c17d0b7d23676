"""What the shop keeps about a person, and forgets when they leave for good."""

from collections.abc import Iterator

from sqlalchemy import delete, select

from townsquare.core.parts import Part, Sheet, Somebody, sheet
from townsquare.core.usecase import Context
from townsquare.core.words import translatable
from townsquare.services.grocery.models.customers import CustomerRow
from townsquare.services.grocery.models.staff import StaffRow


def _tell(ctx: Context, who: Somebody) -> Iterator[Sheet]:
    row = CustomerRow
    mine = select(row.number, row.tier, row.since).where(row.person == who.person)
    yield sheet(ctx.db, "customer", mine)
    work = StaffRow
    worked = select(work.number, work.position, work.since, work.ended_on)
    yield sheet(ctx.db, "work", worked.where(work.person == who.person).order_by(work.id))


def _forget(ctx: Context, who: Somebody) -> None:
    ctx.db.execute(delete(CustomerRow).where(CustomerRow.person == who.person))
    ctx.db.execute(delete(StaffRow).where(StaffRow.person == who.person))


PERSONAL = Part(
    name="grocery-customers",
    title=translatable("Your numbers, your tier and your work in the shop"),
    tables=frozenset({"grocery_customer", "grocery_staff"}),
    tell=_tell,
    forget=_forget,
)
