"""A demo town that really runs, and people who come to it with a browser."""

import shutil
from contextlib import contextmanager

import pytest

from tests.browser.coming import comers, emptied, one_chromium
from tests.browser.soundness import ways
from tests.kit.demo import settings_of
from tests.kit.recipes import started, until_listening
from tests.kit.servers import free_port
from townsquare.app import create_app
from townsquare.core.settings import Settings

NAME = "localhost"  # A name and no number: browsers make passkeys for names.


@contextmanager
def running_town(data):
    """Run a demo town with this data until the end of the block; lend its address."""
    port = free_port()
    address = f"http://{NAME}:{port}"
    told = {**settings_of(data), "TOWNSQUARE_PUBLIC_URL": address}
    serve = ("townsquare", "serve", "--port", "8001")
    with started(serve, told, data.with_name("serve.log"), port=port) as running:
        until_listening(running, "/readyz")
        yield address


@pytest.fixture(scope="session")
def demo_data(demo_template, chromium_path, tmp_path_factory):
    """The folder of the demo town that all browsers of this process visit."""
    return shutil.copytree(demo_template, tmp_path_factory.mktemp("town") / "data")


@pytest.fixture(scope="session")
def town_address(demo_data):
    """The address of a running demo town."""
    with running_town(demo_data) as address:
        yield address


@pytest.fixture(scope="module")
def running_chromium(chromium_path):
    """A Chromium for the tests of one file."""
    with one_chromium(chromium_path) as started:
        yield started


@pytest.fixture
def browser(running_chromium):
    """A Chromium in which nobody has anything open."""
    with emptied(running_chromium) as empty:
        yield empty


@pytest.fixture(scope="session")
def signed_in_states():
    """The cookies of people who have signed in already."""
    return {}


@pytest.fixture
def come_as(browser, town_address, signed_in_states):
    """Open a page as this person, in this theme and width."""
    return comers(browser, town_address, signed_in_states)


@pytest.fixture(scope="session")
def ways_of():
    """The pages that each person may see; what says the same to somebody before is left out.

    The bar above them is another one for each person, and the home page shows it.
    """
    found, said = {}, set()
    pages = create_app(Settings(demo=True)).url_map

    def find(person, page, address):
        if person not in found:
            here = ways(pages, page.context.request, address)
            found[person] = [path for path, main in here if path == "/" or main not in said]
            said.update(main for _path, main in here)
        return found[person]

    return find
