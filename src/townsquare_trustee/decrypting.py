"""What a trustee asks of a board before it decrypts, and its part of the decryption."""

from typing import Any

import click

from townsquare_trustee.trustee import Trustee
from townsquare_verify.report import NOT_EXAMINED, Notes
from townsquare_verify.verify import Counted, verify_tally
from tsv1.board import body_hash
from tsv1.group import base
from tsv1.tally import partial
from tsv1_files.refusals import Refused

_EVERY = 5000  # Checks between two signs of life.
FEW = 10  # Ballots; what fewer add up to nearly tells single votes.


class ShownNotes(Notes):
    """Notes that say from time to time how far they have come."""

    seen = 0

    def note(self, code: str, ok: bool, *where: str) -> bool:  # noqa: FBT001 (the outcome itself)
        """Write an outcome down, and say now and then how many there are."""
        self.seen += 1
        if self.seen % _EVERY == 0:
            click.echo(f"{self.seen} checks done, now {code} …", err=True)
        return super().note(code, ok, *where)


def examine(trustee: Trustee, raw: bytes, log_key: str) -> Counted:
    """Return the election of an archive, found good up to its sums and made with this trustee."""
    notes = ShownNotes()
    counted = verify_tally(raw, log_key, notes)
    if counted is None:
        raise Refused(f"The board is not good, so nothing is decrypted: {_failures(notes)}.")
    _belongs(trustee, counted)
    hashed = body_hash(counted.tally).hex()
    if trustee.decrypted not in {"", hashed}:
        raise Refused(
            "This trustee has decrypted other sums of this election before. Two sets of sums can "
            "tell single votes, so nothing is decrypted; tell the administrator and the observers."
        )
    return counted


def _failures(notes: Notes) -> str:
    bad = [
        f"{code} {outcome.first_failure}".strip()
        for code, outcome in notes.outcomes.items()
        if not outcome.ok and outcome.first_failure != NOT_EXAMINED
    ]
    return ", ".join(bad)


def _belongs(trustee: Trustee, counted: Counted) -> None:
    election, terms = counted.election, trustee.terms
    if election.id != terms.election:
        raise Refused("This archive is of another election than this trustee's file.")
    if trustee.share is None or not trustee.rounds.is_complete("reveal"):
        raise Refused("This file does not hold what the trustee decrypts with; check the shares.")
    keys = trustee.rounds.verification_keys()
    same = (list(election.trustees), election.key) == (keys, trustee.rounds.joint_key())
    if not same or base(trustee.share) != keys[trustee.number - 1]:
        raise Refused(
            "The set-up names other keys than this trustee has confirmed, so nothing is decrypted."
        )


def facts(counted: Counted) -> dict[str, object]:
    """Return what a trustee compares with what is published elsewhere."""
    head = counted.head
    groups = counted.tally["groups"]
    return {
        "election": counted.archive.one("setup")["title"],
        "set-up": counted.election.hash.hex(),
        "head": f"{head['seq']} {head['hash']}",
        "ballots that count": sum(group["count"] for group in groups),
        "groups": sum(bool(group["count"]) for group in groups),
        "sums to decrypt": _many(counted),
    }


def _many(counted: Counted) -> int:
    filled = [group for group in counted.tally["groups"] if group["count"]]
    return sum(len(one["cells"]) for group in filled for one in group["contests"])


def small(counted: Counted) -> list[str]:
    """Return the groups whose totals nearly tell single votes."""
    groups = counted.tally["groups"]
    return [group["group"] for group in groups if 0 < group["count"] < FEW]


def decrypt(trustee: Trustee, counted: Counted) -> dict[str, Any]:
    """Return this trustee's part, and note which sums it was."""
    if trustee.share is None:
        raise Refused("This file does not hold what the trustee decrypts with; check the shares.")
    trustee.decrypted = body_hash(counted.tally).hex()
    return partial(counted.election, counted.tally, trustee.number, secret=trustee.share)
