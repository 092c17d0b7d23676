"""The archive: lines of canonical JSON, the entries of a board and the checkpoints of its head."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from townsquare_verify.report import Notes
from tsv1 import canonical
from tsv1.board import START, body_hash, checkpoint_text, entry_hash
from tsv1.schema import fits

Message = Mapping[str, Any]

# The form of a body; that of a set-up, a roll and a ballot is examined with what it says.
FORMS = {
    "ceremony": "ceremony",
    **dict.fromkeys(("open", "suspend", "resume", "extend", "close"), "moment"),
    "challenged": "challenged",
    "credential-void": "credential_void",
    "tally": "tally",
    "partial": "partial",
    "result": "result",
    "seed-reveal": "seed_reveal",
    "count": "count",
    "return": "return",
    "certification": "certification",
}
EXAMINED_LATER = {"setup", "roll", "ballot"}

# In which order kinds may follow, and which of them stand exactly once.
ORDER: tuple[str, ...] = (
    *("setup", "ceremony", "roll", "open", "vote", "close", "seed-reveal", "tally"),
    *("partial", "result", "count", "return", "certification"),
)
ONCE = {"setup", "ceremony", "roll", "open", "close", "tally", "result"}
WHILE_OPEN = {"challenged", "suspend", "resume", "extend"}
ANYWHERE = {"ballot", "credential-void"}  # Behind the set-up; B15 and V01 say when.
TALLY, RESULT = ORDER.index("tally"), ORDER.index("result")


@dataclass
class Archive:
    """What was read."""

    entries: list[Message] = field(default_factory=list)
    checkpoints: list[Message] = field(default_factory=list)

    @property
    def id(self) -> str:
        """Return the ULID of the election, as its first entry says."""
        said = self.entries[0]["body"].get("election", "")
        return said if isinstance(said, str) else ""

    def of(self, kind: str) -> list[tuple[int, Message]]:
        """Return the entries of a kind: their places and bodies."""
        found = enumerate(self.entries)
        return [(at, entry["body"]) for at, entry in found if entry["kind"] == kind]

    def one(self, kind: str) -> Message:
        """Return the body of the one entry of a kind."""
        return self.of(kind)[0][1]


def read(raw: bytes, notes: Notes) -> Archive:
    """Read the lines of an archive (C01)."""
    archive = Archive()
    lines = raw.split(b"\n")
    if len(lines) > 1 and not lines[-1]:
        lines.pop()
    for number, line in enumerate(lines, 1):
        message = _message(line)
        if message is None or not _has_form(message):
            notes.note("C01", False, f"line {number}")  # noqa: FBT003
            continue
        notes.note("C01", True)  # noqa: FBT003
        (archive.entries if "kind" in message else archive.checkpoints).append(message)
    if not archive.entries:
        notes.note("C01", False, "no entries")  # noqa: FBT003
    return archive


def _message(line: bytes) -> Message | None:
    try:
        message = canonical.parse(line)
    except canonical.NotAllowed:
        return None
    return message if canonical.write(message) == line else None


def _has_form(message: Message) -> bool:
    if "kind" not in message:
        return fits("checkpoint", message)
    if not fits("board_entry", message):
        return False
    kind, body = message["kind"], message["body"]
    if kind in EXAMINED_LATER:
        return True
    if kind not in FORMS or not fits(FORMS[kind], body):
        return False
    opening = body.get("opening") if kind == "challenged" else None
    return opening is None or bool(opening["body_hash"] == body["body_hash"])


def examine(archive: Archive, notes: Notes, log_key: str = "", *, end: int = RESULT) -> None:
    """Examine chain, order and checkpoints (C02 to C04) of a board that has come to an end."""
    _chain(archive, notes)
    _order(archive, notes, end)
    if log_key and not archive.checkpoints:
        notes.note("C04", False, "no checkpoints")  # noqa: FBT003
    keys = {log_key} if log_key else {one["key"] for one in archive.checkpoints[:1]}
    for number, checkpoint in enumerate(archive.checkpoints, 1):
        notes.note("C04", _extends(archive, checkpoint, keys), f"checkpoint {number}")


def _chain(archive: Archive, notes: Notes) -> None:
    prev = START.hex()
    for at, entry in enumerate(archive.entries):
        made = entry_hash(
            archive.id,
            entry["seq"],
            entry["kind"],
            prev=bytes.fromhex(entry["prev"]),
            body=body_hash(entry["body"]),
        )
        ok = entry["seq"] == at and entry["prev"] == prev and entry["hash"] == made.hex()
        notes.note("C02", ok, f"entry {at}")
        prev = entry["hash"]


def _order(archive: Archive, notes: Notes, end: int) -> None:
    reached, suspended = -1, False
    for at, entry in enumerate(archive.entries):
        kind = entry["kind"]
        place = _place(kind, reached)
        ok = place is not None
        if kind in {"suspend", "resume"}:
            ok = ok and suspended == (kind == "resume")
            suspended = kind == "suspend"
        notes.note("C03", ok, f"entry {at}")
        reached = reached if place is None else place
    notes.note("C03", reached >= end, "end")


def _place(kind: str, reached: int) -> int | None:
    """Return how far a board has come with an entry of a kind; None where it may not stand."""
    if kind in ANYWHERE:
        return reached if reached >= 0 else None
    before_close = reached < ORDER.index("close")
    if kind in WHILE_OPEN or (kind == "return" and before_close):
        kind = "vote"
    if kind not in ORDER:
        return None
    place = ORDER.index(kind)
    skipped = ONCE & set(ORDER[reached + 1 : place])
    if place < reached or skipped or (place == reached and kind in ONCE):
        return None
    return place


def _extends(archive: Archive, checkpoint: Message, keys: set[str]) -> bool:
    """Tell whether a checkpoint is one of this board, under the one log key."""
    seq = checkpoint["seq"]
    return (
        checkpoint["election"] == archive.id
        and checkpoint["key"] in keys
        and seq < len(archive.entries)
        and checkpoint["hash"] == archive.entries[seq]["hash"]
        and _is_signed(checkpoint)
    )


def _is_signed(checkpoint: Message) -> bool:
    # Only here: whoever has no checkpoints needs no other library than the group's.
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 (see above)
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415 (see above)
        Ed25519PublicKey,
    )

    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(checkpoint["key"]))
        key.verify(bytes.fromhex(checkpoint["signature"]), checkpoint_text(checkpoint))
    except (InvalidSignature, ValueError):
        return False
    return True
