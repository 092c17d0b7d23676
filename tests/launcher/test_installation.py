"""Real installations into copies of the checkout; they need a package index and some seconds."""

import re
import signal
import subprocess
import sys
import time
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from tests.kit.checkout import HERE, copied_to

pytestmark = pytest.mark.usefixtures("package_index")


class NotReached(Exception):
    """A start ended before it said what it should be killed after."""


@pytest.fixture(scope="module", params=["Making the environment", "Installing standard"])
def interrupted(request, tmp_path_factory):
    """A copy of the checkout, killed half a second after its first start has said this."""
    made = copied_to(tmp_path_factory.mktemp("interrupted") / "checkout")
    with made.start("migrate", "--help") as process:
        while request.param not in process.stdout.readline():
            if process.poll() is not None:
                raise NotReached(request.param)
        time.sleep(0.5)
        process.send_signal(signal.SIGKILL)
    return made


def test_an_interrupted_installation_heals_and_the_next_start_installs_nothing(interrupted):
    code, said = interrupted.run("migrate", "--help", PYTHONDONTWRITEBYTECODE="1")
    assert code == 0, said
    assert "Installed in" in said
    assert "another program" not in said
    assert not missing_bytecode(interrupted.folder / "src")
    code, said = interrupted.run("migrate", "--help")
    assert code == 0
    assert "Installing" not in said


def missing_bytecode(folder):
    """Return the modules that every start would compile again."""
    modules = folder.rglob("*.py")
    return [module for module in modules if not Path(cache_from_source(str(module))).exists()]


def test_where_uv_cannot_install_pip_does(checkout, tmp_path):
    code, said = checkout.run("migrate", "--help", UV_OFFLINE="1", UV_CACHE_DIR=str(tmp_path))
    assert code == 0, said
    assert "trying the same with pip" in said


def test_an_altered_hash_stops_the_installation(checkout):
    pins = checkout.folder / "requirements" / "standard.txt"
    altered = re.sub(
        r"(?m)^flask==.*\\\n(?:    --hash.*\n)+",
        lambda found: re.sub(r"sha256:(.{8})", "sha256:00000000", found[0]),
        pins.read_text(),
    )
    assert altered != pins.read_text()
    pins.write_text(altered)
    code, said = checkout.run("migrate", "--help")
    assert code == 2
    assert "The packages could not be installed" in said


def test_without_an_index_it_names_the_folder_of_wheels(checkout, tmp_path):
    code, said = checkout.run("migrate", TOWNSQUARE_WHEELS=str(tmp_path))
    assert code == 2
    assert "TOWNSQUARE_WHEELS=DIR" in said


def test_the_base_stays_small(tmp_path):
    """Fewer than 45 packages and at most 100 MB, without the bytecode."""
    target = tmp_path / "base"
    uv = [Path(sys.executable).with_name("uv"), "--quiet", "pip", "install", "--target", target]
    pins = ["--require-hashes", "--only-binary", ":all:", "-r", "requirements/base.txt"]
    subprocess.run([*uv, *pins], cwd=HERE, check=True)
    packages = len(list(target.glob("*.dist-info")))
    size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    assert packages < 45
    assert size <= 100 * 10**6
