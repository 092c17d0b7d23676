"""Files of others lie here unchanged, each with its licence, and nothing else lies beside them."""

import json
import re
import tomllib
from hashlib import sha256
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "townsquare"
WEB = SOURCE / "core" / "web"
PACKAGES = tomllib.loads((WEB / "VENDOR.toml").read_text())["package"]
FOLDERS = [WEB / "icons", *(WEB / "static" / "vendor").iterdir()]
VERIFY = Path(__file__).parents[2] / "clients" / "verify"
VERIFIER = tomllib.loads((VERIFY / "VENDOR.toml").read_text())["package"]
NAMED = re.compile(r"""\bicon\("([a-z0-9-]+)"|\bicon(?:_name)?=["']([a-z0-9-]+)["']""")


def changed(package, folder):
    """Return the files that are not what VENDOR.toml says, and those it does not know."""
    known = {Path(file).name: digest for file, digest in package["files"].items()}
    found = {path.name: sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
    return sorted({name for name, _ in known.items() ^ found.items()})


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package["npm"])
def test_a_package_lies_here_unchanged_with_its_licence(package):
    assert changed(package, WEB / package["folder"]) == []
    assert any(Path(file).stem == "LICENSE" for file in package["files"])
    assert package["folder"] == "icons" or package["folder"].endswith(package["version"])


def test_every_folder_of_others_is_listed():
    assert sorted(map(str, FOLDERS)) == sorted(str(WEB / p["folder"]) for p in PACKAGES)


@pytest.mark.parametrize("package", VERIFIER, ids=lambda package: package["npm"])
def test_the_verifier_s_package_lies_here_unchanged_with_its_licence(package):
    folder = VERIFY / package["folder"]
    found = {
        str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }
    assert found == package["files"]
    assert "LICENSE" in found
    assert json.loads((folder / "package.json").read_text())["version"] == package["version"]


def test_every_package_of_the_verifier_is_listed():
    scope = VERIFY / "node_modules" / "@noble"
    assert [path.name for path in (VERIFY / "node_modules").iterdir()] == ["@noble"]
    assert {path.name for path in scope.iterdir()} == {Path(p["npm"]).name for p in VERIFIER}


def test_every_icon_that_is_named_is_here():
    sources = [*SOURCE.rglob("*.html"), *SOURCE.rglob("*.py")]
    named = {a or b for path in sources for a, b in NAMED.findall(path.read_text())}
    assert len(named) > 20
    assert sorted(n for n in named if not (WEB / "icons" / f"{n}.svg").exists()) == []


def test_a_changed_file_and_a_foreign_one_are_noticed(tmp_path):
    (tmp_path / "a.js").write_text("changed")
    (tmp_path / "b.js").write_text("foreign")
    assert changed({"files": {"dist/a.js": sha256(b"").hexdigest()}}, tmp_path) == ["a.js", "b.js"]
