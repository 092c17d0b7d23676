"""Proofs: the published ones hold, each changed one does not."""

from dataclasses import replace

import pytest

from tsv1 import canonical, proofs
from tsv1.encoding import decode_element, decode_scalar, encode_number, encode_text
from tsv1.group import ORDER, base
from tsv1.transcript import h32

CLAIM = proofs.Membership(b"E" * 32, base(3), "chair", "option:ada", base(11), (0, 1, 3))


def is_member(claim, cipher, branches):
    [told] = proofs.are_members([proofs.Claimed(claim, cipher, branches)])
    return told


@pytest.fixture
def ulid(vectors):
    return encode_text(vectors["setup"]["json"]["election"])


def test_of_several_each_is_told_for_itself():
    drawn = iter(range(5, 60))
    good = proofs.prove_member(CLAIM, proofs.Opening(1, 7), source=lambda: next(drawn))
    cipher = proofs.encrypt(CLAIM.key, 1, 7)
    claims = [CLAIM, CLAIM._replace(label="option:bo"), CLAIM._replace(values=(0, 1)), CLAIM]
    told = proofs.are_members([proofs.Claimed(one, cipher, good) for one in claims])
    assert told == [True, False, False, True]


def test_the_published_trustees_prove_their_keys(vectors, ulid):
    for trustee in vectors["trustees"]:
        key = decode_element(trustee["public"])
        assert base(decode_scalar(trustee["secret"])) == key
        fields = (ulid, encode_number(trustee["index"]), encode_number(1), key)
        assert h32("trustee-commit", *fields).hex() == trustee["commitment"]
        statement = proofs.Statement("trustee-pop", fields)
        assert proofs.signed(statement, key, proofs.read_proof(trustee["pop"]))


def test_the_published_roll_is_signed(vectors, ulid):
    key = decode_element(vectors["setup"]["json"]["authority_key"])
    digest = h32("roll", vectors["roll"]["text"].encode())
    assert digest.hex() == vectors["roll"]["hash"]
    statement = proofs.Statement("authority-sign", (ulid, b"roll", digest, key))
    assert proofs.signed(statement, key, proofs.read_proof(vectors["roll"]["signature"]))


def test_the_published_ballots_are_signed(vectors):
    election = bytes.fromhex(vectors["setup"]["hash"])
    for published in vectors["ballots"]:
        body, key = published["json"], decode_element(published["json"]["credential"])
        digest = bytes.fromhex(published["body_hash"])
        statement = proofs.Statement("ballot-sign", (election, key), (digest,))
        assert proofs.signed(statement, key, proofs.read_proof(body["signature"]))


def test_a_signature_holds_for_its_statement_and_key_alone():
    statement = proofs.Statement("t", (b"before",), (b"after",))
    proof = proofs.sign(statement, 5)
    assert proofs.signed(statement, base(5), proof)
    assert not proofs.signed(statement, base(6), proof)
    assert not proofs.signed(statement._replace(after=()), base(5), proof)
    assert not proofs.signed(statement._replace(tag="u"), base(5), proof)
    assert not proofs.signed(statement, base(5), proof._replace(z=proof.z ^ 1))
    assert proofs.read_proof(canonical.parse(canonical.write(proof.told()))) == proof


@pytest.mark.parametrize("value", CLAIM.values)
def test_a_value_of_the_set_is_proved(value):
    opening = proofs.Opening(value, 12345)
    cipher = proofs.encrypt(CLAIM.key, value, 12345)
    branches = proofs.prove_member(CLAIM, opening)
    assert is_member(CLAIM, cipher, branches)
    assert len({branch.c for branch in branches}) == 3


def test_a_value_outside_the_set_cannot_be_proved():
    with pytest.raises(ValueError, match="not in tuple"):
        proofs.prove_member(CLAIM, proofs.Opening(2, 1))


@pytest.mark.parametrize(
    "other",
    [
        {"election": b"F" * 32},
        {"credential": base(4)},
        {"contest": "works"},
        {"label": "option:bo"},
        {"key": base(12)},
        {"values": (0, 1, 4)},
        {"values": (0, 1)},
    ],
    ids=str,
)
def test_a_proof_holds_for_its_claim_alone(other):
    branches = proofs.prove_member(CLAIM, proofs.Opening(1, 9))
    cipher = proofs.encrypt(CLAIM.key, 1, 9)
    assert not is_member(CLAIM._replace(**other), cipher, branches)


def test_changed_branches_prove_nothing():
    first, second, third = proofs.prove_member(CLAIM, proofs.Opening(0, 9))
    cipher = proofs.encrypt(CLAIM.key, 0, 9)
    for branches in (
        (second, first, third),
        (first, second),
        (first, second, third, third),
        (first._replace(c=(first.c + 1) % ORDER), second, third),
        (first, second._replace(z=0), third),
    ):
        assert not is_member(CLAIM, cipher, branches)
    assert not is_member(CLAIM, proofs.encrypt(CLAIM.key, 2, 9), (first, second, third))


def test_a_part_of_a_decryption_is_proved():
    share = proofs.Share(b"E" * 32, 1, "all", "chair", "option:ada", base(5))
    cipher = proofs.encrypt(base(5), 1, 77)
    d, proof = proofs.decrypt_share(share, cipher.a, 5)
    assert proofs.is_share(share, cipher.a, d, proof=proof)
    assert not proofs.is_share(replace(share, trustee=2), cipher.a, d, proof=proof)
    assert not proofs.is_share(replace(share, key=base(6)), cipher.a, d, proof=proof)
    assert not proofs.is_share(share, cipher.a, base(1), proof=proof)
    assert not proofs.is_share(share, cipher.b, d, proof=proof)


def test_equal_randomness_gives_equal_proofs():
    def counted():
        numbers = iter(range(2, 100))
        return lambda: next(numbers)

    opening = proofs.Opening(3, 8)
    once, again = (proofs.prove_member(CLAIM, opening, source=counted()) for _ in range(2))
    assert once == again
