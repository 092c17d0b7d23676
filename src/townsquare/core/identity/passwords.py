"""Passwords: argon2id with bounded concurrency, checked exactly as they were typed."""

import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from threading import BoundedSemaphore, Lock, get_native_id
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from townsquare.core.identity.errors import CommonPassword, TooManyAtOnce

MEBIBYTE = 1024  # argon2 counts memory in KiB.
IN_EARNEST = PasswordHasher(time_cost=3, memory_cost=64 * MEBIBYTE, parallelism=1)
FOR_DEMOS = PasswordHasher(time_cost=1, memory_cost=8 * MEBIBYTE, parallelism=1)
# What an unknown address is checked against, by whether the town is a demonstration.
NOBODYS = {
    False: "$argon2id$v=19$m=65536,t=3,p=1$5TTgSIJHhFw3w9bqN3GJ4w"
    "$pCLeRDUiADWp+Pj5r7Ni2lfZzLvYf581s0JfcbvGHbk",
    True: "$argon2id$v=19$m=8192,t=1,p=1$7iZe5kBK/i7qNngPDgvhsA"
    "$NCrTGRn4/GutWt2l1KUu1Jd/8GSasvGLBYi7slTksXQ",
}
PATIENCE = 8.0  # Seconds that a check waits for its turn; no request takes longer than ten.
MOST_WAITING = 20
AT_ONCE = max(1, (os.cpu_count() or 1) // 2)
LOWER = 10  # How far a digest stands behind pages: it gets a tenth of a core that both want.
# What people try first, in words of which a short password must not merely consist.
# fmt: off
COMMON = frozenset(
    {
        "00000000", "11111111", "12345678", "123456789", "1234567890", "1q2w3e4r", "1q2w3e4r5t",
        "66666666", "87654321", "88888888", "a1b2c3d4", "abc12345", "abcd1234", "admin123",
        "admin1234", "administrator", "asdfghjk", "asdfghjkl", "baseball", "batman", "changeme",
        "charlie", "computer", "default1", "dragon", "football", "freedom", "guest123",
        "iloveyou", "iloveyou1", "internet", "jennifer", "letmein", "letmein1", "master",
        "michael", "michelle", "monkey", "passw0rd", "password", "password1", "password123",
        "princess", "qazwsxedc", "qwerty", "qwerty123", "qwertyuiop", "secret12", "shadow",
        "starwars", "sunshine", "superman", "test1234", "testtest", "trustno1", "welcome",
        "welcome1", "whatever", "zxcvbnm,", "zxcvbnm1",
    }
)
# fmt: on
CONTEXT = ("townsquare", "library", "sanroque", "san roque")

Result = TypeVar("Result")
_slots = BoundedSemaphore(AT_ONCE)
_waiting = 0
_counting = Lock()


def hasher(*, demo: bool) -> PasswordHasher:
    """Return the hasher of this town; only demonstrations take the cheap one."""
    return FOR_DEMOS if demo else IN_EARNEST


def hashed(password: str, *, demo: bool) -> str:
    """Return the digest of a password, in argon2's own format."""
    made = hasher(demo=demo)
    return in_turn(lambda: made.hash(password))


def fits(password: str, digest: str | None, *, demo: bool) -> bool:
    """Tell whether the password is right; without a digest as much work is done, for nothing."""
    kept, known = digest or NOBODYS[demo], hasher(demo=demo)
    try:
        return in_turn(lambda: known.verify(kept, password)) and bool(digest)
    except (VerifyMismatchError, InvalidHashError):
        return False


def refuse_common(password: str, *about: str) -> None:
    """Raise CommonPassword for what everybody tries first, or what is merely a name."""
    folded = password.casefold()
    short = [word.casefold() for word in (*CONTEXT, *about) if len(word) > 3]  # noqa: PLR2004
    if folded in COMMON or len(set(folded)) < 3 or any(_merely(folded, word) for word in short):  # noqa: PLR2004
        raise CommonPassword


def _merely(password: str, word: str) -> bool:
    return word in password and len(password) - len(word) < 5  # noqa: PLR2004


def in_turn(work: Callable[[], Result]) -> Result:
    """Hash in one of the few places there are, behind everything else that this machine does.

    The thread lives for this piece of work alone: nobody may raise its priority again, and after
    a fork none is missing. The work should be hardly more than argon2, which lets the interpreter
    go: what runs in Python holds up the pages, and would do so for longer from behind.
    """
    with _turn(), ThreadPoolExecutor(1, "digest", initializer=_step_back) as place:
        return place.submit(work).result()


def _step_back() -> None:
    """Lower the priority of this thread; only Linux has one for each, elsewhere nothing is done."""
    if sys.platform == "linux":
        with suppress(OSError):  # Where even that is forbidden, digests are made all the same.
            here = get_native_id()
            os.setpriority(os.PRIO_PROCESS, here, os.getpriority(os.PRIO_PROCESS, here) + LOWER)


@contextmanager
def _turn() -> Iterator[None]:
    """Wait for one of the few places in which something costly may be hashed."""
    global _waiting  # noqa: PLW0603 (one queue for the process)
    with _counting:
        if _waiting >= MOST_WAITING:
            raise TooManyAtOnce
        _waiting += 1
    try:
        if not _slots.acquire(timeout=PATIENCE):
            raise TooManyAtOnce
    finally:
        with _counting:
            _waiting -= 1
    try:
        yield
    finally:
        _slots.release()
