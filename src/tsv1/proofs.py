"""Proofs: that somebody knows a secret, that a cell holds an allowed value, that a share is true.

A check recomputes the commitments from the answer and compares the challenge; it returns False
for a wrong proof and raises nothing, since its values have passed the decoder before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import NamedTuple

from tsv1.canonical import Message
from tsv1.encoding import decode_scalar, encode_number, encode_scalar, encode_text
from tsv1.group import ORDER, Draw, Element, add, base, draw, subtract, times, whole
from tsv1.transcript import hs


class Proof(NamedTuple):
    """A challenge and its answer; also one branch of a proof of membership."""

    c: int
    z: int

    def told(self) -> dict[str, str]:
        """Return the proof as messages hold it."""
        return {"c": encode_scalar(self.c).hex(), "z": encode_scalar(self.z).hex()}


def read_proof(told: Message) -> Proof:
    """Return the proof that a message holds; NotCanonical for wrong scalars."""
    return Proof(decode_scalar(told["c"]), decode_scalar(told["z"]))


class Statement(NamedTuple):
    """What a signature is about: a tag and the fields before and after the commitment."""

    tag: str
    before: tuple[bytes, ...]
    after: tuple[bytes, ...] = ()

    def challenge(self, commitment: Element) -> int:
        """Return the challenge that a commitment gets."""
        return hs(self.tag, *self.before, commitment, *self.after)


def sign(statement: Statement, secret: int, source: Draw = draw) -> Proof:
    """Prove that the secret behind a public key is known."""
    nonce = source()
    c = statement.challenge(base(nonce))
    return Proof(c, (nonce + c * secret) % ORDER)


def signed(statement: Statement, public: Element, proof: Proof) -> bool:
    """Tell whether whoever made the proof knew the secret of the public key."""
    commitment = subtract(base(proof.z), times(proof.c, public))
    return statement.challenge(commitment) == proof.c


class Ciphertext(NamedTuple):
    """An encrypted number."""

    a: Element
    b: Element

    def told(self) -> dict[str, str]:
        """Return the pair as messages hold it."""
        return {"a": self.a.hex(), "b": self.b.hex()}


def encrypt(key: Element, value: int, randomness: int) -> Ciphertext:
    """Encrypt a small number under a joint key."""
    return Ciphertext(base(randomness), add(base(value), times(randomness, key)))


class Membership(NamedTuple):
    """What a cell or a sum claims: to hold one of these values, in this ballot and no other."""

    election: bytes
    credential: Element
    contest: str
    label: str
    key: Element
    values: tuple[int, ...]

    def challenge(self, cipher: Ciphertext, commitments: Sequence[tuple[Element, Element]]) -> int:
        """Return the challenge for the commitments of all branches, in the order of the values."""
        return hs(
            "member",
            self.election,
            self.credential,
            encode_text(self.contest),
            encode_text(self.label),
            self.key,
            cipher.a,
            cipher.b,
            encode_number(len(self.values)),
            *map(encode_number, self.values),
            *(element for pair in commitments for element in pair),
        )


class Claimed(NamedTuple):
    """A ciphertext, what is claimed of it, and the proof: one branch for each value."""

    claim: Membership
    cipher: Ciphertext
    branches: Sequence[Proof]

    def answers(self) -> list["Answer"]:
        """Return what its branches say."""
        told = zip(self.claim.values, self.branches, strict=False)
        return [Answer(self.claim.key, self.cipher, value, branch) for value, branch in told]


class Answer(NamedTuple):
    """What a branch says: that a ciphertext under this key holds this value."""

    key: Element
    cipher: Ciphertext
    value: int
    branch: Proof


def commitments_of(answers: Sequence[Answer]) -> list[tuple[Element, Element]]:
    """Return the two commitments that each branch answers to.

    All that is alike is worked out in a row: a processor that goes to and fro between the group and
    what stands around it forgets both, which takes a twentieth of the time.
    """
    rests = [
        subtract(one.cipher.b, whole(one.value)) if one.value else one.cipher.b for one in answers
    ]
    bases = [base(one.branch.z) for one in answers]
    keys = [times(one.branch.z, one.key) for one in answers]
    firsts = [times(one.branch.c, one.cipher.a) for one in answers]
    seconds = [times(one.branch.c, rest) for one, rest in zip(answers, rests, strict=True)]
    return list(zip(map(subtract, bases, firsts), map(subtract, keys, seconds), strict=True))


@dataclass(frozen=True)
class Opening:
    """What only the voter's device knows of a cell: its value and its randomness."""

    value: int
    r: int

    def told(self) -> dict[str, str | int]:
        """Return the opening as messages hold it."""
        return {"value": self.value, "r": encode_scalar(self.r).hex()}


def prove_member(claim: Membership, opening: Opening, *, source: Draw = draw) -> tuple[Proof, ...]:
    """Prove that the encryption of an opening holds one of the values that are claimed.

    Draws the nonce of the true branch first, then challenge and answer of each other one.
    ValueError for a value that is not among them.
    """
    cipher = encrypt(claim.key, opening.value, opening.r)
    true = claim.values.index(opening.value)
    nonce = source()
    branches = [
        Proof(0, 0) if at == true else Proof(source(), source()) for at in range(len(claim.values))
    ]
    commitments = [
        (base(nonce), times(nonce, claim.key))
        if at == true
        else commitments_of([Answer(claim.key, cipher, claim.values[at], branch)])[0]
        for at, branch in enumerate(branches)
    ]
    c = claim.challenge(cipher, commitments) - sum(branch.c for branch in branches)
    branches[true] = Proof(c % ORDER, (nonce + c * opening.r) % ORDER)
    return tuple(branches)


def are_members(claimed: Sequence[Claimed]) -> list[bool]:
    """Tell of each ciphertext whether it is proved to hold one of the values that are claimed."""
    answers = [one.answers() for one in claimed]
    commitments = iter(commitments_of([*chain.from_iterable(answers)]))
    return [
        _holds(one, list(islice(commitments, len(mine))))
        for one, mine in zip(claimed, answers, strict=True)
    ]


def _holds(one: Claimed, commitments: Sequence[tuple[Element, Element]]) -> bool:
    if len(one.branches) != len(one.claim.values):
        return False
    given = sum(branch.c for branch in one.branches) % ORDER
    return one.claim.challenge(one.cipher, commitments) == given


@dataclass(frozen=True)
class Share:
    """Which decryption a trustee answers for."""

    election: bytes
    trustee: int
    group: str
    contest: str
    label: str
    key: Element

    def challenge(self, a: Element, d: Element, commitments: tuple[Element, Element]) -> int:
        """Return the challenge for two commitments."""
        return hs(
            "decrypt",
            self.election,
            encode_number(self.trustee),
            encode_text(self.group),
            encode_text(self.contest),
            encode_text(self.label),
            self.key,
            a,
            d,
            *commitments,
        )


def decrypt_share(
    share: Share, a: Element, secret: int, *, source: Draw = draw
) -> tuple[Element, Proof]:
    """Return a trustee's part of a decryption, and the proof that its key made it."""
    d, nonce = times(secret, a), source()
    c = share.challenge(a, d, (base(nonce), times(nonce, a)))
    return d, Proof(c, (nonce + c * secret) % ORDER)


def is_share(share: Share, a: Element, d: Element, *, proof: Proof) -> bool:
    """Tell whether a part of a decryption was made with the trustee's key."""
    first = subtract(base(proof.z), times(proof.c, share.key))
    second = subtract(times(proof.z, a), times(proof.c, d))
    return share.challenge(a, d, (first, second)) == proof.c
