"""What stock keeps about a person: what they counted and approved, under the number of an account.

The number names nobody once the account is gone, and the figures stay counted.
"""

from collections.abc import Iterator

from sqlalchemy import select

from townsquare.blocks.stock.models.papers import CountLineRow, CountRow
from townsquare.core.parts import Part, Sheet, Somebody, sheet
from townsquare.core.usecase import Context
from townsquare.core.words import translatable


def _tell(ctx: Context, who: Somebody) -> Iterator[Sheet]:
    line, count = CountLineRow, CountRow
    chosen = select(count.public_id.label("count"), line.counted, line.counted_at)
    chosen = chosen.join(count, count.id == line.count_id).order_by(line.id)
    yield sheet(ctx.db, "counted", chosen.where(line.counted_by == who.account))
    yield sheet(ctx.db, "approved", chosen.where(line.approved_by == who.account))


def _forget(_ctx: Context, _who: Somebody) -> None:
    """Nothing here names anybody."""


PERSONAL = Part(
    name="stock",
    title=translatable("What you counted"),
    tables=frozenset({"stock_count_line"}),
    tell=_tell,
    forget=_forget,
)
