"""Sizes and habits that a machine can check; CONTRIBUTING.md explains the numbers."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "townsquare"
SCRIPTS = [ROOT / "townsquare", ROOT / "requirements" / "lock.py"]
MODULES = sorted((ROOT / "src").rglob("*.py"))
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


def too_long(source):
    """Return the functions of a module that are too long, and whether the module is."""
    found = [f.name for f in functions(ast.parse(source)) if lines(f) > FUNCTION]
    return [*found, *(["the module"] if len(source.splitlines()) > MODULE else [])]


def offending(paths, offences):
    """Return the files in which a measure finds something, with what it finds."""
    if not paths:
        raise LookupError
    found = {name(path): offences(path.read_text()) for path in paths}
    return {path: what for path, what in found.items() if what}


def test_a_module_fits_in_the_head():
    assert offending([*MODULES, *SCRIPTS, *BENCH], too_long) == {}


def test_a_visiting_card_only_names_what_other_files_hold():
    assert offending(CARDS, lambda source: source.splitlines()[CARD:]) == {}


def test_nine_functions_of_ten_fit_on_half_a_screen():
    sizes = sorted(lines(f) for path in MODULES for f in functions(ast.parse(path.read_text())))
    assert sizes[len(sizes) * 9 // 10] <= MOST_FUNCTIONS


def test_a_template_is_short_and_free_of_style_and_script():
    assert offending(TEMPLATES, lambda source: source.splitlines()[TEMPLATE:]) == {}
    assert offending(TEMPLATES, inline_style_and_script) == {}


def test_every_promise_is_written_down():
    assert offending(PROMISES, unexplained) == {}


def test_every_claim_is_collected():
    assert offending(TESTS, uncollected) == {}


def test_no_folder_is_a_drawer_for_odds_and_ends():
    drawers = {"utils", "util", "helpers", "common", "misc"}
    assert [name(path) for path in SOURCE.rglob("*") if path.stem in drawers] == []


def test_each_measure_finds_its_planted_fault():
    assert unexplained("class A:\n    async def silent(self): ...") == ["silent"]
    assert uncollected("def tests_a_thing():\n    assert True") == ["tests_a_thing"]
    assert inline_style_and_script('<b onclick="x()"><script>x()</script>') != []
    assert too_long("def long():\n" + "    x\n" * FUNCTION) == ["long"]
    assert too_long("x\n" * (MODULE + 1)) == ["the module"]
    assert offending(CARDS[:1], lambda source: source[:1]) == {name(CARDS[0]): '"'}
