#!/usr/bin/env python3
"""Make the script of the booth from its sources: python scripts/booth.py [--check].

The sources are `clients/booth/` and @noble beside the second verifier; the bundler joins them into
one file, in plain words and not squeezed, so that everybody can read what runs on their device.
Whoever does the same gets the same bytes, whose hash stands on the page of each election. --check
compares only. Needs npm, on the machine of a maintainer only.
"""

import argparse
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "clients" / "booth"
NOBLE = ROOT / "clients" / "verify" / "VENDOR.toml"
MADE = ROOT / "src" / "townsquare" / "core" / "web" / "static" / "booth" / "booth.js"
BUNDLER = "esbuild@0.28.2"
HOW = ("--bundle", "--format=iife", "--charset=utf8", "--target=es2022", "--legal-comments=inline")


def main() -> int:
    """Write the script, or tell whether it is what its sources give."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only")
    made = bundle()
    if parser.parse_args().check:
        same = MADE.read_bytes() == made
        sys.stderr.write("The same.\n" if same else "Not what the sources give.\n")
        return 0 if same else 1
    MADE.parent.mkdir(exist_ok=True)
    MADE.write_bytes(made)
    sys.stdout.write(f"{sha256(made).hexdigest()}  {MADE.relative_to(ROOT)}\n")
    return 0


def banner() -> str:
    """Return the first line of the script: what it was made from."""
    return f"// Townsquare's booth, made by scripts/booth.py from sources {digest()}\n"


def digest() -> str:
    """Return one hash of all sources: ours, and the list of what others made."""
    files = [*sorted(SOURCES.rglob("*.mjs")), NOBLE]
    told = [f"{sha256(file.read_bytes()).hexdigest()} {file.relative_to(ROOT)}" for file in files]
    return sha256("\n".join(told).encode()).hexdigest()


def bundle() -> bytes:
    """Return the script as the bundler makes it from the sources."""
    command = ("npx", "--yes", BUNDLER, "page/main.mjs", *HOW)
    told = subprocess.run(command, cwd=SOURCES, check=True, capture_output=True)  # noqa: S603
    return banner().encode() + told.stdout


if __name__ == "__main__":
    sys.exit(main())
