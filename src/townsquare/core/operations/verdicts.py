"""What the condition of the town means: each part, how it is, and whether it is well."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from townsquare.core.frozen import dataclass
from townsquare.core.health import LONGEST_LAG, newest_schema
from townsquare.core.operations.condition import Machine, Records
from townsquare.core.words import translatable

LEAST_FREE = 0.10
LARGEST_WAL = 256 * 1024 * 1024
LONGEST_UNLINKED = timedelta(seconds=5)
LONGEST_BACKUP = timedelta(hours=26)
LONGEST_UNVERIFIED = timedelta(hours=24)
LONGEST_UNKEPT = timedelta(hours=26)
LONGEST_LATE = timedelta(minutes=5)
NEVER = translatable("never, as far as this machine knows")
AT_ONCE = translatable("nothing waits")
UNITS = (
    (86400, translatable("{n} days")),
    (3600, translatable("{n} hours")),
    (60, translatable("{n} minutes")),
    (1, translatable("{n} seconds")),
)


@dataclass(frozen=True)
class Verdict:
    """One part of the town: its name, how it is in words with numbers, whether that is well."""

    part: str
    title: str
    told: str
    well: bool
    facts: dict[str, object]

    @property
    def plain(self) -> str:
        """Return how it is, in English."""
        return self.told.format(**self.facts)


def verdicts_of(records: Records, machine: Machine, now: datetime) -> list[Verdict]:
    """Return every part, in the order in which people ask."""
    return [*_of_records(records, now), *_of_machine(machine)]


def _of_records(records: Records, now: datetime) -> Iterator[Verdict]:
    waits, newest = records.waits, newest_schema()
    due = min((q.oldest for q in records.queues if q.state == "waiting"), default=None)
    dead = records.count("dead")
    yield _lag("outbox", translatable("Events"), _gone(waits.outbox, now), most=LONGEST_LAG)
    yield _lag(
        "audit", translatable("Chain of the audit"), _gone(waits.audit, now), most=LONGEST_UNLINKED
    )
    yield _lag("jobs", translatable("Background work"), _gone(due, now), most=LONGEST_LATE)
    failed = translatable("nothing") if not dead else "{n}"
    yield Verdict("dead", translatable("Failed for good"), failed, not dead, {"n": dead})
    schema = (
        "{found}" if waits.schema == newest else translatable("{found}, and {newest} is needed")
    )
    told: dict[str, object] = {"found": waits.schema, "newest": newest}
    yield Verdict("schema", translatable("Schema"), schema, waits.schema == newest, told)


def _of_machine(machine: Machine) -> Iterator[Verdict]:
    free = machine.disk_free
    told: dict[str, object] = {"percent": int(free * 100)}
    room = translatable("{percent} % free")
    yield Verdict("disk", translatable("Disk"), room, free >= LEAST_FREE, told)
    if machine.wal_bytes is not None:
        size, well = machine.wal_bytes // 1024 // 1024, machine.wal_bytes <= LARGEST_WAL
        log = translatable("{n} MiB")
        yield Verdict("wal", translatable("Log of the database"), log, well, {"n": size})
    yield _age("backup", translatable("Last backup"), machine.backup_age, most=LONGEST_BACKUP)
    title = translatable("Audit last verified")
    yield _age("verified", title, machine.verified_age, most=LONGEST_UNVERIFIED)
    if machine.heads_wanted:
        title = translatable("Heads of the audit kept elsewhere")
        yield _age("heads", title, machine.heads_age, most=LONGEST_UNKEPT)


def _lag(part: str, title: str, lag: timedelta, *, most: timedelta) -> Verdict:
    if not lag:
        return Verdict(part, title, AT_ONCE, well=True, facts={})
    return _spanned(part, title, lag, most=most)


def _age(part: str, title: str, age: timedelta | None, *, most: timedelta) -> Verdict:
    if age is None:
        return Verdict(part, title, NEVER, well=False, facts={})
    return _spanned(part, title, age, most=most)


def _spanned(part: str, title: str, span: timedelta, *, most: timedelta) -> Verdict:
    seconds = int(span.total_seconds())
    size, words = next((unit for unit in UNITS if seconds >= 2 * unit[0]), UNITS[-1])
    return Verdict(part, title, words, span <= most, {"n": seconds // size})


def _gone(moment: datetime | None, now: datetime) -> timedelta:
    return timedelta() if moment is None else max(timedelta(), now - moment)
