"""The icons of the design language: Tabler's outlines, drawn inline, passed over by readers."""

import re
from functools import cache
from pathlib import Path

from markupsafe import Markup

FOLDER = Path(__file__).with_name("icons")
# Every drawing begins with an invisible square that only drawing programs need.
SQUARE = '<path stroke="none" d="M0 0h24v24H0z" fill="none" />'


@cache
def icon(name: str, size: int = 20) -> Markup:
    """Return an icon of this size in pixels; an unknown name is a mistake of ours."""
    drawing = re.search(r"<svg[^>]*>(.*)</svg>", (FOLDER / f"{name}.svg").read_text(), re.DOTALL)
    inner = " ".join(drawing[1].replace(SQUARE, "").split()) if drawing else ""
    return Markup(  # noqa: S704 (our own files, never a person's text)
        f'<svg class="flex-shrink-0" width="{size}" height="{size}" viewBox="0 0 24 24" fill="none"'
        ' stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round"'
        f' aria-hidden="true" focusable="false">{inner}</svg>'
    )
