"""The command line's way in: settings of this shell, and the unit of work of an operator."""

import os
from contextlib import AbstractContextManager
from getpass import getuser
from secrets import token_urlsafe

from townsquare.core.keys import BYTES, kept
from townsquare.core.settings import SAMPLE_KEY, Settings, settings_from
from townsquare.core.town import Town
from townsquare.core.usecase import Actor, Context


def settings_here() -> Settings:
    """Return the settings of this shell; the secret key is a file of the data folder if unset."""
    settings = settings_from(os.environ)
    if settings.secret_key != SAMPLE_KEY:
        return settings
    secret = kept(settings.folder, "secret", lambda: token_urlsafe(BYTES))
    return settings_from({**os.environ, "TOWNSQUARE_SECRET_KEY": secret})


def operator() -> str:
    """Return by which name whoever is at this shell stands in the audit."""
    return f"operator {getuser()}"


def operating(
    town: Town, *permissions: str, reads: bool = False
) -> AbstractContextManager[Context]:
    """Open a unit of work for the operator at this shell, with exactly these permissions."""
    who = Actor(0, operator(), frozenset(permissions))
    return town.working(who, reads=reads, request_id="console")
