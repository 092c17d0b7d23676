"""What is known of an encrypted election and of one of its ballots, in few questions."""

from typing import TYPE_CHECKING, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from townsquare.core.frozen import dataclass
from townsquare.core.usecase import Context
from townsquare.services.elections.errors import NoBoard
from townsquare.services.elections.models.ballots import BallotRow, ClaimRow
from townsquare.services.elections.models.board import BoardRow
from townsquare.services.elections.models.ceremony import CredentialRow, SetupRow
from townsquare.services.elections.models.elections import ElectionRow
from townsquare.services.elections.models.reading import election_of
from tsv1 import canonical

if TYPE_CHECKING:
    from tsv1.elections import Election, Voter

MOST_KEPT = 4  # Elections whose set-up is kept at hand.
SEALED, SERVER = "encrypted", "server"  # A tier, and the channel of ballots made by us.


def sealed_of(ctx: Context, public_id: str) -> ElectionRow:
    """Return an encrypted election that has a board; NoBoard for another one."""
    row = election_of(ctx, public_id)
    if row.tier != SEALED or row.state == "draft":
        raise NoBoard
    return row


class Founded(Protocol):
    """An election with a set-up, as its row or as a part of that."""

    @property
    def id(self) -> int:
        """The row of the election."""

    @property
    def setup_hash(self) -> str:
        """The hash of its set-up."""


def message_of(db: Session, row: Founded) -> "Election":
    """Return an election as its set-up fixes it; read once for many ballots."""
    kept = _kept.get(row.setup_hash)
    if kept is not None:
        return kept
    found = _read(db.scalars(select(SetupRow.setup).filter_by(election_id=row.id)).one())
    while len(_kept) >= MOST_KEPT:
        _kept.pop(next(iter(_kept)), None)
    return _kept.setdefault(found.hash.hex(), found)


def _read(setup: str) -> "Election":
    from tsv1.elections import read_setup  # noqa: PLC0415 (it brings the whole protocol)

    return read_setup(canonical.parse(setup.encode()))


# By the hash of what was read, so that nobody finds another set-up than the one they name.
_kept: "dict[str, Election]" = {}


@dataclass(frozen=True)
class Held:
    """A credential of the roll: what it counts for, who votes with it, its last ballot."""

    id: int
    weight: int
    style: str
    unit: str
    void: bool
    last: int
    claimed_by: int | None

    @property
    def voter(self) -> "Voter":
        """Return its line of the roll as the protocol has it."""
        from tsv1.elections import Voter  # noqa: PLC0415 (it brings the whole protocol)

        return Voter(self.weight, self.style, self.unit)


def held_of(db: Session, election: int, pub: str) -> Held | None:
    """Return a credential; None where it is not on the roll."""
    row = CredentialRow
    last = select(BallotRow.sequence).where(
        BallotRow.election_id == election, BallotRow.credential_id == row.id
    )
    whose = select(ClaimRow.roll_entry_id).where(
        ClaimRow.election_id == election, ClaimRow.credential_id == row.id
    )
    newest = last.order_by(BallotRow.sequence.desc()).limit(1).scalar_subquery()
    chosen = select(
        *(row.id, row.weight, row.style, row.grp, row.state),
        newest,
        whose.scalar_subquery(),
    ).filter_by(election_id=election, pub=pub)
    found = db.execute(chosen).first()
    if found is None:
        return None
    id_, weight, style, unit, state, sequence, claimed_by = found
    return Held(id_, weight, style, unit, state == "void", sequence or 0, claimed_by)


def last_cast(db: Session, entry: int) -> tuple[str, bool] | None:
    """Return the tracker of somebody's last ballot, and whether the server encrypted it."""
    chosen = (
        select(BallotRow.body_hash, BallotRow.by_server)
        .join(ClaimRow, ClaimRow.credential_id == BallotRow.credential_id)
        .where(ClaimRow.roll_entry_id == entry, BallotRow.election_id == ClaimRow.election_id)
        .order_by(BallotRow.sequence.desc())
        .limit(1)
    )
    found = db.execute(chosen).first()
    if found is None:
        return None
    from tsv1.ballots import tracker  # noqa: PLC0415 (it brings the whole protocol)

    return tracker(bytes.fromhex(found.body_hash)), found.by_server


def hash_at(db: Session, election: int, seq: int) -> str:
    """Return the hash of an entry."""
    return db.scalars(select(BoardRow.hash).filter_by(election_id=election, seq=seq)).one()
