"""Counters that all processes of the town share; while Redis is away, each counts for itself."""

import logging
from collections.abc import Callable, Sequence
from functools import partial
from hashlib import blake2b
from secrets import token_hex
from threading import Lock
from time import monotonic
from typing import TypeVar

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from townsquare.adapters.embedded.limits import InThisProcess
from townsquare.core.limits import Counted, counted
from townsquare.core.rates import Limit
from townsquare.core.settings import Settings

CONNECT_WITHIN, ANSWER_WITHIN = 0.5, 0.2
ASK_AGAIN_AFTER = 2.0  # Seconds for which nobody waits for a Redis that did not answer.
# Both windows of every key are read, and one is added to all of them or to none, at one moment and
# by the clock of Redis. A key is a hash: the number of its window, its count, and that before it.
SCRIPT = """
local time = redis.call('TIME')
local at = time[1] + time[2] / 1000000
local told, full = {}, false
for i, key in ipairs(KEYS) do
  local most, seconds = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local number = math.floor(at / seconds)
  local kept = redis.call('HMGET', key, 'n', 'c', 'b')
  local before, now = 0, 0
  if kept[1] and tonumber(kept[1]) == number then
    before, now = tonumber(kept[3]), tonumber(kept[2])
  elseif kept[1] and tonumber(kept[1]) == number - 1 then
    before = tonumber(kept[2])
  end
  local passed = at / seconds - number
  told[i] = {before, now, math.floor(passed * 1000000), number}
  if most - before * (1 - passed) - now < 1 - 1e-9 then full = true end
end
if not full then
  for i, key in ipairs(KEYS) do
    local seconds, each = tonumber(ARGV[2 * i]), told[i]
    redis.call('HSET', key, 'n', each[4], 'c', each[2] + 1, 'b', each[1])
    redis.call('PEXPIRE', key, 2000 * seconds)
  end
end
return told
"""
# Places that were never given back, as by a process that was killed, end by themselves.
LEASE = 300
ENTER = """
local time = redis.call('TIME')
local at = time[1] + time[2] / 1000000
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', at)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then return 0 end
redis.call('ZADD', KEYS[1], at + ARGV[3], ARGV[2])
redis.call('PEXPIRE', KEYS[1], math.ceil(1000 * ARGV[3]))
return 1
"""
Told = TypeVar("Told")
log = logging.getLogger("townsquare.limits")


class InRedis:
    """Counts for all processes by one script; the local counters stand in for it."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = monotonic) -> None:
        self._redis = Redis.from_url(
            settings.redis_url,
            socket_connect_timeout=CONNECT_WITHIN,
            socket_timeout=ANSWER_WITHIN,
            retry=Retry(NoBackoff(), 0),  # Who waits is a request: the stand-in is at hand.
            driver_info=None,
        )
        self._ask = self._redis.register_script(SCRIPT)
        self._enter = self._redis.register_script(ENTER)
        self._here = InThisProcess(settings, clock)
        self._key = settings.secret_key.encode()[:64]
        self._clock = clock
        self._away_until: float | None = None
        self._turn = Lock()

    def add(self, asked: Sequence[tuple[str, Limit]]) -> list[Counted]:
        """Count one request under each key, or under none if one of them is full, at one moment."""
        if not asked:
            return []
        return self._or_here(partial(self._shared, asked), partial(self._here.add, asked))

    def enter(self, key: str, most: int) -> str:
        """Take one of so many places; return what gives it back, empty where all are taken."""
        shared = partial(self._shared_place, self._name(key), most)
        return self._or_here(shared, partial(self._here.enter, key, most))

    def leave(self, key: str, note: str) -> None:
        """Give a place back, wherever it was taken."""
        self._here.leave(key, note)
        shared = partial(self._redis.zrem, self._name(key), note)
        self._or_here(lambda: bool(shared()), lambda: False)

    def _or_here(self, shared: Callable[[], Told], here: Callable[[], Told]) -> Told:
        away = self._away_until  # Read once: another thread may find that it is back.
        if away is None:
            return self._try(shared, here)
        # Of those who come while it is away, one at a time finds out whether it is back.
        if self._clock() < away or not self._turn.acquire(blocking=False):
            return here()
        try:
            return self._try(shared, here)
        finally:
            self._turn.release()

    def _try(self, shared: Callable[[], Told], here: Callable[[], Told]) -> Told:
        try:
            told = shared()
        except (RedisError, OSError) as error:
            if self._away_until is None:
                log.warning("limits are counted by each process: %s", type(error).__name__)
            self._away_until = self._clock() + ASK_AGAIN_AFTER
            return here()
        if self._away_until is not None:
            self._away_until = None
            log.warning("limits are counted for all processes again")
        return told

    def _shared(self, asked: Sequence[tuple[str, Limit]]) -> list[Counted]:
        keys = [self._name(key) for key, _ in asked]
        told = self._ask(keys, [number for _, limit in asked for number in limit])
        return [
            counted(limit, before, now, millionths / 1_000_000)
            for (_, limit), (before, now, millionths, _) in zip(asked, told, strict=True)
        ]

    def _shared_place(self, name: str, most: int) -> str:
        note = token_hex(8)
        return note if self._enter([name], [most, note, LEASE]) else ""

    def _name(self, key: str) -> str:
        """Return where a key stands; it names nobody, and no two towns meet."""
        digest = blake2b(key.encode(), key=self._key, digest_size=16)
        return f"townsquare:limit:{digest.hexdigest()}"
