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
    UnknownReceipt,
    WrongCurrency,
    WrongParty,
)
from townsquare.blocks.payments.models import (
    AllocationRow,
    ChargeRow,
    DocumentRow,
    PaymentRow,
    ReductionRow,
    deposit_amount,
    open_amount,
)
from townsquare.blocks.payments.queries import (
    charges_of,
    payments_of,
    receipt_of,
    receipts_of,
    trial_balance,
)
from townsquare.blocks.payments.results import (
    BalanceLine,
    Charge,
    Payer,
    Payment,
    Receipt,
    ReceiptLine,
)
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
from townsquare.blocks.payments.usecases.leaving import PERSONAL
from townsquare.blocks.payments.usecases.ledger import Shop
from townsquare.blocks.payments.usecases.payments import (
    known_payment,
    pay_charges,
    record_payment,
)
from townsquare.blocks.payments.usecases.refunds import refund_charge, refund_payment

CHARGE = ChargeRow
PAYMENT = PaymentRow
ALLOCATION = AllocationRow
RECEIPT = DocumentRow
REDUCTION = ReductionRow
INVARIANTS = invariants.ALL

__all__ = [
    "ALLOCATION",
    "CHARGE",
    "INVARIANTS",
    "PAYMENT",
    "PERSONAL",
    "RECEIPT",
    "REDUCTION",
    "BadAmount",
    "BalanceLine",
    "Charge",
    "OverAllocated",
    "OverRefunded",
    "OverWaiver",
    "Overdrawn",
    "Payer",
    "Payment",
    "Receipt",
    "ReceiptLine",
    "ReferenceTaken",
    "Shop",
    "UnknownCharge",
    "UnknownPayment",
    "UnknownReceipt",
    "WrongCurrency",
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
    "receipt_of",
    "receipts_of",
    "record_payment",
    "refund_charge",
    "refund_payment",
    "return_deposit",
    "take_deposit",
    "trial_balance",
    "waive_charge",
]
