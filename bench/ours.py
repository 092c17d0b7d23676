"""Our town as a contestant: the whole application with the settings of the environment."""

import os

from flask import Flask

from townsquare.app import create_app as create_town
from townsquare.core.settings import settings_from


def create_app() -> Flask:
    """Return the town."""
    return create_town(settings_from(os.environ))
