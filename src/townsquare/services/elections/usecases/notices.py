"""Telling people of elections, each thing once; never anything about a vote.

The database refuses the second notice of one kind and election to one person, so each look may be
repeated at any time, and one that was missed is made up for by the next.
"""

from sqlalchemy import select

from townsquare.core.jobs import enqueue
from townsquare.core.notifications import notify_all
from townsquare.core.usecase import Context, use_case
from townsquare.services.elections.commands.fields import Chosen, Nothing
from townsquare.services.elections.commands.notices import TellVoters
from townsquare.services.elections.models.elections import ElectionRow
from townsquare.services.elections.models.preparing import SEALED
from townsquare.services.elections.models.reading import moment
from townsquare.services.elections.models.telling import (
    asked_of_all,
    facts_of,
    is_to_remind,
    is_worth,
    next_on_roll,
    readers_at,
    who_waits,
)

SEND = "elections.notice.send"
TELL = "elections.tell-voters"
ON_LINE = ("poll", "encrypted")


@use_case("elections.notice.due", permission=SEND)
def tell_due(ctx: Context, _wish: Nothing) -> int:
    """Ask for the mails that the clock has made due; return of how many elections it looked."""
    now, row = moment(ctx), ElectionRow
    chosen = select(row).where(
        row.tier.in_(ON_LINE), row.state == "frozen", row.opens_at <= now, row.closes_at > now
    )
    found = ctx.db.scalars(chosen).all()
    for one in found:
        if is_worth(one, "opened", now):
            _begin(ctx, TellVoters(id=one.public_id, kind="opened"))
        if is_worth(one, "reminder", now) and is_to_remind(one, now):
            _begin(ctx, TellVoters(id=one.public_id, kind="reminder"))
    return len(found)


@use_case("elections.notice.voters", permission=SEND)
def tell_voters(ctx: Context, wish: TellVoters) -> int:
    """Tell the next voters of a roll, or of these those who have not taken part; return how many.

    What is not worth telling any more is told to nobody.
    """
    row = ctx.db.scalar(select(ElectionRow).filter_by(public_id=wish.id))
    if row is None or not is_worth(row, wish.kind, moment(ctx)):
        return 0
    places = next_on_roll(ctx.db, row, after=wish.after, limit=wish.limit)
    if len(places) == wish.limit:
        _begin(ctx, wish.model_copy(update={"after": places[-1].number}))
    told = who_waits(ctx.db, row, places) if wish.kind == "reminder" else places
    return notify_all(
        ctx,
        [one.reader for one in told],
        kind=f"elections.{wish.kind}",
        subject=row.public_id,
        template=f"elections/mail/{wish.kind}.txt",
        facts=facts_of(row),
    )


@use_case("elections.notice.parts", permission=SEND)
def tell_parts(ctx: Context, wish: Chosen) -> int:
    """Tell trustees, the authority and holders of seeds what is asked of them; return how many."""
    row = ctx.db.scalar(select(ElectionRow).filter_by(public_id=wish.id, tier=SEALED))
    if row is None:
        return 0
    asked, told = asked_of_all(ctx.db, row), 0
    for (step, mark), accounts in asked.items():
        told += notify_all(
            ctx,
            readers_at(ctx.db, accounts),
            kind=f"elections.asked-{step}",
            subject=row.public_id,
            template="elections/mail/asked.txt",
            facts={**facts_of(row), "asked": step, "url": f"/elections/{row.public_id}/duty"},
            key=mark,
        )
    return told


def _begin(ctx: Context, wish: TellVoters) -> None:
    enqueue(ctx, TELL, wish, key=f"{wish.id} {wish.kind} {wish.after}")
