"""Rotation: every sealed value is sealed again with a new key, while the town goes on.

A chain of jobs does it: each one seals a batch and asks for the next in the same transaction, so
that a killed worker loses and repeats nothing, and other work gets its turn between. A value is
replaced only where it is still the one that was opened. At the end the old keys are retired: all
values are counted while nobody can write one, and from then on the database refuses what an old
key has sealed. Its file is put away a little later, when nobody can still hold an old value.
"""

from datetime import datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import (
    Column,
    Connection,
    LargeBinary,
    Table,
    Update,
    func,
    select,
    text,
    union_all,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from townsquare.core.blind import marks_anew
from townsquare.core.columns import (
    COLUMNS,
    ID_BYTES,
    MARKED,
    SEALED,
    Place,
    Sealer,
    UnknownKey,
    mark_of,
)
from townsquare.core.db import Model
from townsquare.core.events import Event
from townsquare.core.frozen import dataclass
from townsquare.core.jobs.queue import JobRow, enqueue
from townsquare.core.jobs.running import Errand
from townsquare.core.manifest import Job
from townsquare.core.town import Town
from townsquare.core.usecase import Command, Context, query, use_case
from townsquare.core.words import translatable

ROTATE, RESEAL, RETIRE = "core.key.rotate", "core.key.reseal", "core.key.retire"
PUT_AWAY = "core.key.put-away"
VIEW = "operations.job.view"
BATCH = 100
PAUSE = timedelta(milliseconds=100)  # Between two batches, for everybody else.
BETWEEN_ROUNDS = timedelta(seconds=5)
GRACE = timedelta(minutes=2)  # Longer than anybody holds a value between reading and opening it.


class RetiredKeyRow(Model):
    """A key that no value needs; triggers refuse a value that it has sealed."""

    __tablename__ = "core_retired_key"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    mark: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    at: Mapped[datetime]


@dataclass(frozen=True)
class KeyRotationBegun(Event):
    """A new key seals from now on, and everything sealed before is sealed again."""

    sentence: ClassVar[str] = translatable("Protected records get the new key {key}.")
    subject: ClassVar[str] = "key"

    key: int


@dataclass(frozen=True)
class KeyRetired(Event):
    """Nothing that this key has sealed is left."""

    sentence: ClassVar[str] = translatable(
        "The key {key} of protected records is retired; nothing needs it any more."
    )
    subject: ClassVar[str] = "key"

    key: int


class Rotate(Command):
    """A wish to seal everything with this key, which is the newest one."""

    key: int


class Reseal(Command):
    """A wish to seal the next batch of a column."""

    key: int
    column: int = 0
    after: int = 0


class Retire(Command):
    """A wish to retire every key before this one."""

    key: int


class PutAway(Command):
    """A wish that a retired key opens nothing more."""

    key: int


class LookAtKeys(Command):
    """A wish to see what the keys still hold."""


@dataclass(frozen=True)
class Progress:
    """How many protected values there are, and how many of them have the newest key."""

    done: int
    all: int


def sealed_columns() -> list[tuple[Table, Column[Any]]]:
    """Return every column that holds sealed values, in the same order each time."""
    return [
        (table, column)
        for _name, table in sorted(Model.metadata.tables.items())
        for column in table.columns
        if column.info == SEALED
    ]


def values_by_key(db: Session | Connection) -> dict[int, int]:
    """Return how many values each key holds at this moment."""
    marks = union_all(
        *(
            select(_mark(column).label("mark")).where(column.is_not(None))
            for _table, column in sealed_columns()
        )
    ).subquery()
    counted = select(marks.c.mark, func.count()).group_by(marks.c.mark)
    return {int.from_bytes(mark or b"", "big"): count for mark, count in db.execute(counted)}


def refuse_missing_keys(db: Session | Connection, sealer: Sealer) -> None:
    """Raise UnknownKey where a value needs a key that does not lie here."""
    if missing := sorted(values_by_key(db).keys() - set(sealer.numbers())):
        raise UnknownKey(key=missing[0])


@query("core.key.view", permission=VIEW)
def key_progress(ctx: Context, _wish: LookAtKeys) -> Progress | None:
    """Return how far the rotation is, or None while there is none."""
    held = values_by_key(ctx.db)
    newest = max(held, default=0)
    return Progress(held[newest], sum(held.values())) if len(held) > 1 else None


@use_case(ROTATE)
def begin_rotation(ctx: Context, wish: Rotate) -> None:
    """Ask for everything to be sealed with the new key, unless that was asked for already."""
    at_work = JobRow.name.in_((RESEAL, RETIRE)) & JobRow.state.in_(("waiting", "running"))
    if ctx.db.scalar(select(JobRow.id).where(at_work).limit(1)) is None:
        enqueue(ctx, RESEAL, Reseal(key=wish.key))
        ctx.emit(KeyRotationBegun(wish.key))


@use_case(RESEAL)
def reseal(ctx: Context, wish: Reseal) -> None:
    """Seal one batch with the new key and ask for the next one."""
    places, sealer = sealed_columns(), ctx.engine(COLUMNS)
    if wish.key not in sealer.numbers():
        raise UnknownKey(key=wish.key)
    if wish.key < sealer.numbers()[-1]:
        return  # A later rotation does all of this.
    if wish.column == len(places):
        enqueue(ctx, RETIRE, Retire(key=wish.key))
        return
    table, column = places[wish.column]
    held = ctx.db.execute(
        select(table.c.id, table.c.public_id, column)
        .where(table.c.id > wish.after, _mark(column) != mark_of(wish.key))
        .order_by(table.c.id)
        .limit(BATCH)
    ).all()
    for number, public_id, sealed in held:
        place = Place(table.name, column.name, public_id)
        plain = sealer.open(sealed, place)
        fresh = sealer.seal(plain, place)
        anew = replaced(sealed, fresh, cell=(table, column, number))
        marks = marks_anew(fresh, plain, column=column, sealer=sealer)
        ctx.db.execute(anew.values(marks) if marks else anew)
    on, after = (wish.column, held[-1].id) if len(held) == BATCH else (wish.column + 1, 0)
    following = Reseal(key=wish.key, column=on, after=after)
    enqueue(ctx, RESEAL, following, run_at=ctx.now() + PAUSE)


@use_case(RETIRE)
def retire_keys(ctx: Context, wish: Retire) -> None:
    """Retire the keys before this one, unless a value still needs one: then begin again."""
    _let_nobody_write(ctx.db)
    held = values_by_key(ctx.db)
    if any(key < wish.key for key in held):
        enqueue(ctx, RESEAL, Reseal(key=wish.key), run_at=ctx.now() + BETWEEN_ROUNDS)
        return
    retired = set(ctx.db.scalars(select(RetiredKeyRow.number)))
    for key in range(1, wish.key):
        if key not in retired:
            ctx.db.add(RetiredKeyRow(number=key, mark=mark_of(key), at=ctx.now()))
            ctx.emit(KeyRetired(key))
            enqueue(ctx, PUT_AWAY, PutAway(key=key), run_at=ctx.now() + GRACE)


def replaced(sealed: bytes, fresh: bytes, *, cell: tuple[Table, Column[Any], int]) -> Update:
    """Return the exchange of a value where it still is: who changed it has sealed it anew."""
    table, column, number = cell
    here = update(table).where(table.c.id == number, column == sealed)
    return here.values({column.name: fresh})


def put_away(town: Town, wish: PutAway, _public_id: str) -> None:
    """Let a retired key open nothing more."""
    town.engines.at(COLUMNS).put_away(wish.key)


def _mark(column: Column[Any]) -> Any:  # noqa: ANN401 (an expression of bytes)
    return func.substr(column, MARKED.start + 1, ID_BYTES, type_=LargeBinary)


def _let_nobody_write(db: Session) -> None:
    """Wait for everybody who is writing a sealed value, and let nobody begin before the end."""
    if db.get_bind().dialect.name == "sqlite":
        return  # There a unit of work that writes is the only one.
    names = ", ".join(sorted({table.name for table, _column in sealed_columns()}))
    db.execute(text(f"LOCK TABLE {names} IN SHARE MODE"))


ROTATION: tuple[Job | Errand, ...] = (
    Job(RESEAL, reseal, Reseal, frozenset({RESEAL})),
    Job(RETIRE, retire_keys, Retire, frozenset({RETIRE})),
    Errand(PUT_AWAY, put_away, PutAway),
)
