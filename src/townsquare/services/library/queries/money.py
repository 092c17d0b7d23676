"""What the counter and its readers look up: charges, payments, receipts, waivers."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    String,
    bindparam,
    cast,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from townsquare.blocks import payments, people
from townsquare.core.paging import Order
from townsquare.core.usecase import Context, query
from townsquare.services.library.commands.lending import Ids
from townsquare.services.library.commands.money import (
    ChooseCharge,
    ChoosePayment,
    ChooseReceipt,
    FindCharges,
    FindOwn,
    FindPayments,
    FindRefunds,
    FindWaivers,
)
from townsquare.services.library.models.circulating import SHOP
from townsquare.services.library.models.lending import PatronRow, WaiverProposalRow
from townsquare.services.library.models.refunds import RefundProposalRow
from townsquare.services.library.queries.charges import CHARGE_LINE, OPEN_CHARGE
from townsquare.services.library.results.lending import ChargeLine, Charges
from townsquare.services.library.results.money import (
    PaymentLine,
    Payments,
    ProposalLine,
    Proposals,
    ReceiptHead,
    Receipts,
    RefundWish,
    RefundWishes,
    WaiverLine,
    Waivers,
)

PERSON, CHARGE, PAYMENT = people.PERSON, payments.CHARGE, payments.PAYMENT
RECEIPT, REDUCTION, ALLOCATION = payments.RECEIPT, payments.REDUCTION, payments.ALLOCATION
TAKE = "library.payment.take"
CHARGES, PAYMENTS, RECEIPTS, PROPOSALS, REFUNDS = (
    Order(row.public_id, row.id, falling=True)
    for row in (CHARGE, PAYMENT, RECEIPT, WaiverProposalRow, RefundProposalRow)
)
LARGEST = Order(CHARGE.public_id, CHARGE.amount_minor, CHARGE.id, falling=True)
WAIVERS = Order(REDUCTION.id, REDUCTION.id, falling=True)
PAYMENT_LINE = (
    select(
        PAYMENT.public_id,
        PatronRow.card,
        PERSON.name,
        PAYMENT.number,
        PAYMENT.method,
        func.coalesce(PAYMENT.reference, ""),
        PAYMENT.amount_minor,
        PAYMENT.refunded_minor,
        PAYMENT.amount_minor - PAYMENT.refunded_minor - PAYMENT.credited_minor,
        PAYMENT.currency,
        PAYMENT.created_at,
        func.coalesce(RECEIPT.public_id, ""),
    )
    .join(PatronRow, PatronRow.person == PAYMENT.party)
    .join(PERSON, PERSON.public_id == PatronRow.person)
    .outerjoin(RECEIPT, (RECEIPT.payment_id == PAYMENT.id) & (RECEIPT.kind == "payment"))
    .where(PAYMENT.shop == SHOP)
)
EARLIER = aliased(REDUCTION)
# A waiver is known by its charge and by which waiver of this charge it is.
NUMBER = (
    select(func.count(EARLIER.id))
    .where(
        EARLIER.charge_id == REDUCTION.charge_id,
        EARLIER.kind == "waiver",
        EARLIER.id <= REDUCTION.id,
    )
    .correlate(REDUCTION)
    .scalar_subquery()
)
WAIVER_LINE = (
    select(
        CHARGE.public_id.concat("-").concat(cast(NUMBER, String)),
        CHARGE.public_id,
        PatronRow.card,
        PERSON.name,
        CHARGE.reason,
        CHARGE.memo,
        REDUCTION.amount_minor,
        CHARGE.currency,
        REDUCTION.reason,
        REDUCTION.by,
        REDUCTION.at,
    )
    .join(CHARGE, CHARGE.id == REDUCTION.charge_id)
    .join(PatronRow, PatronRow.person == CHARGE.party)
    .join(PERSON, PERSON.public_id == PatronRow.person)
    .where(CHARGE.shop == SHOP, REDUCTION.kind == "waiver")
)
PROPOSAL_LINE = (
    select(
        WaiverProposalRow.public_id,
        CHARGE.public_id,
        PatronRow.card,
        PERSON.name,
        CHARGE.memo,
        WaiverProposalRow.amount_minor,
        CHARGE.amount_minor - CHARGE.credited_minor - CHARGE.allocated_minor,
        CHARGE.currency,
        WaiverProposalRow.why,
        WaiverProposalRow.created_at,
    )
    .join(CHARGE, CHARGE.public_id == WaiverProposalRow.charge)
    .join(PatronRow, PatronRow.person == CHARGE.party)
    .join(PERSON, PERSON.public_id == PatronRow.person)
    .where(CHARGE.shop == SHOP, WaiverProposalRow.state == "proposed")
)
REFUND_WISH = (
    select(
        RefundProposalRow.public_id,
        PAYMENT.public_id,
        PAYMENT.number,
        PatronRow.card,
        PERSON.name,
        RefundProposalRow.amount_minor,
        PAYMENT.amount_minor - PAYMENT.refunded_minor - PAYMENT.credited_minor,
        PAYMENT.currency,
        RefundProposalRow.reason,
        RefundProposalRow.proposed_by,
        RefundProposalRow.proposed_by_id == bindparam("me"),
        RefundProposalRow.created_at,
    )
    .join(PAYMENT, PAYMENT.public_id == RefundProposalRow.payment)
    .join(PatronRow, PatronRow.person == PAYMENT.party)
    .join(PERSON, PERSON.public_id == PatronRow.person)
    .where(PAYMENT.shop == SHOP, RefundProposalRow.state == "proposed")
)
RECEIPT_HEAD = select(
    RECEIPT.public_id,
    RECEIPT.number,
    RECEIPT.kind,
    RECEIPT.snapshot["method"].as_string(),
    RECEIPT.snapshot["amount_minor"].as_integer(),
    RECEIPT.snapshot["currency"].as_string(),
    RECEIPT.issued_at,
).where(RECEIPT.shop == SHOP)


@query("library.charge.view", permission=TAKE)
def find_charges(ctx: Context, wish: FindCharges) -> Charges:
    """Return charges by reader or by the receipt that paid them, newest or largest first."""
    chosen = CHARGE_LINE
    if wish.unpaid is not None:
        chosen = chosen.where(OPEN_CHARGE if wish.unpaid else ~OPEN_CHARGE)
    if wish.words:
        paid = exists().where(
            ALLOCATION.charge_id == CHARGE.id,
            ALLOCATION.payment_id == PAYMENT.id,
            PAYMENT.number == wish.words,
        )
        chosen = chosen.where(or_(paid, *_of_reader(wish.words)))
    order = CHARGES if wish.sort == "newest" else LARGEST
    return Charges(*order.read(ctx.db, chosen, ChargeLine, after=wish.before, limit=wish.limit))


@query("library.charge.read", permission=TAKE)
def read_charge(ctx: Context, wish: ChooseCharge) -> ChargeLine:
    """Return one charge."""
    return _charge(ctx, CHARGE_LINE.where(CHARGE.public_id == wish.id))


@query("library.charge.by_cards", permission=TAKE)
def charges_of_patrons(ctx: Context, wish: Ids) -> list[ChargeLine]:
    """Return the open charges of several readers, found by their cards, the oldest first."""
    chosen = CHARGE_LINE.where(PatronRow.card.in_(wish.ids), OPEN_CHARGE).order_by(CHARGE.id)
    found: Iterable[Any] = ctx.db.execute(chosen)
    return [ChargeLine(*row) for row in found]


@query("library.payment.view", permission=TAKE)
def find_payments(ctx: Context, wish: FindPayments) -> Payments:
    """Return payments by reader or by the number of their receipt, newest first, page by page."""
    chosen = PAYMENT_LINE
    if wish.words:
        chosen = chosen.where(or_(PAYMENT.number == wish.words, *_of_reader(wish.words)))
    return Payments(
        *PAYMENTS.read(ctx.db, chosen, PaymentLine, after=wish.before, limit=wish.limit)
    )


@query("library.payment.read", permission=TAKE)
def read_payment(ctx: Context, wish: ChoosePayment) -> PaymentLine:
    """Return one payment."""
    return _payment(ctx, PAYMENT_LINE.where(PAYMENT.public_id == wish.id))


@query("library.waiver.view", permission=TAKE)
def find_waivers(ctx: Context, wish: FindWaivers) -> Waivers:
    """Return what readers were let off, newest first, page by page."""
    return Waivers(
        *WAIVERS.read(ctx.db, WAIVER_LINE, WaiverLine, after=_waiver(wish.before), limit=wish.limit)
    )


@query("library.waiver.proposed", permission="library.charge.waive")
def find_proposals(ctx: Context, wish: FindWaivers) -> Proposals:
    """Return the proposed waivers that wait, newest first, page by page."""
    return Proposals(
        *PROPOSALS.read(ctx.db, PROPOSAL_LINE, ProposalLine, after=wish.before, limit=wish.limit)
    )


@query("library.refund.view", permission="library.payment.refund")
def find_refund_wishes(ctx: Context, wish: FindRefunds) -> RefundWishes:
    """Return the refunds that wait for a second person, newest first, page by page."""
    chosen = REFUND_WISH.params(me=ctx.actor.id)
    return RefundWishes(
        *REFUNDS.read(ctx.db, chosen, RefundWish, after=wish.before, limit=wish.limit)
    )


@query("library.receipt.read", permission=TAKE)
def read_receipt(ctx: Context, wish: ChooseReceipt) -> payments.Receipt:
    """Return a receipt as it was given out."""
    return payments.receipt_of(ctx, SHOP, wish.id)


@query("library.receipt.reader", permission=TAKE)
def reader_of_receipt(ctx: Context, wish: ChooseReceipt) -> str:
    """Return the id of the reader of a receipt, empty where the card is gone."""
    chosen = select(PatronRow.public_id).join(RECEIPT, RECEIPT.party == PatronRow.person)
    return ctx.db.scalar(chosen.where(RECEIPT.public_id == wish.id)) or ""


@query("library.receipt.later", permission="signed-in")
def paid_back_later(ctx: Context, wish: ChooseReceipt) -> list[ReceiptHead]:
    """Return the receipts of what has been paid back of the payment of a receipt since."""
    of_payment = select(RECEIPT.payment_id).where(
        RECEIPT.public_id == wish.id, RECEIPT.kind == "payment"
    )
    if TAKE not in ctx.actor.permissions:
        of_payment = of_payment.where(RECEIPT.party == ctx.actor.person)
    chosen = RECEIPT_HEAD.where(
        RECEIPT.kind == "refund", RECEIPT.payment_id == of_payment.scalar_subquery()
    )
    return [ReceiptHead(*row) for row in ctx.db.execute(chosen.order_by(RECEIPT.id))]


@query("library.me.charges", permission="signed-in")
def my_charges(ctx: Context, wish: FindOwn) -> Charges:
    """Return one's own charges, the settled ones too, newest first, page by page."""
    chosen = CHARGE_LINE.where(CHARGE.party == ctx.actor.person)
    return Charges(*CHARGES.read(ctx.db, chosen, ChargeLine, after=wish.before, limit=wish.limit))


@query("library.me.charge", permission="signed-in")
def my_charge(ctx: Context, wish: ChooseCharge) -> ChargeLine:
    """Return one's own charge; another reader's is like one that nobody has."""
    mine = CHARGE.party == ctx.actor.person
    return _charge(ctx, CHARGE_LINE.where(CHARGE.public_id == wish.id, mine))


@query("library.me.payments", permission="signed-in")
def my_payments(ctx: Context, wish: FindOwn) -> Payments:
    """Return one's own payments, newest first, page by page."""
    chosen = PAYMENT_LINE.where(PAYMENT.party == ctx.actor.person)
    return Payments(
        *PAYMENTS.read(ctx.db, chosen, PaymentLine, after=wish.before, limit=wish.limit)
    )


@query("library.me.payment", permission="signed-in")
def my_payment(ctx: Context, wish: ChoosePayment) -> PaymentLine:
    """Return one's own payment; another reader's is like one that nobody has."""
    mine = PAYMENT.party == ctx.actor.person
    return _payment(ctx, PAYMENT_LINE.where(PAYMENT.public_id == wish.id, mine))


@query("library.me.receipts", permission="signed-in")
def my_receipts(ctx: Context, wish: FindOwn) -> Receipts:
    """Return one's own receipts, newest first, page by page."""
    chosen = RECEIPT_HEAD.where(RECEIPT.party == ctx.actor.person)
    return Receipts(
        *RECEIPTS.read(ctx.db, chosen, ReceiptHead, after=wish.before, limit=wish.limit)
    )


@query("library.me.receipt", permission="signed-in")
def my_receipt(ctx: Context, wish: ChooseReceipt) -> payments.Receipt:
    """Return one's own receipt; another reader's is like one that nobody has."""
    return payments.receipt_of(ctx, SHOP, wish.id, party=ctx.actor.person)


def _of_reader(words: str) -> tuple[ColumnElement[bool], ...]:
    """Return when a reader is meant: by a part of the name, by the card, or by the number."""
    key = people.search_key(words)
    return (
        PERSON.name_key.contains(key, autoescape=True),
        PatronRow.card == words,
        people.has_number(words),
    )


def _charge(ctx: Context, chosen: Select[*tuple[Any, ...]]) -> ChargeLine:
    row = ctx.db.execute(chosen).first()
    if row is None:
        raise payments.UnknownCharge
    return ChargeLine(*row)


def _payment(ctx: Context, chosen: Select[*tuple[Any, ...]]) -> PaymentLine:
    row = ctx.db.execute(chosen).first()
    if row is None:
        raise payments.UnknownPayment
    return PaymentLine(*row)


def _waiver(named: str) -> ScalarSelect[int] | str:
    """Return which waiver is meant by the charge and the number of the waiver there."""
    charge, _, number = named.rpartition("-")
    if not named:
        return ""
    is_this = cast(NUMBER, String).in_((number,))
    of_charge = select(CHARGE.id).where(CHARGE.public_id == charge).scalar_subquery()
    return (
        select(REDUCTION.id)
        .where(REDUCTION.charge_id == of_charge, REDUCTION.kind == "waiver", is_this)
        .correlate(None)
        .scalar_subquery()
    )
