"""A demo town, made once for all processes of a run; whoever runs one takes a copy."""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit.servers import HOST
from townsquare.app import services_of
from townsquare.core.settings import settings_from
from townsquare.core.town import found
from townsquare.core.worker import Worker

TOWNSQUARE = str(Path(sys.executable).with_name("townsquare"))


def settings_of(data, port=8000):
    """Return the environment of a demo town that keeps its data here."""
    return {
        "TOWNSQUARE_DATA": str(data),
        "TOWNSQUARE_PUBLIC_URL": f"http://{HOST}:{port}",
        "TOWNSQUARE_DEMO": "yes",
        "TOWNSQUARE_LIMITS": "all=1000000/min,1000000/min",  # One machine plays many people.
    }


def once(tmp_path_factory, name, make):
    """Return the folder of this name, made by the first process of a run that asks for it."""
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if "popen" in shared.name else shared
    made = shared / name
    with (shared / f"{name}.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not made.exists():
            making = shared / f"{name}-in-the-making"
            shutil.rmtree(making, ignore_errors=True)  # What an earlier one has left half made.
            make(making)
            making.rename(made)
    return made


def load_demo(settings):
    """Make a demo town of these settings, by the verbs of an operator."""
    told = {**os.environ, **settings}
    for verb in ("migrate", "demo"):
        subprocess.run([TOWNSQUARE, verb], env=told, check=True, capture_output=True)


@pytest.fixture(scope="session")
def demo_template(tmp_path_factory):
    """The folder of a demo town; nobody writes into it."""
    return once(tmp_path_factory, "demo-town", _make)


@pytest.fixture
def demo_data(demo_template, tmp_path):
    """The folder of a demo town of this test's own."""
    return shutil.copytree(demo_template, tmp_path / "data")


def _make(folder):
    """Load a demo town; what it has told is handed on here, and not by each copy at its start."""
    told = settings_of(folder)
    load_demo(told)
    settings = settings_from(told)
    town = found(settings, services_of(settings))
    Worker(town).drain()
    town.database.dispose()
