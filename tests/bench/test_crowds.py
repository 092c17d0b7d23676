"""Crowds in the bench: a reader who missed something makes the whole figure worthless."""

import pytest

from bench.fanout import Fanout, LostEvents, Reader, compared


def reader(**came):
    return Reader("town", "a=1", came={int(at[1:]): when for at, when in came.items()})


def test_the_wait_of_each_event_at_each_reader_counts_from_the_act():
    came_back, stayed = reader(p7=1.5, p9=9.0), reader(p7=1.25, p9=2.5)
    found = compared([came_back, stayed], [1.0, 2.0])
    assert (sorted(found.waits), found.events) == ([0.25, 0.5], 2)


@pytest.mark.parametrize(
    "other",
    [reader(p7=1.0), reader(p7=1.0, p8=1.5, p9=2.0), reader()],
    ids=["less", "more", "none"],
)
def test_a_reader_who_saw_something_else_is_found(other):
    with pytest.raises(LostEvents):
        compared([other, reader(p7=1.0, p9=2.0)], [0.0, 1.0])


def test_an_event_that_came_twice_is_found():
    twice = reader(p7=1.0)
    twice.twice = 1
    with pytest.raises(LostEvents):
        compared([twice, reader(p7=1.0)], [0.0])


def test_events_that_nobody_saw_are_found():
    with pytest.raises(LostEvents):
        compared([reader(p7=1.0), reader(p7=1.0)], [0.0, 0.5])


def test_pieces_of_the_stream_are_put_together():
    one = Reader("town", "a=1")
    for piece in (
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"5\r\nid: 4",
        b"1\n\n\r\nid: 42\nda",
        b"ta: x\n\nid: 4",
    ):
        one.data_received(piece)
    assert [*one.came] == [42]


def test_the_cpu_is_that_of_one_wait():
    assert Fanout([0.1] * 4, 2, cpu_s=0.0002).cpu_us == pytest.approx(50)


def test_a_percentile_is_a_wait_that_somebody_had():
    waits = Fanout([n / 1000 for n in range(1, 101)], 1)
    assert (waits.percentile(0.5), waits.percentile(0.99)) == (0.05, 0.099)
