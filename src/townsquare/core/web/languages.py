"""Which language a request is answered in."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from babel.numbers import format_currency, get_currency_precision
from flask import Flask, request
from flask_babel import Babel, get_locale, gettext

from townsquare.core.settings import Settings
from townsquare.core.web import moments, worldwide
from townsquare.core.words import role_title


def init_app(app: Flask, settings: Settings) -> None:
    """Answer each request in the best language that we offer."""
    worldwide.keep_little()
    Babel(
        app,
        default_locale=settings.languages[0],
        default_timezone=settings.zone,
        default_translation_directories="core/web/translations",
        locale_selector=lambda: request.accept_languages.best_match(settings.languages),
    )
    moments.init_app(app)
    app.jinja_env.filters["in_words"] = lambda pattern, facts: in_words(
        pattern, facts, settings.currency
    )
    app.jinja_env.filters["money"] = lambda minor, currency="": money(
        minor, currency or settings.currency
    )


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
