"""The library of the booth, as Node runs it."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.tsv1.boards import Town

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def booth():
    """Ask the library of the booth many things at once."""
    node = shutil.which("node") or shutil.which("nodejs")
    if not node:
        pytest.skip("Node is not installed: apt-get install nodejs")

    def ask(task, cases):
        lines = "".join(json.dumps({"task": task, **case}) + "\n" for case in cases)
        command = [node, HERE / "many.mjs"]
        run = subprocess.run(command, input=lines.encode(), capture_output=True, check=True)
        return [json.loads(line) for line in run.stdout.splitlines()]

    return ask


@pytest.fixture(scope="module")
def town():
    return Town()
