"""The visiting card of the library."""

from townsquare.blocks import payments, people
from townsquare.core.manifest import Service
from townsquare.core.words import translatable
from townsquare.services.library import invariants, jobs, listeners, live, menus
from townsquare.services.library.api.routes import bp as for_programs
from townsquare.services.library.pages.catalogue import hits
from townsquare.services.library.pages.routes import bp
from townsquare.services.library.pages.tasks import tasks_for
from townsquare.services.library.permissions import PERMISSIONS, ROLES, SENSITIVE
from townsquare.services.library.usecases.leaving import PERSONAL

service = Service(
    name="library",
    title=translatable("Library"),
    blueprints=(bp, for_programs),
    permissions=PERMISSIONS,
    roles=ROLES,
    sensitive=SENSITIVE,
    menu=menus.MENU,
    staff=menus.STAFF,
    places=menus.PLACES,
    tries=menus.TRIES,
    listeners=(*listeners.LISTENERS, *live.LISTENERS),
    jobs=jobs.JOBS,
    topics=live.TOPICS,
    invariants=invariants.ALL,
    indexes=(jobs.WORDS,),
    personal=(PERSONAL, payments.PERSONAL, people.PERSONAL),
    tasks_for=tasks_for,
    search=hits,
    graphql="townsquare.services.library.graphql:graph",
    cli="townsquare.services.library.cli:library",
)
