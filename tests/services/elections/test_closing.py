"""Closing many polls at once: each is a work of its own."""

import pytest

from tests.services.elections.polling import drafted
from townsquare.services.elections.usecases import counting


@pytest.mark.engines("sqlite", "postgresql")
def test_a_poll_that_cannot_be_counted_holds_up_no_other(voting, town, clock, monkeypatch):
    told = []
    note = lambda _said, extra: told.append(extra["facts"]["poll"])  # noqa: E731
    monkeypatch.setattr(counting.log, "exception", note)
    first, (maya, *_others) = voting
    first.vote(maya, chair=["1"], works=[])
    clock.set(2026, 3, 2, 2, 0)
    second = drafted(town, clock, title="Later", closes="2026-03-02T20:00")
    second.enrol("L-1")
    second.freeze()
    first.run("UPDATE elections_poll_slot SET content = 'torn'")
    assert first.close() == 1
    states = "SELECT title, state FROM elections_election ORDER BY id"
    assert first.rows(states) == [("Allotment board 2026", "frozen"), ("Later", "closed")]
    assert told == [first.id]
    restored = '{"chair":["1"],"works":[]}'
    first.run(f"UPDATE elections_poll_slot SET content = '{restored}'")
    assert first.close() == 1
    assert [option.votes for option in first.result().contests[0].options] == [1, 0, 0]
