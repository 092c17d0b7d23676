"""What somebody should bring from the shelves, because a reader waits for it."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, ScalarSelect, func, join, or_, select
from sqlalchemy.orm import aliased

from townsquare.core.frozen import dataclass
from townsquare.core.paging import Order
from townsquare.core.prepared import Prepared
from townsquare.core.usecase import Context, query
from townsquare.services.library.commands.lending import FindOnShelves
from townsquare.services.library.models.catalogue import BranchRow, CopyRow, DocumentRow
from townsquare.services.library.models.circulating import EDITION_NUMBER, Edition, edition_in_force
from townsquare.services.library.models.lending import HoldRow
from townsquare.services.library.results.lending import House, OnShelf, Shelves
from townsquare.services.library.rules.policy import Rule

OTHER = aliased(CopyRow)
PLACE = (BranchRow.code, CopyRow.shelf, CopyRow.shelf_mark, CopyRow.barcode)
ORDER = Order(
    CopyRow.barcode, *PLACE, among=join(CopyRow, BranchRow, CopyRow.at_branch_id == BranchRow.id)
)
ON_SHELF = (
    select(
        CopyRow.barcode,
        DocumentRow.title,
        DocumentRow.public_id,
        BranchRow.code,
        BranchRow.name,
        CopyRow.shelf,
        CopyRow.shelf_mark,
    )
    .join(DocumentRow, DocumentRow.id == CopyRow.document_id)
    .join(BranchRow, BranchRow.id == CopyRow.at_branch_id)
    .where(CopyRow.state == "available")
)


@dataclass(frozen=True)
class _House:
    code: str
    name: str
    edition: int | None


# The branches and the edition of the rules: one look for both.
HOUSES = Prepared(
    select(BranchRow.code, BranchRow.name, EDITION_NUMBER.label("edition")).order_by(
        BranchRow.code
    ),
    _House,
)


@query("library.hold.fetch", permission="library.hold.manage")
def find_on_shelves(ctx: Context, wish: FindOnShelves) -> Shelves:
    """Return the copies to bring, in the order of the shelves, no more of a title than wait."""
    houses = HOUSES.rows(ctx.db)
    if not houses:
        return Shelves([], "", [])
    edition = edition_in_force(ctx.db, houses[0].edition)
    takes_part = _takes_part(ctx, edition)
    waiting = select(func.count(HoldRow.id)).where(HoldRow.document_id == CopyRow.document_id)
    this_one = select(HoldRow.id).where(HoldRow.wanted_copy_id == CopyRow.id, takes_part).exists()
    anyone = waiting.where(takes_part, HoldRow.wanted_copy_id.is_(None)).correlate(CopyRow)
    shut = _kept_here(edition.rules_on(edition.today(ctx.now())).rules)
    chosen = ON_SHELF.where(
        CopyRow.document_id.in_(select(HoldRow.document_id).where(takes_part)),
        CopyRow.item_type.not_in(shut),
        or_(anyone.scalar_subquery() > _before(shut), this_one),
    )
    if wish.branch:
        chosen = chosen.where(BranchRow.code == wish.branch)
    if wish.after:
        chosen = ORDER.behind(chosen, wish.after)
    rows = ctx.db.execute(ORDER.sort(chosen).limit(wish.limit + 1)).all()
    items = [OnShelf(*row) for row in rows[: wish.limit]]
    told = [House(house.code, house.name) for house in houses]
    return Shelves(items, items[-1].barcode if len(rows) > wish.limit else "", told)


def _before(shut: list[str]) -> ScalarSelect[int]:
    """Return how many copies of its title that could be fetched stand before a copy."""
    return (
        select(func.count(OTHER.id))
        .where(
            OTHER.document_id == CopyRow.document_id,
            OTHER.state == "available",
            OTHER.item_type.not_in(shut),
            OTHER.barcode < CopyRow.barcode,
        )
        .correlate(CopyRow)
        .scalar_subquery()
    )


def _takes_part(ctx: Context, edition: Edition) -> ColumnElement[bool]:
    today = edition.today(ctx.now())
    paused = (HoldRow.state == "suspended") & (HoldRow.suspended_until <= today)
    return (HoldRow.state == "waiting") | paused


def _kept_here(rules: Sequence[Rule]) -> list[str]:
    """Return the types of copies that no rule lets out of the house."""
    shut = [rule.conditions for rule in rules if rule.policy.reading_room_only]
    return [kind for names in shut if set(names) == {"item_type"} for kind in names["item_type"]]
