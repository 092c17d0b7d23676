"""Places of this town, as they come with a request or out of the database."""

import re

# One slash, and nothing that a browser would read as the beginning of another host's name.
LOCAL = re.compile(r"/(?![/\\])[^\x00-\x20\\]*")


def local_path(target: str) -> str:
    """Return the target if it is a path of this town, else nothing."""
    return target if LOCAL.fullmatch(target) else ""
