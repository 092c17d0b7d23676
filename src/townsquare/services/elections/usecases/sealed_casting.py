"""Casting encrypted ballots. Nothing that happens here is told to anybody, or has a time.

Surfaces have proofs examined before anybody has the turn to write; what may have changed meanwhile
is asked again under the lock of the election, which is held until the ballot is stored. Whoever
casts without that has them examined under the lock.
"""

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import insert

from townsquare.core.usecase import Context, query, use_case
from townsquare.services.elections.commands.ballots import (
    CastSealed,
    ChallengeBallot,
    ExaminedBallot,
)
from townsquare.services.elections.errors import (
    BallotChallenged,
    BallotOnBoard,
    BallotRefused,
    CredentialClaimed,
    NoBoard,
    NotOnRoll,
    NotOpen,
    SequenceTaken,
    UnknownElection,
)
from townsquare.services.elections.models.appending import append, follow, head_of, open_by_clock
from townsquare.services.elections.models.balloting import (
    CLAIM,
    PUT,
    Board,
    Found,
    board_of,
    found_of,
)
from townsquare.services.elections.models.ballots import ChallengedRow
from townsquare.services.elections.models.reading import VIEW, moment
from townsquare.services.elections.models.sealed import (
    SEALED,
    SERVER,
    Held,
    hash_at,
    message_of,
)
from townsquare.services.elections.results.board import Challenged, SealedCast
from townsquare.services.elections.rules.moments import stage_of
from tsv1 import canonical

if TYPE_CHECKING:
    from tsv1.elections import Election

VOTE = "signed-in"


class _Ballot(NamedTuple):
    """A ballot whose form is good: its canonical text, and what the board asks of it."""

    text: bytes
    body_hash: str
    credential: str
    sequence: int
    by_server: bool

    def examined(self, wish: CastSealed) -> ExaminedBallot:
        """Return the wish to cast it, for who asks for the lock later."""
        _text, *facts = self
        told = zip(self._fields[1:], facts, strict=True)
        return ExaminedBallot.model_construct(None, **dict(wish), **dict(told))


@query("elections.ballot.examine", permission=VOTE)
def examine_ballot(ctx: Context, wish: CastSealed) -> ExaminedBallot:
    """Examine form and proofs of an encrypted ballot; BallotRefused names the check it fails."""
    ballot, _found_there = _examined(ctx, _board(ctx, wish.id), wish)
    return ballot.examined(wish)


@use_case("elections.ballot.cast-sealed", permission=VOTE, before=examine_ballot)
def cast_sealed(ctx: Context, wish: CastSealed) -> SealedCast:
    """Put an encrypted ballot on the board; the last one of a credential counts.

    The same ballot sent again is answered as the first time, also after the closing.
    """
    board = _board(ctx, wish.id, lock=True)
    if isinstance(wish, ExaminedBallot):
        facts = (wish.body_hash, wish.credential, wish.sequence, wish.by_server)
        ballot = _Ballot(wish.ballot, *facts)
        found = _found(ctx, board, ballot)
    else:
        ballot, found = _examined(ctx, board, wish)
    digest = ballot.body_hash
    if found.challenged is not None:
        raise BallotChallenged
    held = found.held
    if found.seq is not None:
        if held is None or held.claimed_by not in (board.entry, None):
            raise CredentialClaimed
        entered = hash_at(ctx.db, board.id, found.seq)
        return _answer(digest, found.seq, entered, repeated=True)
    _must_be_open(ctx, board)
    held = _usable(held, found, board)
    _must_be_next(ballot, held)
    return _enter(ctx, board, ballot, held=held, found=found)


@use_case("elections.ballot.challenge", permission=VOTE)
def challenge_ballot(ctx: Context, wish: ChallengeBallot) -> Challenged:
    """Have it on the board that a ballot is opened, so that it can never be cast."""
    board = _board(ctx, wish.id, lock=True)
    found = found_of(ctx.db, board, body_hash=wish.body_hash)
    if found.seq is not None:
        raise BallotOnBoard
    if found.challenged is not None:
        return Challenged(wish.body_hash, found.challenged)
    _must_be_open(ctx, board)
    open_by_clock(ctx, board)
    body = {"body_hash": wish.body_hash}
    seq = append(ctx, board, "challenged", body=body).seq
    ctx.db.execute(insert(ChallengedRow).values(election_id=board.id, board_seq=seq, **body))
    return Challenged(wish.body_hash, seq)


def _board(ctx: Context, public_id: str, *, lock: bool = False) -> Board:
    """Return an election with a board on whose roll somebody is."""
    board = board_of(ctx.db, public_id, ctx.actor, lock=lock)
    if board is None or (board.state == "draft" and VIEW not in ctx.actor.permissions):
        raise UnknownElection
    if board.tier != SEALED or board.state == "draft":
        raise NoBoard
    if board.entry is None:
        raise NotOnRoll
    return board


def _examined(ctx: Context, board: Board, wish: CastSealed) -> tuple[_Ballot, Found]:
    """Return a ballot whose form and proofs are good, and what the board says of it."""
    from tsv1.admission import BallotRefused as NoBallot  # noqa: PLC0415 (as below)
    from tsv1.admission import read  # noqa: PLC0415 (as below)
    from tsv1.ballots import text_hash  # noqa: PLC0415 (it brings the whole protocol)

    try:
        body = read(wish.ballot)
    except NoBallot as error:
        raise BallotRefused(check=error.code, contest="", label="") from error
    hashed = text_hash(wish.ballot)
    named, by_server = (hashed.hex(), body["credential"]), body["channel"] == SERVER
    ballot = _Ballot(wish.ballot, *named, body["sequence"], by_server)
    found = _found(ctx, board, ballot)
    if found.seq is None and found.challenged is None:
        _must_be_open(ctx, board)
        _prove(message_of(ctx.db, board), body, found.held, digest=hashed)
    return ballot, found


def _found(ctx: Context, board: Board, ballot: _Ballot) -> Found:
    return found_of(ctx.db, board, body_hash=ballot.body_hash, credential=ballot.credential)


def _must_be_open(ctx: Context, board: Board) -> None:
    # Asked once the row is ours: who had to wait may have come too late.
    times = {"opens": board.opens_at, "closes": board.closes_at}
    if stage_of(board.state, moment(ctx), **times, suspended=board.suspended) != "open":
        raise NotOpen


def _prove(
    election: "Election", body: canonical.Message, held: Held | None, *, digest: bytes
) -> None:
    """Refuse a ballot that fails one of the checks that need no lock: all but its turn."""
    from tsv1.admission import Standing, examine  # noqa: PLC0415 (it brings the whole protocol)

    standing = Standing(
        voter=held.voter if held else None,
        is_void=bool(held and held.void),
        last=body["sequence"] - 1,
    )
    for finding in examine(election, body, standing, digest=digest):
        if not finding.ok:
            raise _refused(finding.code, finding.contest, finding.label)


def _refused(check: str, contest: str = "", label: str = "") -> BallotRefused:
    return BallotRefused(check=check, contest=contest, label=label)


def _usable(held: Held | None, found: Found, board: Board) -> Held:
    """Return the credential if it counts and belongs to this voter or to nobody yet."""
    if held is None:
        raise _refused("B04")
    if held.void:
        raise _refused("B05")
    if held.claimed_by not in (board.entry, None) or found.votes_with not in (held.id, None):
        raise CredentialClaimed
    return held


def _must_be_next(ballot: _Ballot, held: Held) -> None:
    if ballot.sequence <= held.last:
        raise SequenceTaken
    if ballot.sequence != held.last + 1:
        raise _refused("B14")


def _enter(ctx: Context, board: Board, ballot: _Ballot, *, held: Held, found: Found) -> SealedCast:
    head = found.head
    if not found.is_opened:
        open_by_clock(ctx, board)
        head = head_of(ctx.db, board.id)
    # What was examined is canonical: its text is that of the entry.
    entered = follow(ctx.db, board, "ballot", head=head, text=ballot.text)
    facts = {"election_id": board.id, "credential_id": held.id}
    numbered = {"sequence": ballot.sequence, "body_hash": ballot.body_hash}
    told = {"board_seq": entered.seq, "by_server": ballot.by_server}
    PUT.run(ctx.db, **facts, **numbered, **told)
    if held.claimed_by is None:
        CLAIM.run(ctx.db, **facts, roll_entry_id=board.entry)
    return _answer(ballot.body_hash, entered.seq, entered.hash, repeated=False)


def _answer(body_hash: str, seq: int, board_hash: str, *, repeated: bool) -> SealedCast:
    from tsv1.ballots import tracker  # noqa: PLC0415 (it brings the whole protocol)

    told = tracker(bytes.fromhex(body_hash))
    return SealedCast(seq, body_hash, told, board_hash, repeated)
