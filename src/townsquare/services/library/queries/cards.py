"""The cards that a reader had before."""

from sqlalchemy import select

from townsquare.core.usecase import Context, query
from townsquare.services.library.commands.lending import ChoosePatron
from townsquare.services.library.models.lending import CardRow, PatronRow
from townsquare.services.library.results.lending import OldCard


@query("library.patron.cards", permission="library.patron.read")
def old_cards(ctx: Context, wish: ChoosePatron) -> list[OldCard]:
    """Return the cards that a reader had before, the last one first."""
    chosen = (
        select(CardRow.number, CardRow.replaced_at, CardRow.replaced_by, CardRow.why)
        .join(PatronRow, PatronRow.id == CardRow.patron_id)
        .where(PatronRow.public_id == wish.id)
        .order_by(CardRow.id.desc())
    )
    return [OldCard(*row) for row in ctx.db.execute(chosen)]
