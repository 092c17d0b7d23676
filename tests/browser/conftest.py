"""A demo town that really runs, and people who come to it with a browser."""

import shutil
import sys

import pytest

from tests.browser.coming import comers, emptied, one_chromium
from tests.browser.soundness import ways
from tests.kit.demo import TOWNSQUARE, settings_of
from tests.kit.servers import free_port, running
from townsquare.app import create_app
from townsquare.core.settings import Settings

NAME = "localhost"  # A name and no number: browsers make passkeys for names.
READY = "import sys, urllib.request as web; web.urlopen(sys.argv[1], timeout=2)"


def in_the_shell(data, port=8000):
    """Return the start of a command that runs in a demo town with this data."""
    told = {**settings_of(data), "TOWNSQUARE_PUBLIC_URL": f"http://{NAME}:{port}"}
    return ("/usr/bin/env", *(f"{name}={text}" for name, text in told.items()), TOWNSQUARE)


@pytest.fixture(scope="session")
def demo_data(demo_template, chromium_path, tmp_path_factory):
    """The folder of the demo town that all browsers of this process visit."""
    return shutil.copytree(demo_template, tmp_path_factory.mktemp("town") / "data")


@pytest.fixture(scope="session")
def town_address(demo_data, tmp_path_factory):
    """The address of a running demo town."""
    port = free_port()
    address = f"http://{NAME}:{port}"
    serve = (*in_the_shell(demo_data, port), "serve", "--port", str(port))
    question = (sys.executable, "-c", READY, f"{address}/readyz")
    with running(serve, question, tmp_path_factory.mktemp("log") / "serve"):
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
