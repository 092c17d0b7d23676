"""What must hold of boards, made anew from their entries."""

from sqlalchemy import case, exists, func, select
from sqlalchemy.orm import Session

from townsquare.core.breach import Breach
from townsquare.services.elections.models.ballots import BallotRow, ChallengedRow, ClaimRow
from townsquare.services.elections.models.board import BoardRow, of_kind
from townsquare.services.elections.models.box import ParticipationRow
from townsquare.services.elections.models.ceremony import CredentialRow
from townsquare.services.elections.models.elections import ElectionRow, RollRow
from tsv1.board import START, entry_hash
from tsv1.transcript import h32

AT_ONCE = 50  # Entries that are in memory together.
SEALED = ElectionRow.tier == "encrypted"


def boards_are_whole(db: Session) -> list[Breach]:
    """Return elections whose board has a gap, or an entry whose hash is another one."""
    columns = (BoardRow.seq, BoardRow.kind, BoardRow.prev, BoardRow.body, BoardRow.hash)
    chosen = (
        select(ElectionRow.public_id, *columns)
        .join(BoardRow, BoardRow.election_id == ElectionRow.id)
        .order_by(ElectionRow.id, BoardRow.seq)
        .execution_options(yield_per=AT_ONCE)
    )
    wrong, last, next_seq, prev = set[str](), "", 0, START.hex()
    for election, seq, kind, before, body, kept in db.execute(chosen):
        if election != last:
            last, next_seq, prev = election, 0, START.hex()
        digest = h32("body", body.encode())
        made = entry_hash(election, seq, kind, prev=bytes.fromhex(prev), body=digest).hex()
        if (seq, before, kept) != (next_seq, prev, made):
            wrong.add(election)
        next_seq, prev = seq + 1, kept
    return [Breach("a board is a whole chain", tuple(sorted(wrong)))] if wrong else []


def ballots_are_on_the_board(db: Session) -> list[Breach]:
    """Return elections whose ballots or challenges are others than those of their board."""
    wrong = set[str]()
    kinds = ((BoardRow.kind == "ballot", BallotRow), (of_kind("challenged"), ChallengedRow))
    for kind, table in kinds:
        entered = select(func.count(BoardRow.seq)).where(
            BoardRow.election_id == ElectionRow.id, kind
        )
        held = select(func.count(table.board_seq)).where(table.election_id == ElectionRow.id)
        placed = (
            select(func.count(BoardRow.seq))
            .join(
                table,
                (table.election_id == BoardRow.election_id) & (table.board_seq == BoardRow.seq),
            )
            .where(BoardRow.election_id == ElectionRow.id, kind)
        )
        many = entered.scalar_subquery()
        odd = (many != held.scalar_subquery()) | (many != placed.scalar_subquery())
        wrong |= {*db.scalars(select(ElectionRow.public_id).where(SEALED, odd))}
    rule = "each ballot and each challenge stands on its board, and no other"
    return [Breach(rule, tuple(sorted(wrong)))] if wrong else []


def claims_are_of_who_voted(db: Session) -> list[Breach]:
    """Return elections in which a credential that votes has no voter, or one that does not has."""
    cast = exists().where(BallotRow.credential_id == CredentialRow.id)
    claimed = exists().where(ClaimRow.credential_id == CredentialRow.id)
    votes = (CredentialRow.state == "active") & cast
    wrong = (
        select(ElectionRow.public_id)
        .join(CredentialRow, CredentialRow.election_id == ElectionRow.id)
        .where((votes & ~claimed) | (claimed & ~votes))
        .distinct()
    )
    rows = tuple(sorted(db.scalars(wrong)))
    rule = "a credential has a voter where it has a ballot that may count, and nowhere else"
    return [Breach(rule, rows)] if rows else []


def who_voted_is_marked(db: Session) -> list[Breach]:
    """Return closed elections with another number of people marked than of credentials claimed."""
    claims = select(func.count(ClaimRow.roll_entry_id)).where(
        ClaimRow.election_id == ElectionRow.id
    )
    marked = (
        select(func.count(ParticipationRow.roll_entry_id))
        .join(RollRow, RollRow.id == ParticipationRow.roll_entry_id)
        .where(RollRow.election_id == ElectionRow.id)
    )
    expected = case((ElectionRow.state == "frozen", 0), else_=claims.scalar_subquery())
    odd = select(ElectionRow.public_id).where(
        SEALED, ElectionRow.state != "annulled", marked.scalar_subquery() != expected
    )
    rows = tuple(sorted(db.scalars(odd)))
    rule = "of an encrypted election each voter is marked at the closing, and nobody before"
    return [Breach(rule, rows)] if rows else []


ALL = (
    boards_are_whole,
    ballots_are_on_the_board,
    claims_are_of_who_voted,
    who_voted_is_marked,
)
