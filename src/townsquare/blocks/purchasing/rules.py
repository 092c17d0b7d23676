"""What goods cost, what is left of that in stock, which account answers, whose turn it is."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from townsquare.core.rounding import rounded

APPLIED, APPROVED, SUSPENDED, REFUSED = "applied", "approved", "suspended", "refused"
SUPPLIER_STATES = (APPLIED, APPROVED, SUSPENDED, REFUSED)
DRAFT, SENT, CONFIRMED = "draft", "sent", "confirmed"
PART_RECEIVED, RECEIVED, CLOSED, CANCELLED = "part_received", "received", "closed", "cancelled"
ORDER_STATES = (DRAFT, SENT, CONFIRMED, PART_RECEIVED, RECEIVED, CLOSED, CANCELLED)
REQUEST_STATES = ("open", "ordered", "withdrawn")
DISPUTED, MATCHED, PAID = "disputed", "matched", "paid"
INVOICE_STATES = (DISPUTED, MATCHED, PAID)
QUANTITY, PRICE = "quantity", "price"  # In what an invoice may differ.
SPREADS = ("value", "weight", "quantity")
# From which states an order or a supplier goes to the next one.
ORDER_TURNS: Mapping[str, tuple[str, ...]] = {
    SENT: (DRAFT,),
    CONFIRMED: (SENT,),
    PART_RECEIVED: (SENT, CONFIRMED, PART_RECEIVED),
    RECEIVED: (SENT, CONFIRMED, PART_RECEIVED, RECEIVED),
    CLOSED: (PART_RECEIVED, RECEIVED),
    CANCELLED: (DRAFT, SENT),
}
SUPPLIER_TURNS: Mapping[str, tuple[str, ...]] = {
    APPROVED: (APPLIED, SUSPENDED),
    SUSPENDED: (APPROVED,),
    REFUSED: (APPLIED,),
}

INVENTORY, GRNI, COST_OF_SALES = "inventory", "grni", "cost-of-sales"
WASTE, COUNT_DIFFERENCE = "waste", "count-difference"
PRICE_VARIANCE, INPUT_TAX = "price-variance", "input-tax"
ANSWERS: Mapping[str, str] = {
    "receipt": GRNI,
    "supplier_return": GRNI,
    "sale": COST_OF_SALES,
    "customer_return": COST_OF_SALES,
    "production_use": COST_OF_SALES,
    "production_yield": COST_OF_SALES,
    "waste_expired": WASTE,
    "waste_damaged": WASTE,
    "waste_burnt": WASTE,
    "waste_spilt": WASTE,
    "theft": WASTE,
    "sample": WASTE,
}
OURS = frozenset({"physical", "transit"})  # Kinds of places in which goods belong to the shop.
MOST_NUMBER, MOST_COMPANY, MOST_BANK, MOST_EMAIL = 20, 100, 50, 254
IBAN_BEGINS, LEAST_DIGITS, MOST_DIGITS = 2, 6, 20


@dataclass(frozen=True)
class Compared:
    """A line as an invoice has it beside what was agreed and what has arrived unbilled."""

    position: int
    price_minor: int
    pack_qty: int
    unbilled: int
    qty: int
    amount_minor: int


def day_of(moment: datetime, zone: str) -> date:
    """Return the day on the calendar of this zone."""
    return moment.astimezone(ZoneInfo(zone)).date()


def cost_of(price_minor: int, pack_qty: int, qty: int) -> int:
    """Return what this quantity costs in minor units at a price for a pack of so much."""
    return rounded(Fraction(price_minor * qty, pack_qty))


def can_be_tax(tax_minor: int, taxed: Sequence[tuple[int, int]]) -> bool:
    """Tell whether this can be the tax of net amounts, each with its rate in millionths.

    Some round each line and some once for each rate: half a minor unit a line holds both.
    """
    exact = sum((Fraction(net * ppm, 1_000_000) for net, ppm in taxed), Fraction(0))
    return abs(tax_minor - exact) <= Fraction(len(taxed), 2)


def value_of(total_cost_minor: int, received_qty: int, left: int) -> int:
    """Return V(q): what is left of a lot is worth, so that all that leaves it sums to its cost."""
    return rounded(Fraction(total_cost_minor * left, received_qty))


def part_cost(price_minor: int, pack_qty: int, *, before: int, qty: int) -> int:
    """Return what the next part of a line costs, so that all its parts sum to the whole."""
    whole = cost_of(price_minor, pack_qty, before + qty)
    return whole - cost_of(price_minor, pack_qty, before)


def differences_of(lines: Sequence[Compared]) -> Iterator[tuple[int, str, int, int]]:
    """Return where an invoice disagrees: position, what, what was expected, what it says.

    Less than has arrived is no difference: another invoice may follow.
    """
    for line in lines:
        if line.qty > line.unbilled:
            yield line.position, QUANTITY, line.unbilled, line.qty
        expected = cost_of(line.price_minor, line.pack_qty, line.qty)
        if line.amount_minor != expected:
            yield line.position, PRICE, expected, line.amount_minor


def account_of(reason: str) -> str:
    """Return the account that answers for goods that come or go for this reason."""
    return ANSWERS.get(reason, COUNT_DIFFERENCE)


def change_of(from_kind: str, to_kind: str, qty: int) -> int:
    """Return by how much a move changes what the shop has: nothing inside, less when it leaves."""
    return qty * ((to_kind in OURS) - (from_kind in OURS))


def weight_of(base_unit: str, qty: int, weight_g: int | None) -> int | None:
    """Return what a quantity weighs in grams; None where nobody knows."""
    if base_unit == "g":
        return qty
    return qty * weight_g if base_unit == "piece" and weight_g else None


def is_address(email: str) -> bool:
    """Tell whether a text can be an e-mail address; nothing is fine as well."""
    name, at, host = email.rpartition("@")
    fits = len(email) <= MOST_EMAIL and not any(sign.isspace() for sign in email)
    return not email or bool(name and at and "." in host and fits)


def code_key(code: str) -> str:
    """Return a business code as it is compared: however it was typed or capitalised."""
    return unicodedata.normalize("NFKC", code).casefold().strip()


def account_number(typed: str) -> str | None:
    """Return a bank account without blanks; None where its check digits or its form are wrong.

    An IBAN is checked against its country and its check digits; a number of digits alone, as in
    countries without IBAN, has no check digits that everybody knows.
    """
    from stdnum import iban  # noqa: PLC0415 (only who enters an account needs it)

    plain = "".join(sign for sign in unicodedata.normalize("NFKC", typed) if sign.isalnum())
    if plain[:IBAN_BEGINS].isalpha():
        return iban.compact(plain) if iban.is_valid(plain) else None
    fits = plain.isascii() and plain.isdigit() and LEAST_DIGITS <= len(plain) <= MOST_DIGITS
    return plain if fits else None
