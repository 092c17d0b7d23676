"""Parts of a whole are compared without rounding."""

import pytest

from townsquare.services.elections.rules.parts import reaches


@pytest.mark.parametrize(
    ("some", "whole", "part", "told"),
    [
        (333, 1000, (1, 3), False),
        (334, 1000, (1, 3), True),
        (0, 1000, (0, 1), True),
        (0, 0, (1, 2), True),
        (500, 1000, (1, 2), True),
        (499, 1000, (1, 2), False),
    ],
)
def test_a_quorum_is_a_part_of_the_roll(some, whole, part, told):
    assert reaches(some, whole, part) is told
