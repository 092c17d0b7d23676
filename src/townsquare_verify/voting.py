"""What was entered while the election was open: ballots, challenges, void credentials."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from townsquare_verify.archive import Archive
from townsquare_verify.report import Notes
from tsv1.admission import Standing, examine
from tsv1.ballots import ballot_hash
from tsv1.canonical import BALLOT, write
from tsv1.elections import Election, Voter, is_authorised, read_roll, void_hash
from tsv1.encoding import NotCanonical, decode_solid
from tsv1.schema import fits
from tsv1.tally import Cast

Message = Mapping[str, Any]


@dataclass
class Voting:
    """What the board has said up to an entry."""

    election: Election
    voters: dict[str, Voter]
    void: set[str] = field(default_factory=set)
    last: dict[str, int] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)
    casts: list[Cast] = field(default_factory=list)
    is_open: bool = False
    is_closed: bool = False


def examine_voting(election: Election, archive: Archive, notes: Notes) -> Voting:
    """Walk through the board (V01, B01 to B16)."""
    voting = Voting(election, dict(read_roll(archive.one("roll")["text"])))
    for at, entry in enumerate(archive.entries):
        kind, body = entry["kind"], entry["body"]
        if kind in {"open", "resume"}:
            voting.is_open = not voting.is_closed
        elif kind in {"suspend", "close"}:
            voting.is_open = False
            voting.is_closed = voting.is_closed or kind == "close"
        elif kind == "ballot":
            _examine_ballot(voting, at, body, notes=notes)
        elif kind == "challenged":
            notes.note("B16", body["body_hash"] not in voting.known, f"entry {at}")
            voting.known.add(body["body_hash"])
        elif kind == "credential-void":
            _examine_void(voting, at, body, notes=notes)
    return voting


def _examine_ballot(voting: Voting, at: int, body: Message, *, notes: Notes) -> None:
    well_formed = fits("ballot", body) and len(write(body)) <= BALLOT
    if not notes.note("B01", well_formed, f"entry {at}"):
        return
    notes.note("B03", True)  # noqa: FBT003 (C01 has compared the bytes of its line)
    credential, digest = body["credential"], ballot_hash(body)
    standing = Standing(
        voter=voting.voters.get(credential),
        is_void=credential in voting.void,
        last=voting.last.get(credential, 0),
        is_open=voting.is_open,
        is_known=digest.hex() in voting.known,
    )
    for finding in examine(voting.election, body, standing, digest=digest):
        where = [part for part in (finding.contest, finding.label) if part]
        if not notes.note(finding.code, finding.ok, f"entry {at}", *where):
            return
    voting.last[credential] = body["sequence"]
    voting.known.add(digest.hex())
    voting.casts.append(Cast(credential, voting.voters[credential], digest, body))


def _examine_void(voting: Voting, at: int, body: Message, *, notes: Notes) -> None:
    if notes.note("V01", _is_valid_void(voting, body), f"entry {at}"):
        voting.void.add(body["credential"])
        if body["replacement"]:
            voting.voters[body["replacement"]] = voting.voters[body["credential"]]


def _is_valid_void(voting: Voting, body: Message) -> bool:
    credential, replacement = body["credential"], body["replacement"]
    voter = voting.voters.get(credential)
    if voter is None or credential in voting.void or voting.is_closed:
        return False
    if (voter.weight, voter.style, voter.unit) != (body["weight"], body["style"], body["group"]):
        return False
    try:
        new = not replacement or (
            replacement not in voting.voters and bool(decode_solid(replacement))
        )
        digest = void_hash(body)
        return new and is_authorised(
            voting.election, "credential-void", digest, proof=body["signature"]
        )
    except NotCanonical:
        return False
