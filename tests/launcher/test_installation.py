"""Real installations into copies of the checkout; they need a package index and some seconds."""

import re
import signal
import subprocess
import time
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from tests.kit.checkout import copied_to

pytestmark = pytest.mark.usefixtures("package_index")

COUNT = "import importlib.metadata as m; print(sum(1 for _ in m.distributions()))"


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """A copy of the checkout; its first start makes the environment."""
    return copied_to(tmp_path_factory.mktemp("bare") / "checkout")


def test_a_second_start_installs_nothing(bare):
    assert bare.run("migrate", "--help", PYTHONDONTWRITEBYTECODE="1")[0] == 0
    assert not missing_bytecode(bare.folder / "src")
    code, said = bare.run("migrate", "--help")
    assert code == 0
    assert "Installing" not in said


def missing_bytecode(folder):
    """Return the modules that every start would compile again."""
    modules = folder.rglob("*.py")
    return [module for module in modules if not Path(cache_from_source(str(module))).exists()]


@pytest.mark.parametrize("after", ["Making the environment", "Installing standard"])
def test_an_interrupted_installation_heals(checkout, after):
    with checkout.start("migrate", "--help") as process:
        while after not in process.stdout.readline():
            assert process.poll() is None
        time.sleep(0.5)
        process.send_signal(signal.SIGKILL)
    code, said = checkout.run("migrate", "--help")
    assert code == 0, said
    assert "Installed in" in said
    assert "another program" not in said


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


def test_the_base_stays_small(tmp_path, bare):
    """Fewer than 45 packages and at most 100 MB, without the bytecode."""
    assert bare.run("migrate", "--help")[0] == 0
    target = tmp_path / "base"
    uv = [bare.folder / ".venv/bin/uv", "--quiet", "pip", "install", "--target", target]
    pins = ["--require-hashes", "--only-binary", ":all:", "-r", "requirements/base.txt"]
    subprocess.run([*uv, *pins], cwd=bare.folder, check=True)
    packages = len(list(target.glob("*.dist-info")))
    size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    assert packages < 45
    assert size <= 100 * 10**6
