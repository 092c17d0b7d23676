"""What each database must do for the index."""

from collections.abc import Iterable
from typing import Protocol

from sqlalchemy import Connection

Kept = tuple[int, str, str, str]


class Side(Protocol):
    """The full-text half of the index on one database; `Kept` is id, title, body and scope.

    `MARK` stands for a value in a statement; `FOUND` is the part of a select that joins entries
    with the index, taking a match and the id after which to look; `ORDER` puts them by id.
    """

    MARK: str
    FOUND: str
    ORDER: str

    def remember(self, connection: Connection, kept: list[Kept]) -> None:
        """Index these rows, which are not indexed yet."""
        ...

    def forget(self, connection: Connection, kept: list[Kept]) -> None:
        """Take these rows out, as they were indexed."""
        ...

    def match(
        self,
        words: list[str],
        kinds: Iterable[str],
        permissions: Iterable[str],
        *,
        in_title: bool,
    ) -> str:
        """Return what finds all words in the title, or anywhere but not all in the title."""
        ...
