"""A sealed file opens as it was written, or not at all."""

import random
from io import BytesIO

import pytest

from townsquare.core.sealing import (
    CHECK,
    MAGIC,
    PIECE,
    SALT,
    TAG,
    Damaged,
    Sealing,
    Unsealing,
    WrongKey,
)

KEY = b"k" * 32
HEAD = len(MAGIC) + SALT + CHECK
WHOLE = PIECE + TAG


def sealed(content, key=KEY):
    file = BytesIO()
    sealing = Sealing(file, key)
    for start in range(0, len(content), 10_000):
        sealing.write(content[start : start + 10_000])
    sealing.close()
    return file.getvalue()


def opened(told, key=KEY):
    reading, found = Unsealing(BytesIO(told), key), b""
    while piece := reading.read(7000):
        found += piece
    return found


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
def test_what_was_sealed_opens(size):
    content = random.Random(size).randbytes(size)  # noqa: S311 (any content)
    assert opened(sealed(content)) == content
    assert size <= 1 or content not in sealed(content)


def test_the_same_content_is_never_sealed_the_same():
    assert sealed(b"x") != sealed(b"x")


def test_another_key_is_told_apart_from_damage():
    with pytest.raises(WrongKey):
        opened(sealed(b"x"), b"o" * 32)


def test_any_flipped_bit_is_found():
    told, chance = sealed(bytes(2 * PIECE)), random.Random(1)  # noqa: S311 (the same in every run)
    for _time in range(200):
        changed = bytearray(told)
        changed[chance.randrange(len(told))] ^= 1 << chance.randrange(8)
        with pytest.raises((Damaged, WrongKey)):
            opened(bytes(changed))


def test_any_cut_is_found_also_between_two_pieces():
    told, chance = sealed(bytes(3 * PIECE)), random.Random(2)  # noqa: S311 (the same in every run)
    ends = [0, HEAD, HEAD + WHOLE, HEAD + 2 * WHOLE, len(told) - 1]
    for end in [*ends, *(chance.randrange(len(told)) for _ in range(50))]:
        with pytest.raises(Damaged):
            opened(told[:end])


def test_pieces_that_change_places_are_found():
    told = sealed(random.Random(3).randbytes(3 * PIECE))  # noqa: S311 (any content)
    one, two = told[HEAD : HEAD + WHOLE], told[HEAD + WHOLE : HEAD + 2 * WHOLE]
    for middle in (two + one, one + one, one):
        with pytest.raises(Damaged):
            opened(told[:HEAD] + middle + told[HEAD + 2 * WHOLE :])


def test_what_is_put_behind_the_end_is_found():
    for more in (b"x", bytes(WHOLE)):
        with pytest.raises(Damaged):
            opened(sealed(b"content") + more)


def test_a_piece_of_another_file_with_the_same_key_is_found():
    mine, theirs = sealed(bytes(PIECE + 1)), sealed(bytes(PIECE + 1))
    with pytest.raises(Damaged):
        opened(mine[:HEAD] + theirs[HEAD:])
