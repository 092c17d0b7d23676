"""What things cost, and from when."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import or_, select, tuple_
from sqlalchemy.orm import aliased

from townsquare.core.usecase import Context, query
from townsquare.services.library.commands.tariffs import FindTariffs
from townsquare.services.library.models.circulating import current_edition
from townsquare.services.library.models.tariffs import TariffRow
from townsquare.services.library.results.tariffs import TariffLine, Tariffs

TARIFF_LINE = select(
    TariffRow.id,
    TariffRow.public_id,
    TariffRow.code,
    TariffRow.name,
    TariffRow.amount_minor,
    TariffRow.valid_from,
    TariffRow.valid_to,
    TariffRow.set_by,
)


@query("library.tariff.view", permission="public")
def find_tariffs(ctx: Context, wish: FindTariffs) -> Tariffs:
    """Return what things cost now and will cost, by code, page by page; former amounts if asked."""
    # What was replaced before it began never applied to anybody.
    until, begins = TariffRow.valid_to, TariffRow.valid_from
    chosen = TARIFF_LINE.where(or_(until.is_(None), until > begins))
    if not wish.past:
        today = current_edition(ctx.db).today(ctx.now())
        chosen = chosen.where(or_(until.is_(None), until > today))
    if wish.words:
        said = (TariffRow.code, TariffRow.name)
        chosen = chosen.where(or_(*(c.icontains(wish.words, autoescape=True) for c in said)))
    if wish.after:
        last = aliased(TariffRow)
        here, there = (tuple_(row.code, row.valid_from, row.id) for row in (TariffRow, last))
        chosen = chosen.join(last, last.id == wish.after).where(here > there)
    ordered = chosen.order_by(TariffRow.code, begins, TariffRow.id)
    found: Iterable[Any] = ctx.db.execute(ordered.limit(wish.limit + 1))
    items = [TariffLine(*row) for row in found]
    more = len(items) > wish.limit
    return Tariffs(items[: wish.limit], items[wish.limit - 1].key if more else None)
