"""Our town as a contestant: the whole application with the settings of the environment."""

import os

from flask import Flask

from townsquare.app import create_app as create_town
from townsquare.core.settings import settings_from
from townsquare.core.watchtower import watch


def create_app() -> Flask:
    """Return the town."""
    return create_town(settings_from(os.environ))


def create_watched() -> Flask:
    """Return the town while it sends traces to the receiver of its settings."""
    app = create_app()
    watch(app.extensions["townsquare"])
    return app
