"""What has passed is kept with its figures, a line for each test, while the code is the same."""

import json
import signal
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from types import FrameType
from typing import Any

ROOT = Path(__file__).parents[2]


def run_of(*options: object) -> str:
    """Return a digest of how hard is tried, of what is tried and of what tries it."""
    digest = sha256(repr(options).encode())
    for folder in ("src", "tests"):
        for path in sorted(ROOT.joinpath(folder).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def lines_of(path: Path, run: str) -> dict[str, dict[str, Any]]:
    """Return the last line of each test of this run; one that was torn tells nothing."""
    told: dict[str, dict[str, Any]] = {}
    for text in path.read_text().splitlines() if path.exists() else ():
        with suppress(json.JSONDecodeError):
            line = json.loads(text)
            if line["run"] == run:
                told[line["test"]] = line
    return told


class Kept:
    """Leaves out what has passed before, and writes down what becomes of the others."""

    def __init__(self, path: Path, run: str) -> None:
        self._path, self._run = path, run
        self._failed: set[str] = set()

    def pytest_sessionstart(self, session: Any) -> None:
        """Let Ctrl-C end the run after a test, too, that swallows it, as drivers and engines do."""

        def broken_off(number: int, frame: FrameType | None) -> None:
            session.shouldstop = "broken off"
            signal.default_int_handler(number, frame)

        signal.signal(signal.SIGINT, broken_off)

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        """Leave out what has passed; the others have not until they are over."""
        told = lines_of(self._path, self._run)
        passed = {test for test, line in told.items() if line["passed"]}
        items[:] = [one for one in items if one.nodeid not in passed]
        for one in items:
            self._write(one.nodeid, passed=False)

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Write a line when a test is over; one that was left out has not passed."""
        if not report.passed:
            self._failed.add(report.nodeid)
        if report.when != "teardown":
            return
        passed = report.nodeid not in self._failed
        self._write(report.nodeid, passed=passed, figures=report.user_properties)

    def _write(self, test: str, *, passed: bool, figures: Sequence[tuple[str, int]] = ()) -> None:
        line = {"run": self._run, "test": test, "passed": passed, "figures": [*figures]}
        with self._path.open("a") as file:
            file.write(f"\n{json.dumps(line)}")  # A line that was torn before ends here.
