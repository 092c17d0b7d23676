"""Where the encrypted rehearsal of the demo town is, and the files of its people."""

import csv
from pathlib import Path

from sqlalchemy import select

from townsquare.core.town import Town
from townsquare.services.elections.models.elections import ElectionRow

FOLDER, LETTERS, SEEDS = "rehearsal", "letters.csv", "seeds.txt"
PASSPHRASE = "a rehearsal has no secrets"  # noqa: S105 (as it says)


def folder_of(town: Town, election: str) -> Path:
    """Return where the files of a rehearsal lie."""
    return Path(town.settings.data) / FOLDER / election


def rehearsal_of(town: Town) -> str | None:
    """Return the encrypted rehearsal that the demo has prepared, if there is one.

    An office may have begun others since; the files of their people are not here.
    """
    if not any(service.name == "elections" for service in town.services):
        return None
    chosen = select(ElectionRow.public_id).filter_by(tier="encrypted", rehearsal=True)
    with town.sessions() as db:
        known = db.scalars(chosen.order_by(ElectionRow.id.desc())).all()
    return next((one for one in known if (folder_of(town, one) / LETTERS).exists()), None)


def letters_to_try(town: Town) -> Path | None:
    """Return the tokens of the rehearsal, where somebody may still vote in it."""
    rehearsal = rehearsal_of(town)
    if rehearsal is None:
        return None
    chosen = select(ElectionRow.id).filter_by(public_id=rehearsal, state="frozen")
    with town.sessions() as db:
        is_open = db.scalar(chosen.where(ElectionRow.closes_at > town.now())) is not None
    return folder_of(town, rehearsal) / LETTERS if is_open else None


def first_token(letters: Path) -> str:
    """Return the token of the first voter, who is the first person of the cast."""
    with letters.open(newline="") as lines:
        return next(csv.DictReader(lines))["code"]
