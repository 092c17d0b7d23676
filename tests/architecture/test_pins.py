"""The hashed pins: complete, without addresses, and what the declarations ask for."""

import re
import shutil
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REQUIREMENTS = ROOT / "requirements"
PINS = sorted(REQUIREMENTS.glob("*.txt"))
ENTRY = re.compile(r"(?m)^([a-z0-9._-]+(?:\[[a-z0-9,]+\])?)==([^ ;\\]+)")
GROUPS = ("build", "standard", "postgres", "test", "check", "bench")


@pytest.fixture(scope="module")
def lock():
    spec = spec_from_file_location("lock", REQUIREMENTS / "lock.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def stem(path):
    return path.stem


def entries(path):
    """Return the releases that a file pins; extras of a package are the package."""
    return {(name.split("[")[0], release) for name, release in ENTRY.findall(path.read_text())}


def without_hash(source):
    """Return the entries of a file that no hash follows."""
    joined = source.replace("\\\n", " ").splitlines()
    wanted = [line for line in joined if line.strip() and not line.startswith("#")]
    return [line for line in wanted if "==" not in line or "--hash=sha256:" not in line]


def addresses(source):
    return re.findall(r"\S*(?:://| @ |--index-url|--extra-index-url|--find-links)\S*", source)


@pytest.mark.parametrize("path", PINS, ids=stem)
def test_every_entry_has_its_hashes_and_no_file_an_address(path):
    assert entries(path)
    assert without_hash(path.read_text()) == []
    assert addresses(path.read_text()) == []


@pytest.mark.parametrize("path", PINS, ids=stem)
def test_all_groups_fit_together(path):
    assert entries(path) <= entries(REQUIREMENTS / "all.txt")


def test_every_group_has_its_pins(lock):
    assert {path.stem for path in PINS} == {"all", *lock.SOURCES}


def test_the_base_is_a_small_set():
    assert len(entries(REQUIREMENTS / "base.txt")) < 45


def test_each_measure_finds_its_planted_fault():
    assert without_hash("flask==3.1.3\n") == ["flask==3.1.3"]
    assert without_hash("flask>=3 --hash=sha256:0\n") != []
    assert addresses("--index-url https://example.org/simple\n") != []


@pytest.mark.usefixtures("package_index")
def test_the_pins_are_what_the_declarations_ask_for(lock, tmp_path):
    for path in PINS:
        shutil.copy(path, tmp_path)
    lock.main([], tmp_path)
    stale = [path.name for path in PINS if (tmp_path / path.name).read_text() != path.read_text()]
    assert stale == []


@pytest.mark.usefixtures("package_index")
@pytest.mark.parametrize("python", ["3.11", "3.14"])
@pytest.mark.parametrize(
    "platform", ["x86_64-manylinux_2_28", "aarch64-manylinux_2_28", "aarch64-apple-darwin"]
)
def test_nothing_must_be_built_from_source(platform, python, tmp_path):
    uv = [Path(sys.executable).with_name("uv"), "--quiet", "pip", "install", "--dry-run"]
    place = ["--target", tmp_path, "--python-platform", platform, "--python-version", python]
    pins = [f"-r{REQUIREMENTS}/{group}.txt" for group in GROUPS]
    hashed = ["--require-hashes", "--only-binary", ":all:"]
    tried = subprocess.run(
        [*uv, *place, *hashed, *pins], capture_output=True, text=True, check=False
    )
    assert tried.returncode == 0, tried.stderr
