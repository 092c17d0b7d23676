"""Gift cards and store credit: money that the shop owes until it is spent here."""

from datetime import date
from secrets import choice

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from townsquare.blocks.payments.errors import CardUnknown, OverAllocated, UnknownPayment
from townsquare.blocks.payments.events import CardBlocked, CardIssued, CreditAdded
from townsquare.blocks.payments.models import SPREAD, GiftCardRow, PaymentRow
from townsquare.blocks.payments.results import GiftCard, NewCard
from townsquare.blocks.payments.rules import hash_of
from townsquare.blocks.payments.usecases.ledger import (
    FUNDS,
    GOODWILL,
    Shop,
    balance_of,
    known_entry,
    post,
    refuse_nothing,
)
from townsquare.core.db import breaks
from townsquare.core.errors import AlreadyDone, KeyReused
from townsquare.core.frozen import dataclass
from townsquare.core.ids import ALPHABET, new_id
from townsquare.core.usecase import Context

GROUPS, OF_GROUP = 4, 4  # Eighty bits: nobody finds one by trying.
ONE_CODE = "uq_payments_gift_card_code_hash"


def issue_gift_card(
    ctx: Context,
    shop: Shop,
    *,
    amount_minor: int,
    key: str,
    payment: str = "",
    expires_on: date | None = None,
    code: str = "",
) -> NewCard:
    """Make a card, once for each key, out of money that waits, or as a gift of the shop.

    The code is told here and never again: empty where the key was used before. One that the caller
    has derived, so that nobody guesses it, makes one card: AlreadyDone where there is one.
    """
    source = FUNDS if payment else GOODWILL
    told = CardTerms(amount_minor, key, payment, expires_on, code)
    return card_out_of(ctx, shop, told, source=source)


@dataclass(frozen=True)
class CardTerms:
    """How much is on a card, under which key it is made, and out of which payment, if of one."""

    amount_minor: int
    key: str
    payment: str = ""
    expires_on: date | None = None
    code: str = ""  # One that was derived; else one is made.


def card_out_of(ctx: Context, shop: Shop, told: CardTerms, *, source: str) -> NewCard:
    """Make a card, once for each key, with money of this account; its code is told this once."""
    refuse_nothing(told.amount_minor)
    known = ctx.db.scalar(select(GiftCardRow).filter_by(shop=shop.name, key=told.key))
    if known is not None:
        lines = _lines(source, known, told.amount_minor)
        entry = known_entry(ctx, shop, f"gift card {known.public_id}", lines=lines)
        if known.expires_on != told.expires_on or not entry:
            raise KeyReused
        return NewCard(_told(ctx, shop, known), "")
    code = told.code or "-".join(
        "".join(choice(ALPHABET) for _ in range(OF_GROUP)) for _ in range(GROUPS)
    )
    row = GiftCardRow(
        public_id=new_id(),
        created_at=ctx.now(),
        version=1,
        shop=shop.name,
        key=told.key,
        code_hash=hash_of(code),
        currency=shop.currency,
        expires_on=told.expires_on,
    )
    _write(ctx, row, derived=bool(told.code))
    if told.payment:
        spent(ctx, shop, told.payment, amount_minor=told.amount_minor)
    lines = _lines(source, row, told.amount_minor)
    post(ctx, shop, f"gift card {row.public_id}", kind="gift_card", lines=lines)
    ctx.emit(CardIssued(row.public_id, told.amount_minor, shop.currency))
    return NewCard(_told(ctx, shop, row), code)


def gift_card_of(ctx: Context, shop: Shop, code: str) -> GiftCard:
    """Return the card with this code, also when it is blocked or past its day."""
    row = ctx.db.scalar(select(GiftCardRow).filter_by(shop=shop.name, code_hash=hash_of(code)))
    if row is None:
        raise CardUnknown
    return _told(ctx, shop, row)


def block_gift_card(ctx: Context, shop: Shop, card: str, *, reason: str) -> GiftCard:
    """Let nobody pay with a card any more; its money stays on it."""
    chosen = select(GiftCardRow).filter_by(shop=shop.name, public_id=card).with_for_update()
    row = ctx.db.scalar(chosen.execution_options(populate_existing=True))
    if row is None:
        raise CardUnknown
    if row.blocked_at is None:
        row.blocked_at, row.version = ctx.now(), row.version + 1
        ctx.db.flush()
        ctx.emit(CardBlocked(row.public_id, reason))
    return _told(ctx, shop, row)


def add_store_credit(
    ctx: Context,
    shop: Shop,
    *,
    party: str,
    amount_minor: int,
    key: str,
    reason: str,
    payment: str = "",
) -> int:
    """Let a party spend this here, once for each key: out of money that waits, or as a gift.

    Returns their whole store credit in minor units.
    """
    refuse_nothing(amount_minor)
    source = FUNDS if payment else GOODWILL
    lines = {source: amount_minor, f"store-credit:{party}": -amount_minor}
    if known_entry(ctx, shop, f"store credit {key}", lines=lines) is not None:
        return store_credit_of(ctx, shop, party=party)
    if payment:
        spent(ctx, shop, payment, amount_minor=amount_minor, party=party)
    post(ctx, shop, f"store credit {key}", kind="store_credit", lines=lines, memo=reason)
    ctx.emit(CreditAdded(party, amount_minor, shop.currency, reason))
    return store_credit_of(ctx, shop, party=party)


def store_credit_of(ctx: Context, shop: Shop, *, party: str) -> int:
    """Return what a party can still spend here, in minor units."""
    return balance_of(ctx, shop, f"store-credit:{party}")


def spent(ctx: Context, shop: Shop, payment: str, *, amount_minor: int, party: str = "") -> None:
    """Take money out of the customer's funds for something else than a charge."""
    chosen = (PaymentRow.public_id == payment) & (PaymentRow.shop == shop.name)
    if party:
        chosen &= PaymentRow.party == party
    taking = (
        update(PaymentRow)
        .where(chosen, PaymentRow.currency == shop.currency)
        .values(credited_minor=PaymentRow.credited_minor + amount_minor)
        .returning(PaymentRow.id)
        .execution_options(synchronize_session=False)
    )
    try:
        taken = ctx.db.execute(taking).scalar_one_or_none()
    except IntegrityError as error:
        if breaks(error, SPREAD):
            raise OverAllocated from error
        raise
    if taken is None:
        raise UnknownPayment


def _write(ctx: Context, row: GiftCardRow, *, derived: bool) -> None:
    same = select(GiftCardRow.id).filter_by(code_hash=row.code_hash)
    if derived and ctx.db.scalar(same) is not None:
        raise AlreadyDone
    ctx.db.add(row)
    try:
        ctx.db.flush()
    except IntegrityError as error:
        if breaks(error, ONE_CODE):  # Of two at once; SQLite has one who writes.
            raise AlreadyDone from error
        raise


def _lines(source: str, card: GiftCardRow, amount_minor: int) -> dict[str, int]:
    return {source: amount_minor, f"gift-card:{card.public_id}": -amount_minor}


def _told(ctx: Context, shop: Shop, row: GiftCardRow) -> GiftCard:
    held = balance_of(ctx, shop, f"gift-card:{row.public_id}")
    blocked = row.blocked_at is not None
    return GiftCard(
        row.public_id, held, row.currency, row.expires_on, blocked, made_at=row.created_at
    )
