"""Returns: one officer enters what was counted, another person approves it, and all of it stays."""

from typing import Any

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from townsquare.core.db import breaks
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context, use_case
from townsquare.core.words import translatable
from townsquare.services.elections.commands.returns import EnterReturn, ReturnVersion
from townsquare.services.elections.errors.returns import (
    MoreThanRegistered,
    NotAddingUp,
    NotSubmitted,
    ReturnOdd,
    StaleReturn,
)
from townsquare.services.elections.events.returns import ReturnEntered, ReturnSubmitted
from townsquare.services.elections.models.returning import (
    About,
    about,
    gaps_of,
    must_serve,
    newest,
    options_of,
    taking,
    votes_of,
)
from townsquare.services.elections.models.returns import (
    ENTER,
    ONE_VERSION,
    SHUT,
    ReturnLineRow,
    ReturnRow,
)
from townsquare.services.elections.results.returns import Kept

ENTERING = "elections.return.enter"
PASSING = ("draft", "submitted", "returned")  # What a next version takes the place of at once.
NO_OPTION = translatable("There is no such option.")
NO_VOTES = translatable("Enter the votes of this option; 0 if it has none.")
TOO_MANY_PAPERS = translatable("There are more blank and spoiled papers than ballots.")


@use_case("elections.return.enter", permission=ENTERING)
def enter_return(ctx: Context, wish: EnterReturn) -> Kept:
    """Keep what was counted as the next version; `version` is the one that was read, or 0.

    Raises StaleReturn, MoreThanRegistered, ReturnOdd, NotYourPrecinct, ReturnsShut.
    """
    told = about(ctx, taking(ctx, wish.id), wish)
    must_serve(ctx, told.precinct.id, ENTER)
    last = newest(ctx, told)
    if (last.version if last else 0) != wish.version:
        raise StaleReturn
    options = options_of(ctx.db, told.contest.id)
    _check(wish, told, options)
    if last is not None and last.state in PASSING:
        last.state = "superseded"
        ctx.db.flush()
    row = _row(ctx, wish, told)
    _keep(ctx, row)
    lines = [
        {"return_id": row.id, "option_id": options[code], "votes": votes}
        for code, votes in wish.lines.items()
    ]
    ctx.db.execute(insert(ReturnLineRow), lines)
    ctx.emit(ReturnEntered(*_named(told), row.version))
    return kept(told, row)


@use_case("elections.return.submit", permission=ENTERING)
def submit_return(ctx: Context, wish: ReturnVersion) -> Kept:
    """Say that a version is ready to be approved; where it does not add up its note says why."""
    told = about(ctx, taking(ctx, wish.id), wish)
    must_serve(ctx, told.precinct.id, ENTER)
    row = as_read(ctx, told, wish, state="draft")
    odd = gaps_of(row, told.contest, votes_of(ctx.db, [row.id]).get(row.id, {}))
    if odd and not row.note:
        raise NotAddingUp(by=odd[0].by, fields={"note": NotAddingUp.message.format(by=odd[0].by)})
    row.state = "submitted"
    ctx.db.flush()
    ctx.emit(ReturnSubmitted(*_named(told), row.version))
    return kept(told, row)


def as_read(ctx: Context, told: About, wish: ReturnVersion, *, state: str) -> ReturnRow:
    """Return the newest version as it was read; raise StaleReturn or NotSubmitted otherwise."""
    row = newest(ctx, told)
    if row is None or row.version != wish.version:
        raise StaleReturn
    if row.state != state:
        raise NotSubmitted
    return row


def kept(told: About, row: ReturnRow) -> Kept:
    """Return how a return is kept now."""
    return Kept(*_named(told), row.version, row.state)


def _named(told: About) -> tuple[str, str, str]:
    return told.election.public_id, told.precinct.code, told.contest.code


def _check(wish: EnterReturn, told: About, options: Any) -> None:  # noqa: ANN401 (a mapping)
    """Refuse what the database would refuse, in words and at its field."""
    wrong = dict.fromkeys(wish.lines.keys() - options.keys(), NO_OPTION)
    wrong |= dict.fromkeys(options.keys() - wish.lines.keys(), NO_VOTES)
    if wrong:
        raise ReturnOdd(fields={f"lines.{code}": said for code, said in wrong.items()})
    if wish.blank + wish.spoiled > wish.ballots:
        raise ReturnOdd(fields={"ballots": TOO_MANY_PAPERS})
    if told.registered is not None and wish.ballots > told.registered:
        facts = {"ballots": wish.ballots, "registered": told.registered}
        said = MoreThanRegistered.message.format(**facts)
        raise MoreThanRegistered(fields={"ballots": said}, **facts)


def _row(ctx: Context, wish: EnterReturn, told: About) -> ReturnRow:
    figures = ("ballots", "blank", "spoiled", "evidence", "note")
    return ReturnRow(
        public_id=new_id(),
        created_at=ctx.now(),
        version=wish.version + 1,
        election_id=told.election.id,
        precinct_id=told.precinct.id,
        contest_id=told.contest.id,
        registered_snapshot=told.registered,
        entered_by=ctx.actor.name,
        entered_by_id=ctx.actor.id,
        **wish.model_dump(include={*figures}),
    )


def _keep(ctx: Context, row: ReturnRow) -> None:
    """Write a version down; who has written it in the same moment was first."""
    ctx.db.add(row)
    try:
        ctx.db.flush()
    except IntegrityError as error:
        if breaks(error, ONE_VERSION) or breaks(error, SHUT):
            raise StaleReturn from error
        raise
