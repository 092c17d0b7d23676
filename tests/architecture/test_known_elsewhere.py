"""The page of defects that are known elsewhere names tests, and there they are."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "known-elsewhere.md").read_text()
NAMED = sorted(set(re.findall(r"`(test_\w+)`", PAGE)))
FILES = sorted(set(re.findall(r"`(test_\w+\.py)`", PAGE)))
TESTS = {path: path.read_text() for path in (ROOT / "tests").rglob("test_*.py")}


@pytest.mark.parametrize("name", NAMED)
def test_a_test_that_is_named_is_there(name):
    assert any(f"def {name}(" in source for source in TESTS.values())


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_named_is_there(name):
    assert name in {path.name for path in TESTS}


def test_every_defect_names_a_test():
    rows = [line for line in PAGE.splitlines() if line.startswith("| ")][2:]
    assert rows
    assert [row for row in rows if "`test_" not in row] == []
