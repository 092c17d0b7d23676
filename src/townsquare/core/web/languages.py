"""Which language a request is answered in."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from babel.numbers import format_currency, get_currency_precision
from babel.support import NullTranslations
from flask import Flask, g, has_app_context, request
from flask_babel import Babel, Domain, get_locale, gettext
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from townsquare.core.settings import Settings
from townsquare.core.web import bare, moments, worldwide
from townsquare.core.words import role_title


class Words(Domain):  # type: ignore[misc]  # Flask-Babel tells no types.
    """What the town says in each language, looked up once for a request of some forty sentences."""

    def get_translations(self) -> NullTranslations:
        """Return the words of this request, which has one language; our own where there is none."""
        kept = vars(bare(g)) if has_app_context() else {}
        if "_words" not in kept:
            kept["_words"] = super().get_translations()
        found: NullTranslations = kept["_words"]
        return found


def init_app(app: Flask, settings: Settings) -> None:
    """Answer each request in the best language that we offer."""
    worldwide.keep_little()
    babel = Babel(
        app,
        default_locale=settings.languages[0],
        default_timezone=settings.zone,
        default_translation_directories="core/web/translations",
        locale_selector=lambda: _chosen(settings.languages),
    )
    words = babel.domain_instance = Words()
    said = _said_in_templates(words)
    app.jinja_env.globals.update(_=said, gettext=said)
    moments.init_app(app)
    app.jinja_env.filters["in_words"] = lambda pattern, facts: in_words(
        pattern, facts, settings.currency
    )
    app.jinja_env.filters["money"] = lambda minor, currency="": money(
        minor, currency or settings.currency
    )


def _chosen(offered: Sequence[str]) -> str | None:
    """Return what this reader likes best of what is offered; None: nothing of it is known.

    Who asks for the Filipino of the Philippines and else for English is answered in Filipino; a
    lesser wish that is offered to the letter would go before it in Werkzeug's own choice.
    """
    known = {_tag(language): language for language in offered}
    for wanted, quality in request.accept_languages:
        found = known.get(_tag(wanted)) or known.get(_tag(wanted).partition("-")[0])
        if found and quality > 0:
            return found
    return request.accept_languages.best_match(offered)


def _tag(language: str) -> str:
    return language.lower().replace("_", "-")


def _said_in_templates(words: Words) -> Callable[..., str]:
    """Return what templates call `_`: Jinja's own comes to the same by four calls in a row."""

    @pass_context
    def said(context: Context, text: str, /, **facts: object) -> str:
        told = words.get_translations().ugettext(text)
        # What translators write may hold markup, as what our templates say may; facts may not.
        return (Markup(told) if context.eval_ctx.autoescape else told) % facts  # noqa: S704

    return said


def money(minor: int, currency: str) -> str:
    """Return an amount of minor units as readers of this page write it."""
    amount = Decimal(minor).scaleb(-get_currency_precision(currency))
    return format_currency(amount, currency, locale=get_locale())


def in_words(pattern: str, facts: Mapping[str, Any], currency: str) -> str:
    """Return a sentence with its facts as readers write moments and amounts."""
    unit = str(facts.get("currency") or currency)
    return str(gettext(pattern)).format(
        **{name: _readable(name, fact, unit) for name, fact in facts.items()}
    )


def _readable(name: str, fact: object, currency: str) -> object:
    if name.endswith("_minor") and isinstance(fact, int):
        return money(fact, currency)
    if name.endswith(("_at", "_until")) and isinstance(fact, str) and fact:
        return moments.moment(datetime.fromisoformat(fact))
    if name in {"day", "from_day"} and isinstance(fact, str) and fact:
        return moments.day(date.fromisoformat(fact))
    if name == "state" and isinstance(fact, str):
        return fact.replace("_", " ")
    if name == "role" and isinstance(fact, str):
        return role_title(fact)
    return fact
