"""What is recognised at one look is what the long way finds good, whatever is sent."""

import json
import re
from random import Random

import pytest

from tsv1 import admission, ballots, canonical, forms
from tsv1.schema import fits

TRIES = 3_000
SIGNS = b'0123456789abcdefABCDEF{}[]":,\\ \n-+.eEtrue\x00\xc3\xa9'


@pytest.fixture(scope="module")
def raws(vectors):
    return [canonical.write(one["json"]) for one in vectors["ballots"]]


def in_full(raw):
    """Return the ballot that the long way reads, and None where it refuses."""
    try:
        body = canonical.parse(raw, canonical.BALLOT)
    except canonical.NotAllowed:
        return None
    return body if fits("ballot", body) and canonical.write(body) == raw else None


def at_one_look(raw):
    return forms.canonical_form("ballot").fullmatch(raw) is not None


def changed(chance, raw):
    """Return a text that is one to three changes away."""
    made = bytearray(raw)
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(made))
        kind = chance.randrange(4)
        if kind == 0:
            made[at] = chance.choice(SIGNS)
        elif kind == 1:
            made.insert(at, chance.choice(SIGNS))
        elif kind == 2:
            del made[at : at + chance.choice((1, 2, 64, 66, 140))]
        else:  # A part of it stands there twice.
            part = chance.choice((1, 2, 64, 66, 140, 300))
            made[at:at] = made[at : at + part]
    return bytes(made)


def test_ballots_are_recognised(raws):
    assert all(map(at_one_look, raws))


def test_what_is_recognised_is_what_the_long_way_reads(raws):
    chance, found = Random(20270114), {True: 0, False: 0}  # noqa: S311 (a sample)
    for number in range(TRIES):
        raw = changed(chance, raws[number % len(raws)])
        good = in_full(raw)
        assert at_one_look(raw) == (good is not None), raw
        found[good is not None] += 1
        if good is not None:
            assert admission.read(raw) == good
            assert ballots.text_hash(raw) == ballots.ballot_hash(good)
    assert min(found.values()) >= 50  # Neither answer is a rare one.


def test_a_form_that_asks_less_would_be_noticed(raws, monkeypatch):
    loose = forms.canonical_form("ballot").pattern.replace(b"[0-9a-f]{64}", b"[0-9a-fA-F]{64}")
    monkeypatch.setattr(forms, "canonical_form", lambda _kind: re.compile(loose))
    with pytest.raises(AssertionError):
        test_what_is_recognised_is_what_the_long_way_reads(raws)


def test_what_is_written_otherwise_is_still_told_from_what_is_no_ballot(raws):
    spaced = json.dumps(json.loads(raws[0])).encode()
    with pytest.raises(admission.BallotRefused) as told:
        admission.read(spaced)
    assert told.value.code == "B03"


@pytest.mark.parametrize("end", [b"", b"}", b"]", b',"', b"\n"])
def test_the_largest_texts_are_looked_at_once(raws, end):
    cell = re.search(rb'\{"a":.*?\]\}', raws[0])[0]
    many = (cell + b",") * (canonical.BALLOT // (len(cell) + 1) - 1)
    raw = b'{"answers":[{"cells":[' + many + cell + end
    # Whoever looked for another reading at each of its thousand cells would not come back.
    assert not at_one_look(raw)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string"},
        {"type": "string", "pattern": "[a-z]"},
        {"type": "integer", "minimum": 0, "maximum": 9},
        {"type": "integer", "minimum": 1, "maximum": 12},
        {"properties": {"a": {"const": 1}}, "required": [], "additionalProperties": False},
        {"properties": {"a": {"const": 1}}, "required": ["a"], "additionalProperties": True},
    ],
)
def test_what_a_form_cannot_tell_has_none(schema, monkeypatch):
    monkeypatch.setattr(forms, "schemas", lambda: {"kind": schema})
    with pytest.raises(forms.NotPlain):
        forms.canonical_form.__wrapped__("kind")
