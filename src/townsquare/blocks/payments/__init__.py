"""Money owed and paid, as a ledger that only grows, for every service.

`CHARGE` is the table of charges and `open_amount` and `deposit_amount` are parts of a statement, so
that a list or a desk of a service can say what somebody owes without a statement of its own.
"""

from townsquare.blocks.payments import invariants
from townsquare.blocks.payments.errors import (
    BadAmount,
    OverAllocated,
    Overdrawn,
    OverRefunded,
    OverWaiver,
    ReferenceTaken,
    UnknownCharge,
    UnknownPayment,
    WrongParty,
)
from townsquare.blocks.payments.models import ChargeRow, PaymentRow, deposit_amount, open_amount
from townsquare.blocks.payments.queries import charges_of, payments_of, trial_balance
from townsquare.blocks.payments.results import BalanceLine, Charge, Payment
from townsquare.blocks.payments.rules import percent_of
from townsquare.blocks.payments.usecases.charges import (
    credit_charge,
    raise_charge,
    waive_charge,
)
from townsquare.blocks.payments.usecases.deposits import (
    deposit_of,
    return_deposit,
    take_deposit,
)
from townsquare.blocks.payments.usecases.ledger import Shop
from townsquare.blocks.payments.usecases.payments import (
    known_payment,
    pay_charges,
    record_payment,
    refund_charge,
    refund_payment,
)

CHARGE = ChargeRow
PAYMENT = PaymentRow
INVARIANTS = invariants.ALL

__all__ = [
    "CHARGE",
    "INVARIANTS",
    "PAYMENT",
    "BadAmount",
    "BalanceLine",
    "Charge",
    "OverAllocated",
    "OverRefunded",
    "OverWaiver",
    "Overdrawn",
    "Payment",
    "ReferenceTaken",
    "Shop",
    "UnknownCharge",
    "UnknownPayment",
    "WrongParty",
    "charges_of",
    "credit_charge",
    "deposit_amount",
    "deposit_of",
    "known_payment",
    "open_amount",
    "pay_charges",
    "payments_of",
    "percent_of",
    "raise_charge",
    "record_payment",
    "refund_charge",
    "refund_payment",
    "return_deposit",
    "take_deposit",
    "trial_balance",
    "waive_charge",
]
