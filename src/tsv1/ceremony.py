"""How trustees make the joint key, so that no one of them can decrypt or choose it.

In mode `all` each trustee has one secret, and its key is the only coefficient. In mode `threshold`
each draws a polynomial and sends every other one its value there, masked. Who counts from 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tsv1.canonical import Message, write
from tsv1.encoding import (
    decode_scalar,
    decode_solid,
    encode_number,
    encode_scalar,
    encode_text,
)
from tsv1.group import ORDER, Draw, Element, base, draw, times, total
from tsv1.proofs import Statement, read_proof, signed
from tsv1.transcript import h32, hs

Coefficients = Sequence[Element]


@dataclass(frozen=True)
class Place:
    """Which trustee of which election speaks; an election is named by its ULID."""

    election: str
    index: int

    @property
    def fields(self) -> tuple[bytes, bytes]:
        """Return the fields that its transcripts begin with."""
        return encode_text(self.election), encode_number(self.index)


def commitment(place: Place, coefficients: Coefficients) -> bytes:
    """Return the hash by which a trustee commits to its coefficients before it shows them."""
    return h32("trustee-commit", *place.fields, encode_number(len(coefficients)), *coefficients)


def possession(place: Place, coefficients: Coefficients) -> Statement:
    """Return what a trustee signs with the secret of its first coefficient."""
    counted = encode_number(len(coefficients))
    return Statement("trustee-pop", (*place.fields, counted, *coefficients))


def said(place: Place, act: str, body: Message, *, key: Element) -> Statement:
    """Return what a trustee signs, with its signing key, of the message of a round."""
    election, index = place.fields
    hashed = h32("body", write(body))
    return Statement("ceremony-message", (election, act.encode(), index, hashed, key))


def confirmation(
    place: Place, keys: Sequence[Element], joint: Element, *, key: Element
) -> Statement:
    """Return what a trustee signs last: all verification keys and the joint one."""
    return Statement("ceremony-confirm", (*place.fields, *keys, joint, key))


def value_at(polynomial: Sequence[int], at: int) -> int:
    """Return the value of a secret polynomial."""
    return sum(c * pow(at, power, ORDER) for power, c in enumerate(polynomial)) % ORDER


def element_at(coefficients: Coefficients, at: int) -> Element:
    """Return what the value of a polynomial must be the secret of."""
    return total([times(pow(at, power, ORDER), c) for power, c in enumerate(coefficients)])


def joint_key(all_coefficients: Sequence[Coefficients]) -> Element:
    """Return the key that ballots are encrypted under."""
    return total([coefficients[0] for coefficients in all_coefficients])


def verification_key(all_coefficients: Sequence[Coefficients], index: int) -> Element:
    """Return the key that the decryptions of a trustee are checked with, in mode `threshold`."""
    return element_at(joint_coefficients(all_coefficients), index)


def joint_coefficients(all_coefficients: Sequence[Coefficients]) -> Coefficients:
    """Return the coefficients of the sum of all polynomials; its value anywhere is theirs."""
    return [total(list(column)) for column in zip(*all_coefficients, strict=True)]


def lagrange(index: int, among: Sequence[int]) -> int:
    """Return how many times the share of a trustee counts beside those of others."""
    above, below = 1, 1
    for other in among:
        if other != index:
            above, below = above * other % ORDER, below * (other - index) % ORDER
    return above * pow(below, -1, ORDER) % ORDER


@dataclass(frozen=True)
class Envelope:
    """From which trustee to which other one a share goes."""

    election: str
    sender: int
    receiver: int

    def mask(self, k: Element, common: Element) -> int:
        """Return what hides a share; sender and receiver alone know the common element."""
        ends = encode_number(self.sender), encode_number(self.receiver)
        return hs("share-mask", encode_text(self.election), *ends, k, common)


def mask_share(
    envelope: Envelope, share: int, transport: Element, *, source: Draw = draw
) -> dict[str, str | int]:
    """Return a share as the board may show it: only the receiver can read it."""
    secret = source()
    k = base(secret)
    masked = (share + envelope.mask(k, times(secret, transport))) % ORDER
    return {"to": envelope.receiver, "k": k.hex(), "masked": encode_scalar(masked).hex()}


def read_share(envelope: Envelope, told: Message, transport: int) -> int:
    """Return the share that was sent to the holder of a transport secret."""
    k = decode_solid(told["k"])
    return (decode_scalar(told["masked"]) - envelope.mask(k, times(transport, k))) % ORDER


def is_good_share(coefficients: Coefficients, receiver: int, share: int) -> bool:
    """Tell whether a share is the value of the polynomial whose coefficients were shown."""
    return base(share) == element_at(coefficients, receiver)


def is_good_opening(
    envelope: Envelope, told: Message, coefficients: Coefficients, *, transport: Element, k: int
) -> bool:
    """Judge a complaint after the sender has opened k: False where the sender cheated."""
    shown = base(k)
    if shown.hex() != told["k"]:
        return False
    share = (decode_scalar(told["masked"]) - envelope.mask(shown, times(k, transport))) % ORDER
    return is_good_share(coefficients, envelope.receiver, share)


def read_coefficients(trustee: Message) -> tuple[Element, ...]:
    """Return the coefficients that a trustee has shown; NotCanonical, also for the identity."""
    return tuple(map(decode_solid, trustee["coefficients"]))


def is_committed(election: str, trustee: Message) -> bool:
    """Tell whether a trustee shows what it committed to, and knows the first secret."""
    place, coefficients = Place(election, trustee["index"]), read_coefficients(trustee)
    if commitment(place, coefficients).hex() != trustee["commitment"]:
        return False
    return signed(possession(place, coefficients), coefficients[0], read_proof(trustee["pop"]))


def is_confirmed(
    election: str, trustee: Message, keys: Sequence[Element], *, joint: Element
) -> bool:
    """Tell whether a trustee has signed the outcome; NotCanonical for a wrong key or scalar."""
    if "confirmation" not in trustee:
        return False
    key = decode_solid(trustee["signing_key"])
    statement = confirmation(Place(election, trustee["index"]), keys, joint, key=key)
    return signed(statement, key, read_proof(trustee["confirmation"]))
