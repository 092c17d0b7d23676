"""Sealing that costs nothing, for tests that are not about guessing."""

import pytest

from tests.tsv1.conftest import vectors  # noqa: F401 (a fixture)
from tsv1_files import sealed


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(sealed, "MEMORY", 64)
    monkeypatch.setattr(sealed, "PASSES", 1)
