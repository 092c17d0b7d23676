"""What a challenged device shows: a link that a second device reads, as a code for cameras."""

import json
import random
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
import segno
from segno import consts

from tests.tsv1.boards import Town
from tsv1 import ballots, elections
from tsv1.encoding import decode_scalar

ROOT = Path(__file__).parents[2]
PUBLISHED = json.loads((ROOT / "tests" / "tsv1" / "vectors.json").read_text())
CHECK = "https://town.example/elections/check#"
# One for each size of a code; the bits of none end where a byte ends, since the other maker puts a
# byte of zeros there that the standard does not have.
LENGTHS = (1, 36, 97, 208, 245, 282, 393, 467, 578, 689, 800, 985, 1022, 1170, 1318, 1466, 1688)
LENGTHS = (*LENGTHS, 1873, 1984, 2169, 2317, 2576, 2761, 3020, 3205, 3427, 3575)


def sealed():
    """Return a set-up and a ballot of each of two elections, one with all kinds of questions."""
    setup = PUBLISHED["setup"]["json"]
    election = elections.read_setup(setup)
    hand = ballots.Hand(decode_scalar(PUBLISHED["credentials"][0]["secret"]), "main", 300)
    yield setup, ballots.seal(election, hand, {"chair": [0, 1, 0, 0], "works": [1, 0]})
    town = Town()
    full = {"chair": [0, 0, 0, 1], "garden": [5, 0], "order": [1, 0, 0, 1]}
    yield town.setup, town.cast(0, full)


def test_a_second_device_makes_the_ballot_anew(booth):
    cases = list(sealed())
    told = booth(
        "packet",
        [{"setup": setup, "body": one.body, "opening": one.opening} for setup, one in cases],
    )
    said = [line["told"] for line in told]
    assert [one["id"] for one in said] == [setup["election"] for setup, _ in cases]
    assert all(one["same"] and one["isOpening"] for one in said)
    assert said[0]["choices"] == [
        {"contest": "chair", "marked": [{"label": "option:bo", "value": 1}]},
        {"contest": "works", "marked": [{"label": "option:path", "value": 1}]},
    ]
    assert said[1]["choices"][1]["marked"] == [{"label": "option:rose", "value": 5}]


@pytest.mark.parametrize("digits", ["", "0", "x", "1", "12345678901234567890", "1e9"])
def test_other_digits_are_no_opening(booth, digits):
    asked = [{"setup": PUBLISHED["setup"]["json"], "digits": digits}]
    assert "refused" in booth("digits", asked)[0]


def test_the_code_for_cameras_is_what_another_maker_draws(booth):
    dice = random.Random(9)  # noqa: S311 (the same each time)
    cases = [
        {"address": CHECK, "digits": "".join(dice.choices("0123456789", k=many))}
        for many in LENGTHS
    ]
    told = [line["told"] for line in booth("square", cases)]
    assert told == [drawn(case) for case in cases]
    assert {len(rows) for rows in told} == {17 + 4 * version for version in range(3, 30)}


def drawn(case):
    parts = [
        (case["address"], consts.MODE_BYTE),
        (case["digits"], consts.MODE_NUMERIC),
    ]
    made = segno.make(parts, error="l", mask=0, boost_error=False, micro=False)
    return [[int(module) for module in row] for row in made.matrix]


def test_what_no_camera_reads_from_a_screen_is_not_drawn(booth):
    assert booth("square", [{"address": CHECK, "digits": "1" * 4200}]) == [{"told": "too large"}]


def test_the_script_is_as_new_as_its_sources():
    spec = spec_from_file_location("booth", ROOT / "scripts" / "booth.py")
    making = module_from_spec(spec)
    spec.loader.exec_module(making)
    assert making.MADE.read_text().startswith(making.banner())
