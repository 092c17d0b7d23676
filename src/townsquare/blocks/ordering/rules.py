"""What happens to an order and when, and what it costs: tables and arithmetic, nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from townsquare.core.rounding import rounded, split

MILLION = 1_000_000
# Each machine is a table of (from, event, to); what is not in it does not happen.
ORDER = (
    ("draft", "quote", "quoted"),
    ("draft", "abandon", "abandoned"),
    ("quoted", "quote", "quoted"),
    ("quoted", "edit", "draft"),
    ("quoted", "abandon", "abandoned"),
    ("quoted", "place", "placed"),
    ("placed", "accept", "confirmed"),
    ("placed", "pay", "confirmed"),
    ("placed", "reject", "rejected"),
    ("placed", "cancel", "cancelled"),
    ("confirmed", "cancel", "cancelled"),
    ("confirmed", "complete", "completed"),
)
FULFILMENT = (
    ("pending", "prepare", "preparing"),
    ("preparing", "ready", "ready"),
    ("ready", "leave", "out"),
    ("ready", "complete", "done"),
    ("out", "complete", "done"),
    ("out", "fail", "failed"),
    ("failed", "retry", "ready"),
    ("failed", "bring-back", "returning"),
    ("returning", "arrive-back", "returned"),
    ("pending", "cancel", "cancelled"),
    ("preparing", "cancel", "cancelled"),
    ("ready", "cancel", "cancelled"),
)
RETURN = (
    ("requested", "approve", "approved"),
    ("requested", "refuse", "refused"),
    ("approved", "send", "in-transit"),
    ("approved", "receive", "received"),
    ("in-transit", "receive", "received"),
    ("received", "refund", "refunded"),
)
UNITS = {"piece": "pieces", "weight": "g", "volume": "ml"}  # In what a line is counted.
CARTS = ("draft", "quoted")
OPEN = ("placed", "confirmed")
# How far the work on an order has gone; a failed drive is beyond what its buyer can call back.
STAGES = ("pending", "preparing", "ready", "out", "failed", "returning", "done")
Machine = Sequence[tuple[str, str, str]]


def states_of(machine: Machine) -> tuple[str, ...]:
    """Return all states of a machine in the order of the alphabet."""
    return tuple(sorted({state for from_, _event, to in machine for state in (from_, to)}))


def after(machine: Machine, state: str, event: str) -> str | None:
    """Return the state that follows this event, or None where it does not happen."""
    return next((to for from_, name, to in machine if (from_, name) == (state, event)), None)


def may_still_cancel(stages: Sequence[str], until: str) -> bool:
    """Tell whether all work on an order stands before this stage."""
    live = [stage for stage in stages if stage in STAGES]
    return all(STAGES.index(stage) < STAGES.index(until) for stage in live)


def price_of(amount_minor: int, per_qty: int, qty: int) -> int:
    """Return what a quantity costs at an amount for so many of its base unit."""
    return rounded(Fraction(amount_minor * qty, per_qty))


def tax_of(net_minor: int, ppm: int, *, included: bool) -> int:
    """Return the tax inside an amount, or on top of it where prices do not include it."""
    return rounded(Fraction(net_minor * ppm, MILLION + ppm if included else MILLION))


def over_qty(qty: int, ppm: int) -> int:
    """Return how much more of a weighed line may be picked; a part of a unit is none."""
    return qty * ppm // MILLION


@dataclass(frozen=True)
class Priced:
    """One line as it is charged: quantities in base units, amounts in minor units.

    `agreed_minor` is the most that it may ever cost, with all that may be picked too much.
    """

    amount_minor: int
    per_qty: int
    qty: int
    over_qty: int
    tax_ppm: int
    gross_minor: int = 0
    discount_minor: int = 0
    net_minor: int = 0
    tax_minor: int = 0
    agreed_minor: int = 0


def priced(lines: Sequence[Priced], discount_minor: int, *, included: bool) -> list[Priced]:
    """Return the lines with what each costs; the discount is split by what they cost without."""
    gross = [price_of(line.amount_minor, line.per_qty, line.qty) for line in lines]
    parts = split(min(discount_minor, sum(gross)), gross) if lines else []
    return [
        _with(line, whole, off, included=included)
        for line, whole, off in zip(lines, gross, parts, strict=True)
    ]


def again(line: Priced, qty: int, *, included: bool) -> Priced:
    """Return a line as it costs with another quantity, its discount smaller with a smaller one."""
    gross = price_of(line.amount_minor, line.per_qty, qty)
    share = min(Fraction(gross, line.gross_minor), Fraction(1)) if line.gross_minor else Fraction(0)
    off = rounded(line.discount_minor * share)
    net = gross - off
    tax = tax_of(net, line.tax_ppm, included=included)
    return replace(
        line, qty=qty, gross_minor=gross, discount_minor=off, net_minor=net, tax_minor=tax
    )


def discount_of(kind: str, value: int, gross_minor: int) -> int:
    """Return what a coupon takes off: millionths of the goods, an amount, never more than all."""
    if kind == "percent":
        return rounded(Fraction(gross_minor * value, MILLION))
    return min(value, gross_minor) if kind == "amount" else 0


def part_of(amount_minor: int, qty: int, *, before: int, total: int) -> int:
    """Return what these units are worth of an amount for all; all parts sum to the amount."""
    return rounded(Fraction(amount_minor * (before + qty), total)) - rounded(
        Fraction(amount_minor * before, total)
    )


def capped(wanted: int, most: int | None) -> tuple[int, int]:
    """Return how much of a quantity is taken and how much is left out."""
    taken = wanted if most is None else min(wanted, most)
    return taken, wanted - taken


def payer_of(party: str, guest: str, order: str) -> str:
    """Return by what a buyer is known to the books: a person, a guest, or this one order."""
    return party or (f"guest:{guest}" if guest else f"order:{order}")


def number_of(prefix: str, kind: str, *, year: int, count: int) -> str:
    """Return the number on an order, such as OGS-2026-000123, or on a return, OGS-R-2026-000001."""
    return f"{prefix}-{'R-' if kind == 'return' else ''}{year}-{count:06}"


def _with(line: Priced, gross: int, off: int, *, included: bool) -> Priced:
    net = gross - off
    most = price_of(line.amount_minor, line.per_qty, line.qty + line.over_qty) - off
    return replace(
        line,
        gross_minor=gross,
        discount_minor=off,
        net_minor=net,
        tax_minor=tax_of(net, line.tax_ppm, included=included),
        agreed_minor=most,
    )
