"""What the library does after it has committed: it tells readers, and screens that are open."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from townsquare.core.manifest import Listener
from townsquare.core.usecase import Context
from townsquare.services.library.commands.money import LookAtDay
from townsquare.services.library.commands.notices import (
    TellOfHold,
    TellOfLoan,
    TellOfPayment,
    TellOfReceipt,
)
from townsquare.services.library.usecases.notices import (
    SEND,
    send_receipt,
    send_refund,
    tell_of_hold,
    tell_recalled,
)
from townsquare.services.library.usecases.proposals import WAIVE, propose_waivers

TELL = frozenset({SEND})
LET_OFF = frozenset({WAIVE})


def tell_who_waits(ctx: Context, facts: Mapping[str, Any]) -> None:
    """Tell a reader that the hold is ready, or that it ended because nobody came."""
    tell_of_hold(ctx, TellOfHold(hold=facts["hold"]))


def tell_who_has_it(ctx: Context, facts: Mapping[str, Any]) -> None:
    """Tell a reader that a copy is asked for."""
    tell_recalled(ctx, TellOfLoan(loan=facts["loan"]))


def tell_who_paid(ctx: Context, facts: Mapping[str, Any]) -> None:
    """Send a receipt."""
    send_receipt(ctx, TellOfPayment(payment=facts["payment"]))


def tell_who_was_paid(ctx: Context, facts: Mapping[str, Any]) -> None:
    """Send the receipt of a refund."""
    send_refund(ctx, TellOfReceipt(receipt=facts["receipt"]))


def count_fines_again(ctx: Context, facts: Mapping[str, Any]) -> None:
    """Propose waivers for fines that the changed day has made too high."""
    propose_waivers(ctx, LookAtDay(branch=facts["branch"], day=date.fromisoformat(facts["day"])))


LISTENERS = (
    Listener("library.HoldReady", tell_who_waits, TELL),
    Listener("library.HoldEnded", tell_who_waits, TELL),
    Listener("library.LoanRecalled", tell_who_has_it, TELL),
    Listener("payments.PaymentTaken", tell_who_paid, TELL),
    Listener("payments.PaymentRefunded", tell_who_was_paid, TELL),
    Listener("library.CalendarChanged", count_fines_again, LET_OFF),
)
