"""Who may listen to which live topic."""

import re
from collections.abc import Iterable, Mapping

from townsquare.core.manifest import Topic
from townsquare.core.usecase import Actor

PLACE = re.compile(r"<(\w+)>")


def own(actor: Actor, places: Mapping[str, str]) -> bool:
    """Tell whether a topic such as "library.me.<person>" belongs to this person."""
    return bool(actor.person) and places.get("person") == actor.person


def may_listen(topics: Iterable[Topic], name: str, actor: Actor) -> bool | None:
    """Tell whether the actor may listen to this topic; None if there is no such topic."""
    for topic in topics:
        if found := _pattern(topic).fullmatch(name):
            allowed = topic.permission in actor.permissions
            return allowed and (topic.allow is None or topic.allow(actor, found.groupdict()))
    return None


def _pattern(topic: Topic) -> re.Pattern[str]:
    parts = PLACE.split(topic.pattern)
    escaped = [
        rf"(?P<{part}>[\w-]+)" if odd % 2 else re.escape(part) for odd, part in enumerate(parts)
    ]
    return re.compile("".join(escaped))
