"""The command line's way in: settings of this shell, and the unit of work of an operator."""

import os
from contextlib import AbstractContextManager
from getpass import getuser
from pathlib import Path
from secrets import token_urlsafe

from townsquare.core.settings import SAMPLE_KEY, Settings, settings_from
from townsquare.core.town import Town
from townsquare.core.usecase import Actor, Context


def settings_here() -> Settings:
    """Return the settings of this shell; the secret key is a file of the data folder if unset."""
    settings = settings_from(os.environ)
    if settings.secret_key != SAMPLE_KEY:
        return settings
    return settings_from({**os.environ, "TOWNSQUARE_SECRET_KEY": _kept_secret(settings.folder)})


def operating(
    town: Town, *permissions: str, reads: bool = False
) -> AbstractContextManager[Context]:
    """Open a unit of work for the operator at this shell, with exactly these permissions."""
    who = Actor(0, f"operator {getuser()}", frozenset(permissions))
    return town.working(who, reads=reads, request_id="console")


def _kept_secret(folder: Path) -> str:
    path = folder / "keys" / "secret"
    if not path.exists():  # Made once, never overwritten.
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = token_urlsafe(32)
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(made)
    return path.read_text()
