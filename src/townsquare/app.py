"""Put the application together; the only module that knows every part."""

import atexit
from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from flask import Flask, Request, has_request_context
from flask.globals import request_ctx
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from townsquare.core import faults, logs
from townsquare.core.clock import clock
from townsquare.core.console import settings_here
from townsquare.core.db import run_again
from townsquare.core.identity import door
from townsquare.core.loading import loading
from townsquare.core.manifest import Service
from townsquare.core.permissions import explained, sensitive
from townsquare.core.settings import SAMPLE_KEY, BadSettings, Settings
from townsquare.core.town import Town, found
from townsquare.core.web import (
    bare,
    errors,
    front,
    languages,
    needs,
    problems,
    reference,
    security,
)
from townsquare.core.web.addresses import Address, Addresses
from townsquare.core.web.admission import refuse_undeclared
from townsquare.core.web.limits import Gate, rated

if TYPE_CHECKING:
    from townsquare.core.live.front import Front

# What every town has, whatever services it runs.
HOUSE = ("live", "notifications", "operations", "jobs", "webhooks", "personal")
# One line for each service; the order is that of the menu.
SERVICES: tuple[str, ...] = ("library", "grocery", "elections")
NO_SERVICE = "none"  # Chosen instead of names: the house alone.
LARGEST_BODY = 1024 * 1024
LARGEST_FORM = 500_000
STAMPED = {"filename", "v"}  # What tells a static file of ours.


class SaidSessions(SecureCookieSessionInterface):
    """Flask's cookie, which holds nothing but flashed sentences; most requests come without it."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return what was said to this browser, and do nothing where nothing was."""
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)


class Application(Flask):
    """Flask, with the whole request run again when the database says that it lost a race."""

    session_interface = SaidSessions()
    url_rule_class = Address
    url_map_class = Addresses

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function: none of ours is asynchronous, so none needs to be looked at."""
        return func

    @cached_property
    def _addresses(self) -> dict[tuple[object, ...], str]:
        return {}

    def url_for(self, /, endpoint: str, **how: Any) -> str:  # noqa: ANN401 (Flask's)
        """Return an address; from memory, if it is one of the few that a page asks for again.

        They are those without a place that is filled, and files with their mark, of a town at the
        root of its host. An address may hang on the verb of the request: verbs can have their own.
        """
        told = {name: value for name, value in how.items() if value is not None}
        few = not told or (endpoint == "static" and told.keys() == STAMPED)
        verb = _usual_verb() if few and not self.url_default_functions else None
        if verb is None or endpoint.startswith("."):
            return super().url_for(endpoint, **told)
        asked = endpoint, verb, *told.items()
        if asked not in self._addresses:
            self._addresses[asked] = super().url_for(endpoint, **told)
        return self._addresses[asked]

    def wsgi_app(self, environ: dict[str, Any], start_response: Any) -> Any:  # noqa: ANN401 (WSGI's)
        """Answer at the door of WSGI, with the headers that every answer carries."""
        plainest = self.extensions[security.HEADING][False, False]

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:  # noqa: ANN401
            heading = environ.get(security.HEADING, plainest)
            return start_response(status, security.headed(heading, headers), *error)

        return super().wsgi_app(environ, start)

    def dispatch_request(self) -> ResponseReturnValue:
        """Answer the request; the body is kept, so that it can be read again."""
        return run_again(super().dispatch_request)


def create_app(settings: Settings | None = None, now: Callable[[], datetime] = clock) -> Flask:
    """Return the town as a Flask application."""
    settings = settings or Settings()
    _refuse_unsafe(settings)
    _arm(settings)
    return assemble(found(settings, services_of(settings), now))


def assemble(town: Town) -> Flask:
    """Return the application of a town that has been found already."""
    app = Application("townsquare", template_folder="core/web/templates")
    app.static_folder = "core/web/static"
    app.config.from_mapping(
        SECRET_KEY=town.settings.secret_key,
        SECRET_KEY_FALLBACKS=list(town.settings.secret_keys_before),
        SESSION_COOKIE_NAME="townsquare-said",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=not plain_http(town.settings),
        SESSION_REFRESH_EACH_REQUEST=False,
        PLAIN_HTTP=plain_http(town.settings),
        HOSTS=security.hosts_of(town.settings),
        TRUST_TRACEPARENT=town.settings.trust_traceparent,
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        MAX_FORM_MEMORY_SIZE=LARGEST_FORM,
        TEMPLATES_AUTO_RELOAD=False,
    )
    app.extensions["townsquare"] = town
    app.before_request(security.begin)
    gate = app.extensions["gate"] = Gate(app)
    app.before_request(gate.meet)
    door.init_app(app, sensitive(town.services))
    app.before_request(gate.admit)
    app.after_request(gate.tell)
    app.teardown_request(gate.leave)
    security.init_app(app)
    errors.init_app(app)
    languages.init_app(app, town.settings)
    front.init_app(app)
    app.register_blueprint(problems.bp)
    for service in town.services:
        for blueprint in service.blueprints:
            app.register_blueprint(blueprint)
    app.jinja_env.globals["get_locale"] = get_locale
    reference.refer(app)
    app.add_url_rule("/graphql", "graphql", _graphql, methods=["GET", "POST"])
    refuse_undeclared(app, town.services, {"public", "signed-in", *explained(town.services)})
    return app


def wsgi() -> Flask:
    """Return the pages of the town of this environment, for any server that speaks WSGI."""
    from townsquare.core.live.hosted import tend  # noqa: PLC0415 (only where others serve us)

    app = _hosted()
    tend(lambda: door.flush(app))
    return app


def asgi() -> "Front":
    """Return the pages and streams of the town of this environment, for any ASGI server."""
    # The commands of an operator load this module too, and need neither streams nor threads.
    from townsquare.core.live.front import Front  # noqa: PLC0415
    from townsquare.core.live.hosted import also_when_stopped  # noqa: PLC0415
    from townsquare.core.live.parts import parts_of  # noqa: PLC0415

    return Front(parts_of(_hosted(), {"web", "live"}), listen=also_when_stopped)


def services_of(settings: Settings) -> tuple[Service, ...]:
    """Return what this town runs: the house, our services, those of installed packages."""
    ours = [import_module(f"townsquare.services.{name}.manifest").service for name in SERVICES]
    guests = [point.load() for point in entry_points(group="townsquare.services")]
    known = {service.name: service for service in (*ours, *guests)}
    if unknown := set(settings.services) - known.keys() - {NO_SERVICE}:
        raise BadSettings(settings="TOWNSQUARE_SERVICES: there is no " + ", ".join(sorted(unknown)))
    house = [import_module(f"townsquare.core.{name}.manifest").service for name in HOUSE]
    chosen = [s for n, s in known.items() if not settings.services or n in settings.services]
    return (*house, *chosen)


def plain_http(settings: Settings) -> bool:
    """Tell whether people reach this town without TLS, as in the demo on loopback."""
    return settings.public_url.startswith("http://")


@rated("expensive", reading=True)
@needs("public")
def _graphql() -> ResponseReturnValue:
    # GraphQL's library is loaded by the first request that needs it, not by every start.
    answer: ResponseReturnValue = import_module("townsquare.core.web.graphql").answer()
    return answer


def _arm(settings: Settings) -> None:
    if settings.faults and not settings.demo:
        raise BadSettings(settings="TOWNSQUARE_FAULTS: only a demonstration may break on purpose")
    if settings.faults:
        try:
            faults.arm(settings.faults)
        except (AttributeError, KeyError, TypeError) as error:
            raise BadSettings(
                settings="TOWNSQUARE_FAULTS: this cannot be done at a point"
            ) from error


def _hosted() -> Flask:
    """Return the town of this environment for a server that knows nothing of towns."""
    from townsquare.core.live.parts import refuse_unfit, show_a_pause  # noqa: PLC0415 (as above)
    from townsquare.core.watchtower import watch  # noqa: PLC0415 (as above)

    with loading():
        app = create_app(settings_here())
    town: Town = app.extensions["townsquare"]
    refuse_unfit(town)
    show_a_pause(app)
    atexit.register(logs.begin().stop)
    atexit.register(watch(town).stop)
    return app


def _refuse_unsafe(settings: Settings) -> None:
    if not settings.demo and SAMPLE_KEY in settings.signing_keys:
        raise BadSettings(settings="TOWNSQUARE_SECRET_KEY: the one of the demo is known to all")
    if settings.redis_url and find_spec("redis") is None:
        raise BadSettings(settings="TOWNSQUARE_REDIS_URL: install townsquare[redis] for it")


def _usual_verb() -> str | None:
    """Return the verb of a request at the root of its host; None, if whoever asks made it up."""
    way = bare(request_ctx).url_adapter if has_request_context() else None
    if way is None or way.script_name != "/" or way.default_method not in security.METHODS:
        return None
    return way.default_method
