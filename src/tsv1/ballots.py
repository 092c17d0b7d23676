"""Ballots: what a device makes of somebody's choices, and what it shows when challenged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tsv1.canonical import Message, write_known
from tsv1.credentials import crockford, public_of
from tsv1.elections import Election
from tsv1.encoding import decode_scalar
from tsv1.group import ORDER, Draw, Element, draw
from tsv1.proofs import (
    Membership,
    Opening,
    Proof,
    Statement,
    encrypt,
    prove_member,
    sign,
)
from tsv1.questions import Question, Sum
from tsv1.transcript import h32

_TRACKED = 15  # Bytes of the hash that a tracker shows.
_SIGNATURE = b',"signature":{'
_SHOWN = 4  # Characters in a group of a tracker.


@dataclass(frozen=True)
class Hand:
    """Who marks a ballot, and how."""

    secret: int
    style: str
    sequence: int = 1
    channel: str = "browser"


@dataclass(frozen=True)
class Sealed:
    """A ballot, and what opens it; whoever has the opening can tell the choices."""

    body: dict[str, Any]
    opening: dict[str, Any]


def ballot_hash(body: Message) -> bytes:
    """Return the hash that a well-formed ballot is signed and tracked by."""
    return h32("ballot-body", write_known({key: body[key] for key in body if key != "signature"}))


def text_hash(raw: bytes) -> bytes:
    """Return the hash of a ballot from its canonical text, as `ballot_hash` does from its body."""
    # Of quotes and braces a ballot has none but those of its form, and its keys stand in order.
    begin = raw.rindex(_SIGNATURE)
    return h32("ballot-body", raw[:begin] + raw[raw.index(b"}", begin) + 1 :])


def tracker(digest: bytes) -> str:
    """Return the characters by which a voter finds a ballot again, in groups of four."""
    text = crockford(digest[:_TRACKED])
    return "-".join(text[at : at + _SHOWN] for at in range(0, len(text), _SHOWN))


def ballot_statement(election: bytes, credential: Element, digest: bytes) -> Statement:
    """Return what the holder of a credential signs."""
    return Statement("ballot-sign", (election, credential), (digest,))


def claim(election: Election, credential: Element, question: Question) -> Membership:
    """Return what the first cell of a question claims; label and values differ for the others."""
    first = question.labels[0]
    return Membership(election.hash, credential, question.id, first, election.key, question.values)


def seal(
    election: Election,
    hand: Hand,
    choices: Mapping[str, Sequence[int]],
    *,
    source: Draw = draw,
) -> Sealed:
    """Encrypt and sign choices: the value of each cell, by contest.

    Randomness is drawn in the order of the ballot: of each cell first r, then its proof, then the
    proofs of the sums, last the nonce of the signature. ValueError for choices that no ballot may
    hold.
    """
    credential = public_of(hand.secret)
    answers, opened = [], []
    for contest in election.styles[hand.style]:
        question = election.questions[contest]
        first = claim(election, credential, question)
        answer, openings = _answer(first, question, choices[contest], source=source)
        answers.append(answer)
        opened.append({"contest": contest, "cells": [one.told() for one in openings]})
    body: dict[str, Any] = {
        "v": 1,
        "election": election.hash.hex(),
        "channel": hand.channel,
        "style": hand.style,
        "credential": credential.hex(),
        "sequence": hand.sequence,
        "answers": answers,
    }
    digest = ballot_hash(body)
    proof = sign(ballot_statement(election.hash, credential, digest), hand.secret, source)
    opening = {"v": 1, "body_hash": digest.hex(), "answers": opened}
    return Sealed({**body, "signature": proof.told()}, opening)


def _answer(
    first: Membership, question: Question, values: Sequence[int], *, source: Draw
) -> tuple[dict[str, Any], list[Opening]]:
    """Return the answer to a question, and the openings of its cells."""
    cells, openings = [], []
    for label, value in zip(question.labels, values, strict=True):
        opening = Opening(value, source())
        proof = prove_member(_about(first, label, question.values), opening, source=source)
        cells.append({**encrypt(first.key, value, opening.r).told(), "proof": _told(proof)})
        openings.append(opening)
    sums = [
        {
            "label": one.label,
            "proof": _told(
                prove_member(
                    _about(first, one.label, one.values), _added(one, openings), source=source
                )
            ),
        }
        for one in question.sums
    ]
    return {"contest": question.id, "cells": cells, "sums": sums}, openings


def is_opening(election: Election, body: Message, opening: Message) -> bool:
    """Tell whether an opening encrypts to the cells of a ballot; NotCanonical for wrong scalars."""
    if ballot_hash(body).hex() != opening["body_hash"]:
        return False
    made = [
        [
            encrypt(election.key, cell["value"], decode_scalar(cell["r"])).told()
            for cell in one["cells"]
        ]
        for one in opening["answers"]
    ]
    shown = [
        [{"a": cell["a"], "b": cell["b"]} for cell in answer["cells"]] for answer in body["answers"]
    ]
    return made == shown


def _about(first: Membership, label: str, values: tuple[int, ...]) -> Membership:
    return Membership(first.election, first.credential, first.contest, label, first.key, values)


def _added(one: Sum, openings: Sequence[Opening]) -> Opening:
    """Return the opening of a sum of cells."""
    value = sum(times * openings[at].value for at, times in one.terms)
    return Opening(value, sum(times * openings[at].r for at, times in one.terms) % ORDER)


def _told(branches: Sequence[Proof]) -> list[dict[str, str]]:
    return [branch.told() for branch in branches]
