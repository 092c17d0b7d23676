"""When sessions and tokens were last seen: reads collect it, somebody else writes it down."""

import logging
from datetime import datetime, timedelta
from threading import Lock

from sqlalchemy import Update
from sqlalchemy.exc import SQLAlchemyError

from townsquare.core.db import writing
from townsquare.core.errors import Busy
from townsquare.core.town import Town

SEEN_EVERY = timedelta(minutes=1)
log = logging.getLogger("townsquare.sessions")


class LastSeen:
    """Collects when rows were last seen; the statement writes `at` into the row `seen`."""

    def __init__(self, town: Town, statement: Update) -> None:
        self._town = town
        self._statement = statement
        self._seen: dict[int, datetime] = {}
        self._flushed_at = town.now()
        self._lock = Lock()

    def note(self, row: int, at: datetime) -> None:
        """Remember that this row was seen."""
        with self._lock:
            self._seen[row] = at

    def flush(self) -> None:
        """Write down what was collected; nobody's request fails for it."""
        with self._lock:
            seen = sorted(self._seen.items())
            self._flushed_at = self._town.now()
        if not seen:
            return
        try:
            with writing(self._town.database) as connection:
                connection.execute(self._statement, [{"seen": one, "at": at} for one, at in seen])
        except (Busy, SQLAlchemyError):  # It is told next time.
            log.warning("last seen not written", exc_info=True)
            return
        with self._lock:  # Not before it is written: who asks meanwhile must find it here.
            for row, at in seen:
                if self._seen.get(row) == at:
                    del self._seen[row]

    def flush_if_due(self) -> None:
        """Write it down, if a minute has passed since the last time."""
        if self.flush_is_due:
            self.flush()

    @property
    def flush_is_due(self) -> bool:
        """Tell whether a minute has passed with something to write down."""
        return bool(self._seen) and self._town.now() - self._flushed_at >= SEEN_EVERY
