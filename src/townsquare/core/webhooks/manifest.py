"""What webhooks add to the house."""

from townsquare.core.manifest import Menu, Service
from townsquare.core.webhooks import pages
from townsquare.core.webhooks.calling import LISTENER
from townsquare.core.webhooks.desk import MANAGE
from townsquare.core.words import translatable

service = Service(
    name="webhooks",
    title=translatable("Other programs"),
    blueprints=(pages.bp,),
    listeners=(LISTENER,),
    staff=(
        Menu(
            icon="messages",
            endpoint="webhooks.shelf",
            accent="",
            sentence=translatable("Webhooks"),
            permission=MANAGE,
        ),
    ),
)
