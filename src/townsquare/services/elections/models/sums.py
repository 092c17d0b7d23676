"""What is made of a closed board, from its own entries: the tally, parts, result, counts."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from townsquare.services.elections.models.appending import bodies_of, last_of
from townsquare.services.elections.models.ballots import BallotRow
from townsquare.services.elections.models.board import BoardRow
from townsquare.services.elections.models.ceremony import CredentialRow, TieSeedRow
from townsquare.services.elections.models.elections import ElectionRow
from townsquare.services.elections.models.sealed import message_of

if TYPE_CHECKING:
    from tsv1.elections import Election
    from tsv1.tally import Cast

AT_ONCE = 50  # Ballots that are in memory together.
Body = dict[str, Any]


def tally_of(db: Session, row: ElectionRow) -> Body:
    """Return the sums of the ballots that count; ballots are read one by one."""
    from tsv1.tally import tally  # noqa: PLC0415 (it brings the whole protocol)

    return tally(message_of(db, row), _included(db, row.id))


def _included(db: Session, election: int) -> "Iterator[Cast]":
    """Yield the last ballot of each credential that is not void, in the order of the board."""
    from tsv1.elections import Voter  # noqa: PLC0415 (it brings the whole protocol)
    from tsv1.tally import Cast  # noqa: PLC0415 (as above)

    other = aliased(BallotRow)
    last = select(func.max(other.sequence)).where(
        other.election_id == election, other.credential_id == BallotRow.credential_id
    )
    credential = CredentialRow
    chosen = (
        select(
            *(credential.pub, credential.weight, credential.style, credential.grp),
            *(BallotRow.body_hash, BoardRow.body),
        )
        .join(BallotRow, BallotRow.credential_id == credential.id)
        .join(
            BoardRow,
            (BoardRow.election_id == election) & (BoardRow.seq == BallotRow.board_seq),
        )
        .where(BallotRow.election_id == election, credential.state == "active")
        .where(BallotRow.sequence == last.scalar_subquery())
        .order_by(BoardRow.seq)
        .execution_options(yield_per=AT_ONCE)
    )
    with db.execute(chosen) as rows:  # Closed also where somebody reads no further.
        for pub, weight, style, unit, hashed, body in rows:
            yield Cast(pub, Voter(weight, style, unit), bytes.fromhex(hashed), json.loads(body))


def seeds_shown(db: Session, election: int) -> bool:
    """Tell whether each holder of a seed has shown it."""
    hidden = select(func.count()).select_from(TieSeedRow)
    return not db.scalar(
        hidden.where(TieSeedRow.election_id == election, TieSeedRow.seed.is_(None))
    )


def is_good(election: "Election", told: Body, part: Body) -> bool:
    """Tell whether a trustee's part decrypts the whole tally, each cell with its proof."""
    from tsv1.encoding import NotCanonical, decode_element  # noqa: PLC0415 (as above)
    from tsv1.group import IDENTITY  # noqa: PLC0415 (as above)
    from tsv1.proofs import is_share, read_proof  # noqa: PLC0415 (as above)
    from tsv1.tally import share_of  # noqa: PLC0415 (as above)

    number = part["trustee"]
    if not 1 <= number <= len(election.trustees) or not has_shape(told, part):
        return False
    try:
        for where, cell, share in _pairs(election, told, part):
            a, d = decode_element(cell["a"]), decode_element(share["d"])
            if (d == IDENTITY) != (a == IDENTITY):
                return False
            if not is_share(share_of(election, number, where), a, d, proof=read_proof(share)):
                return False
    except NotCanonical:
        return False
    return True


def has_shape(told: Body, part: Body) -> bool:
    """Tell whether a part speaks of the groups, questions and cells of a tally, in its order."""

    def shape(groups: list[Body]) -> list[Any]:
        return [
            (group["group"], [(one["contest"], len(one["cells"])) for one in group["contests"]])
            for group in groups
        ]

    return shape([one for one in told["groups"] if one["count"]]) == shape(part["groups"])


def _pairs(
    election: "Election", told: Body, part: Body
) -> Iterator[tuple[tuple[str, str, str], Body, Body]]:
    counted = [group for group in told["groups"] if group["count"]]
    for sums, mine in zip(counted, part["groups"], strict=True):
        for asked, answer in zip(sums["contests"], mine["contests"], strict=True):
            labels = election.questions[asked["contest"]].labels
            for label, cell, share in zip(labels, asked["cells"], answer["cells"], strict=True):
                yield (sums["group"], asked["contest"], label), cell, share


def result_of(db: Session, row: ElectionRow) -> Body | None:
    """Return the result by the lowest trustees with good parts; None while there are too few."""
    from tsv1.tally import result  # noqa: PLC0415 (it brings the whole protocol)

    found = last_of(db, row.id, "tally")
    if found is None:
        return None
    election, told = message_of(db, row), found[1]
    first: dict[int, Body] = {}
    for body in bodies_of(db, row.id, "partial"):
        first.setdefault(body["trustee"], body)
    needed = len(election.trustees) if election.additive else election.threshold
    good: dict[int, Body] = {}
    for number in sorted(first):
        if len(good) < needed and is_good(election, told, first[number]):
            good[number] = first[number]
    return result(election, told, good) if len(good) == needed else None
