"""Whatever happens to goods in whatever order: the levels replay, and a plain list agrees."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count, pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from townsquare.blocks import stock
from townsquare.blocks.stock.rules import Shelf, first_expiring, share_out
from townsquare.core.usecase import Actor

LENA = Actor(2, "Lena Cruz", frozenset({"public", "signed-in"}))
FIRST = date(2026, 3, 3)
START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
numbers = count(1)
lived = settings(
    max_examples=20,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@dataclass
class Lot:
    """A lot as a row of a plain list."""

    id: int
    until: datetime | None
    shelf: int
    back: int = 0
    sold: int = 0
    blocked: bool = False
    holds: dict = field(default_factory=dict)  # owner: (qty, until)

    def free(self, now):
        return self.shelf - sum(qty for qty, until in self.holds.values() if until > now)

    def sellable(self, now):
        return not self.blocked and (self.until is None or now < self.until)


class Refused(Exception):
    """The plain list says that this cannot be."""


class Plain:
    """The stock of one variant as a list of lots."""

    def __init__(self):
        self.lots, self.now, self.sales, self.owners = [], START, [], 0

    def turn(self, lots):
        """Whose turn it is, first to last: the twenty-line oracle, one piece after the other."""
        never = datetime.max.replace(tzinfo=UTC)
        return sorted(lots, key=lambda lot: (lot.until or never, lot.id))

    def pick(self, lots, qty):
        taken = {}
        for _piece in range(qty):
            left = [lot for lot in lots if lot.free(self.now) > taken.get(lot.id, 0)]
            if not left:
                raise Refused
            taken[left[0].id] = taken.get(left[0].id, 0) + 1
        return [(lot, taken[lot.id]) for lot in lots if lot.id in taken]

    def on_sale(self):
        return self.turn([lot for lot in self.lots if lot.sellable(self.now)])

    def receive(self, qty, day, lot_id):
        local = FIRST + timedelta(days=day)
        after = datetime(local.year, local.month, local.day, 16, tzinfo=UTC)
        self.lots.append(Lot(lot_id, after if day < 4 else None, qty))

    def hold(self, owner, qty):
        for lot, part in self.pick(self.on_sale(), qty):
            lot.holds[owner] = (part, self.now + QUARTER)

    def held(self, owner):
        return [
            (lot, lot.holds[owner][0])
            for lot in sorted(self.lots, key=lambda lot: lot.id)
            if owner in lot.holds and lot.holds[owner][1] > self.now
        ]

    def release(self, owner):
        for lot in self.lots:
            lot.holds.pop(owner, None)

    def use(self, owner, short):
        if not self.held(owner) or any(
            lot.until and lot.until <= self.now for lot, _ in self.held(owner)
        ):
            raise Refused
        for lot, qty in self.held(owner):
            part = max(0, qty - short)
            lot.shelf, lot.sold = lot.shelf - part, lot.sold + part
            del lot.holds[owner]

    def sell(self, qty):
        taken = self.pick(self.on_sale(), qty)
        for lot, part in taken:
            lot.shelf, lot.sold = lot.shelf - part, lot.sold + part
        self.sales.append(taken)

    def carry(self, qty):
        for lot, part in self.pick(self.turn(self.lots), qty):
            lot.shelf, lot.back = lot.shelf - part, lot.back + part

    def count(self, change):
        if change < 0:
            for lot, part in self.pick(sorted(self.lots, key=lambda lot: lot.id), -change):
                lot.shelf -= part
        elif self.lots:
            max(self.lots, key=lambda lot: lot.id).shelf += change

    def undo(self):
        for lot, part in self.sales.pop():
            lot.shelf, lot.sold = lot.shelf + part, lot.sold - part

    def block(self, place):
        self.lots[place].blocked = True
        self.lots[place].holds.clear()


class Real:
    """The same goods in the town itself."""

    def __init__(self, doing, town, clock, shop):
        self.doing, self.town, self.clock, self.shop = doing, town, clock, shop
        self.sales, self.prefix = [], f"story {next(numbers)}"

    def begin(self, shelf, back, variant):
        self.shelf, self.back, self.variant = shelf, back, variant
        self.goods = lambda qty: [stock.Goods(variant.id, qty)]

    def key(self):
        return f"key {next(numbers)}"

    def owner(self, number):
        return {"owner_kind": "order", "owner_id": f"{self.prefix} {number}"}

    def source(self):
        return {"source_kind": "test", "source_id": self.prefix, "key": self.key()}

    def receive(self, qty, day):
        expires_on = FIRST + timedelta(days=day) if day < 4 else None
        line = stock.Incoming(self.variant.id, qty, expires_on=expires_on)
        (lot,) = self.doing(stock.receive_goods, self.shop, [line], to=self.shelf, **self.source())
        return lot.id

    def hold(self, owner, qty):
        wanted = [stock.Wanted(self.variant.id, qty)]
        until = self.clock() + QUARTER
        self.doing(stock.hold_stock, self.shop, wanted, until=until, **self.owner(owner))

    def held(self, owner):
        return self.doing(stock.holds_of, **self.owner(owner))

    def release(self, owner):
        self.doing(stock.release_holds, **self.owner(owner))

    def use(self, owner, short):
        picked = [
            stock.Picked(hold.reservation_id, max(0, hold.qty - short)) for hold in self.held(owner)
        ]
        told = {"picked": picked, **self.owner(owner), **self.source()}
        self.doing(stock.consume_holds, self.shop, **told)

    def sell(self, qty):
        wanted = [stock.Wanted(self.variant.id, qty)]
        self.sales.append(self.doing(stock.take_now, self.shop, wanted, **self.source()))

    def carry(self, qty):
        told = {"from_": self.shelf, "to": self.back, **self.source()}
        self.doing(stock.move_stock, self.shop, self.goods(qty), **told)

    def count(self, change):
        there = sum(qty for _lot, qty in self.levels(self.shelf))
        made = self.doing(stock.open_count, self.shop, self.shelf)
        lines = [stock.Counted(self.variant.id, there + change)]
        self.doing(stock.record_count, self.shop, made.id, lines=lines)
        try:
            with self.town.working(LENA) as ctx:
                stock.approve_count(replace(ctx, act="test.story"), self.shop, made.id)
        except stock.NotEnough:
            self.doing(stock.reject_count, self.shop, made.id)
            raise

    def undo(self):
        for move in self.sales.pop():
            self.doing(stock.undo_move, self.shop, move.id)

    def block(self, lot_id):
        self.doing(stock.block_lot, lot_id, reason="recalled")

    def levels(self, place):
        told = {"variant_ids": [self.variant.id], "location_id": place.id}
        return [(n.lot_id, n.on_hand) for n in self.doing(stock.levels, self.shop, **told)]


def steps():
    owners, qtys = st.integers(0, 2), st.integers(1, 9)
    return st.one_of(
        st.tuples(st.just("receive"), qtys, st.integers(0, 5)),
        st.tuples(st.just("hold"), owners, qtys),
        st.tuples(st.just("use"), owners, st.integers(0, 2)),
        st.tuples(st.just("release"), owners),
        st.tuples(st.sampled_from(["sell", "carry"]), qtys),
        st.tuples(st.just("count"), st.integers(-4, 4)),
        st.tuples(st.just("undo")),
        st.tuples(st.just("block"), st.integers(0, 3)),
        st.tuples(st.just("wait"), st.sampled_from([5, 15, 60 * 24])),
    )


@pytest.fixture
def story(doing, town, clock, ogs):
    """Tell the same in the town and in a plain list, step by step."""

    def begin(variant):
        clock.at = START
        real = Real(doing, town, clock, ogs)
        code = f"S{next(numbers)}"
        shelf = doing(stock.open_location, ogs, code=code, name=code)
        back = doing(stock.open_location, ogs, code=f"{code}-B", name=code, sellable=False)
        real.begin(shelf, back, variant)
        return Plain(), real

    return begin


def follow(plain, real, what, *told):
    """Take one step in both, where it can be taken at all; return whether both agree on it."""
    if what == "wait":
        real.clock.advance(minutes=told[0])
        plain.now = real.clock()
    elif what == "receive":
        plain.receive(*told, real.receive(*told))
    elif what == "block":
        if told[0] < len(plain.lots):
            real.block(plain.lots[told[0]].id)
            plain.block(told[0])
    elif makes_sense(plain, what, *told):
        return same_end(plain, real, what, *told)
    return True


def makes_sense(plain, what, *told):
    if what == "undo":
        return bool(plain.sales)
    if what == "hold":
        return not plain.held(told[0])
    return what != "count" or sum(lot.shelf for lot in plain.lots) + told[0] >= 0


def same_end(plain, real, what, *told):
    try:
        getattr(plain, what)(*told)
    except Refused:
        try:
            getattr(real, what)(*told)
        except (stock.NotEnough, stock.HoldLost, stock.LotExpired):
            return True
        return False
    getattr(real, what)(*told)
    return True


@lived
@given(story_of=st.lists(steps(), min_size=3, max_size=14))
def test_any_order_of_events_keeps_the_stock(story, selling, doing, unsound, story_of):
    plain, real = story(selling(None, lot_policy="lot"))
    for step in [("receive", 9, 1), ("receive", 5, 0), *story_of]:
        assert follow(plain, real, *step), step
        lots = sorted(plain.lots, key=lambda lot: lot.id)
        assert real.levels(real.shelf) == [(n.id, n.shelf) for n in lots if n.shelf], step
        assert sorted(real.levels(real.back)) == [(n.id, n.back) for n in lots if n.back]
        free = sum(lot.free(plain.now) for lot in lots if lot.sellable(plain.now))
        told = doing(stock.available, real.shop, [real.variant.id])
        assert told == {real.variant.id: free}, step
        assert unsound() == []


shelves = st.lists(
    st.tuples(
        st.integers(1, 3), st.none() | st.integers(0, 3), st.integers(0, 2), st.integers(0, 4)
    ),
    max_size=8,
)


@settings(deadline=None, max_examples=50)
@given(shelves, st.dictionaries(st.integers(1, 3), st.integers(1, 9), min_size=1))
def test_no_later_lot_leaves_while_an_earlier_one_has_stock(rows, wanted):
    day = timedelta(days=1)
    there = [
        Shelf(
            n, variant, n, 1, free, None if late is None else START + late * day, START + came * day
        )
        for n, (variant, late, came, free) in enumerate(rows)
        if variant in wanted
    ]
    picks, missing = share_out(there, wanted)
    taken = {pick.shelf.level_id: pick.qty for pick in picks}
    order = first_expiring(there)
    for earlier, later in pairwise(order):
        assert (earlier.sellable_until or START + 99 * day) <= (
            later.sellable_until or START + 99 * day
        )
    for place, shelf in enumerate(order):
        before = [s for s in order[:place] if s.variant_id == shelf.variant_id]
        if taken.get(shelf.level_id):
            assert all(taken.get(s.level_id, 0) == s.free for s in before)
    for variant, qty in wanted.items():
        came = sum(p.qty for p in picks if p.shelf.variant_id == variant)
        free = sum(s.free for s in there if s.variant_id == variant)
        assert (came, missing.get(variant, 0)) == (min(qty, free), max(0, qty - free))
