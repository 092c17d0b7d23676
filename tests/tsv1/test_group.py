"""The group: RFC 9496's values, the slow group's, and what libsodium calls an error."""

import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.tsv1 import oracle
from tsv1 import encoding, group

RFC = json.loads((Path(__file__).parent / "rfc9496.json").read_text())
ORDER_TEXT = group.ORDER.to_bytes(32, "little").hex()


def test_the_first_sixteen_multiples():
    assert [group.base(n).hex() for n in range(16)] == RFC["multiples"]
    assert [encoding.decode_element(text).hex() for text in RFC["multiples"]] == RFC["multiples"]


def test_the_group_is_the_published_one(vectors):
    published = vectors["group"]
    assert int(published["order_hex_be"], 16) == group.ORDER
    assert group.BASE.hex() == published["G"]
    assert [group.base(n).hex() for n in (2, 16)] == [published["2G"], published["16G"]]


@pytest.mark.parametrize("text", RFC["refused"])
def test_a_bad_encoding_is_refused(text):
    assert oracle.decode(bytes.fromhex(text)) is None
    with pytest.raises(encoding.NotCanonical):
        encoding.decode_element(text)


@pytest.mark.parametrize("text", RFC["multiples"])
def test_an_element_has_one_encoding(text):
    raw = bytes.fromhex(text)
    twin = raw[:-1] + bytes([raw[-1] | 0x80])
    assert oracle.decode(twin) is None
    assert not group.is_element(twin)


@pytest.mark.parametrize("pair", RFC["mapped"], ids=lambda pair: pair["input"][:8])
def test_uniform_bytes_are_mapped(pair):
    assert group.from_hash(bytes.fromhex(pair["input"])).hex() == pair["element"]


def test_the_slow_group_agrees():
    chance = random.Random(9496)  # noqa: S311 (the same every time)
    base = oracle.decode(group.BASE)
    for _ in range(40):
        n, m = chance.randrange(group.ORDER), chance.randrange(group.ORDER)
        fast, slow = group.base(n), oracle.times(n, base)
        assert oracle.encode(slow) == fast
        assert oracle.encode(oracle.times(m, slow)) == group.times(m, fast)
        other = group.base(m)
        assert oracle.encode(oracle.add(slow, oracle.decode(other))) == group.add(fast, other)
        assert group.subtract(group.add(fast, other), other) == fast


def test_what_libsodium_calls_an_error_is_the_identity():
    some = group.base(7)
    assert group.base(0) == group.base(group.ORDER) == group.IDENTITY
    assert group.times(0, some) == group.times(5, group.IDENTITY) == group.IDENTITY
    assert group.subtract(some, some) == group.total([]) == group.IDENTITY
    assert group.add(some, group.IDENTITY) == some


@pytest.mark.parametrize(
    "text",
    ["", "00", "e2" * 33, RFC["multiples"][1].upper(), f" {'00' * 31}", "0x" + "00" * 31],
    ids=["nothing", "short", "long", "upper case", "space", "prefix"],
)
def test_a_text_of_another_form_is_refused(text):
    for decode in (encoding.decode_hash, encoding.decode_element, encoding.decode_scalar):
        with pytest.raises(encoding.NotCanonical):
            decode(text)


def test_bytes_of_another_length_are_no_element():
    assert not group.is_element(b"")
    assert not group.is_element(group.BASE + b"\0")
    with pytest.raises(ValueError, match="63"):
        group.from_hash(bytes(63))


def test_the_identity_is_refused_where_it_may_not_stand():
    assert encoding.decode_element("00" * 32) == group.IDENTITY
    with pytest.raises(encoding.NotCanonical):
        encoding.decode_solid("00" * 32)


@pytest.mark.parametrize("text", [ORDER_TEXT, "ff" * 32])
def test_a_scalar_from_the_order_on_is_refused(text):
    with pytest.raises(encoding.NotCanonical):
        encoding.decode_scalar(text)


def test_the_greatest_scalar_is_read_as_it_is_written():
    greatest = group.ORDER - 1
    assert encoding.decode_scalar(encoding.encode_scalar(greatest).hex()) == greatest


def test_libsodium_comes_when_needed_and_leaves_no_file(tmp_path):
    program = (
        "import sys; from tsv1 import group; before = 'rbcl' in sys.modules;"
        "group.base(1); sys.exit(before or 'rbcl' not in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        env={"TMPDIR": str(tmp_path), "PYTHONPATH": str(Path(group.__file__).parents[1])},
        check=False,
    )
    assert run.returncode == 0
    assert list(tmp_path.iterdir()) == []
    assert tempfile.gettempdir() != str(tmp_path)
