"""A restored town stands still: nothing leaves it before an operator has said that it may go on.

What waited when the backup was made (mails, webhooks, jobs of the schedule) may have been sent
since by the town that was lost. People can look and work; relay, jobs and schedule wait.
"""

from datetime import datetime
from time import monotonic
from typing import ClassVar

from sqlalchemy import CheckConstraint, Connection, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from townsquare.core.db import Model, insert_new, reading
from townsquare.core.errors import Conflict
from townsquare.core.events import Event
from townsquare.core.frozen import dataclass
from townsquare.core.town import Town
from townsquare.core.usecase import Command, Context, use_case
from townsquare.core.words import translatable

RESUME = "core.town.resume"
LOOK_EVERY_SECONDS = 1.0


class PauseRow(Model):
    """The one row that is there while the town stands still."""

    __tablename__ = "core_pause"

    id: Mapped[int] = mapped_column(primary_key=True)
    since: Mapped[datetime]

    __table_args__ = (CheckConstraint("id = 1", name="one"),)


@dataclass(frozen=True)
class TownResumed(Event):
    """A restored town goes on."""

    sentence: ClassVar[str] = translatable("The restored town goes on; it stood since {since}.")

    since: str


class NotPaused(Conflict):
    """There is nothing to resume."""

    code = "core.not-paused"
    message = translatable("This town does not stand still; nothing waits for you.")


class Resume(Command):
    """A wish to let a restored town send what waits."""


class Pause:
    """Whether this town stands still; once it goes on, nobody looks again.

    A town can only begin to stand still where it is restored, and nobody runs there.
    """

    def __init__(self, town: Town) -> None:
        self._town, self._over, self._next_look = town, False, 0.0

    def on(self) -> bool:
        """Tell whether the town stands still; the database is asked once a second at most."""
        if not self._over and monotonic() >= self._next_look:
            with reading(self._town.database) as connection:
                self._over = connection.scalar(select(PauseRow.id)) is None
            self._next_look = monotonic() + LOOK_EVERY_SECONDS
        return not self._over


def stand_still(connection: Connection, now: datetime) -> None:
    """Let a town stand still; one of an older release has no table for it yet."""
    Model.metadata.create_all(connection, tables=[Model.metadata.tables[PauseRow.__tablename__]])
    connection.execute(insert_new(PauseRow).values(id=1, since=now))


@use_case(RESUME)
def resume_town(ctx: Context, _wish: Resume) -> None:
    """Let a restored town go on."""
    since = ctx.db.scalar(delete(PauseRow).returning(PauseRow.since))
    if since is None:
        raise NotPaused
    ctx.emit(TownResumed(since.isoformat()))
