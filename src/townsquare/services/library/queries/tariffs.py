"""What things cost, and from when."""

from sqlalchemy import literal, or_, select

from townsquare.core.paging import Order
from townsquare.core.usecase import Context, query
from townsquare.services.library.commands.tariffs import FindTariffs
from townsquare.services.library.models.circulating import current_edition
from townsquare.services.library.models.tariffs import TariffRow
from townsquare.services.library.results.tariffs import TariffLine, Tariffs

TARIFF_LINE = select(
    TariffRow.public_id,
    TariffRow.code,
    TariffRow.name,
    TariffRow.amount_minor,
    TariffRow.valid_from,
    TariffRow.valid_to,
    (TariffRow.set_by == "").label("from_the_beginning"),
)
SETS = "library.calendar.set"
BY_CODE = Order(TariffRow.public_id, TariffRow.code, TariffRow.valid_from, TariffRow.id)


@query("library.tariff.view", permission="public")
def find_tariffs(ctx: Context, wish: FindTariffs) -> Tariffs:
    """Return what things cost now and will cost, by code, page by page; former amounts if asked."""
    # What was replaced before it began never applied to anybody.
    until, begins = TariffRow.valid_to, TariffRow.valid_from
    told = TariffRow.set_by if SETS in ctx.actor.permissions else literal("")
    chosen = TARIFF_LINE.add_columns(told).where(or_(until.is_(None), until > begins))
    if not wish.past:
        today = current_edition(ctx.db).today(ctx.now())
        chosen = chosen.where(or_(until.is_(None), until > today))
    if wish.words:
        said = (TariffRow.code, TariffRow.name)
        chosen = chosen.where(or_(*(c.icontains(wish.words, autoescape=True) for c in said)))
    return Tariffs(*BY_CODE.read(ctx.db, chosen, TariffLine, after=wish.after, limit=wish.limit))
