"""How a person likes the pages: kept in the browser, because it says nothing about them."""

from typing import Literal, get_args

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from pydantic import Field
from werkzeug.wrappers import Response

from townsquare.core.usecase import Command
from townsquare.core.web import needs
from townsquare.core.web.forms import CommandForm
from townsquare.core.words import translatable

A_YEAR = 365 * 24 * 3600
Theme = Literal["device", "light", "dark"]
Text = Literal["normal", "large", "larger"]
Keys = Literal["on", "off"]
WORDS = {
    "device": translatable("Like the device"),
    "light": translatable("Light"),
    "dark": translatable("Dark"),
    "normal": translatable("Normal"),
    "large": translatable("Large"),
    "larger": translatable("Very large"),
    "on": translatable("On: / searches, j and k move in lists, ? shows help"),
    "off": translatable("Off"),
}


class Prefer(Command):
    """What a person has chosen on the page of preferences."""

    theme: Theme = Field(title=translatable("Colours"))
    text: Text = Field(title=translatable("Size of text"))
    keys: Keys = Field(title=translatable("Keyboard shortcuts"))


OFFERED = {"theme": get_args(Theme), "text": get_args(Text), "keys": get_args(Keys)}


@needs("public")
def page() -> ResponseReturnValue:
    """Show the preferences."""
    return render_template("ui/preferences.html", form=_form())


@needs("public")
def keep() -> ResponseReturnValue:
    """Keep the preferences, each in a cookie of its own."""
    form = _form()
    wish = form.read()
    if wish is None:
        return render_template("ui/preferences.html", form=form), 422
    flash(gettext("Your preferences are kept in this browser."))
    answer: Response = redirect(url_for("front.preferences"), 303)
    secure = not current_app.config["PLAIN_HTTP"]
    for name, chosen in wish.model_dump().items():
        answer.set_cookie(
            f"townsquare-{name}", chosen, max_age=A_YEAR, samesite="Lax", secure=secure
        )
    return answer


def theme() -> str:
    """Return the colours this browser prefers: light, dark or device."""
    return _chosen("theme")


def text_size() -> str:
    """Return the size of text this browser prefers."""
    return _chosen("text")


def shortcuts() -> str:
    """Return whether single keys are shortcuts in this browser: on or off."""
    return _chosen("keys")


def _chosen(name: str) -> str:
    kept = request.cookies.get(f"townsquare-{name}", "")
    return kept if kept in OFFERED[name] else OFFERED[name][0]


def _form() -> CommandForm[Prefer]:
    return CommandForm(
        Prefer,
        choices={n: [(value, gettext(WORDS[value])) for value in OFFERED[n]] for n in OFFERED},
        values={name: _chosen(name) for name in OFFERED},
    )
