"""Heads of a board that were seen, and whether a newer archive goes on from each of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from townsquare_verify import archive as archives
from townsquare_verify.report import Notes
from tsv1.board import START
from tsv1.schema import fits
from tsv1_files.refusals import Refused

Message = Mapping[str, Any]
_HEAD = ("election", "seq", "hash")


class Alarm(Refused):
    """The board contradicts itself or what it was before."""


@dataclass(frozen=True)
class Seen:
    """What one look has found: the last entry, and heads that were not known before."""

    election: str
    seq: int
    hash: str
    new: Sequence[Message]


def watch(raw: bytes, kept: Iterable[Message], log_key: str = "") -> Seen:
    """Return what an archive adds to the heads that were kept of its board; Alarm where it forks.

    A signed head (a checkpoint) that is contradicted proves to everybody that the server has
    shown two boards. One key signs all checkpoints: the one asked for, or the first that was kept.
    """
    notes = Notes()
    archive = archives.read(raw, notes)
    if notes.are_good():
        known = [one for one in kept if one["election"] == archive.id]
        key = log_key or next((one["key"] for one in known if "key" in one), "")
        _agrees(archive, known)
        archives.examine(archive, notes, key if archive.checkpoints else "", end=-1)
    if not notes.are_good():
        raise Alarm(f"ALARM. This board is not good: {_first(notes)}.")
    return _seen(archive, known)


def _first(notes: Notes) -> str:
    bad = next((code, one) for code, one in notes.outcomes.items() if not one.ok)
    return f"{bad[0]} {bad[1].first_failure}"


def _agrees(archive: archives.Archive, known: Sequence[Message]) -> None:
    """Raise the alarm where an entry that was seen before is another one now, or is gone."""
    for one in known:
        seq, many = one["seq"], len(archive.entries)
        now = archive.entries[seq]["hash"] if seq < many else "gone"
        if now != one["hash"]:
            signed = "signed" if "signature" in one else "seen"
            raise Alarm(f"ALARM. Entry {seq} was {signed} as {one['hash']} and is now {now}.")


def _seen(archive: archives.Archive, known: Sequence[Message]) -> Seen:
    last = archive.entries[-1]
    head = {"election": archive.id, "seq": last["seq"], "hash": last["hash"]}
    before = {(one["seq"], "signature" in one) for one in known}
    found = [*archive.checkpoints, head]
    new = [one for one in found if (one["seq"], "signature" in one) not in before]
    return Seen(archive.id, last["seq"], last["hash"], new)


def is_kept(message: Message) -> bool:
    """Tell whether a line is one that an earlier look has kept."""
    if fits("checkpoint", message):
        return True
    known = message.keys() == set(_HEAD) and isinstance(message["seq"], int)
    return known and isinstance(message["hash"], str) and len(message["hash"]) == len(START) * 2
