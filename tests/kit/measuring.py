"""Figures that tests tell of what they have tried, and how much of it they try.

`./townsquare prove` makes one table of them; a run of the tests only carries them along. What has
passed can be kept, so that a long run that was broken off goes on where it was.
"""

from math import inf
from pathlib import Path

import pytest

from tests.kit.kept import Kept, run_of

KILLS, STOPS = {"sqlite": 20, "postgresql": 5}, {"sqlite": 5, "postgresql": 2}
# So often in a slice, which has a town of its own and stays below ten minutes, and at most in all.
SLICES = {"kills": (50, inf), "stops": (10, 100)}
CALLS = 10_000
VOTING = {False: (40, 2), True: (1_000, 30)}  # Without --long, and with it.


def pytest_addoption(parser):
    parser.addoption("--long", action="store_true", help="Try as hard as before a release.")
    parser.addoption("--kept", type=Path, help="What has passed is kept here, and left out.")
    parser.addoption("--cycles", type=int, help="So often is a server killed, or stopped.")
    parser.addoption("--calls", type=int, default=CALLS, help=f"So many made-up calls ({CALLS:,}).")


def pytest_configure(config):
    if path := config.getoption("--kept"):
        tried = [config.getoption(name) for name in ("--cycles", "--calls", "--long")]
        config.pluginmanager.register(Kept(path, run_of(*tried)))


def pytest_generate_tests(metafunc):
    """Cut many kills, and many stops, into slices."""
    for name, (size, most) in SLICES.items():
        if name in metafunc.fixturenames:
            wanted = min(metafunc.config.getoption("--cycles") or 0, most)
            slices = [min(size, wanted - begun) for begun in range(0, wanted, size)]
            metafunc.parametrize(name, [*enumerate(slices)] or [(0, 0)], ids=str, indirect=True)


@pytest.fixture
def kills(request, town):
    """The number of this slice, and how often a server is killed in it."""
    nth, times = request.param
    return nth, times or KILLS[town.database.dialect.name]


@pytest.fixture
def stops(request, town):
    """How often a server is stopped in this slice."""
    _nth, times = request.param
    return times or STOPS[town.database.dialect.name]


@pytest.fixture
def voting_people(pytestconfig):
    """How many vote, and how often a server is killed meanwhile."""
    return VOTING[pytestconfig.getoption("--long")]


@pytest.fixture
def measured(request):
    """Tell figures by their names; those of all tests are added up, of `worst` ones one is kept."""

    def tell(**figures):
        told = request.node.user_properties
        told += [(name.replace("_", " "), value) for name, value in figures.items()]

    return tell
