"""The engine counts exactly, and gives the same bytes whatever came in which order."""

import ast
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kit.elections import papers_of, ward_of
from townsquare.services.elections.rules.counting.ballots import Ballot, Contest, Option, ranked
from townsquare.services.elections.rules.counting.counting import count
from townsquare.services.elections.rules.counting.presets import PRESETS
from townsquare.services.elections.rules.counting.table import ENGINE

ROOT = Path(__file__).parents[4]
SOURCES = sorted((ROOT / "src/townsquare/services/elections/rules/counting").glob("*.py"))
ROUNDED = {"float", "complex", "round", "Decimal", "fsum", "sqrt", "pow", "log", "exp"}
OUTSIDE = {"decimal", "math", "random", "secrets", "time", "datetime", "statistics", "os"}
CODES = "abcde"


def inexact(source):
    """Return what would round or depend on the hour or on chance in this module."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div):
            found.append("/")
        elif isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
            found.append(node.value)
        elif isinstance(node, ast.Name) and node.id in ROUNDED:
            found.append(node.id)
        elif isinstance(node, ast.Import):
            found += [one.name for one in node.names if one.name.split(".")[0] in OUTSIDE]
        elif isinstance(node, ast.ImportFrom) and node.module.split(".")[0] in OUTSIDE:
            found.append(node.module)
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_nothing_in_the_engine_rounds(path):
    assert inexact(path.read_text()) == []


@pytest.mark.parametrize(
    "planted",
    [
        *("a / b", "a /= b", "x = 0.5", "float(a)", "round(a)", "import decimal"),
        *("from decimal import Decimal", "import random", "from time import time", "2j"),
    ],
)
def test_a_planted_rounding_is_found(planted):
    assert inexact(planted) != []


def paper_of(codes, points):
    """Return a paper that every kind of rule finds marks on."""
    return Ballot(ranked(*codes).ranks, tuple(sorted(points.items())))


points = st.dictionaries(st.sampled_from(CODES), st.integers(0, 6))
orders = st.lists(st.sampled_from(CODES), unique=True)
papers = st.lists(st.tuples(st.builds(paper_of, orders, points), st.integers(1, 9)), max_size=12)


def contest_of(codes, seats):
    return Contest("works", tuple(Option(code, f"Name {code}") for code in codes), seats)


@pytest.mark.parametrize("code", sorted(PRESETS))
@settings(max_examples=15, deadline=None)
@given(papers=papers, seats=st.integers(1, 3), seed=st.randoms(use_true_random=False))
def test_order_does_not_matter(code, papers, seats, seed):
    lot = "ceadb"
    first = count(PRESETS[code], contest_of(CODES, seats), papers, tie_order=lot)
    split = [(ballot, 1) for ballot, weight in papers for _each in range(weight)]
    seed.shuffle(split)
    options = list(CODES)
    seed.shuffle(options)
    again = count(PRESETS[code], contest_of(options, seats), split, tie_order=lot)
    assert again.json == first.json
    assert again.hash == first.hash


PROGRAM = """
from townsquare.services.elections.rules.counting.presets import PRESETS
from tests.services.elections.counting.test_exactness import some_table
for code in sorted(PRESETS):
    print(code, some_table(code).hash)
"""


def some_table(code):
    """Return the table of many papers with many ties."""
    draw = random.Random(7)  # noqa: S311 (papers of a test)
    papers = [
        (paper_of(draw.sample(CODES, draw.randint(0, 5)), {"a": draw.randint(0, 5)}), 1)
        for _each in range(60)
    ]
    return count(PRESETS[code], contest_of(CODES, 2), papers, tie_order="ceadb")


def test_another_hash_seed_gives_the_same_bytes():
    said = set()
    for seed in ("0", "1", "4711"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": f"{ROOT}/src:{ROOT}"}
        run = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        said.add(run.stdout)
    assert said == {"".join(f"{code} {some_table(code).hash}\n" for code in sorted(PRESETS))}


# Tables of this engine, by its number: whoever changes one raises ENGINE and writes new hashes.
TABLES = {
    (1, "scottish-2011"): "747fc1bdec3157708b954e1f8f0d2d9a2206bbf2de34d21c14bf4116795c55ef",
    (1, "wig-exact"): "d09dd65a6fe9a64402c4bd7364bc77e1bec0dc12c57cabf1e32d27083314975d",
    (1, "meek"): "5f87d616339d466c79ac99efe3f0c2e12f32442677796d9698b3d27ff2d0bf89",
    (1, "schulze"): "dc6cd0851d5628f2df28c4b3484671d5b8efeb6566aefcef0269cf6fc9e6ca7d",
    (1, "rctab"): "5013a6ade8fdbe9cfb8d9ec4c0935d466f296d9770c107703823065062335a24",
}


def real_tables():
    ward, papers = ward_of("inverclyde_2017_ward1")
    said, cast = papers_of("irv_minneapolis_2013_mayor")
    rules = ("scottish-2011", "wig-exact", "meek", "schulze")
    found = {code: count(PRESETS[code], ward, papers, tie_order="12345") for code in rules}
    found["rctab"] = count(said.rules, said.contest, cast.items())
    return {(ENGINE, code): table.hash for code, table in found.items()}


def test_real_tables_have_the_same_bytes_on_every_machine():
    assert real_tables() == TABLES
