"""Counters that all processes of the town share; while Redis is away, each counts for itself."""

import logging
from collections.abc import Callable, Sequence
from hashlib import blake2b
from threading import Lock
from time import monotonic

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
        self._here = InThisProcess(settings, clock)
        self._key = settings.secret_key.encode()[:64]
        self._clock = clock
        self._away_until: float | None = None
        self._turn = Lock()

    def add(self, asked: Sequence[tuple[str, Limit]]) -> list[Counted]:
        """Count one request under each key, or under none if one of them is full, at one moment."""
        if not asked:
            return []
        away = self._away_until  # Read once: another thread may find that it is back.
        if away is None:
            return self._try(asked)
        # Of those who come while it is away, one at a time finds out whether it is back.
        if self._clock() < away or not self._turn.acquire(blocking=False):
            return self._here.add(asked)
        try:
            return self._try(asked)
        finally:
            self._turn.release()

    def _try(self, asked: Sequence[tuple[str, Limit]]) -> list[Counted]:
        try:
            told = self._shared(asked)
        except (RedisError, OSError) as error:
            if self._away_until is None:
                log.warning("limits are counted by each process: %s", type(error).__name__)
            self._away_until = self._clock() + ASK_AGAIN_AFTER
            return self._here.add(asked)
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

    def _name(self, key: str) -> str:
        """Return where a key stands; it names nobody, and no two towns meet."""
        digest = blake2b(key.encode(), key=self._key, digest_size=16)
        return f"townsquare:limit:{digest.hexdigest()}"
