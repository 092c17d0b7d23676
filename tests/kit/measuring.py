"""Figures that tests tell of what they have tried, and how much of it they try.

`./townsquare prove` makes one table of them; a run of the tests only carries them along.
"""

import pytest

KILLS = {"sqlite": 20, "postgresql": 5}
CALLS = 10_000


def pytest_addoption(parser):
    parser.addoption("--cycles", type=int, help="So often is a server killed (20; PostgreSQL: 5).")
    parser.addoption("--calls", type=int, default=CALLS, help=f"So many made-up calls ({CALLS:,}).")


@pytest.fixture
def cycles(pytestconfig, town):
    """How often a server is killed in this run."""
    return pytestconfig.getoption("--cycles") or KILLS[town.database.dialect.name]


@pytest.fixture
def measured(request):
    """Tell figures by their names; those of all tests are added up, of `worst` ones one is kept."""

    def tell(**figures):
        told = request.node.user_properties
        told += [(name.replace("_", " "), value) for name, value in figures.items()]

    return tell
