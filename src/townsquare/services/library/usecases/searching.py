"""Write the words of all documents anew, batch by batch, while the town goes on."""

from sqlalchemy import select

from townsquare.core.usecase import Context, use_case
from townsquare.services.library.commands.catalogue import WriteWords
from townsquare.services.library.models.catalogue import DocumentRow
from townsquare.services.library.models.searching import write_words

BATCH = 200


@use_case("library.search.rebuild", permission="library.document.edit")
def rebuild_words(ctx: Context, wish: WriteWords) -> str:
    """Write the words of the next documents and return the last of them; empty at the end."""
    rows = ctx.db.execute(
        select(DocumentRow.id, DocumentRow.public_id)
        .where(DocumentRow.public_id > wish.after)
        .order_by(DocumentRow.public_id)
        .limit(BATCH)
    ).all()
    for row in rows:
        write_words(ctx.db, row.id)
    return str(rows[-1].public_id) if rows else ""
