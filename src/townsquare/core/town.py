"""The running town: what its surfaces need to open a unit of work."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import field
from datetime import datetime
from threading import Event as Bell

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from townsquare.core.clock import clock
from townsquare.core.db import connect
from townsquare.core.frozen import dataclass
from townsquare.core.manifest import Service
from townsquare.core.ports import Engines
from townsquare.core.settings import Settings
from townsquare.core.usecase import Actor, Context, Result, UseCase, Wish, unit_of_work


@dataclass(frozen=True)
class Town:
    """What every surface of this process shares; `bell` wakes the relay after a commit."""

    settings: Settings
    database: Engine
    sessions: sessionmaker[Session]
    engines: Engines
    services: tuple[Service, ...]
    now: Callable[[], datetime] = clock
    bell: Bell = field(default_factory=Bell)

    def working(
        self, actor: Actor, *, reads: bool = False, request_id: str = ""
    ) -> AbstractContextManager[Context]:
        """Open a unit of work for this actor."""
        return unit_of_work(
            self.sessions,
            actor,
            now=self.now,
            engines=self.engines,
            reads=reads,
            request_id=request_id,
        )

    def ahead(self, act: UseCase[Wish, Result], actor: Actor, wish: Wish) -> Wish:
        """Return a wish with what its act has to read, before there is a turn to write."""
        if act.before is None:
            return wish
        with self.working(actor, reads=True) as ctx:
            prepared: Wish = act.before(ctx, wish)
        return prepared


def found(
    settings: Settings, services: tuple[Service, ...], now: Callable[[], datetime] = clock
) -> Town:
    """Return the town of these settings, with its database connected but untouched."""
    database = connect(settings.database)
    sessions = sessionmaker(database, expire_on_commit=False)
    return Town(settings, database, sessions, Engines(settings), services, now)
