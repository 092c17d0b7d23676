"""What notifications add to the pages of every town."""

from townsquare.core.manifest import Service
from townsquare.core.notifications import pages
from townsquare.core.words import translatable

service = Service(
    name="notifications",
    title=translatable("Messages"),
    blueprints=(pages.bp,),
    tasks_for=pages.tasks_for,
)
