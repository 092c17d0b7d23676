"""The protocol and its programs stand apart: they import nothing from the application."""

import ast
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src"
APART = sorted(
    folder for folder in SOURCE.iterdir() if folder.is_dir() and folder.name != "townsquare"
)
MODULES = [path for folder in APART for path in sorted(folder.rglob("*.py"))]


def imported(source):
    """Return what a module imports, early or late."""
    nodes = list(ast.walk(ast.parse(source)))
    named = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    return named + [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]


def borrowed(source):
    """Return what a module imports from the application."""
    return [name for name in imported(source) if name.split(".")[0] == "townsquare"]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_nothing_is_borrowed_from_the_application(path):
    assert borrowed(path.read_text()) == []


# What the programs stand on, so that whoever reads them reads nothing else; no network among it.
ALLOWED = {
    "townsquare_authority": {"click", "tsv1", "tsv1_files"},
    "townsquare_monitor": {"click", "townsquare_verify", "tsv1", "tsv1_files"},
    "townsquare_trustee": {"click", "townsquare_verify", "tsv1", "tsv1_files"},
    "townsquare_verify": {"cryptography", "tsv1"},
    "tsv1": set(),
    "tsv1_files": {"argon2", "click", "cryptography", "tsv1"},
}
NETWORK = {"asyncio", "ftplib", "http", "smtplib", "socket", "socketserver", "ssl", "urllib"}


@pytest.mark.parametrize("folder", ALLOWED)
def test_a_program_stands_on_little_and_never_on_the_network(folder):
    modules = [path.read_text() for path in sorted((SOURCE / folder).rglob("*.py"))]
    used = {name.split(".")[0] for source in modules for name in imported(source)}
    assert used - sys.stdlib_module_names - {folder} == ALLOWED[folder]
    assert used & NETWORK == set()


def test_there_is_something_to_look_at():
    assert {folder.name for folder in APART} == set(ALLOWED)


@pytest.mark.parametrize(
    "line",
    [
        "import townsquare",
        "import townsquare.core.ids as ids",
        "from townsquare.core import clock",
        "def late():\n    from townsquare.app import create_app",
    ],
)
def test_a_planted_import_is_found(line):
    assert borrowed(f"import tsv1.group\n{line}\n") != []
