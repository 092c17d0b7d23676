"""The ways in which money comes: out of which account, and who answers for it."""

from collections.abc import Mapping

from sqlalchemy import select

from townsquare.blocks.payments.errors import CardUnknown, NoShift, UnknownShift
from townsquare.blocks.payments.models import GiftCardRow, PaymentRow, ShiftRow, TillRow
from townsquare.blocks.payments.rules import day_in, hash_of
from townsquare.blocks.payments.usecases.ledger import Shop
from townsquare.core.frozen import dataclass
from townsquare.core.usecase import Context

BLOCKED, OVER = "card-blocked", "card-expired"
TAKEN_AT: Mapping[str, str] = {"cash": "cash", "card": "clearing:card", "transfer": "bank"}


@dataclass(frozen=True)
class Way:
    """How somebody pays: the account that has the money, the shift or the card behind it."""

    method: str
    account: str
    reference: str | None = None
    shift_id: int | None = None
    card_id: int | None = None
    stuck: str = ""  # Why nothing can go back like this, though it came like this.


@dataclass(frozen=True)
class Hand:
    """Through what a payment goes: an open shift, a gift card by its code, a courier."""

    shift: str = ""
    card: str = ""
    courier: str = ""


def way_of(ctx: Context, shop: Shop, method: str, *, party: str, hand: Hand) -> Way:
    """Return how this payment comes; refuse cash without a shift, a card that is not valid."""
    if method == "cash":
        return cash_way(ctx, shop, hand.shift)
    if method == "gift_card":
        card = card_by_code(ctx, shop, hand.card)
        return Way(method, f"gift-card:{card.public_id}", card_id=card.id)
    if method == "cash_on_delivery":
        return Way(method, f"courier-float:{hand.courier}")
    kept = {"deposit": f"deposit:{party}", "store_credit": f"store-credit:{party}"}
    return Way(method, kept.get(method) or TAKEN_AT[method])


def way_back(ctx: Context, shop: Shop, payment: PaymentRow, *, shift: str) -> Way:
    """Return where money of a payment goes back to: cash to the till whose shift is open.

    Nobody can spend what would go back to a card that is blocked or past its day. The card is held
    until we are done, so that nobody blocks it meanwhile.
    """
    if payment.method == "online":
        return Way("online", f"clearing:{payment.provider}")
    if payment.card_id is not None:
        held = select(GiftCardRow).filter_by(id=payment.card_id).with_for_update(read=True)
        card = ctx.db.scalars(held.execution_options(populate_existing=True)).one()
        return Way("gift_card", f"gift-card:{card.public_id}", stuck=_stuck(ctx, shop, card))
    if payment.method in {"cash", "cash_on_delivery"}:
        return cash_way(ctx, shop, shift or _open_at_till_of(ctx, payment))
    return way_of(ctx, shop, payment.method, party=payment.party, hand=Hand())


def shift_row(ctx: Context, shop: Shop, shift: str, *, alone: bool) -> tuple[ShiftRow, TillRow]:
    """Return a shift of this shop, held until we are done: alone, or with others who take cash."""
    chosen = (
        select(ShiftRow, TillRow)
        .join(TillRow, TillRow.id == ShiftRow.till_id)
        .where(ShiftRow.public_id == shift, TillRow.shop == shop.name)
        .with_for_update(of=ShiftRow, read=not alone)
        .execution_options(populate_existing=True)
    )
    found = ctx.db.execute(chosen).one_or_none()
    if found is None:
        raise UnknownShift
    return found[0], found[1]


def card_by_code(ctx: Context, shop: Shop, code: str) -> GiftCardRow:
    """Return the card with this code that can be used here today."""
    chosen = select(GiftCardRow).filter_by(shop=shop.name, code_hash=hash_of(code))
    row = ctx.db.scalar(chosen.execution_options(populate_existing=True))
    if row is None or row.currency != shop.currency or _stuck(ctx, shop, row):
        raise CardUnknown
    return row


def _stuck(ctx: Context, shop: Shop, card: GiftCardRow) -> str:
    """Return why nobody can pay with a card today; empty where somebody can."""
    if card.blocked_at is not None:
        return BLOCKED
    over = card.expires_on is not None and card.expires_on < day_in(ctx.now(), shop.zone)
    return OVER if over else ""


def cash_way(ctx: Context, shop: Shop, shift: str) -> Way:
    """Return how cash comes and goes; refuse it without an open shift where one is needed."""
    if not shift:
        if shop.needs_shift:
            raise NoShift
        return Way("cash", TAKEN_AT["cash"])
    row, till = shift_row(ctx, shop, shift, alone=False)
    if row.state != "open" or till.currency != shop.currency:
        raise NoShift
    return Way("cash", f"cash:{till.code}", shift_id=row.id)


def _open_at_till_of(ctx: Context, payment: PaymentRow) -> str:
    """Return the open shift of the till that took a payment; empty where no till took it."""
    if payment.shift_id is None:
        return ""
    till = select(ShiftRow.till_id).where(ShiftRow.id == payment.shift_id).scalar_subquery()
    chosen = select(ShiftRow.public_id).where(ShiftRow.till_id == till, ShiftRow.state == "open")
    found = ctx.db.scalar(chosen)
    if found is None:
        raise NoShift
    return found
