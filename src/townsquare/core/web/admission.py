"""Every address says who may come; a town with one that does not say it does not start."""

from collections.abc import Callable, Container
from typing import Any

from flask import Flask

from townsquare.core.errors import DomainError
from townsquare.core.words import translatable

FILES = "static"  # Flask's own: the stylesheets and scripts that every page names.


class UndeclaredAddress(DomainError):
    """Some addresses do not say who may come, or name a permission that nobody explains."""

    code = "core.undeclared-address"
    message = translatable(
        "These addresses do not say who may come: {addresses}. Declare each with needs(…) or offer"
        " a declared use case there."
    )


def refuse_undeclared(app: Flask, known: Container[str]) -> None:
    """Raise UndeclaredAddress unless every address asks for one of the known permissions."""
    silent = [
        f"{rule.rule} ({rule.endpoint})"
        for rule in app.url_map.iter_rules()
        if rule.endpoint != FILES and needed(app.view_functions[rule.endpoint]) not in known
    ]
    if silent:
        raise UndeclaredAddress(addresses=", ".join(sorted(silent)))


def needed(view: Callable[..., Any]) -> str | None:
    """Return the permission that a view asks for, as a page or as a call; None if it is silent."""
    offers = getattr(view, "offers", None)
    return offers.act.permission if offers else getattr(view, "needs", None)
