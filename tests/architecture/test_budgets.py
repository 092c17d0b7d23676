"""Sizes and habits that a machine can check; CONTRIBUTING.md explains the numbers."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "townsquare"
SCRIPTS = [ROOT / "townsquare", ROOT / "requirements" / "lock.py"]
MODULES = sorted(SOURCE.rglob("*.py"))
BENCH = sorted((ROOT / "bench").rglob("*.py"))
TEMPLATES = sorted(SOURCE.rglob("templates/**/*.html"))
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))
INNER = r"/core/|/(usecases|queries|rules)[/.]|/(ports|invariants)\.py$"
PROMISES = [path for path in MODULES if re.search(INNER, str(path))]

CARDS = sorted(SOURCE.glob("services/*/manifest.py"))

FUNCTION, MOST_FUNCTIONS, MODULE, TEMPLATE, CARD = 40, 20, 400, 120, 60


def name(path):
    return str(path.relative_to(ROOT))


def functions(tree):
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node for node in ast.walk(tree) if isinstance(node, kinds)]


def lines(node):
    return node.end_lineno - node.lineno + 1


def unexplained(source):
    """Return the public functions of a module and its classes that lack a docstring."""
    module = ast.parse(source)
    owners = [module, *(node for node in module.body if isinstance(node, ast.ClassDef))]
    found = [node for owner in owners for node in functions(owner) if node in owner.body]
    public = [node for node in found if not node.name.startswith("_")]
    return [node.name for node in public if not ast.get_docstring(node)]


def uncollected(source):
    """Return the functions of a test module that claim something and are no tests."""
    module = ast.parse(source)
    top = [node for node in functions(module) if node in module.body]
    claims = [f.name for f in top if any(isinstance(node, ast.Assert) for node in ast.walk(f))]
    return [claim for claim in claims if not claim.startswith("test_")]


def inline_style_and_script(source):
    return re.findall(r"<style|<script(?! src)|\s(?:style|on\w+)=", source)


@pytest.mark.parametrize("path", [*MODULES, *SCRIPTS, *BENCH], ids=name)
def test_a_module_fits_in_the_head(path):
    source = path.read_text()
    assert len(source.splitlines()) <= MODULE
    assert [f.name for f in functions(ast.parse(source)) if lines(f) > FUNCTION] == []


@pytest.mark.parametrize("path", CARDS, ids=name)
def test_a_visiting_card_only_names_what_other_files_hold(path):
    assert len(path.read_text().splitlines()) <= CARD


def test_nine_functions_of_ten_fit_on_half_a_screen():
    sizes = sorted(lines(f) for path in MODULES for f in functions(ast.parse(path.read_text())))
    assert sizes[len(sizes) * 9 // 10] <= MOST_FUNCTIONS


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_a_template_is_short_and_free_of_style_and_script(path):
    source = path.read_text()
    assert len(source.splitlines()) <= TEMPLATE
    assert inline_style_and_script(source) == []


@pytest.mark.parametrize("path", PROMISES, ids=name)
def test_every_promise_is_written_down(path):
    assert unexplained(path.read_text()) == []


@pytest.mark.parametrize("path", TESTS, ids=name)
def test_every_claim_is_collected(path):
    assert uncollected(path.read_text()) == []


def test_no_folder_is_a_drawer_for_odds_and_ends():
    drawers = {"utils", "util", "helpers", "common", "misc"}
    assert [name(path) for path in SOURCE.rglob("*") if path.stem in drawers] == []


def test_each_measure_finds_its_planted_fault():
    assert unexplained("class A:\n    async def silent(self): ...") == ["silent"]
    assert uncollected("def tests_a_thing():\n    assert True") == ["tests_a_thing"]
    assert inline_style_and_script('<b onclick="x()"><script>x()</script>') != []
    assert lines(functions(ast.parse("def long():\n" + "    x\n" * FUNCTION))[0]) > FUNCTION
