#!/usr/bin/env python3
"""What the town is made of: python scripts/supply.py [--write].

Compares docs/security/parts.json (a CycloneDX bill of materials) with what is installed and
bundled, refuses licences that nobody has agreed to, releases with a published advisory, and
secrets in files that git knows. --write writes the bill and the list of licences anew.
"""

import argparse
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from detect_secrets.core.secrets_collection import SecretsCollection
from detect_secrets.settings import default_settings
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
SECURITY = ROOT / "docs" / "security"
BILL, LICENCES = SECURITY / "parts.json", SECURITY / "licences.md"
ADVISORIES, AGREED = SECURITY / "advisories.toml", SECURITY / "agreed.toml"
VENDORED = (
    ROOT / "src" / "townsquare" / "core" / "web" / "VENDOR.toml",
    ROOT / "clients" / "verify" / "VENDOR.toml",
)
GROUPS = ("base", "standard", "postgres", "redis", "servers", "tracing")  # What a town installs.
PIN = re.compile(r"(?m)^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^ ;\\]+)")
# Checksums, data, and what others made: full of what looks like secrets.
PASSED_OVER = re.compile(
    r"requirements/.*\.txt|.*/VENDOR\.toml|.*/(?:vendor|node_modules)/.*|docs/security/parts\.json"
    r"|.*\.(?:csv|dat|gz|png|svg|ttf|woff2)"
)
OWN_TOKEN = re.compile(r"\bts_(?:pat|svc)_[A-Za-z0-9_-]{40,}")
Part = Mapping[str, Any]


def pins(groups: Iterable[str] = GROUPS) -> dict[str, str]:
    """Return the release of each package that these groups pin, by its canonical name."""
    texts = [(ROOT / "requirements" / f"{group}.txt").read_text() for group in groups]
    return {
        canonicalize_name(name): release for text in texts for name, release in PIN.findall(text)
    }


def installed() -> list[Part]:
    """Return what this environment holds, as the bill of materials tells it."""
    program = str(Path(sys.executable).with_name("cyclonedx-py"))
    command = (program, "environment", sys.executable, "--output-reproducible")
    told = subprocess.run(command, capture_output=True, check=True, cwd=ROOT).stdout
    parts: list[Part] = json.loads(told)["components"]
    return parts


def bundled(agreed: Mapping[str, Any]) -> Iterator[Part]:
    """Yield what others made and we ship: scripts, styles, letters, pictures and data."""
    for part in agreed["bundled"]:
        yield {"type": "file", **part, "licenses": [{"license": {"id": part["licence"]}}]}
    lists = [tomllib.loads(known.read_text())["package"] for known in VENDORED]
    for package in chain.from_iterable(lists):
        name, version = package["npm"], package["version"]
        yield {
            "type": "library",
            "name": name,
            "version": version,
            "purl": f"pkg:npm/{name.replace('@', '%40')}@{version}",
            "licenses": [{"license": {"id": package["licence"]}}],
        }


def elsewhere(wanted: Mapping[str, str], agreed: Mapping[str, Any]) -> Iterator[Part]:
    """Yield what is pinned, but for another Python than this one: its licence is looked up."""
    for name, release in wanted.items():
        licence = agreed["elsewhere"].get(name, "unknown")
        purl = f"pkg:pypi/{name}@{release}"
        told = {"type": "library", "name": name, "version": release, "purl": purl}
        yield {**told, "licenses": [{"license": {"id": licence}}]}


def told_licences(part: Part) -> list[str]:
    """Return what a package says of its licence, in its own words."""
    entries = part.get("licenses", [])
    told = [entry.get("expression") or entry["license"] for entry in entries]
    return sorted(
        {each if isinstance(each, str) else each.get("id") or each["name"] for each in told}
    )


def bill_of_materials(agreed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the bill: what a town installs and ships, without what only its makers need."""
    wanted = pins()
    ours = [part for part in installed() if canonicalize_name(part["name"]) in wanted]
    here = {canonicalize_name(part["name"]) for part in ours}
    others = elsewhere({name: wanted[name] for name in wanted.keys() - here}, agreed)
    kept = ("type", "name", "version", "purl")
    components = [
        {**{key: part[key] for key in kept}, "licenses": spdx(part, agreed)}
        for part in (*ours, *others, *bundled(agreed))
    ]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "townsquare"}},
        "components": sorted(components, key=lambda part: str(part["purl"])),
    }


def spdx(part: Part, agreed: Mapping[str, Any]) -> list[Part]:
    """Return the licence of a part by its official name; what is said loosely is looked up."""
    loose: Mapping[str, str] = agreed["said_loosely"]
    unsaid: Mapping[str, str] = agreed["not_said"]
    told = told_licences(part) or [unsaid.get(canonicalize_name(part["name"]), "unknown")]
    exact = [one for one in told if one not in loose] or [loose[one] for one in told]
    return [{"expression": " AND ".join(exact)}]


def wrong_licences(bill: Mapping[str, Any], agreed: Mapping[str, Any]) -> list[str]:
    """Name each part under a licence that nobody has agreed to."""
    parts = [(part, part["licenses"][0]["expression"]) for part in bill["components"]]
    return [
        f"{part['name']} {part['version']}: nobody has agreed to the licence {licence}"
        for part, licence in parts
        if licence not in agreed["licences"]
    ]


def advised_against(releases: Mapping[str, str]) -> list[str]:
    """Name each pinned release that a published advisory speaks of."""
    advisories = tomllib.loads(ADVISORIES.read_text())
    return [
        f"{name} {release}: {advisory} concerns {affected}"
        for name, release in sorted(releases.items())
        for advisory, affected in advisories.get(name, {}).items()
        if release in SpecifierSet(affected, prereleases=True)
    ]


def secrets(files: Iterable[Path], known: Iterable[str] = ()) -> list[str]:
    """Name each line that looks like a secret, unless the file is known for such an example."""
    found = SecretsCollection(str(ROOT))
    examined = [file for file in files if not PASSED_OVER.fullmatch(named(file))]
    with default_settings():
        found.scan_files(*map(str, examined))
    seen = {f"{named((ROOT / file).resolve())}: {secret.type}" for file, secret in found}
    seen |= {
        f"{named(file)}: Townsquare Token" for file in examined if OWN_TOKEN.search(text(file))
    }
    return sorted(f"{one} (a secret?)" for one in seen - {*known})


def text(file: Path) -> str:
    """Return what a file says, whatever it holds."""
    return file.read_bytes().decode(errors="replace")


def named(file: Path) -> str:
    """Return the name of a file as people of the project know it."""
    return str(file.relative_to(ROOT)) if file.is_relative_to(ROOT) else file.name


def known_to_git() -> list[Path]:
    """Return every file that git knows and that is there."""
    told = subprocess.run(("git", "ls-files", "-z"), capture_output=True, check=True, cwd=ROOT)
    files = [ROOT / name for name in told.stdout.decode().split("\0") if name]
    return [file for file in files if file.is_file() and not file.is_symlink()]


def licence_list(bill: Mapping[str, Any]) -> str:
    """Return the list of licences that people read."""
    rows = [
        f"| {part['name']} | {part['version']} | {part['licenses'][0]['expression']} |"
        for part in bill["components"]
    ]
    head = "# What others made\n\nWritten by `python scripts/supply.py --write`.\n"
    return "\n".join([head, "| Part | Release | Licence |", "| --- | --- | --- |", *rows, ""])


def main(arguments: list[str] | None = None) -> int:
    """Write the bill, or tell everything that is wrong with what we are made of."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the bill and the licences")
    agreed = tomllib.loads(AGREED.read_text())
    bill = bill_of_materials(agreed)
    written = json.dumps(bill, indent=1) + "\n"
    if parser.parse_args(arguments).write:
        BILL.write_text(written)
        LICENCES.write_text(licence_list(bill))
    stale = BILL.read_text() != written or LICENCES.read_text() != licence_list(bill)
    wrong = [
        *(["docs/security is out of date: python scripts/supply.py --write"] if stale else []),
        *wrong_licences(bill, agreed),
        *advised_against(pins(("all",))),
        *secrets(known_to_git(), agreed["examples"]),
    ]
    sys.stdout.write("".join(f"{line}\n" for line in wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
