"""Events get positions without gaps and reach each listener once, whatever fails."""

from dataclasses import dataclass, replace

import pytest
from sqlalchemy import delete, func, select, update

from townsquare.core.events import Event, OutboxEntry
from townsquare.core.jobs import JobRow
from townsquare.core.manifest import Listener, Service
from townsquare.core.outbox import InboxEntry, Relay, RelayRow, consumers_of
from townsquare.core.realtime import LiveMessage, publish
from townsquare.core.usecase import Command, Context, use_case
from townsquare.core.worker import Worker


@dataclass(frozen=True)
class StallOpened(Event):
    """A stall of the market has opened."""

    stall: int


class OpenStalls(Command):
    """A wish to open some stalls."""

    count: int


@use_case("test.stall.open", permission="public")
def open_stalls(ctx: Context, wish: OpenStalls) -> None:
    """Open the stalls."""
    for stall in range(1, wish.count + 1):
        ctx.emit(StallOpened(stall))


def tell_everyone(ctx, facts):
    publish(ctx, "test.market", facts)


class MarketClosed(OSError):
    """The listener cannot do its work today."""


class Moody:
    """A listener that fails for one stall, as often as it is told to."""

    __name__ = "moody"

    def __init__(self, stall, times):
        self.stall, self.times = stall, times

    def __call__(self, ctx, facts):
        tell_everyone(ctx, facts)
        if facts["stall"] == self.stall and self.times:
            self.times -= 1
            raise MarketClosed


def market(*calls):
    heard = tuple(Listener("core.StallOpened", call, frozenset()) for call in calls)
    return Service(name="market", title="Market", listeners=heard)


@pytest.fixture
def opened(acting_as, town):
    def run(count, *calls):
        with acting_as() as ctx:
            open_stalls(ctx, OpenStalls(count=count))
        listeners = [replace(one, event=EVENT) for one in market(*calls).listeners]
        return replace(town, services=(replace(market(), listeners=tuple(listeners)),))

    return run


EVENT = f"{StallOpened.__module__.split('.')[-2]}.StallOpened"


def told(town):
    with town.sessions() as db:
        return sorted(m for (m,) in db.execute(select(LiveMessage.message)))


def test_positions_have_no_gaps_and_keep_the_order(opened, town):
    here = opened(1203)
    relay = Relay(here, "one")
    while relay.step():
        pass
    with town.sessions() as db:
        order = select(OutboxEntry.position).order_by(OutboxEntry.id)
        assert db.scalars(order).all() == list(range(1, 1204))


def test_a_listener_hears_each_event_once(opened):
    here = opened(3, tell_everyone)
    Worker(here).drain()
    Worker(here).drain()
    assert told(here) == ['{"stall":1}', '{"stall":2}', '{"stall":3}']


def test_what_a_listener_tells_has_its_position_in_the_same_step(opened, town):
    here = opened(2, tell_everyone)
    Relay(here, "one").step()
    with town.sessions() as db:
        order = select(LiveMessage.position).order_by(LiveMessage.id)
        assert db.scalars(order).all() == [1, 2]
        assert db.scalars(select(RelayRow.messages)).all() == [2]


def deliver_again(town, clock):
    clock.advance(seconds=11)
    with town.sessions.begin() as db:
        db.execute(update(RelayRow).values(delivered=0))
    Worker(town).drain()


def test_an_event_that_is_delivered_again_has_no_second_effect(opened, clock):
    here = opened(2, tell_everyone)
    Worker(here).drain()
    deliver_again(here, clock)
    assert told(here) == ['{"stall":1}', '{"stall":2}']


def test_without_the_inbox_it_would_have_one(opened, clock):
    here = opened(2, tell_everyone)
    Worker(here).drain()
    with here.sessions.begin() as db:
        db.execute(delete(InboxEntry))
    deliver_again(here, clock)
    assert len(told(here)) == 4


def test_a_failing_listener_holds_nobody_up_and_is_tried_again(opened, clock):
    here = opened(3, Moody(stall=2, times=2))
    Worker(here).drain()
    assert told(here) == ['{"stall":1}', '{"stall":3}']
    for _ in range(3):
        clock.advance(seconds=12)
        Worker(here).drain()
    assert told(here) == ['{"stall":1}', '{"stall":2}', '{"stall":3}']


def test_a_listener_that_always_fails_ends_in_the_dead_letters(opened, clock):
    here = opened(1, Moody(stall=1, times=99))
    for _ in range(15):
        Worker(here).drain()
        clock.advance(minutes=16)
    with here.sessions() as db:
        dead = db.scalars(select(JobRow).filter_by(state="dead")).one()
    assert (dead.name, dead.reason) == ("core.deliver", "MarketClosed: ")
    assert told(here) == []


def test_only_one_relay_counts_at_a_time(opened, clock):
    here = opened(1)
    first, second = Relay(here, "first"), Relay(here, "second")
    assert first.step()
    with here.working(replace_actor(here)) as ctx:
        open_stalls(ctx, OpenStalls(count=1))
    assert not second.step()
    clock.advance(seconds=11)
    assert second.step()
    assert second.step() is False


def replace_actor(town):
    from townsquare.core.usecase import Actor

    return Actor(1, "Mei Chen", frozenset({"public"}))


def test_two_listeners_of_one_name_are_a_mistake():
    with pytest.raises(TypeError, match="listens twice"):
        consumers_of((market(tell_everyone, tell_everyone),))


def test_an_idle_relay_writes_nothing(town):
    before = _changes(town)
    assert not Relay(town, "idle").step()
    assert _changes(town) == before


def _changes(town):
    with town.sessions() as db:
        return db.scalar(select(func.max(RelayRow.lease_until)))


def test_old_events_are_forgotten_and_the_count_goes_on(opened, clock, acting_as):
    here = opened(2, tell_everyone)
    Worker(here).drain()
    clock.advance(days=31)
    Worker(here).drain()
    with here.working(replace_actor(here)) as ctx:
        open_stalls(ctx, OpenStalls(count=1))
    Worker(here).drain()
    with here.sessions() as db:
        assert db.scalars(select(OutboxEntry.position)).all() == [3]
