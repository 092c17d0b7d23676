"""What faults share with races: a library with readers and copies, and a door to it."""

from dataclasses import replace

import pytest

from tests.concurrency.conftest import door, library

__all__ = ["door", "library"]


@pytest.fixture
def settings(settings):
    """A town at a name, which passkeys are made for."""
    return replace(settings, public_url="http://localhost")
