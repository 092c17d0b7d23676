"""The visiting card of elections."""

from townsquare.blocks import people
from townsquare.core.manifest import Service
from townsquare.core.words import translatable
from townsquare.services.elections import invariants, listeners, live, menus
from townsquare.services.elections.api.routes import bp as for_programs
from townsquare.services.elections.jobs import ERRANDS, JOBS
from townsquare.services.elections.pages.routes import bp
from townsquare.services.elections.permissions import PERMISSIONS, ROLES, SENSITIVE
from townsquare.services.elections.usecases.leaving import PERSONAL

service = Service(
    name="elections",
    title=translatable("Elections"),
    blueprints=(bp, for_programs),
    permissions=PERMISSIONS,
    roles=ROLES,
    sensitive=SENSITIVE,
    menu=menus.MENU,
    staff=menus.STAFF,
    places=menus.PLACES,
    tries=menus.TRIES,
    listeners=(*live.LISTENERS, *listeners.LISTENERS),
    topics=live.TOPICS,
    sockets=live.SOCKETS,
    jobs=JOBS,
    errands=ERRANDS,
    invariants=invariants.ALL,
    personal=(PERSONAL, people.PERSONAL),
    graphql="townsquare.services.elections.graphql:graph",
    cli="townsquare.services.elections.cli:elections",
)
