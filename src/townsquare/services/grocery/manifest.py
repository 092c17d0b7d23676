"""The visiting card of the shop."""

from townsquare.blocks import (
    catalogue,
    delivery,
    ordering,
    payments,
    people,
    purchasing,
    stock,
)
from townsquare.core.manifest import Service
from townsquare.core.search.index import Source
from townsquare.core.words import translatable
from townsquare.services.grocery import listeners, live, menus
from townsquare.services.grocery.api.routes import bp as for_programs
from townsquare.services.grocery.jobs import ERRANDS, JOBS
from townsquare.services.grocery.models.searching import KIND, every_entry
from townsquare.services.grocery.pages.routes import bp
from townsquare.services.grocery.pages.shop import hits
from townsquare.services.grocery.permissions import PERMISSIONS, ROLES, SENSITIVE
from townsquare.services.grocery.usecases import forgetting, leaving

service = Service(
    name="grocery",
    title=translatable("Grocery"),
    blueprints=(bp, for_programs),
    permissions=PERMISSIONS,
    roles=ROLES,
    sensitive=SENSITIVE,
    menu=menus.MENU,
    staff=menus.STAFF,
    desk=menus.DESK,
    places=menus.PLACES,
    tries=menus.TRIES,
    listeners=(*listeners.LISTENERS, *live.LISTENERS),
    topics=live.TOPICS,
    jobs=JOBS,
    errands=ERRANDS,
    invariants=(
        *catalogue.INVARIANTS,
        *stock.INVARIANTS,
        *ordering.INVARIANTS,
        *purchasing.INVARIANTS,
        *payments.INVARIANTS,
        *delivery.INVARIANTS,
    ),
    sources=(Source(KIND, every_entry),),
    personal=(
        *(ordering.PERSONAL, stock.PERSONAL, purchasing.PERSONAL),
        *(payments.PERSONAL, people.PERSONAL, leaving.PERSONAL, forgetting.PERSONAL),
    ),
    search=hits,
    graphql="townsquare.services.grocery.graphql:graph",
    cli="townsquare.services.grocery.cli:grocery",
)
