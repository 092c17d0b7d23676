"""What people who run the town may ask about its condition."""

from typing import ClassVar

from townsquare.core.events import Event
from townsquare.core.frozen import dataclass
from townsquare.core.jobs.queue import enqueue
from townsquare.core.operations.checking import CheckInvariants
from townsquare.core.operations.condition import CHECK, Records, records_of
from townsquare.core.usecase import Command, Context, query, use_case
from townsquare.core.words import translatable

ASK = "operations.invariants.check"


class SeeCondition(Command):
    """A wish to see the condition of the town."""


@dataclass(frozen=True)
class CheckAskedFor(Event):
    """Somebody wants to know whether all holds that must."""

    sentence: ClassVar[str] = translatable("A check of what must always hold was asked for.")
    subject: ClassVar[str] = "job"

    job: str


@query("operations.condition.view", permission="operations.job.view")
def condition(ctx: Context, _wish: SeeCondition) -> Records:
    """Return what waits, what has failed, and how the last check went."""
    return records_of(ctx.db)


@use_case(ASK, permission="operations.job.retry")
def ask_for_check(ctx: Context, wish: CheckInvariants) -> None:
    """Ask for a check of what must always hold; twice within a minute is once."""
    job = enqueue(ctx, CHECK, wish, key=f"{ctx.now():%Y-%m-%dT%H:%M}")
    ctx.emit(CheckAskedFor(job))
