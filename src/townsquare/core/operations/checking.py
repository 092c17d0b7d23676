"""The check of what must always hold, as background work: it reads much, and no request waits."""

from townsquare.core.errors import Conflict
from townsquare.core.invariants import breaches
from townsquare.core.jobs.running import Errand
from townsquare.core.operations.condition import CHECK
from townsquare.core.town import Town
from townsquare.core.usecase import Command
from townsquare.core.words import translatable

MOST_NAMED = 5  # Of each rule; `townsquare check-invariants` names them all.


class CheckInvariants(Command):
    """A wish to look for what must never be true."""


class BreachesFound(Conflict):
    """Something is true that never must be; it stays among the failed jobs until it is mended."""

    code = "core.breaches-found"
    message = translatable("What must always hold does not: {breaches}.")


def check(town: Town, _wish: CheckInvariants, _public_id: str) -> None:
    """Look once, in one snapshot that only reads; raise BreachesFound if anything is broken."""
    told = [
        f"{breach.rule}: {', '.join(map(str, breach.rows[:MOST_NAMED]))}"
        for broken in breaches(town).values()
        for breach in broken
    ]
    if told:
        raise BreachesFound(breaches="; ".join(told))


CHECK_INVARIANTS = Errand(CHECK, check, CheckInvariants)
