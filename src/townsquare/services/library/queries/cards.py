"""The cards that a reader had before."""

from sqlalchemy import select

from townsquare.core.usecase import Context, query
from townsquare.services.library.commands.lending import ChoosePatron
from townsquare.services.library.errors import UnknownPatron
from townsquare.services.library.models.lending import CardRow, PatronRow
from townsquare.services.library.results.lending import OldCard


@query("library.patron.cards", permission="library.patron.read")
def old_cards(ctx: Context, wish: ChoosePatron) -> list[OldCard]:
    """Return the cards that a reader had before, the last one first."""
    chosen = (
        select(CardRow.number, CardRow.replaced_at, CardRow.replaced_by, CardRow.why)
        .select_from(PatronRow)
        .outerjoin(CardRow, CardRow.patron_id == PatronRow.id)
        .where(PatronRow.public_id == wish.id)
        .order_by(CardRow.id.desc())
    )
    found = ctx.db.execute(chosen).all()
    if not found:
        raise UnknownPatron(card="")
    return [OldCard(*row) for row in found if row.number]
