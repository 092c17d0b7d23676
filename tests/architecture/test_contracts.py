"""The import contracts of pyproject.toml hold."""

from pathlib import Path

from importlinter.cli import lint_imports

PROJECT = Path(__file__).parents[2] / "pyproject.toml"


def test_every_import_follows_the_contracts():
    assert lint_imports(config_filename=str(PROJECT), no_cache=True) == 0
