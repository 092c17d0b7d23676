"""What the operation of the town adds to its pages and permissions."""

from townsquare.core.jobs import pages
from townsquare.core.manifest import Job, Menu, Service
from townsquare.core.storage import Sweep, sweep
from townsquare.core.words import translatable

SWEEP = "core.storage.sweep"

service = Service(
    name="operations",
    title=translatable("Running the town"),
    blueprints=(pages.bp,),
    permissions={
        "operations.job.view": translatable("See which background work has failed"),
        "operations.job.retry": translatable("Try failed background work again, or give it up"),
        "operations.webhook.manage": translatable("Let other programs be told what happens"),
    },
    roles={
        "operations.operator": frozenset(
            {"operations.job.view", "operations.job.retry", "operations.webhook.manage"}
        )
    },
    jobs=(Job(SWEEP, sweep, Sweep, frozenset({SWEEP}), schedule="40 3 * * *"),),
    staff=(
        Menu(
            icon="refresh",
            endpoint="operations.dead",
            accent="",
            sentence=translatable("Failed jobs"),
            permission="operations.job.view",
        ),
    ),
)
