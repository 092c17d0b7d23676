"""The front of the house: home, search over everything, preferences, about the data."""

from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from townsquare.core.town import Town
from townsquare.core.web import actor, navigation, needs, preferences, town
from townsquare.core.web.icons import icon
from townsquare.core.web.patterns import bp as patterns
from townsquare.core.words import translatable

bp = Blueprint("front", __name__)
# Until which hour of the town people greet each other how.
GREETINGS = (
    (12, translatable("Good morning, %(name)s")),
    (18, translatable("Good afternoon, %(name)s")),
    (24, translatable("Good evening, %(name)s")),
)


@bp.get("/")
@needs("public")
def home() -> ResponseReturnValue:
    """Show what needs this person, then the services."""
    found = navigation.tasks()
    everything = bool(request.args.get("all"))
    shown = found if everything else found[: navigation.MOST_TASKS]
    more = len(found) > len(shown)
    return render_template(
        "ui/home.html",
        greeting=_greeting(),
        tasks=shown,
        more=more,
        townspeople=navigation.townspeople(),
        tries=navigation.tries(),
    )


@bp.get("/search")
@needs("public")
def search() -> ResponseReturnValue:
    """Show what all services find for some words."""
    words = request.args.get("q", "").strip()[:200]
    return render_template("ui/search.html", words=words, hits=navigation.hits(words))


@bp.get("/about-the-data")
@needs("public")
def about() -> ResponseReturnValue:
    """Show whose data the town uses."""
    return render_template("ui/about.html")


bp.add_url_rule("/preferences", "preferences", preferences.page, methods=["GET"])
bp.add_url_rule("/preferences", "prefer", preferences.keep, methods=["POST"])


def init_app(app: Flask) -> None:
    """Register the front pages, and what every template may call."""
    app.register_blueprint(bp)
    here: Town = app.extensions["townsquare"]
    if here.settings.demo or app.debug:
        app.register_blueprint(patterns)
    marks: dict[str, str] = {}

    def asset(path: str) -> str:
        """Return the address of a static file, with a mark that changes with its content."""
        if path not in marks:
            body = (Path(app.static_folder or "") / path).read_bytes()
            marks[path] = sha256(body).hexdigest()[:12]
        return url_for("static", filename=path, v=marks[path])

    app.jinja_env.globals.update(
        account_menu=navigation.account_menu,
        staff_menu=navigation.staff_menu,
        actor=actor,
        asset=asset,
        can=lambda permission: permission in actor().permissions,
        icon=icon,
        in_the_bar=navigation.IN_THE_BAR,
        menu=navigation.menu,
        service_menu=navigation.service_menu,
        shortcuts=preferences.shortcuts,
        text_size=preferences.text_size,
        theme=preferences.theme,
        town=here,
    )


def _greeting() -> str:
    hour = town().now().astimezone(ZoneInfo(town().settings.zone)).hour
    said = next(sentence for until, sentence in GREETINGS if hour < until)
    return str(gettext(said, name=actor().name))
