"""What a roll is made of, and what an election knows of a reader."""

from sqlalchemy import case, func, select

from townsquare.core.usecase import Context, query
from townsquare.services.elections.commands.fields import Chosen
from townsquare.services.elections.commands.rolls import MOST_LINES, FindRollWork
from townsquare.services.elections.errors.rolls import NoSuchPrecinctStyle
from townsquare.services.elections.models.elections import RollRow, VoterRow, is_voter
from townsquare.services.elections.models.reading import (
    contests_of,
    election_of,
    moment,
    stage_at,
)
from townsquare.services.elections.models.returns import PrecinctRow
from townsquare.services.elections.models.rolling import ChallengeRow, RemovalRow
from townsquare.services.elections.models.styles import PrecinctStyleRow, StyleRow, styles_of
from townsquare.services.elections.results.rolls import (
    Challenge,
    PrecinctStyle,
    PrecinctVoters,
    Registration,
    Removal,
    RollWork,
    StyleLine,
)
from townsquare.services.elections.rules.units import ALL

READ = "elections.election.view"


@query("elections.registration.check", permission="signed-in")
def check_registration(ctx: Context, wish: Chosen) -> Registration:
    """Return whether the reader is on the roll of an election, on what they vote, and where."""
    row = election_of(ctx, wish.id)
    chosen = (
        select(VoterRow.number, RollRow.weight, RollRow.precinct, StyleRow.code)
        .join(RollRow, RollRow.voter_id == VoterRow.id)
        .outerjoin(StyleRow, StyleRow.id == RollRow.style_id)
        .where(RollRow.election_id == row.id, is_voter(ctx.actor))
    )
    found = ctx.db.execute(chosen).first() if ctx.actor.person else None
    number, weight, precinct, style = found or ("", 0, "", "")
    asked = styles_of(ctx.db, row.id).get(style) if style else None
    titles = [one.title for one in contests_of(ctx.db, row.id) if not asked or one.code in asked]
    return Registration(
        row.public_id,
        row.title,
        stage_at(row, moment(ctx)),
        row.tier,
        row.zone,
        row.opens_at,
        row.closes_at,
        found is not None,
        number,
        weight,
        (style or ALL) if found else "",
        titles if found else [],
        precinct,
        *_place(ctx, precinct),
    )


def _place(ctx: Context, precinct: str) -> tuple[str, str, str]:
    if not precinct:
        return "", "", ""
    told = select(PrecinctRow.polling_place, PrecinctRow.address, PrecinctRow.hours)
    found = ctx.db.execute(told.where(PrecinctRow.code == precinct)).first()
    return (found.polling_place, found.address, found.hours) if found else ("", "", "")


@query("elections.precinct-style.read", permission=READ)
def read_precinct_style(ctx: Context, wish: Chosen) -> PrecinctStyle:
    """Return the style that is said of a precinct, and how many have theirs by that."""
    said = PrecinctStyleRow
    voters = (
        select(func.count(RollRow.id))
        .where(RollRow.election_id == said.election_id, RollRow.precinct == said.precinct)
        .where(RollRow.style_by_precinct)
        .scalar_subquery()
    )
    chosen = select(said.public_id, said.precinct, StyleRow.code, voters, said.version)
    mine = chosen.join(StyleRow, StyleRow.id == said.style_id).where(said.public_id == wish.id)
    found = ctx.db.execute(mine).first()
    if found is None:
        raise NoSuchPrecinctStyle
    return PrecinctStyle(*found)


@query("elections.roll.work", permission=READ)
def read_roll_work(ctx: Context, wish: FindRollWork) -> RollWork:
    """Return styles of a roll, a page of its precincts, challenges, and removals that wait."""
    election = election_of(ctx, wish.id).id
    precincts = _precincts(ctx, election, wish=wish)
    return RollWork(
        _styles(ctx, election),
        precincts[: wish.limit],
        _challenges(ctx, election),
        _removals(ctx, election),
        precincts[wish.limit - 1].precinct if len(precincts) > wish.limit else "",
    )


def _precincts(ctx: Context, election: int, *, wish: FindRollWork) -> list[PrecinctVoters]:
    """Return a page of the precincts in which somebody lives or of which a style is said.

    One more than asked for tells that there is another page.
    """
    said = PrecinctStyleRow
    lived = select(RollRow.precinct).where(RollRow.election_id == election, RollRow.precinct != "")
    place = lived.union(select(said.precinct).where(said.election_id == election)).subquery().c
    rule = (said.election_id == election) & (said.precinct == place.precinct)
    here = (RollRow.election_id == election) & (RollRow.precinct == place.precinct)
    styled = func.count(case((RollRow.style_by_precinct, RollRow.id)))
    told = func.coalesce(said.public_id, ""), func.coalesce(said.version, 0)
    style = func.coalesce(StyleRow.code, "")
    chosen = (
        select(place.precinct, func.count(RollRow.id), style, styled, *told)
        .outerjoin(RollRow, here)
        .outerjoin(said, rule)
        .outerjoin(StyleRow, StyleRow.id == said.style_id)
        .where(place.precinct > wish.after)
        .group_by(place.precinct, StyleRow.code, said.public_id, said.version)
        .order_by(place.precinct)
    )
    return [PrecinctVoters(*one) for one in ctx.db.execute(chosen.limit(wish.limit + 1))]


def _styles(ctx: Context, election: int) -> list[StyleLine]:
    voters = select(func.count(RollRow.id)).where(RollRow.style_id == StyleRow.id).scalar_subquery()
    chosen = select(StyleRow.public_id, StyleRow.code, StyleRow.title, voters)
    mine = chosen.where(StyleRow.election_id == election).order_by(StyleRow.code)
    asked = styles_of(ctx.db, election)
    return [
        StyleLine(id_, code, title, asked.get(code, []), voting)
        for id_, code, title, voting in ctx.db.execute(mine)
    ]


def _challenges(ctx: Context, election: int) -> list[Challenge]:
    chosen = select(ChallengeRow).filter_by(election_id=election).order_by(ChallengeRow.id.desc())
    return [
        Challenge(
            *(one.public_id, one.number, one.grounds, one.filed_by, one.state, one.ruling),
            one.decided_by,
            one.filed_by_id == ctx.actor.id,
        )
        for one in ctx.db.scalars(chosen.limit(MOST_LINES))
    ]


def _removals(ctx: Context, election: int) -> list[Removal]:
    voters = (
        select(func.count(RollRow.id))
        .where(RollRow.election_id == election, RollRow.precinct == RemovalRow.precinct)
        .scalar_subquery()
    )
    waiting = select(RemovalRow, voters).filter_by(election_id=election, confirmed_by_id=None)
    return [
        Removal(
            *(one.public_id, one.precinct, many, one.proposed_by),
            one.proposed_by_id == ctx.actor.id,
        )
        for one, many in ctx.db.execute(waiting.order_by(RemovalRow.id))
    ]
