"""What was made of the ballots: sums, decryption and result (X01 to R03)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from townsquare_verify.archive import Archive
from townsquare_verify.report import Notes
from townsquare_verify.voting import Voting
from tsv1.board import body_hash
from tsv1.elections import Election
from tsv1.encoding import NotCanonical, decode_element
from tsv1.group import IDENTITY, Element, base
from tsv1.proofs import Proof, is_share, read_proof
from tsv1.tally import Cast, combine, included, included_hash, share_of, tally

Message = Mapping[str, Any]
Where = tuple[str, str, str]


@dataclass(frozen=True)
class Part:
    """A trustee's part of a decryption, decoded."""

    at: int
    shares: Mapping[Where, tuple[Element, Proof]]


def shape(message: Message, *, decrypted: bool = False) -> list[object]:
    """Return which groups, contests and cells a tally, a part or a result speaks of."""
    return [
        (group["group"], [(one["contest"], len(one["cells"])) for one in group["contests"]])
        for group in message["groups"]
        if not decrypted or group["count"]
    ]


def cells(election: Election, message: Message) -> Iterator[tuple[Where, Any]]:
    """Yield every cell of a tally, a part or a result with where it stands."""
    for group in message["groups"]:
        for one in group["contests"]:
            labels = election.questions[one["contest"]].labels
            for label, cell in zip(labels, one["cells"], strict=True):
                yield (group["group"], one["contest"], label), cell


def examine_tally(voting: Voting, archive: Archive, notes: Notes) -> list[Cast]:
    """Examine which ballots count and what they sum up to (X01, X02); return the ballots."""
    election, told = voting.election, archive.one("tally")
    counted = included(voting.casts, frozenset(voting.void))
    entered = archive.one("close").get("ballots", len(voting.casts))
    notes.note("X01", entered == len(voting.casts), "close")
    notes.note("X01", told["included"] == included_hash(counted).hex(), "included")
    made = tally(election, counted)
    if notes.note("X02", shape(told) == shape(made), "groups"):
        for group, ours in zip(told["groups"], made["groups"], strict=True):
            same = all(group[name] == ours[name] for name in ("count", "weight"))
            notes.note("X02", same, group["group"])
        pairs = zip(cells(election, told), cells(election, made), strict=True)
        for (where, cell), (_, our) in pairs:
            notes.note("X02", cell == our, *where)
    return counted


def examine_parts(election: Election, archive: Archive, notes: Notes) -> dict[int, Part]:
    """Examine the parts of the trustees that the result names (D01 to D03); return them."""
    told, named = archive.one("tally"), archive.one("result")["trustees"]
    sums = {where: decode_element(cell["a"]) for where, cell in cells(election, told)}
    good: dict[int, Part] = {}
    seen: set[int] = set()
    for at, body in archive.of("partial"):
        number = body["trustee"]
        part = None
        if number not in seen and number <= len(election.trustees):
            part = _decoded(election, body, at, told=told, sums=sums)
        seen.add(number)
        if number in named:
            notes.note("D01", part is not None, f"entry {at}")
        if part and _examine_proofs(
            election, number, part, sums=sums, notes=notes if number in named else Notes()
        ):
            good[number] = part
    needed = len(election.trustees) if election.additive else election.threshold
    lowest = sorted(good)[:needed]
    notes.note("D03", named == lowest and len(lowest) == needed, "result")
    return {number: good[number] for number in lowest}


def _decoded(
    election: Election, body: Message, at: int, *, told: Message, sums: Mapping[Where, Element]
) -> Part | None:
    """Return a complete part; None where something is missing or wrongly encoded."""
    if shape(body) != shape(told, decrypted=True):
        return None
    try:
        shares = {
            where: (decode_element(cell["d"]), read_proof(cell))
            for where, cell in cells(election, body)
        }
    except NotCanonical:
        return None
    solid = all((d == IDENTITY) == (sums[where] == IDENTITY) for where, (d, _) in shares.items())
    return Part(at, shares) if solid else None


def _examine_proofs(
    election: Election, number: int, part: Part, *, sums: Mapping[Where, Element], notes: Notes
) -> bool:
    outcomes = []
    for where, (d, proof) in part.shares.items():
        ok = is_share(share_of(election, number, where), sums[where], d, proof=proof)
        outcomes.append(notes.note("D02", ok, f"entry {part.at}", *where))
    return all(outcomes)


def examine_result(
    election: Election,
    archive: Archive,
    parts: Mapping[int, Part],
    *,
    counted: Sequence[Cast],
    notes: Notes,
) -> None:
    """Examine the numbers of the result (R01, R02), and what counts were made of (R03)."""
    told, result = archive.one("tally"), archive.one("result")
    same = shape(result) == shape(told) and all(
        group[name] == sums[name]
        for group, sums in zip(result["groups"], told["groups"], strict=True)
        for name in ("count", "weight")
    )
    if notes.note("R01", same, "groups"):
        weights = {group["group"]: group["weight"] for group in result["groups"]}
        pairs = zip(cells(election, result), cells(election, told), strict=True)
        for (where, number), (_, cell) in pairs:
            shares = {
                one: part.shares[where][0] for one, part in parts.items() if where in part.shares
            }
            most = weights[where[0]] * election.questions[where[1]].values[-1]
            made = combine(election, shares, decode_element(cell["b"]))
            notes.note("R01", number <= most and base(number) == made, *where)
        _examine_totals(election, archive, counted, notes=notes)
    for at, body in archive.of("count"):
        asked = body["contest"] in election.questions
        ok = asked and body["input"] == count_input(result, body["contest"])
        notes.note("R03", ok, f"entry {at}")


def count_input(result: Message, contest: str) -> str:
    """Return the hash of what a count is made of: the numbers of a contest in every group."""
    groups = [
        {"group": group["group"], "cells": one["cells"]}
        for group in result["groups"]
        for one in group["contests"]
        if one["contest"] == contest
    ]
    return body_hash({"contest": contest, "groups": groups}).hex()


def _examine_totals(
    election: Election, archive: Archive, counted: Sequence[Cast], *, notes: Notes
) -> None:
    contests = {contest["id"]: contest for contest in archive.one("setup")["contests"]}
    for group in archive.one("result")["groups"]:
        for one in group["contests"]:
            contest = contests[one["contest"]]
            weight = sum(
                cast.voter.weight
                for cast in counted
                if election.group_of[cast.voter.unit] == group["group"]
                and contest["id"] in election.styles[cast.voter.style]
            )
            if contest["kind"] != "score":
                ok = _adds_up(contest, one["cells"], weight)
                notes.note("R02", ok, group["group"], contest["id"])


def _adds_up(contest: Message, numbers: Sequence[int], weight: int) -> bool:
    """Tell whether so many voters, by weight, can have chosen so."""
    if contest["kind"] == "choose":
        options = len(contest["options"])
        marked = weight - sum(numbers[options:])
        return bool(contest["min"] * marked <= sum(numbers[:options]) <= contest["max"] * marked)
    wide, (across, down) = len(contest["columns"]), (contest["row_sums"], contest["column_sums"])
    rows = [sum(numbers[at : at + wide]) for at in range(0, len(numbers), wide)]
    columns = [sum(numbers[at::wide]) for at in range(wide)]
    return all(
        allowed[0] * weight <= total <= allowed[-1] * weight
        for allowed, totals in ((across, rows), (down, columns))
        if allowed
        for total in totals
    )
