"""A copy of the checkout, in which the launcher can be run for real and disturbed."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parents[2]
PARTS = ("townsquare", "pyproject.toml", "README.md", "requirements", "src")


@dataclass(frozen=True)
class Checkout:
    """A folder with what an installation needs, and the ways to run its launcher."""

    folder: Path

    def start(self, *arguments: str, **more: str) -> subprocess.Popen[str]:
        """Start the launcher and return at once."""
        return subprocess.Popen(
            [self.folder / "townsquare", *arguments],
            env=_environment(more),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str, **more: str) -> tuple[int, str]:
        """Run the launcher; return its exit code and all that it said."""
        process = self.start(*arguments, **more)
        said, _ = process.communicate(timeout=600)
        return process.returncode, said


def copied_to(folder: Path) -> Checkout:
    """Copy the checkout, without its environment and its data."""
    folder.mkdir()
    for part in PARTS:
        source = HERE / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / part)
    return Checkout(folder)


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    kept = {name: text for name, text in os.environ.items() if not name.startswith("TOWNSQUARE_")}
    return {**kept, **more}
