"""What the page about the condition of the town adds to the house."""

from townsquare.core.manifest import Job, Menu, Service
from townsquare.core.operations import pages
from townsquare.core.operations.checking import CheckInvariants
from townsquare.core.operations.desk import ask_for_check
from townsquare.core.words import translatable

NIGHTLY = "core.check-invariants.nightly"

service = Service(
    name="condition",
    title=translatable("Condition of the town"),
    blueprints=(pages.bp,),
    jobs=(
        Job(
            NIGHTLY,
            ask_for_check,
            CheckInvariants,
            frozenset({"operations.job.retry"}),
            schedule="10 4 * * *",
        ),
    ),
    staff=(
        Menu(
            icon="home-stats",
            endpoint="condition.overview",
            accent="",
            sentence=translatable("Condition"),
            permission="operations.job.view",
        ),
    ),
)
