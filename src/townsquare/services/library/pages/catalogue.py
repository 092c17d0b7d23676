"""Search the catalogue and read what it says of a document."""

from collections.abc import Mapping
from typing import Any

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from townsquare.core.manifest import Hit
from townsquare.core.usecase import Context
from townsquare.core.web import looking, needs
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.library.commands.catalogue import (
    ChooseDocument,
    CiteDocument,
    SearchDocuments,
    SuggestWords,
)
from townsquare.services.library.pages import bp
from townsquare.services.library.pages.choices import branches, by_sort, categories
from townsquare.services.library.pages.covers import cover_accent
from townsquare.services.library.pages.money import written
from townsquare.services.library.queries.documents import (
    cite_document,
    count_facets,
    read_document,
    search_documents,
    suggest_words,
)
from townsquare.services.library.results import states
from townsquare.services.library.rules.identifiers import isbn_10

# What a page link names; the place in the list begins anew with every other choice.
CHOICES = tuple(name for name in SearchDocuments.model_fields if name not in {"after", "limit"})
LABELS = {name: field.title or name for name, field in SearchDocuments.model_fields.items()}
# A state of a copy, a document or a reader has one word, and a code has one; holds share the
# names of some states with readers, and have words of their own.
STATES = {
    **states.PATRON_STATES,
    **states.DOCUMENT_STATES,
    **states.COPY_STATES,
}
WORDS = {
    **states.MATERIALS,
    **states.ROLES,
    **states.SCHEMES,
    **states.LANGUAGES,
    **states.CLASSES,
    **states.REASONS,
    **states.METHODS,
}
SORTS = {
    "relevance": translatable("best match"),
    "title": translatable("title"),
    "newest": translatable("newest"),
    "year": translatable("year, where it is known"),
}


@bp.app_template_filter("state_word")
def _state_word(state: str) -> str:
    return str(gettext(STATES[state][0]))


@bp.app_template_filter("state_tone")
def _state_tone(state: str) -> str:
    return STATES[state][1]


@bp.app_template_filter("hold_word")
def _hold_word(state: str) -> str:
    return str(gettext(states.HOLD_STATES[state][0]))


@bp.app_template_filter("hold_tone")
def _hold_tone(state: str) -> str:
    return states.HOLD_STATES[state][1]


@bp.app_template_filter("in_units")
def _in_units(amount_minor: int) -> str:
    return written(amount_minor)


@bp.app_template_filter("library_word")
def library_word(code: str) -> str:
    """Return the word for a code of the library, or the code where it is the library's own."""
    return str(gettext(WORDS.get(code, code)))


bp.add_app_template_filter(cover_accent, "cover_accent")


@bp.get("")
@needs("public")
def search() -> ResponseReturnValue:
    """Show one page of what was searched."""
    wish = _wish()
    with looking() as ctx:
        found = search_documents(ctx, wish)
        meant = _meant(ctx, wish) if not found.documents else ""
    further = url_for("library.search", **_choices(wish), after=found.after)
    return render_template(
        "library/search.html",
        wish=wish,
        found=found,
        meant=meant,
        chosen=_chosen(wish),
        orders=_orders(wish),
        narrow_url=url_for("library.narrow", **_choices(wish)),
        next_url=further if found.after else None,
        first_url=url_for("library.search", **_choices(wish)) if wish.after else None,
        free_url=url_for("library.search", **{**_choices(wish), "available": "true"}),
        availability=_availability,
    )


@bp.get("/narrow")
@needs("public")
def narrow() -> ResponseReturnValue:
    """Show by what the hits can be narrowed, alone or inside the search page."""
    wish = _wish()
    with looking() as ctx:
        facets = count_facets(ctx, wish)
    inside = request.headers.get("HX-Request") == "true"
    page = "library/_narrow.html" if inside else "library/narrow.html"
    level = "h2" if inside else "h1"  # Alone, it is the heading of the page.
    answer = Response(render_template(page, wish=wish, facets=facets, labels=LABELS, level=level))
    answer.vary.add("HX-Request")
    return answer


@bp.get("/documents/<id>")
@needs("public")
def document(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Show a document with its copies."""
    with looking() as ctx:
        found = read_document(ctx, read(ChooseDocument, {"id": id}))
    return render_template(
        "library/document.html", document=found, isbn_10=isbn_10, availability=_availability
    )


@bp.get("/documents/<id>/citation/<written_as>")
@needs("public")
def citation(id: str, written_as: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Answer the citation of a document as a file."""
    with looking() as ctx:
        found = cite_document(ctx, read(CiteDocument, {"id": id, "style": written_as}))
    answer = Response(found.text, mimetype=found.mime_type)
    answer.headers["Content-Disposition"] = f"attachment; filename={found.file_name}"
    return answer


def hits(ctx: Context, words: str) -> list[Hit]:
    """Return the documents that the search over everything shows."""
    found = search_documents(
        ctx, SearchDocuments.model_validate({"words": words[:200], "limit": 5})
    )
    return [
        Hit(line.title, line.names, url_for("library.document", id=line.id), gettext("Document"))
        for line in found.documents
    ]


def _meant(ctx: Context, wish: SearchDocuments) -> str:
    if not wish.words or _filters(wish):  # Then it is the filters that find nothing.
        return ""
    return suggest_words(ctx, SuggestWords(words=wish.words)).words


def _wish() -> SearchDocuments:
    """Return what was searched; names that we do not know are left to those who sent them."""
    known = SearchDocuments.model_fields
    return read(SearchDocuments, {n: t for n, t in request.args.items() if n in known and t})


def _choices(wish: SearchDocuments) -> dict[str, Any]:
    told: Mapping[str, Any] = wish.model_dump(include=set(CHOICES), exclude_defaults=True)
    return {name: "true" if value is True else value for name, value in told.items()}


def _orders(wish: SearchDocuments) -> list[tuple[str, str, bool]]:
    """Return the orders to choose from; without words no document fits better than another."""
    known = {sort: word for sort, word in SORTS.items() if wish.words or sort != "relevance"}
    return by_sort("library.search", known, _choices(wish), now=wish.order)


def _chosen(wish: SearchDocuments) -> list[tuple[str, str, str]]:
    """Return each filter in force: what it is, its value, and the address without it."""
    told = _choices(wish)
    return [
        (
            str(gettext(LABELS[name])),
            "" if name == "available" else _named(name, str(told[name])),
            url_for("library.search", **{n: v for n, v in told.items() if n != name}),
        )
        for name in _filters(wish)
    ]


def _filters(wish: SearchDocuments) -> list[str]:
    return [name for name in _choices(wish) if name not in {"words", "sort"}]


def _named(name: str, value: str) -> str:
    """Return a chosen filter as people know it; a house or category by its name."""
    known = {"branch": branches, "category": categories}.get(name)
    return dict(known()).get(value, value) if known else library_word(value)


def _availability(copies: int, available: int) -> tuple[str, str]:
    """Return in words whether a document can be had, and the tone of the tag."""
    if not copies:
        return str(gettext("No copies")), ""
    if not available:
        return str(gettext("All copies are out")), "warning"
    told = gettext("%(free)s of %(all)s on the shelf", free=available, all=copies)
    return str(told), "success"
