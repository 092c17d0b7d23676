"""Counting without opening: sums of encrypted cells, decrypted by trustees together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isqrt
from typing import Any

from tsv1.admission import read_cells
from tsv1.canonical import Message
from tsv1.ceremony import lagrange
from tsv1.elections import Election, Voter
from tsv1.encoding import decode_element
from tsv1.group import BASE, IDENTITY, Draw, Element, add, base, draw, subtract, times, total
from tsv1.proofs import Ciphertext, Share, decrypt_share
from tsv1.transcript import h32

NOTHING = Ciphertext(IDENTITY, IDENTITY)


@dataclass(frozen=True)
class Cast:
    """A ballot that was accepted, and whose it is."""

    credential: str
    voter: Voter
    hash: bytes
    body: Message


def included(casts: Iterable[Cast], void: frozenset[str] = frozenset()) -> list[Cast]:
    """Return the last ballot of each credential that is not void, in the order of the board."""
    counted = [cast for cast in casts if cast.credential not in void]
    last = {cast.credential: cast for cast in counted}
    return [cast for cast in counted if last[cast.credential] is cast]


def included_hash(casts: Sequence[Cast]) -> bytes:
    """Return the hash of the ballots that count."""
    return h32("tally-set", b"".join(cast.hash for cast in casts))


def tally(election: Election, casts: Iterable[Cast]) -> dict[str, Any]:
    """Return the sums of the ballots that count, of every group and contest of the set-up.

    Where nobody voted, the sums are identities; only groups with ballots are decrypted.
    """
    sums = Sums(election)
    for cast in casts:
        sums.add(cast)
    return sums.told()


class Sums:
    """Sums to which ballots are added one by one, in the order of the board."""

    def __init__(self, election: Election) -> None:
        self._election, self._hashes = election, list[bytes]()
        self._many = {group: [0, 0] for group in election.groups}  # Ballots, and their weight.
        self._cells = {
            group: {
                contest: [NOTHING] * len(question.labels)
                for contest, question in election.questions.items()
            }
            for group in election.groups
        }

    def add(self, cast: Cast) -> None:
        """Add a ballot that counts; NotCanonical for wrong elements."""
        group, weight = self._election.group_of[cast.voter.unit], cast.voter.weight
        self._hashes.append(cast.hash)
        self._many[group][0] += 1
        self._many[group][1] += weight
        for answer in cast.body["answers"]:
            before = self._cells[group][answer["contest"]]
            self._cells[group][answer["contest"]] = [
                Ciphertext(add(one.a, _many(weight, new.a)), add(one.b, _many(weight, new.b)))
                for one, new in zip(before, read_cells(answer), strict=True)
            ]

    def told(self) -> dict[str, Any]:
        """Return the tally as the board holds it."""
        return {
            "included": h32("tally-set", b"".join(self._hashes)).hex(),
            "groups": [self._group(group) for group in self._election.groups],
        }

    def _group(self, group: str) -> dict[str, Any]:
        count, weight = self._many[group]
        contests = [
            {"contest": contest, "cells": [cell.told() for cell in cells]}
            for contest, cells in self._cells[group].items()
        ]
        return {"group": group, "count": count, "weight": weight, "contests": contests}


def _many(weight: int, element: Element) -> Element:
    return element if weight == 1 else times(weight, element)


def partial(
    election: Election, told: Message, trustee: int, *, secret: int, source: Draw = draw
) -> dict[str, Any]:
    """Return the part of a trustee in decrypting a tally."""

    def cell(where: tuple[str, str, str], a: Element) -> dict[str, str]:
        d, proof = decrypt_share(share_of(election, trustee, where), a, secret, source=source)
        return {"d": d.hex(), **proof.told()}

    def answer(group: str, sums: Message) -> dict[str, Any]:
        contest = sums["contest"]
        pairs = zip(election.questions[contest].labels, sums["cells"], strict=True)
        cells = [cell((group, contest, label), decode_element(pair["a"])) for label, pair in pairs]
        return {"contest": contest, "cells": cells}

    groups = [
        {
            "group": one["group"],
            "contests": [answer(one["group"], sums) for sums in one["contests"]],
        }
        for one in told["groups"]
        if one["count"]
    ]
    return {"trustee": trustee, "groups": groups}


def share_of(election: Election, trustee: int, where: tuple[str, str, str]) -> Share:
    """Return which decryption a trustee answers for: of a group, a contest and a cell."""
    return Share(election.hash, trustee, *where, election.trustees[trustee - 1])


def combine(election: Election, shares: Mapping[int, Element], b: Element) -> Element:
    """Return the number that a cell holds, times the base, from the parts of enough trustees."""
    among = sorted(shares)
    parts = [
        shares[index] if election.additive else times(lagrange(index, among), shares[index])
        for index in among
    ]
    return subtract(b, total(parts))


@dataclass
class Logarithms:
    """Finds small numbers by their element; keeps what it has counted up to."""

    steps: dict[Element, int] = field(default_factory=lambda: {IDENTITY: 0})
    last: Element = IDENTITY

    def find(self, element: Element, most: int) -> int | None:
        """Return the number of an element, from 0 to the most; None where there is none."""
        wide = isqrt(most) + 1
        while len(self.steps) < wide:
            self.last = add(self.last, BASE)
            self.steps[self.last] = len(self.steps)
        back = base(wide)
        for giant in range(most // wide + 1):
            small = self.steps.get(element)
            if small is not None and small < wide:
                found = giant * wide + small
                return found if found <= most else None
            element = subtract(element, back)
        return None


def result(election: Election, told: Message, partials: Mapping[int, Message]) -> dict[str, Any]:
    """Return the numbers of a tally from the parts of enough trustees, by their number.

    ValueError where a cell holds no number that so many voters can have made.
    """
    logarithms = Logarithms()
    groups = [
        _numbers(election, group, _parts(partials, group["group"]), logarithms=logarithms)
        for group in told["groups"]
    ]
    return {"groups": groups, "trustees": sorted(partials)}


def _parts(partials: Mapping[int, Message], group: str) -> dict[int, Message]:
    return {
        trustee: one
        for trustee, partial in partials.items()
        for one in partial["groups"]
        if one["group"] == group
    }


def _numbers(
    election: Election, group: Message, parts: Mapping[int, Message], *, logarithms: Logarithms
) -> dict[str, Any]:
    contests = []
    for at, answer in enumerate(group["contests"]):
        most = group["weight"] * election.questions[answer["contest"]].values[-1]
        cells = []
        for place, cell in enumerate(answer["cells"]):
            shares = {
                trustee: decode_element(part["contests"][at]["cells"][place]["d"])
                for trustee, part in parts.items()
            }
            number = logarithms.find(combine(election, shares, decode_element(cell["b"])), most)
            if number is None:
                raise ValueError(answer["contest"], place)
            cells.append(number)
        contests.append({"contest": answer["contest"], "cells": cells})
    return {**{name: group[name] for name in ("group", "count", "weight")}, "contests": contests}
