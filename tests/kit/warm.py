"""What a forked process would load and learn itself: done once, before the first of them forks.

The server of forks imports this module. It must leave nothing open and no thread behind.
"""

import encodings.idna  # noqa: F401 (the first call of each client would load it)
from datetime import UTC, datetime
from tempfile import TemporaryDirectory

import flask.testing  # noqa: F401 (as above)
from sqlalchemy.orm import configure_mappers

import townsquare.cli.serve  # noqa: F401 (for those that serve)
from townsquare.app import assemble, services_of
from townsquare.core.loading import loading
from townsquare.core.settings import Settings
from townsquare.core.town import found


def _put_together() -> None:
    with TemporaryDirectory() as folder:
        settings = Settings(data=folder, secret_key="of-nobody-and-long-enough", demo=True)
        town = found(settings, services_of(settings), lambda: datetime.now(UTC))
        assemble(town)
        town.database.dispose()


with loading():
    configure_mappers()
    _put_together()
