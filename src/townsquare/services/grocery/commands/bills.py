"""What people wish of the invoices of suppliers, and of the books."""

from datetime import date
from typing import Literal

from pydantic import Field

from townsquare.core.usecase import Command
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import (
    IN_BASE,
    LONGEST_ID,
    LONGEST_NAME,
    MOST,
    USUAL,
    Chosen,
    Id,
    Line,
    Typed,
)
from townsquare.services.grocery.commands.purchases import LONGEST_REASON
from townsquare.services.grocery.commands.suppliers import A_MILLION, POINT

InvoiceState = Literal["disputed", "matched", "paid"]
LONGEST_NUMBER = 50


class BilledLine(Command):
    """What an invoice says of one line of an order, without tax."""

    position: int = Field(title=translatable("Line"), ge=1, le=MOST)
    qty: int = Field(title=translatable("How much"), description=IN_BASE, ge=1, le=A_MILLION)
    amount: Typed = Field(title=translatable("For how much, without tax"), description=POINT)


class PaperHead(Command):
    """What stands on top of an invoice."""

    number: Line = Field(
        title=translatable("Number of the invoice"),
        description=translatable("The same number again corrects what was disputed."),
        min_length=1,
        max_length=LONGEST_NUMBER,
    )
    issued_on: date = Field(title=translatable("Date of the invoice"))
    due_on: date = Field(title=translatable("To be paid by"))
    tax: Typed | None = Field(None, title=translatable("Tax"), description=POINT)


class EnterInvoice(PaperHead, Chosen):
    """An invoice for goods of an order, as the paper says it."""

    lines: list[BilledLine] = Field(title=translatable("Lines"), min_length=1, max_length=MOST)


class AcceptPrice(Chosen):
    """A wish to pay other prices than those that were agreed, for a reason."""

    reason: Line = Field(title=translatable("Why"), min_length=1, max_length=LONGEST_REASON)


class PayInvoices(Command):
    """A wish to pay invoices that agree, all of them or none."""

    invoices: list[Id] = Field(title=translatable("Invoices"), min_length=1, max_length=MOST)


class ChooseInvoice(Chosen):
    """A wish about one invoice."""


class FindInvoices(Command):
    """A wish to look through the invoices, those first that are due first."""

    state: InvoiceState | None = Field(None, title=translatable("State"))
    after: Line = Field("", title=translatable("After"), max_length=LONGEST_ID)
    limit: int = Field(USUAL, title=translatable("How many"), ge=1, le=MOST)


class SeePayables(Command):
    """A wish to know what is owed to whom, and for how long."""


class SeeBooks(Command):
    """A wish to see every account of the shop with its balance."""


class FundBank(Command):
    """Money that the owner of the shop has put into its bank account."""

    amount: Typed = Field(title=translatable("Amount"), description=POINT)
    memo: Line = Field(title=translatable("What it is"), min_length=1, max_length=LONGEST_NAME)
