"""The launcher as a module, and a checkout whose program is a small stand-in."""

import json
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import pytest

from tests.kit.checkout import copied_to

STAND_IN = Path(__file__).with_name("stand_in.py")


@pytest.fixture
def checkout(tmp_path):
    """A copy of the checkout without an environment."""
    return copied_to(tmp_path / "checkout")


@pytest.fixture
def launcher(checkout):
    """The launcher of the copy, as a module."""
    loader = SourceFileLoader("launcher", str(checkout.folder / "townsquare"))
    module = module_from_spec(spec_from_loader("launcher", loader))
    loader.exec_module(module)
    return module


@pytest.fixture
def installed(checkout, launcher):
    """A copy that looks installed; its program notes what it is asked and serves two pages."""
    launcher.BIN.mkdir(parents=True)
    (launcher.BIN / "python").symlink_to("/usr/bin/env")
    program = launcher.BIN / "townsquare"
    program.write_bytes(STAND_IN.read_bytes())
    program.chmod(0o755)
    launcher.MARKER.write_text(json.dumps(launcher.noted(["standard"])))
    return checkout
