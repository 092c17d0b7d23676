"""The servers that tests of one module share, and those that stop them last of all."""

import pytest


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Let whoever stops a house come after all who use it: else it would have to start again."""
    first = {}
    for place, item in enumerate(items):
        first.setdefault(_house_of(item), place)
    items.sort(key=lambda item: (first[_house_of(item)], "doomed" in item.fixturenames))


@pytest.fixture
def server(house):
    """The process of a house, which lives."""
    return house.open()


@pytest.fixture
def doomed(server):
    """The same for who stops it."""
    return server


def _house_of(item):
    chosen = item.callspec.params if hasattr(item, "callspec") else {}
    return (item.path, chosen["house"]) if "house" in chosen else item.nodeid
