"""What is old is looked through for garbage after a message, and Python leaves it alone."""

import asyncio
import gc

import pytest

from townsquare.core.live.hub import Hub
from townsquare.core.live.tidying import EVERY_SECONDS, GRACE_SECONDS, Tidying


class Hands:
    """A clock that is moved by hand."""

    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def looks():
    """Return how often everything has been looked through, as a list that grows."""
    found = []

    def note(phase, told):
        if phase == "stop" and told["generation"] == 2:
            found.append(told)

    gc.callbacks.append(note)
    yield found
    gc.callbacks.remove(note)


def test_a_look_comes_after_a_message(looks):
    clock = Hands()
    tidying = Tidying(clock)
    tidying.perhaps(told=True)
    assert looks == []
    clock.now += EVERY_SECONDS
    tidying.perhaps(told=False)
    assert looks == []
    tidying.perhaps(told=True)
    assert len(looks) == 1
    tidying.perhaps(told=True)
    assert len(looks) == 1


def test_a_quiet_town_is_looked_through_as_well(looks):
    clock = Hands()
    tidying = Tidying(clock)
    clock.now += EVERY_SECONDS + GRACE_SECONDS
    tidying.perhaps(told=False)
    assert len(looks) == 1


def things(many):
    """Make so many lists that hold each other in pairs, and lose every second pair."""
    kept = []
    for number in range(many):
        left, right = [], []
        left.append(right)
        right.append(left)
        if number % 2:
            kept.append(left)
    return kept


def test_python_itself_looks_at_what_is_old_only_outside(looks):
    before = gc.get_threshold()
    gc.freeze()  # Else what other tests have left counts as old, beside which this is little.
    gc.collect()
    looks.clear()
    gc.set_threshold(50, 2, 2)
    try:
        with Tidying():
            held = things(20_000)
        assert looks == []
        held += things(20_000)
        assert looks
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def test_of_two_the_last_gives_back():
    before = gc.get_threshold()
    one, other = Tidying(), Tidying()
    one.__enter__()
    other.__enter__()
    one.__exit__(None, None, None)
    assert gc.get_threshold()[2] > before[2]
    other.__exit__(None, None, None)
    assert gc.get_threshold() == before


def test_the_hub_takes_over_and_gives_back(town):
    before = gc.get_threshold()

    async def story():
        hub = Hub(town)
        following = asyncio.create_task(hub.follow())
        await hub.since("desk", None)  # Answered once the log is followed.
        taken = gc.get_threshold()
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        return taken

    taken = asyncio.run(story())
    assert taken[:2] == before[:2]
    assert taken[2] > before[2]
    assert gc.get_threshold() == before
