"""What an encrypted ballot asks and writes: statements for the hours in which everybody comes."""

from datetime import datetime

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session

from townsquare.core.frozen import dataclass
from townsquare.core.prepared import Prepared, Silent
from townsquare.core.usecase import Actor
from townsquare.services.elections.models.appending import Entered
from townsquare.services.elections.models.ballots import BallotRow, ChallengedRow, ClaimRow
from townsquare.services.elections.models.board import BoardRow, of_kind
from townsquare.services.elections.models.ceremony import CredentialRow
from townsquare.services.elections.models.elections import ElectionRow, RollRow
from townsquare.services.elections.models.polling import place_on_roll
from townsquare.services.elections.models.sealed import Held


@dataclass(frozen=True)
class Board:
    """An election with a board as a voter comes to it, with their place on its roll."""

    id: int
    public_id: str
    tier: str
    state: str
    opens_at: datetime
    closes_at: datetime
    suspended: bool
    setup_hash: str
    entry: int | None


@dataclass(frozen=True)
class _Line:
    seq: int | None
    challenged: int | None
    votes_with: int | None
    opened: int | None
    head: int | None
    hash: str | None
    credential: int | None
    weight: int | None
    style: str | None
    unit: str | None
    state: str | None
    last: int | None
    claimed_by: int | None


class Found:
    """What the board says of a ballot, its voter and its credential, and where the board ends."""

    def __init__(self, line: _Line) -> None:
        self.seq, self.challenged = line.seq, line.challenged
        self.votes_with, self.is_opened = line.votes_with, line.opened is not None
        self._line = line

    @property
    def head(self) -> Entered | None:
        """Return the last entry; None before the set-up."""
        line = self._line
        if line.head is None or line.hash is None:
            return None
        return Entered(line.head, "", line.hash)

    @property
    def held(self) -> Held | None:
        """Return the credential; None where it is not on the roll."""
        line = self._line
        if line.credential is None:
            return None
        told = (line.weight or 0, line.style or "", line.unit or "")
        return Held(line.credential, *told, line.state == "void", line.last or 0, line.claimed_by)


_BOARD = select(
    *(ElectionRow.id, ElectionRow.public_id, ElectionRow.tier, ElectionRow.state),
    *(ElectionRow.opens_at, ElectionRow.closes_at, ElectionRow.suspended, ElectionRow.setup_hash),
    place_on_roll(RollRow.id).label("entry"),
).where(ElectionRow.public_id == bindparam("election"))
_READ = Prepared(_BOARD, Board)
# Nobody else votes in it or closes it before we are done. The roll is that of the freezing: it is
# the same before that wait and after it.
_LOCKED = Prepared(_BOARD.with_for_update(of=ElectionRow), Board)

_MINE = (BallotRow.election_id == ElectionRow.id, BallotRow.credential_id == CredentialRow.id)
_ENTRIES = select(BoardRow.seq).where(BoardRow.election_id == ElectionRow.id)
_NEWEST = BoardRow.seq.desc()
_SEQ = select(BallotRow.board_seq).where(
    BallotRow.election_id == ElectionRow.id, BallotRow.body_hash == bindparam("body_hash")
)
_CHALLENGED = select(ChallengedRow.board_seq).where(
    ChallengedRow.election_id == ElectionRow.id, ChallengedRow.body_hash == bindparam("body_hash")
)
_VOTES_WITH = select(ClaimRow.credential_id).where(ClaimRow.roll_entry_id == bindparam("entry"))
_CLAIMED_BY = select(ClaimRow.roll_entry_id).where(
    ClaimRow.election_id == ElectionRow.id, ClaimRow.credential_id == CredentialRow.id
)
_LAST = select(BallotRow.sequence).where(*_MINE).order_by(BallotRow.sequence.desc()).limit(1)
_FOUND = Prepared(
    select(
        _SEQ.scalar_subquery().label("seq"),
        _CHALLENGED.scalar_subquery().label("challenged"),
        _VOTES_WITH.scalar_subquery().label("votes_with"),
        _ENTRIES.where(of_kind("open")).limit(1).scalar_subquery().label("opened"),
        _ENTRIES.order_by(_NEWEST).limit(1).scalar_subquery().label("head"),
        _ENTRIES.with_only_columns(BoardRow.hash)
        .order_by(_NEWEST)
        .limit(1)
        .scalar_subquery()
        .label("hash"),
        *(CredentialRow.id.label("credential"), CredentialRow.weight, CredentialRow.style),
        *(CredentialRow.grp.label("unit"), CredentialRow.state),
        _LAST.scalar_subquery().label("last"),
        _CLAIMED_BY.scalar_subquery().label("claimed_by"),
    )
    .select_from(ElectionRow)
    .outerjoin(
        CredentialRow,
        (CredentialRow.election_id == ElectionRow.id)
        & (CredentialRow.pub == bindparam("credential")),
    )
    .where(ElectionRow.id == bindparam("election_id")),
    _Line,
)
_BALLOT = ("election_id", "body_hash", "credential_id", "sequence", "board_seq", "by_server")
_CLAIM = ("election_id", "credential_id", "roll_entry_id")
PUT = Silent(insert(BallotRow).values({name: bindparam(name) for name in _BALLOT}))
CLAIM = Silent(insert(ClaimRow).values({name: bindparam(name) for name in _CLAIM}))


def board_of(db: Session, public_id: str, actor: Actor, *, lock: bool = False) -> Board | None:
    """Return an election as this voter comes to it, on wish so that nobody else changes it."""
    asked = _LOCKED if lock else _READ
    return asked.first(db, election=public_id, account=actor.id, person=actor.person or None)


def found_of(db: Session, board: Board, *, body_hash: str, credential: str = "") -> Found:
    """Return what the board says of a ballot; under its lock this holds until the commit."""
    told = {"body_hash": body_hash, "credential": credential, "entry": board.entry}
    (line,) = _FOUND.rows(db, election_id=board.id, **told)
    return Found(line)
