"""Plant one forbidden import after the other and prove that its contract breaks.

`./townsquare check` runs this. Each offence is planted in a temporary copy of the source, so
nothing here changes; where a file or its package does not exist, it is made.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
USECASE = "services/library/usecases/planted.py"
LATE = "def late():\n    from townsquare.adapters.redis import kitchen"


@dataclass(frozen=True)
class Offence:
    """What is wrong, where it is planted, the line, and the contract that must break."""

    label: str
    file: str
    line: str
    contract: int | None
    target: str = ""  # A module that the line needs and that the town may not have yet.


OFFENCES = [
    Offence("nothing", "app.py", "", None),
    Offence("core imports a service", "core/db.py", "import townsquare.services.library", 1),
    Offence(
        "a use case imports an adapter late, inside a function",
        USECASE,
        LATE,
        1,
        target="adapters/redis/kitchen.py",
    ),
    Offence("a module that no layer knows", "utils.py", '"""Odds and ends."""', 1),
    Offence(
        "one service reads the tables of another",
        "services/pizza/queries.py",
        "from townsquare.services.library import models",
        2,
    ),
    Offence(
        "a model imports a query",
        "services/library/models/planted.py",
        "from townsquare.services.library import queries",
        3,
    ),
    Offence(
        "the API imports the pages",
        "services/library/api/planted.py",
        "from townsquare.services.library import pages",
        3,
    ),
    Offence(
        "a check of the books reaches up to a surface",
        "services/library/invariants.py",
        "from townsquare.services.library import pages",
        3,
    ),
    Offence(
        "a model asks a check of the books",
        "services/library/models/planted.py",
        "from townsquare.services.library import invariants",
        3,
        target="services/library/invariants.py",
    ),
    Offence("a module of unknown kind", "services/library/helpers.py", '"""Odds."""', 3),
    Offence("a block with a module of unknown kind", "blocks/payments/ledger.py", '"""Odds."""', 3),
    Offence("a use case reads the request", USECASE, "from flask import request", 4),
    Offence(
        "a check of the books reads the request",
        "services/library/invariants.py",
        "import flask",
        4,
    ),
    Offence(
        "a command draws its own form",
        "services/library/commands/planted.py",
        "from wtforms import Form",
        4,
    ),
    Offence("an error translates itself", "core/errors.py", "from flask_babel import gettext", 4),
    Offence("the audit answers a browser", "core/audit.py", "from townsquare.core import web", 4),
    Offence(
        "the front door of a block leads to the web",
        "blocks/payments/__init__.py",
        "from townsquare.core.web import acting",
        4,
    ),
    Offence(
        "a rule asks the database", "services/library/rules/planted.py", "import sqlalchemy", 5
    ),
    Offence(
        "a rule asks what time it is",
        "services/library/rules/planted.py",
        "from townsquare.core import clock",
        5,
    ),
    Offence(
        "blocks lean on each other",
        "blocks/payments/usecases/__init__.py",
        "import townsquare.blocks.booking",
        6,
        target="blocks/booking/__init__.py",
    ),
    Offence(
        "a lower block leans on a higher one",
        "blocks/people/__init__.py",
        "import townsquare.blocks.payments",
        6,
        target="blocks/payments/__init__.py",
    ),
    Offence(
        "a service reaches behind the front door of a block",
        USECASE,
        "from townsquare.blocks.payments import usecases",
        7,
        target="blocks/payments/usecases/__init__.py",
    ),
    Offence("a service talks to an engine itself", USECASE, "import redis", 8),
    Offence("a cycle in core", "core/errors.py", "import townsquare.core.usecase", 9),
    Offence(
        "an adapter calls back into its service",
        "adapters/redis/kitchen.py",
        "from townsquare.services.library import queries",
        10,
    ),
]


def broken_contracts(root: Path) -> set[int]:
    """Return the numbers of the contracts that this tree breaks."""
    run = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": "src"},
        capture_output=True,
        text=True,
        check=False,
    )
    if "Contracts:" not in run.stdout:
        sys.exit(run.stdout + run.stderr)
    verdicts = re.findall(r"(\d+)\. .*?(KEPT|BROKEN)", " ".join(run.stdout.split()))
    return {int(number) for number, verdict in verdicts if verdict == "BROKEN"}


def plant(town: Path, file: str, line: str) -> None:
    """Add one line at the end of a file, making the file and its packages where there are none."""
    path = town / file
    for folder in [folder for folder in path.parents if town in folder.parents]:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "__init__.py").touch()
    before = path.read_text() if path.exists() else ""
    path.write_text(f"{before}\n{line}\n")


def caught(offence: Offence) -> bool:
    """Try one offence in a copy of the source, tell the verdict and return it."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        town = root / "src" / "townsquare"
        shutil.copy(ROOT / "pyproject.toml", root)
        shutil.copytree(ROOT / "src", root / "src", ignore=shutil.ignore_patterns("web/static"))
        if offence.target:
            plant(town, offence.target, "")
        plant(town, offence.file, offence.line)
        broken = broken_contracts(root)
    seen = offence.contract in broken if offence.contract else broken == set()
    verdict = "caught" if seen else "MISSED"
    print(f"{verdict}  {offence.label}: breaks {sorted(broken) or 'nothing'}")  # noqa: T201
    return seen


def main() -> int:
    """Try every offence; return how many went unnoticed."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        return list(pool.map(caught, OFFENCES)).count(False)


if __name__ == "__main__":
    sys.exit(main())
