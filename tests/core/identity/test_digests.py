"""Where digests are made: in a thread of their own that stands behind the pages."""

import os
import sys
from threading import current_thread, get_native_id

import pytest

from townsquare.core.identity import codes, passwords
from townsquare.core.identity.errors import TooManyAtOnce

linux = pytest.mark.skipif(sys.platform != "linux", reason="Only Linux ranks single threads.")
LAST = 19  # There is nothing behind this.


def rank():
    return os.getpriority(os.PRIO_PROCESS, get_native_id())


def behind():
    """Return the rank that stands as far behind this thread as digests should."""
    return min(LAST, rank() + passwords.LOWER)


class Noting:
    """A hasher that notes in which thread it works, and with which rank."""

    def __init__(self):
        self.seen = []

    def hash(self, _password):
        self.seen.append((current_thread(), rank()))
        return "a digest"

    def verify(self, _digest, _password):
        self.seen.append((current_thread(), rank()))
        return True


@pytest.fixture
def noting(monkeypatch):
    made = Noting()
    monkeypatch.setattr(passwords, "hasher", lambda **_: made)
    monkeypatch.setattr(codes, "RECOVERY", made)
    return made


def hash_in_all_ways():
    passwords.hashed("eight red bicycles", demo=False)
    passwords.fits("eight red bicycles", "a digest", demo=False)
    code = codes.new_recovery_codes()[0]
    codes.digests_of([code])
    codes.fits_recovery(code, "a digest")


@linux
def test_every_digest_stands_behind_the_pages(noting):
    own = rank()
    hash_in_all_ways()
    assert [ranked for _thread, ranked in noting.seen] == [behind()] * 4
    assert current_thread() not in [thread for thread, _rank in noting.seen]
    assert rank() == own


@linux
def test_a_digest_that_pushes_to_the_front_would_be_noticed(noting, monkeypatch):
    monkeypatch.setattr(passwords, "_step_back", lambda: None)
    hash_in_all_ways()
    assert {ranked for _thread, ranked in noting.seen} == {rank()}
    assert rank() == LAST or rank() != behind()


@pytest.mark.parametrize("kept", ["forbidden", "elsewhere"])
def test_where_no_thread_may_step_back_digests_are_made_all_the_same(kept, monkeypatch):
    asked = []

    def refuse(*told):
        asked.append(told)
        raise PermissionError

    monkeypatch.setattr(passwords.os, "setpriority", refuse)
    monkeypatch.setattr(passwords.sys, "platform", "linux" if kept == "forbidden" else "darwin")
    digest = passwords.hashed("eight red bicycles", demo=True)
    assert passwords.fits("eight red bicycles", digest, demo=True)
    assert not passwords.fits("nine red bicycles", digest, demo=True)
    assert bool(asked) == (kept == "forbidden")


def test_what_goes_wrong_in_a_turn_is_told_and_keeps_no_place():
    for _time in range(passwords.AT_ONCE + 1):
        with pytest.raises(ZeroDivisionError):
            passwords.in_turn(lambda: 1 // 0)
    assert passwords.in_turn(lambda: "done") == "done"


def test_who_finds_no_place_in_time_starts_nothing(monkeypatch):
    monkeypatch.setattr(passwords, "PATIENCE", 0.01)
    begun = []

    def fill(places):
        if places:
            return passwords.in_turn(lambda: fill(places - 1))
        with pytest.raises(TooManyAtOnce):
            passwords.in_turn(lambda: begun.append("once too often"))
        return begun

    assert fill(passwords.AT_ONCE) == []
    assert passwords.in_turn(lambda: "done") == "done"
