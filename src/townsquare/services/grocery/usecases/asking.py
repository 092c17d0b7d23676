"""Talking with the provider of payments: no unit of work is open while it is asked.

Each step of the block that a conversation needs is a declared act, in a unit of its own.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from sqlalchemy import select

from townsquare.blocks import ordering, payments
from townsquare.core.usecase import Actor, Context, query, use_case
from townsquare.services.grocery.commands.fields import Nothing
from townsquare.services.grocery.commands.paying import AskProvider, ProviderMessage, ProviderSaid
from townsquare.services.grocery.models.ours import our_shop
from townsquare.services.grocery.models.paying import PAYMENT, order_in, owed_of, payments_of
from townsquare.services.grocery.results.paying import Heard
from townsquare.services.grocery.usecases.paying import name_of
from townsquare.services.grocery.usecases.refunds import rest_back

SETTLE = "grocery.payment.settle"
BY = Actor(0, "provider of payments", frozenset({SETTLE}))
Run = Callable[..., Any]
Working = Callable[[Actor], AbstractContextManager[Context]]  # Opens a unit of work.


@query("grocery.payment.read", permission=SETTLE)
def read_payment(ctx: Context, wish: AskProvider) -> payments.Payment:
    """Return a payment of the shop as the ledger knows it."""
    return _row(ctx, PAYMENT.public_id == wish.payment).told()


@query("grocery.payment.is-owed", permission=SETTLE)
def is_owed(ctx: Context, wish: AskProvider) -> bool:
    """Tell whether what a payment is for is still open, beside what was asked for before it."""
    row = _row(ctx, PAYMENT.public_id == wish.payment)
    shop, order = our_shop(ctx), order_in(row.key)
    known = payments_of(ctx, shop, order)
    asked = sum(one.amount_minor for one in known if one.is_asked)
    return row.amount_minor <= owed_of(ctx, shop, order)[0] - asked


@query("grocery.payment.unanswered", permission=SETTLE)
def unanswered(ctx: Context, _wish: Nothing) -> list[str]:
    """Return our keys of what the provider has not answered for minutes."""
    return payments.unanswered(ctx)


@query("grocery.refund.unsent", permission=SETTLE)
def unsent(ctx: Context, _wish: Nothing) -> list[payments.RefundAsked]:
    """Return the refunds that wait for the provider."""
    return payments.refunds_asked(ctx)


@use_case("grocery.payment.settle")
def settle_payment(ctx: Context, wish: ProviderSaid) -> payments.Payment:
    """Do what follows from an answer of the provider; what was known already changes nothing."""
    return _settled(ctx, wish.key, payments.Said(wish.state, wish.amount_minor, wish.ref))


@use_case("grocery.refund.settle", permission=SETTLE)
def settle_refund(ctx: Context, wish: ProviderSaid) -> payments.RefundAsked:
    """Note that the provider has given money back, or has refused to."""
    said = payments.Said(wish.state, wish.amount_minor, wish.ref, wish.reason)
    return payments.settle_refund(ctx, wish.key, said, asked_at=wish.asked_at)


@use_case("grocery.payment.hear", permission="public")
def hear_provider(ctx: Context, wish: ProviderMessage) -> Heard:
    """Take in a message that the provider has signed, once, late or in any order."""
    new = payments.record_provider_event(ctx, wish.body, wish.signature, settle=_settled)
    return Heard(new)


def steps_of(working: Working) -> Run:
    """Return how a step of the block runs: as a declared act, committed before the next one."""

    def run(step: Callable[..., Any], *told: Any, **facts: Any) -> object:  # noqa: ANN401
        act, wish = STEPS[step](*told, **facts)
        with working(BY) as ctx:
            return act(ctx, wish)

    return run


def ask(
    working: Working, provider: payments.PaymentProvider, wish: AskProvider
) -> payments.Payment:
    """Ask the provider for a payment that was started, and settle what it answers.

    What is no longer owed is not asked for: the payment is given up.
    """
    with working(BY) as ctx:
        begun, owed = read_payment(ctx, wish), is_owed(ctx, wish)
    act = payments.ask_payment if owed else payments.give_up_payment
    return act(steps_of(working), provider, begun)


def _said(key: str, said: payments.Said, asked_at: datetime | None = None) -> ProviderSaid:
    told = {"state": said.state, "amount_minor": said.amount_minor, "ref": said.ref}
    return ProviderSaid.model_validate(
        {"key": key, **told, "reason": said.reason, "asked_at": asked_at}
    )


STEPS: Mapping[Callable[..., Any], Callable[..., tuple[Callable[..., Any], Any]]] = {
    payments.unanswered: lambda: (unanswered, Nothing()),
    payments.refunds_asked: lambda: (unsent, Nothing()),
    payments.settle_payment: lambda key, said, **_payer: (settle_payment, _said(key, said)),
    payments.settle_refund: lambda key, said, asked_at: (
        settle_refund,
        _said(key, said, asked_at),
    ),
}


def _settled(ctx: Context, key: str, said: payments.Said) -> payments.Payment:
    """Settle a payment of the shop; what is no longer owed goes back the way it came."""
    row = _row(ctx, PAYMENT.provider_key == key)
    payer = _payer(ctx, row.key)
    paid = payments.settle_payment(ctx, key, said, payer=payer, keep_rest=False)
    rest_back(ctx, our_shop(ctx), paid)
    return paid


def _row(ctx: Context, chosen: Any) -> payments.PAYMENT:  # noqa: ANN401 (a part of a statement)
    shop = our_shop(ctx)
    row = ctx.db.scalar(select(PAYMENT).where(PAYMENT.shop == shop.code, chosen))
    if row is None:
        raise payments.UnknownPayment
    return row


def _payer(ctx: Context, key: str) -> payments.Payer:
    """Return whom the receipt names: whoever has ordered what is paid."""
    try:
        order = ordering.order_of(ctx, our_shop(ctx), order_in(key))
    except ordering.UnknownOrder:
        return payments.Payer()
    return payments.Payer(name_of(ctx, order))
