"""Voting. Nothing that happens here is told to anybody, kept under a key, or has a time."""

from collections.abc import Sequence
from secrets import token_bytes

from townsquare.core.usecase import Context, use_case
from townsquare.core.words import translatable
from townsquare.services.elections.commands.voting import CastBallot
from townsquare.services.elections.errors import (
    BallotInvalid,
    NotOnRoll,
    NotOpen,
    UnknownElection,
)
from townsquare.services.elections.models.polling import (
    PUT,
    Question,
    polled,
    questions_of,
)
from townsquare.services.elections.models.reading import moment
from townsquare.services.elections.results.voting import Cast
from townsquare.services.elections.rules.moments import stage_of, zoned
from townsquare.services.elections.rules.papers import Paper, fits, paper_of
from townsquare.services.elections.rules.slots import receipt_of, slot_of
from townsquare.services.elections.rules.units import ALL
from townsquare.services.elections.rules.ways import CHOOSE, GRID, RANK, SCORE
from tsv1.canonical import write_known

NONCE = 32
NO_QUESTION = translatable("There is no such question on your ballot.")
ODD = {
    CHOOSE: translatable("Mark as many of the options as the question says, each of them once."),
    RANK: translatable("Rank as many of the options as the question says, each of them once."),
    SCORE: translatable("Give each option you name a whole number of points, 0 to the greatest."),
    GRID: translatable("Give each option you name one of the grades of the question."),
}


@use_case("elections.ballot.cast", permission="signed-in")
def cast_ballot(ctx: Context, wish: CastBallot) -> Cast:
    """Vote, or vote anew: what is cast last before the closing counts.

    Returns a receipt that tells nothing about the vote. Raises NotOnRoll, NotOpen, BallotInvalid.
    """
    poll = polled(ctx.db, wish.id, ctx.actor)
    if poll is None or poll.state == "draft" or poll.tier != "poll":
        raise UnknownElection
    if poll.place is None or poll.weight is None:
        raise NotOnRoll
    now = moment(ctx)  # Once the row is ours: who had to wait may have come too late.
    times = {"opens": poll.opens_at, "closes": poll.closes_at}
    if stage_of(poll.state, now, **times, suspended=poll.suspended) != "open":
        raise NotOpen
    content = write_known(_checked(wish, questions_of(ctx.db, poll)))
    counts = (poll.style or ALL, poll.weight)
    receipt = receipt_of(poll.public_id, token_bytes(NONCE), content, counts=counts)
    secret = bytes.fromhex(poll.secret or "")
    named = {"poll_id": poll.id, "slot_hash": slot_of(secret, poll.public_id, poll.place)}
    kept = {"content": content.decode(), "receipt": receipt}
    first = {"style_id": poll.style_id, "weight": poll.weight}
    _put(ctx, {**named, **kept, **first, "marked_on": zoned(now, poll.zone).date()})
    return Cast(poll.public_id, receipt)


def _checked(wish: CastBallot, questions: Sequence[Question]) -> dict[str, Paper]:
    """Return what is marked, question by question; refuse what cannot stand on one ballot."""
    if wrong := wish.choices.keys() - {question.code for question in questions}:
        raise BallotInvalid(contest=min(wrong), fields=dict.fromkeys(wrong, NO_QUESTION))
    marked = {}
    for question in questions:
        told = wish.choices.get(question.code, ())
        if not fits(told, question.options, question.marks):
            wrong_there = {question.code: ODD[question.kind]}
            raise BallotInvalid(contest=question.title, fields=wrong_there)
        marked[question.code] = paper_of(told, question.kind)
    return marked


def _put(ctx: Context, slot: dict[str, object]) -> None:
    """Put a vote into its slot in place of the one that was there, whose day stays."""
    PUT.run(ctx.db, **slot)
