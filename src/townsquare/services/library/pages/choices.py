"""What pages offer to choose from."""

from collections.abc import Mapping
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from townsquare.core.web import looking
from townsquare.core.words import translatable
from townsquare.services.library.commands.authorities import FindAuthorities
from townsquare.services.library.commands.catalogue import MOST
from townsquare.services.library.queries.authorities import find_branches, find_categories

ALL = translatable("All")


def branches() -> list[tuple[str, str]]:
    """Return the houses of the library as (code, name)."""
    with looking() as ctx:
        page = find_branches(ctx, FindAuthorities.model_validate({"limit": MOST}))
    return [(branch.code, branch.name) for branch in page.branches]


def by_state(
    endpoint: str, words: Mapping[str, tuple[str, str]], kept: Mapping[str, Any]
) -> list[tuple[str, str, bool]]:
    """Return the ways to narrow a list by state as (title, address, chosen); the rest is kept."""
    asked = kept.get("state")
    told = [(None, ALL), *((state, word) for state, (word, _tone) in words.items())]
    return [
        (_(word), url_for(endpoint, **{**kept, "state": state}), asked == state)
        for state, word in told
    ]


def by_sort(
    endpoint: str, words: Mapping[str, str], kept: Mapping[str, Any], *, now: str
) -> list[tuple[str, str, bool]]:
    """Return the orders of a list as (title, address, chosen); the rest is kept."""
    return [
        (_(word), url_for(endpoint, **{**kept, "sort": sort}), sort == now)
        for sort, word in words.items()
    ]


def categories() -> list[tuple[str, str]]:
    """Return the categories of the catalogue as (code, name)."""
    with looking() as ctx:
        page = find_categories(ctx, FindAuthorities.model_validate({"limit": MOST}))
    return [(entry.code, entry.name) for entry in page.entries]
