"""What a service decides about its orders: it hands this to the steps, nothing is registered."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from townsquare.blocks.ordering.commands import Fee, Promise, Wish
from townsquare.blocks.ordering.results import Line, Order
from townsquare.core.usecase import Context


def _anything(_ctx: Context, _order: Order) -> None:
    """Refuse nothing, do nothing."""


def _no_fees(_ctx: Context, _order: Order) -> Sequence[Fee]:
    return ()


def _no_promise(_ctx: Context, _order: Order, _wish: Wish | None) -> Promise | None:
    return None


def _nothing(_ctx: Context, _order: Order, _lines: Sequence[Line]) -> None:
    """Withdraw nothing."""


@dataclass(frozen=True)
class Policy:
    """How a service takes orders.

    `check` raises the service's own refusal when an order is quoted and placed; `fees` and
    `promise` are asked with the quote, `promise` again when it is placed; `on_confirmed` and
    `on_cancelled` run in the same transaction.

    A hold lasts `hold_minutes` and is renewed with each quote, `hold_most_minutes` in all.
    Acceptance is "auto" (confirmed at once), "after_payment" or "manual". Buyers may cancel as
    long as all work stands before `cancel_until`. `pay` ("before_work", "on_handover",
    "on_invoice") is for the service alone, which asks for the money. What is weighed may be
    `overpick_ppm` more, where its variant does not say how much.
    """

    check: Callable[[Context, Order], None] = _anything
    fees: Callable[[Context, Order], Sequence[Fee]] = _no_fees
    promise: Callable[[Context, Order, Wish | None], Promise | None] = _no_promise
    on_confirmed: Callable[[Context, Order], None] = _anything
    on_cancelled: Callable[[Context, Order, Sequence[Line]], None] = _nothing
    hold_on_quote: bool = True
    hold_minutes: int = 15
    hold_most_minutes: int = 60
    quote_minutes: int = 15
    acceptance: str = "after_payment"
    pay: str = "before_work"
    cancel_until: str = "preparing"
    overpick_ppm: int = 100_000
    return_days: int = 14
