#!/usr/bin/env python3
"""Fetch the files of others that our pages and programs use: python scripts/vendor.py [--accept].

Each VENDOR.toml names npm packages, their files and the checksum of each; a package with `tree`
keeps its folders, since its files import each other. Without an option every file must match;
--accept writes down the checksums of what came, after a version or a file was added by hand.
Needs npm, on the machine of a maintainer only.
"""

import argparse
import hashlib
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
WEB = ROOT / "src" / "townsquare" / "core" / "web"
LISTS = (WEB / "VENDOR.toml", ROOT / "clients" / "verify" / "VENDOR.toml")
Package = Mapping[str, Any]


def main() -> int:
    """Fill the folders; tell each file that is not what was expected."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accept", action="store_true", help="write down what came")
    accept: bool = parser.parse_args().accept
    wrong = [line for known in LISTS for line in fill(known, accept=accept)]
    sys.stderr.writelines(f"Not what VENDOR.toml expects, left alone: {line}\n" for line in wrong)
    return 1 if wrong else 0


def fill(known: Path, *, accept: bool) -> list[str]:
    """Fill the folders of a list; return each file that is not what was expected."""
    packages = tomllib.loads(known.read_text())["package"]
    wrong = []
    for package in packages:
        for file, body in contents(package).items():
            found = hashlib.sha256(body).hexdigest()
            if accept:
                package["files"][file] = found
            elif package["files"][file] != found:
                wrong.append(f"{package['npm']} {package['version']}: {file}")
                continue
            name = file if package.get("tree") else Path(file).name
            place = known.parent / package["folder"] / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(body)
    if accept:
        known.write_text("\n".join(map(written, packages)))
    return wrong


def contents(package: Package) -> dict[str, bytes]:
    """Return the wanted files of a package, as npm has them."""
    named = f"{package['npm']}@{package['version']}"
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", "--silent", named], cwd=folder, check=True)  # noqa: S603, S607
        (tarball,) = Path(folder).glob("*.tgz")
        with tarfile.open(tarball) as archive:
            return {file: _read(archive, f"package/{file}") for file in package["files"]}


def written(package: Package) -> str:
    """Return the lines of VENDOR.toml for a package."""
    about = [f'{name} = "{package[name]}"' for name in ("npm", "version", "licence", "folder")]
    about += ["tree = true"] if package.get("tree") else []
    files = [f'"{file}" = "{digest}"' for file, digest in sorted(package["files"].items())]
    return "\n".join(["[[package]]", *about, "[package.files]", *files, ""])


def _read(archive: tarfile.TarFile, name: str) -> bytes:
    member = archive.extractfile(name)
    if member is None:
        raise FileNotFoundError(name)
    return member.read()


if __name__ == "__main__":
    sys.exit(main())
