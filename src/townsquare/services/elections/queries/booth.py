"""What the booth of an encrypted election asks, and the ballot it has made where no script runs.

Token, secret and choices live as long as the call: nothing here writes them anywhere.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from townsquare.core.usecase import Context, query
from townsquare.services.elections.commands.ballots import CastSealed
from townsquare.services.elections.commands.booth import ReadHand, SealBallot
from townsquare.services.elections.errors import (
    BallotInvalid,
    TokenMistyped,
    UnknownCredential,
    VoidCredential,
)
from townsquare.services.elections.models.elections import ElectionRow
from townsquare.services.elections.models.reading import contests_of, marks_of
from townsquare.services.elections.models.sealed import SERVER, Held, held_of, message_of, sealed_of
from townsquare.services.elections.results.booth import Hand
from townsquare.services.elections.results.elections import Contest
from townsquare.services.elections.rules.papers import fits
from townsquare.services.elections.rules.ways import GRID, SCORE
from tsv1.canonical import write

VOTE = "signed-in"


@query("elections.ballot.hand", permission=VOTE)
def read_hand(ctx: Context, wish: ReadHand) -> Hand:
    """Return what a credential votes on, and the number of its next ballot.

    Raises UnknownCredential and VoidCredential. All of it stands on the public board.
    """
    row = sealed_of(ctx, wish.id)
    held = _usable(held_of(ctx.db, row.id, wish.credential))
    return Hand(held.style, held.last + 1)


@query("elections.ballot.seal", permission=VOTE)
def seal_ballot(ctx: Context, wish: SealBallot) -> CastSealed:
    """Encrypt what is marked for somebody whose device cannot; the ballot says who encrypted it.

    Raises TokenMistyped, UnknownCredential, VoidCredential, BallotInvalid.
    """
    from tsv1 import ballots, credentials  # noqa: PLC0415 (they bring the whole protocol)

    row = sealed_of(ctx, wish.id)
    try:
        token = credentials.read_token(wish.token)
    except credentials.MistypedToken as error:
        raise TokenMistyped from error
    secret = credentials.secret_of(row.public_id, token)
    held = _usable(held_of(ctx.db, row.id, credentials.public_of(secret).hex()))
    hand = ballots.Hand(secret, held.style, held.last + 1, SERVER)
    cells = _cells(ctx.db, row, wish, style=held.style)
    sealed = ballots.seal(message_of(ctx.db, row), hand, cells)
    return CastSealed(id=wish.id, ballot=write(sealed.body))


def _usable(held: Held | None) -> Held:
    if held is None:
        raise UnknownCredential
    if held.void:
        raise VoidCredential
    return held


def _cells(db: Session, row: ElectionRow, wish: SealBallot, *, style: str) -> dict[str, list[int]]:
    """Return the value of each cell, question by question; refuse what no ballot may hold."""
    election, cells = message_of(db, row), {}
    asked = election.styles[style]
    for contest in (one for one in contests_of(db, row.id) if one.code in asked):
        told = wish.choices.get(contest.code, ())
        if not fits(told, {option.code for option in contest.options}, marks_of(contest)):
            raise BallotInvalid(contest=contest.title)
        cells[contest.code] = _values(contest, told, election.questions[contest.code].labels)
    return cells


def _values(
    contest: Contest, told: Sequence[str] | Mapping[str, int], labels: Sequence[str]
) -> list[int]:
    points = told if isinstance(told, Mapping) else {}
    codes = [option.code for option in contest.options]
    if contest.kind == SCORE:
        return [points.get(code, 0) for code in codes]
    if contest.kind == GRID:  # A row of grades for each option, the worst first.
        grades = range(contest.greatest + 1)
        return [int(points.get(code, 0) == grade) for code in codes for grade in grades]
    marked = {f"option:{code}" for code in told} or {"blank"}
    return [int(label in marked) for label in labels]
