"""Results page by page: each question with as many of its options as a page has lines for."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from flask import request, url_for

MOST_LINES, DIGITS = 24, 3  # Lines of a result on one page; digits of the number of a page.
Contest = TypeVar("Contest")
Option = TypeVar("Option")


def paged(
    parts: Iterable[tuple[Contest, Sequence[Option]]],
) -> list[list[tuple[Contest, Sequence[Option]]]]:
    """Return pages of questions, each with some of its options in their order."""
    pages: list[list[tuple[Contest, Sequence[Option]]]] = [[]]
    room = MOST_LINES
    for contest, options in parts:
        left = options
        while left:
            if room <= 1:  # A question takes a line as well.
                pages.append([])
                room = MOST_LINES
            here, left = left[: room - 1], left[room - 1 :]
            pages[-1].append((contest, here))
            room -= 1 + len(here)
    return pages


def page_asked(public_id: str, pages: Sequence[Any]) -> dict[str, Any]:
    """Return the page of a result that was asked for, as `parts`, with the ways to others."""
    page = _number(len(pages))
    return {
        "parts": pages[page - 1],
        "next_url": _here(public_id, page + 1) if page < len(pages) else None,
        "first_url": _here(public_id) if page > 1 else None,
    }


def _here(public_id: str, page: int | None = None) -> str:
    return url_for("elections.results", id=public_id, page=page)


def _number(last: int) -> int:
    typed = request.args.get("page", "")
    number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= DIGITS else 1
    return min(max(number, 1), last)
