"""Places of this town, as they come with a request or out of the database."""

import re

from flask import request

from townsquare.core.errors import NotFound
from townsquare.core.web import bare
from townsquare.core.web.reading import is_text

LONGEST = 255  # No place of an address of ours takes more.
NOT_UTF_8 = "\ufffd"  # What Werkzeug reads where an address is no text.
# One slash, and nothing that a browser would read as the beginning of another host's name.
LOCAL = re.compile(r"/(?![/\\])[^\x00-\x20\\]*")


def local_path(target: str) -> str:
    """Return the target if it is a path of this town, else nothing."""
    return target if LOCAL.fullmatch(target) else ""


def refuse_no_place() -> None:
    """Answer an address that cannot name anything as one that names nothing."""
    for value in (bare(request).view_args or {}).values():
        if isinstance(value, str) and not _may_name(value):
            raise NotFound


def _may_name(value: str) -> bool:
    return len(value) <= LONGEST and NOT_UTF_8 not in value and is_text(value)
