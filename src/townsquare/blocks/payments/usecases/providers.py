"""Talking with a provider: a whole payment, refunds, its messages, and what got lost.

The functions that ask the provider take `run`, which runs one step in a unit of work of its own:
none is open while the provider is asked.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from townsquare.blocks.payments.errors import BadSignature, UnknownPayment
from townsquare.blocks.payments.events import RefundMoved
from townsquare.blocks.payments.models import PaymentRow, ProviderEventRow, RefundRow
from townsquare.blocks.payments.ports import (
    PROVIDER,
    Forged,
    PaymentProvider,
    ProviderEvent,
    Said,
    Silent,
)
from townsquare.blocks.payments.results import Payer, Payment, RefundAsked
from townsquare.blocks.payments.usecases.ledger import (
    REFUNDS_DUE,
    WRITE_OFFS,
    Shop,
    known_entry,
    post,
)
from townsquare.blocks.payments.usecases.online import (
    capture_payment,
    settle_payment,
    start_payment,
    void_payment,
)
from townsquare.blocks.payments.usecases.payments import NOBODY
from townsquare.core.db import insert_new
from townsquare.core.errors import DomainError
from townsquare.core.usecase import Context

Run = Callable[..., Any]
Settle = Callable[[Context, str, Said], Payment]
PATIENCE = timedelta(minutes=5)  # An answer that is still on its way comes within it.
LONGEST_REASON = 200
MOST = 100  # In one go; the next one finds the rest.
NOT_KNOWN = Said("unknown")


def pay_online(
    run: Run,
    provider: PaymentProvider,
    shop: Shop,
    *,
    payer: Payer = NOBODY,
    capture: bool = True,
    **facts: Any,  # noqa: ANN401 (those of start_payment)
) -> Payment:
    """Take money through a provider, or set it aside: note it, ask, settle what was answered."""
    begun: Payment = run(start_payment, shop, **facts)
    return ask_payment(run, provider, begun, payer=payer, capture=capture)


def ask_payment(
    run: Run,
    provider: PaymentProvider,
    begun: Payment,
    *,
    payer: Payer = NOBODY,
    capture: bool = True,
) -> Payment:
    """Ask the provider for a payment that was started, and settle what was answered.

    One that is beyond its start changes nothing.
    """
    key = begun.provider_key
    if begun.state != "started" or key is None:
        return begun
    amount, currency = begun.amount_minor, begun.currency
    said = _asked(
        lambda: provider.authorise(key, amount_minor=amount, currency=currency, capture=capture)
    )
    done: Payment = run(settle_payment, key, said, payer=payer)
    return done


def take_set_aside(
    run: Run, provider: PaymentProvider, payment: str, *, amount_minor: int, payer: Payer = NOBODY
) -> Payment:
    """Take what was set aside or a part of it, such as what the goods weighed."""
    asked: Payment = run(capture_payment, payment, amount_minor=amount_minor)
    key = asked.provider_key or ""
    said = _asked(lambda: provider.capture(key, amount_minor=amount_minor))
    done: Payment = run(settle_payment, key, said, payer=payer)
    return done


def free_set_aside(run: Run, provider: PaymentProvider, payment: str) -> Payment:
    """Give up what was set aside."""
    key = run(void_payment, payment).provider_key
    done: Payment = run(settle_payment, key, _asked(lambda: provider.cancel(key)))
    return done


def give_up_payment(run: Run, provider: PaymentProvider, begun: Payment) -> Payment:
    """Let a payment that was started never be taken; what was taken before is settled instead."""
    key = begun.provider_key
    if begun.state != "started" or key is None:
        return begun
    done: Payment = run(settle_payment, key, _asked(lambda: _fetched(provider, key)))
    return done


def recover_payments(run: Run, provider: PaymentProvider) -> list[Payment]:
    """Ask what has become of everything that nobody answered; what never arrived is given up.

    What cannot be settled, since the provider contradicts itself, stays as it is for people.
    """
    found = []
    for key in run(unanswered):
        said = _asked(lambda key=key: _fetched(provider, key))  # type: ignore[misc]
        with suppress(DomainError):
            found.append(run(settle_payment, key, said))
    return found


def send_refunds(run: Run, provider: PaymentProvider) -> list[RefundAsked]:
    """Let the provider give back what is waiting for it; asking twice gives back once.

    One that goes wrong does not stop those behind it; what went wrong is raised in the end.
    """
    done, wrong = [], []
    for asked in run(refunds_asked):
        try:
            said = _asked(lambda asked=asked: _given_back(provider, asked))  # type: ignore[misc]
            key, about = asked.provider_key, asked.asked_at
            done.append(run(settle_refund, key, said, asked_at=about))
        except Exception as error:  # noqa: BLE001 (whatever it is, the others go on)
            wrong.append(error)
    if wrong:
        raise wrong[0]
    return done


def unanswered(ctx: Context) -> list[str]:
    """Return our keys of the payments that the provider has owed an answer for five minutes."""
    chosen = (
        select(PaymentRow.provider_key)
        .where(
            PaymentRow.state.in_(("started", "unknown")),
            PaymentRow.asked_at < ctx.now() - PATIENCE,
        )
        .order_by(PaymentRow.id)
        .limit(MOST)
    )
    return [key for key in ctx.db.scalars(chosen) if key is not None]


def refunds_asked(ctx: Context) -> list[RefundAsked]:
    """Return the refunds that wait for the provider, the first asked first."""
    chosen = (
        select(RefundRow, PaymentRow)
        .join(PaymentRow, PaymentRow.id == RefundRow.payment_id)
        .where(RefundRow.state == "asked")
        .order_by(RefundRow.asked_at, RefundRow.id)
        .limit(MOST)
    )
    return [_refund_told(row, paid) for row, paid in ctx.db.execute(chosen)]


def settle_refund(
    ctx: Context, refund_key: str, said: Said, *, asked_at: datetime | None = None
) -> RefundAsked:
    """Do what follows from an answer about a refund; what was known already changes nothing.

    A provider that has given money back after all, though it had refused to, is believed. That it
    refuses counts only as an answer to the asking of `asked_at`, while that is the last one: what
    comes late, or as a message, may be about one before it, whose money has gone since.
    """
    row, paid = refund_row(ctx, refund_key)
    if row.state == "failed" and said.state == "done":
        row.state = "asked"
        ctx.db.flush()
    if row.instead and said.state == "done":
        _note_twice(ctx, row, paid)
    answered = said.state == "failed" and asked_at is not None and asked_at == row.asked_at
    if row.state != "asked" or not (said.state == "done" or answered):
        return _refund_told(row, paid)
    row.state = said.state
    if said.state == "failed":
        row.refused = said.reason[:LONGEST_REASON]
    ctx.db.flush()
    if said.state == "done":
        lines = {REFUNDS_DUE: row.amount_minor, f"clearing:{paid.provider}": -row.amount_minor}
        own = Shop(paid.shop, paid.currency)
        post(ctx, own, f"refund {row.id} done", kind="refund", lines=lines)
    ctx.emit(RefundMoved(paid.public_id, row.state, row.amount_minor))
    return _refund_told(row, paid)


def ask_refund_again(ctx: Context, refund_key: str) -> RefundAsked:
    """Let a refund that the provider has refused be asked for once more, under the same key."""
    row, paid = refund_row(ctx, refund_key)
    if row.state == "failed" and paid.method == "online":
        row.state, row.asked_at = "asked", ctx.now()
        ctx.db.flush()
        ctx.emit(RefundMoved(paid.public_id, row.state, row.amount_minor))
    return _refund_told(row, paid)


def record_provider_event(
    ctx: Context, body: bytes, signature: str, *, settle: Settle = settle_payment
) -> bool:
    """Take in a message of the provider, once; tell whether it was new.

    Messages may come late and in any order: what is known already changes nothing. A service
    that does more than the block when a payment is settled says how.
    """
    provider = ctx.engine(PROVIDER)
    try:
        told = provider.verify_event(body, signature)
    except Forged as forged:
        raise BadSignature from forged
    facts = {"provider": provider.name, "event_id": told.id, "kind": told.kind}
    new = insert_new(ProviderEventRow).values(
        **facts, body=json.loads(body), told_at=ctx.now(), handled_at=None
    )
    writing = new.returning(ProviderEventRow.id)
    made = ctx.db.execute(writing).scalar_one_or_none()
    if made is None:
        return False
    if _follow(ctx, told, settle):
        handled = update(ProviderEventRow).where(ProviderEventRow.id == made)
        ctx.db.execute(handled.values(handled_at=ctx.now()))
    return True


def _follow(ctx: Context, told: ProviderEvent, settle: Settle) -> bool:
    """Do what follows from a message; tell whether we know what it is about."""
    follow = settle_refund if told.kind.startswith("refund") else settle
    try:
        follow(ctx, told.key, told.said)
    except UnknownPayment:
        return False
    return True


def _note_twice(ctx: Context, row: RefundRow, paid: PaymentRow) -> None:
    """Write off what a provider has given back though it went back in another way, once."""
    own, key = Shop(paid.shop, paid.currency), f"refund {row.id} twice"
    lines = {WRITE_OFFS: row.amount_minor, f"clearing:{paid.provider}": -row.amount_minor}
    if known_entry(ctx, own, key, lines=lines) is None:
        post(ctx, own, key, kind="refund", lines=lines)
        ctx.emit(RefundMoved(paid.public_id, "paid back twice", row.amount_minor))


def _asked(ask: Callable[[], Said]) -> Said:
    """Ask the provider; where it says nothing, nothing is known."""
    try:
        return ask()
    except Silent:
        return NOT_KNOWN


def _fetched(provider: PaymentProvider, key: str) -> Said:
    """Return what has become of a payment; one that never arrived must not arrive later either."""
    return provider.fetch(key) or provider.cancel(key)


def _given_back(provider: PaymentProvider, asked: RefundAsked) -> Said:
    return provider.refund(
        asked.payment_key, refund_key=asked.provider_key, amount_minor=asked.amount_minor
    )


def refund_row(ctx: Context, refund_key: str) -> tuple[RefundRow, PaymentRow]:
    """Return a refund by its key and its payment, held until we are done."""
    chosen = (
        select(RefundRow, PaymentRow)
        .join(PaymentRow, PaymentRow.id == RefundRow.payment_id)
        .where(RefundRow.provider_key == refund_key)
        .with_for_update(of=RefundRow)
        .execution_options(populate_existing=True)
    )
    found = ctx.db.execute(chosen).one_or_none()
    if found is None:
        raise UnknownPayment
    return found[0], found[1]


def _refund_told(row: RefundRow, paid: PaymentRow) -> RefundAsked:
    keys = (row.id, paid.provider_key or "", row.provider_key or "")
    said = (row.state, row.refused, row.asked_at)
    return RefundAsked(*keys, row.amount_minor, paid.currency, *said)
