"""What can be said of stock without a database: whose turn it is, when a lot is over, how much."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from math import ceil
from typing import Protocol
from unicodedata import normalize
from zoneinfo import ZoneInfo

KINDS = ("physical", "transit", "supplier", "customer", "loss", "production")
HOLD_STATES = ("live", "expired", "released", "consumed")
WASTE = ("waste_expired", "waste_damaged", "waste_burnt", "waste_spilt", "theft", "sample")
REASONS = (
    "receipt",
    "sale",
    "customer_return",
    "supplier_return",
    "transfer_out",
    "transfer_in",
    "production_use",
    "production_yield",
    *WASTE,
    "count_found",
    "count_lost",
    "correction",
    "undo",
)
SMOOTHING = 0.1
FOR_EVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Shelf:
    """Goods of one lot in one place, of which `free` may be taken."""

    level_id: int
    variant_id: int
    lot_id: int
    location_id: int
    free: int
    sellable_until: datetime | None
    received_at: datetime


@dataclass(frozen=True)
class Pick:
    """So much of one shelf."""

    shelf: Shelf
    qty: int


class Line(Protocol):
    """So much of a variant, perhaps of one lot."""

    @property
    def variant_id(self) -> int:
        """Return whose goods."""

    @property
    def qty(self) -> int:
        """Return how much."""

    @property
    def lot_id(self) -> int | None:
        """Return of which lot."""


def code_key(code: str) -> str:
    """Return by what codes are compared: l-0417 and L-0417 are one lot."""
    return normalize("NFKC", normalize("NFKC", code).strip().casefold())


def sellable_until(expires_on: date, removal_days: int, zone: str) -> datetime:
    """Return the moment from which a lot is sold no more, in UTC.

    That is the start of the shop's local day after the date, so many days before it.
    """
    day = expires_on + timedelta(days=1 - removal_days)
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def first_expiring(shelves: Iterable[Shelf]) -> list[Shelf]:
    """Return shelves in the order in which their goods leave: what expires first goes first."""
    return sorted(shelves, key=_turn)


def oldest(shelves: Iterable[Shelf]) -> list[Shelf]:
    """Return shelves in the order in which their goods came, the oldest first."""
    return sorted(shelves, key=lambda shelf: (shelf.received_at, shelf.lot_id, shelf.level_id))


def take(shelves: Iterable[Shelf], qty: int) -> list[Pick]:
    """Return what is taken from which shelf, in their order; less than wanted if they have less."""
    picks = []
    for shelf in shelves:
        part = min(qty, shelf.free)
        if part > 0:
            picks.append(Pick(shelf, part))
            qty -= part
    return picks


def share_out(
    shelves: Iterable[Shelf], wanted: Mapping[int, int]
) -> tuple[list[Pick], dict[int, int]]:
    """Return what is taken from which shelf, first expiring first, and what is missing of whom.

    Both by variants, which never take from each other.
    """
    of: dict[int, list[Shelf]] = {variant: [] for variant in wanted}
    for shelf in shelves:
        of[shelf.variant_id].append(shelf)
    picks: list[Pick] = []
    missing = {}
    for variant, qty in wanted.items():
        taken = take(first_expiring(of[variant]), qty)
        picks += taken
        if left := qty - sum(pick.qty for pick in taken):
            missing[variant] = left
    return picks, missing


def draw(shelves: Iterable[Shelf], lines: Iterable[Line]) -> tuple[list[Pick], dict[int, int]]:
    """Return what is taken for lines of which some name their lot, and what is missing of whom.

    The shelves give in the order in which they come; named lots are served first.
    """
    left = {shelf.level_id: shelf for shelf in shelves}
    picks: list[Pick] = []
    missing: dict[int, int] = {}
    for line in sorted(lines, key=lambda line: line.lot_id is None):
        fits = [s for s in left.values() if s.variant_id == line.variant_id]
        taken = take([s for s in fits if line.lot_id in {None, s.lot_id}], line.qty)
        for pick in taken:
            rest = pick.shelf.free - pick.qty
            left[pick.shelf.level_id] = replace(pick.shelf, free=rest)
        picks += taken
        if short := line.qty - sum(pick.qty for pick in taken):
            missing[line.variant_id] = missing.get(line.variant_id, 0) + short
    return picks, missing


def worth(total_cost_minor: int, received_qty: int, *, left: int, qty: int) -> int:
    """Return what a part of a lot is worth in minor units, so that all parts sum to its cost.

    `left` is what is there of the lot before the part goes.
    """
    return _value(total_cost_minor, received_qty, left) - _value(
        total_cost_minor, received_qty, left - qty
    )


def croston(demand: Sequence[int]) -> tuple[float, float, float]:
    """Return size and interval of a demand that comes now and then, and what sells a day.

    One figure for each day; Croston's smoothing with the correction of Syntetos and Boylan.
    """
    size = interval = 0.0
    gap = 0
    for qty in demand:
        gap += 1
        if qty > 0:
            size = size + SMOOTHING * (qty - size) if size else qty
            interval = interval + SMOOTHING * (gap - interval) if interval else gap
            gap = 0
    return size, interval, (1 - SMOOTHING / 2) * size / interval if size else 0.0


def reorder_target(per_day: float, days: int, *, least: int, most: int) -> int:
    """Return up to what figure goods are ordered that must last so many days."""
    return min(max(ceil(round(per_day * days, 6)), least), most)


def in_packs(needed: int, pack_qty: int) -> int:
    """Return what is ordered where goods come in packs: as many whole ones as cover the need."""
    return max(0, -(-needed // pack_qty) * pack_qty)


def _value(total_cost_minor: int, received_qty: int, qty: int) -> int:
    # V(q), half away from zero; quantities and costs are not negative.
    return (2 * total_cost_minor * qty + received_qty) // (2 * received_qty)


def shelf_truth(counts: Sequence[tuple[int, int]], weeks: int) -> float | None:
    """Return how far the figures of a shelf can be trusted, from 0 to 1; None before any count.

    Each count is (expected, variance); the answer is worth less with every week since the last.
    """
    expected = sum(figure for figure, _ in counts)
    if not expected:
        return None
    off = sum(abs(variance) for _, variance in counts)
    return max(0.0, 1 - off / expected) * 0.98**weeks


def _turn(shelf: Shelf) -> tuple[datetime, datetime, int, int]:
    return (shelf.sellable_until or FOR_EVER, shelf.received_at, shelf.lot_id, shelf.level_id)
