"""Names in the box: the slot of a voter while a poll is open, and the receipt of a vote."""

import hmac
from hashlib import sha256

from tsv1.encoding import encode_text
from tsv1.transcript import h32, transcript


def slot_of(key: bytes, poll: str, entry: str) -> str:
    """Return under which name the box keeps the vote of this place on the roll, as 64 digits.

    Who has not the key of the poll can neither compute it nor try all places. A number would not
    do: who leaves the town loses theirs, and their vote still counts.
    """
    said = transcript("poll-slot", encode_text(poll), encode_text(entry))
    return hmac.new(key, said, sha256).hexdigest()


def receipt_of(poll: str, nonce: bytes, content: bytes, *, counts: tuple[str, int]) -> str:
    """Return the receipt of a vote, which tells nothing about it to who has not the nonce.

    It is of the style and the weight as well by which the vote counts.
    """
    from tsv1.ballots import tracker  # noqa: PLC0415 (it brings the whole protocol)

    style, weight = counts
    said = (encode_text(poll), nonce, encode_text(style), weight.to_bytes(8, "big"), content)
    return tracker(h32("poll-record", *said))
