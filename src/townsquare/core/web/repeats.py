"""A wish that a program sends again under the same key: done once, answered the same."""

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from townsquare.core.db import Unanswered, breaks, lost_a_race, too_busy
from townsquare.core.errors import Busy, DomainError, StillRunning
from townsquare.core.once import ONE_EFFECT, Answer, Once, answered, at_work
from townsquare.core.web import town

Told = TypeVar("Told")
Result = TypeVar("Result")


def done_once(once: Once | None, act: Callable[[], Told], again: Callable[[Answer], Told]) -> Told:
    """Return what the act tells, or what `again` makes of its first answer under this key.

    The act keeps the key with its effect (`Context.keep`). Raises StillRunning while the first
    one is at work.
    """
    if once is None:
        return act()
    with at_work(once) as other_runs:
        try:
            return act()
        except (DomainError, SQLAlchemyError) as error:
            if other_runs and _waited_in_vain(error):
                raise StillRunning from error
            first = _first_answer(once, error)
            if first is None:
                raise
            return again(first)


def kept(result: Result) -> Result:
    """Return what a repeated wish is answered: the result without a secret told only once."""
    return result.as_kept() if hasattr(result, "as_kept") else result


def _waited_in_vain(error: Exception) -> bool:
    if isinstance(error, SQLAlchemyError):
        raced = isinstance(error, DBAPIError) and lost_a_race(error)
        return too_busy(error) and not raced
    return isinstance(error, Busy)


def _first_answer(once: Once, error: Exception) -> Answer | None:
    broken = isinstance(error, IntegrityError) and breaks(error, ONE_EFFECT)
    if isinstance(error, SQLAlchemyError) and not broken and not isinstance(error, Unanswered):
        return None
    with suppress(SQLAlchemyError), town().sessions() as db:
        db.connection(execution_options={"reads": True})
        return answered(db, once)
    return None  # The database is silent; what it said before is what can be told.
