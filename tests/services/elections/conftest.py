"""A poll as a draft, and one that is open with three voters."""

import pytest

from tests.services.elections.polling import drafted, opened


@pytest.fixture
def poll(town, clock):
    """A draft with two questions and nobody on its roll."""
    return drafted(town, clock)


@pytest.fixture
def voting(town, clock):
    """An open poll, and its voters Maya, Ben and Sofia."""
    return opened(town, clock, "V-1", "V-2", "V-3")
