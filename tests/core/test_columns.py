"""Sealed columns: what is read back, what opens no more, and how the keys are kept."""

import dataclasses
import stat
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st

from townsquare.core.columns import (
    HEAD_BYTES,
    BadKey,
    CannotOpen,
    Place,
    Sealer,
    UnknownKey,
)
from townsquare.core.keys import BYTES, make_key
from townsquare.core.settings import Settings

HERE = Place("core_factor", "secret", "01JD0000000000000000000001")
OTHERS = [
    dataclasses.replace(HERE, row="01JD0000000000000000000002"),
    dataclasses.replace(HERE, column="note"),
    dataclasses.replace(HERE, table="core_account"),
]


@pytest.fixture(scope="module")
def sealer(tmp_path_factory):
    return Sealer(Settings(data=str(tmp_path_factory.mktemp("sealed"))))


def again(sealer):
    """Return the sealer of a process that was started later on the same folder."""
    return Sealer(Settings(data=str(sealer._folder.parent)))  # noqa: SLF001 (only the test asks)


@given(plain=st.binary(max_size=300))
def test_what_is_sealed_is_read_back_by_the_next_start(sealer, plain):
    sealed = sealer.seal(plain, HERE)
    assert sealer.open(sealed, HERE) == again(sealer).open(sealed, HERE) == plain
    assert sealer.seal(plain, HERE) != sealed


@given(plain=st.binary(max_size=100), data=st.data())
def test_a_flipped_bit_is_noticed_wherever_it_is(sealer, plain, data):
    sealed = bytearray(sealer.seal(plain, HERE))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(CannotOpen):
        sealer.open(bytes(sealed), HERE)


@given(end=st.integers(0, HEAD_BYTES + 20))
def test_a_part_of_a_value_is_no_value(sealer, end):
    with pytest.raises(CannotOpen):
        sealer.open(sealer.seal(b"a secret of some length", HERE)[:end], HERE)


@pytest.mark.parametrize("elsewhere", OTHERS)
def test_a_value_that_was_moved_opens_no_more(sealer, elsewhere):
    sealed = sealer.seal(b"of one row", HERE)
    with pytest.raises(CannotOpen):
        sealer.open(sealed, elsewhere)


def test_places_that_read_alike_in_one_line_are_not_alike(sealer):
    sealed = sealer.seal(b"x", Place("a", "b", 'c", "d'))
    with pytest.raises(CannotOpen):
        sealer.open(sealed, Place("a", 'b", "c', "d"))


def test_the_newest_key_seals_and_older_ones_open(tmp_path):
    settings = Settings(data=str(tmp_path))
    old, running = Sealer(settings), Sealer(settings)
    first = old.seal(b"first", HERE)
    assert running.open(first, HERE) == b"first"
    make_key(tmp_path / "keys" / "columns-2")
    second = Sealer(settings).seal(b"second", HERE)
    assert (first[1:3], second[1:3]) == (b"\x00\x01", b"\x00\x02")
    assert running.open(second, HERE) == b"second"  # It had not known of this key.
    (tmp_path / "keys" / "columns-1").unlink()
    with pytest.raises(UnknownKey):
        Sealer(settings).open(first, HERE)
    assert Sealer(settings).open(second, HERE) == b"second"


def test_a_key_is_made_once_and_kept_from_others(tmp_path):
    path = tmp_path / "keys" / "columns-1"
    make_key(path)
    made = path.read_bytes()
    make_key(path)
    assert path.read_bytes() == made
    assert len(made) == BYTES
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_processes_that_start_together_have_one_key(tmp_path):
    start = Barrier(8)

    def begin(number):
        sealer = Sealer(Settings(data=str(tmp_path)))
        start.wait(10)
        return sealer.seal(str(number).encode(), HERE)

    with ThreadPoolExecutor(8) as crowd:
        sealed = list(crowd.map(begin, range(8)))
    later = Sealer(Settings(data=str(tmp_path)))
    assert [later.open(one, HERE) for one in sealed] == [str(n).encode() for n in range(8)]


@pytest.mark.parametrize("kept", [b"", b"x" * 31, b"x" * 33])
def test_a_file_that_is_no_key_is_named_and_left_alone(tmp_path, kept):
    path = tmp_path / "keys" / "columns-1"
    path.parent.mkdir()
    path.write_bytes(kept)
    with pytest.raises(BadKey, match="columns-1"):
        Sealer(Settings(data=str(tmp_path))).seal(b"x", HERE)
    assert path.read_bytes() == kept


def test_files_of_other_names_are_no_keys(tmp_path):
    folder = tmp_path / "keys"
    folder.mkdir()
    for name in ("columns-0", "columns-old", "columns-70000", "secret"):
        (folder / name).write_bytes(b"x")
    assert Sealer(Settings(data=str(tmp_path))).seal(b"x", HERE)[1:3] == b"\x00\x01"
