"""The published values of the protocol."""

import json
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def vectors():
    return json.loads((HERE / "vectors.json").read_text())
