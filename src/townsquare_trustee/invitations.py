"""Whom a ceremony asks for: read from the file of its page, or told at the terminal."""

from pathlib import Path
from typing import Any

from tsv1 import canonical
from tsv1.rounds import Terms
from tsv1.schema import fits
from tsv1_files import storing
from tsv1_files.refusals import Refused

MOST = 20  # Trustees.


def checked(terms: Terms, number: int) -> tuple[Terms, int]:
    """Return terms and one's number in them, if a ceremony can have them; else Refused."""
    if not fits("ulid", terms.election):
        raise Refused("This is no id of an election; copy the 26 characters of the ceremony page.")
    if not all(1 <= one <= terms.trustees <= MOST for one in (number, terms.threshold)):
        raise Refused("There are fewer trustees than that; look at the ceremony page again.")
    return terms, number


def read_invitation(path: Path) -> tuple[Terms, int]:
    """Return the terms of a ceremony and the number of who has saved its file from the page."""
    wrong = Refused(f"{path} is no file of a ceremony; save it from the page again.")
    try:
        told: dict[str, Any] = canonical.parse(storing.read(path))
        listed = [one["index"] for one in told["trustees"]]
        additive = {"all": True, "threshold": False}[told["mode"]]
        terms = Terms(told["election"], len(listed), told["threshold"], additive)
    except (canonical.NotAllowed, KeyError, TypeError) as error:
        raise wrong from error
    number: int = told.get("you", 0)
    if not listed or listed != list(terms.numbers) or not isinstance(terms.threshold, int):
        raise wrong
    if number not in listed:
        raise Refused(f"{path} was saved by somebody who is no trustee; sign in and save it again.")
    return checked(terms, number)
