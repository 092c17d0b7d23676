"""Readers, as the desk sees them."""

from datetime import date

from sqlalchemy import bindparam, case, func, join, select

from townsquare.blocks import payments, people
from townsquare.blocks.people import PERSON
from townsquare.core.paging import Order
from townsquare.core.usecase import Context, query
from townsquare.services.library.commands.lending import ChoosePatron, FindPatrons
from townsquare.services.library.errors import UnknownPatron
from townsquare.services.library.models.catalogue import BranchRow
from townsquare.services.library.models.circulating import SHOP
from townsquare.services.library.models.lending import CardRow, LoanRow, PatronRow
from townsquare.services.library.ports import TOWN
from townsquare.services.library.results.lending import Patron, Patrons

OPEN_OF = (
    select(func.count(LoanRow.id))
    .where(LoanRow.patron_id == PatronRow.id, LoanRow.closed_reason.is_(None))
    .correlate(PatronRow)
    .scalar_subquery()
)
# A card that has run out needs no job to say so; whoever is blocked stays blocked.
EXPIRED = (PatronRow.state == "active") & (PatronRow.expires_on < bindparam("today"))
PATRON_STATE = case((EXPIRED, "expired"), else_=PatronRow.state)
PATRON_LINE = (
    select(
        PatronRow.public_id.label("id"),
        PatronRow.version,
        PatronRow.person,
        PatronRow.card,
        PERSON.name,
        PatronRow.kind,
        BranchRow.code.label("branch"),
        PatronRow.expires_on,
        PATRON_STATE.label("state"),
        PatronRow.block_reason,
        OPEN_OF.label("open_loans"),
        payments.open_amount(PatronRow.person, SHOP).label("open_minor"),
        BranchRow.name.label("branch_name"),
        PatronRow.note,
    )
    .join(PERSON, PERSON.public_id == PatronRow.person)
    .join(BranchRow, BranchRow.id == PatronRow.home_branch_id)
)
ORDERS = {
    "name": Order(
        PatronRow.public_id,
        PERSON.name_key,
        PERSON.id,
        among=join(PERSON, PatronRow, PERSON.public_id == PatronRow.person),
    ),
    "newest": Order(PatronRow.public_id, PatronRow.id, falling=True),
}


@query("library.patron.view", permission="library.patron.read")
def find_patrons(ctx: Context, wish: FindPatrons) -> Patrons:
    """Return readers by name or card, sorted by name or the newest first, page by page."""
    chosen = PATRON_LINE
    if wish.words:
        key = people.search_key(wish.words)
        chosen = chosen.where(
            PERSON.name_key.contains(key, autoescape=True)
            | (PatronRow.card == wish.words)
            | PatronRow.id.in_(select(CardRow.patron_id).where(CardRow.number == wish.words))
        )
    if wish.state:
        chosen = chosen.where(PATRON_STATE.in_((wish.state,)))
    chosen = chosen.params(today_of(ctx))
    return Patrons(
        *ORDERS[wish.sort].read(ctx.db, chosen, Patron, after=wish.after, limit=wish.limit)
    )


@query("library.patron.read")
def read_patron(ctx: Context, wish: ChoosePatron) -> Patron:
    """Return one reader."""
    row = ctx.db.execute(PATRON_LINE.where(PatronRow.public_id == wish.id), today_of(ctx)).first()
    if row is None:
        raise UnknownPatron(card="")
    return Patron(*row)


def today_of(ctx: Context) -> dict[str, date]:
    """Return the town's today, as the state of a card depends on it."""
    return {"today": ctx.engine(TOWN).day_of(ctx.now())}
