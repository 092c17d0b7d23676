"""Styles: which of the questions some of the voters of a draft answer."""

from sqlalchemy import delete, exists, insert, select
from sqlalchemy.exc import IntegrityError

from townsquare.core.db import breaks
from townsquare.core.errors import Invalid
from townsquare.core.usecase import Context, use_case
from townsquare.core.words import translatable
from townsquare.services.elections.commands.fields import Chosen
from townsquare.services.elections.commands.rolls import DefineStyle, RevisePlace
from townsquare.services.elections.errors import UnknownEntry
from townsquare.services.elections.errors.rolls import (
    NoSuchStyle,
    StyleExists,
    StyleInUse,
    StyleOfPrecincts,
)
from townsquare.services.elections.events.rolls import StylesChanged
from townsquare.services.elections.models.elections import ContestRow, RollRow
from townsquare.services.elections.models.reading import draft, draft_around
from townsquare.services.elections.models.styles import (
    ONE_STYLE,
    PrecinctStyleRow,
    StyleContestRow,
    StyleRow,
    style_named,
    style_of_precinct,
)
from townsquare.services.elections.results.elections import Drafted
from townsquare.services.elections.rules.units import ALL

MANAGE = "elections.roll.manage"
NO_QUESTION = translatable("There is no question {codes} in this election.")
TAKEN = translatable("This code is for those who vote on all questions; choose another.")


@use_case("elections.style.define", permission=MANAGE)
def define_style(ctx: Context, wish: DefineStyle) -> Drafted:
    """Define a style of a draft: which of its questions those answer who have it."""
    if wish.code == ALL:
        raise Invalid(fields={"code": TAKEN})
    row = draft(ctx, wish.id)
    asked = dict.fromkeys(line.strip() for line in wish.contests.splitlines() if line.strip())
    known = select(ContestRow.code, ContestRow.id).where(ContestRow.election_id == row.id)
    ids = {code: id_ for code, id_ in ctx.db.execute(known)}  # noqa: C416 (rows are no pairs)
    if not asked or (wrong := ", ".join(asked.keys() - ids.keys())):
        codes = wrong if asked else ""
        raise Invalid(fields={"contests": NO_QUESTION.format(codes=codes)})
    facts = {"created_at": ctx.now(), "election_id": row.id}
    style = StyleRow(**facts, code=wish.code, title=wish.title)
    ctx.db.add(style)
    try:
        ctx.db.flush()
    except IntegrityError as error:
        if breaks(error, ONE_STYLE):
            raise StyleExists(style=wish.code) from error
        raise
    ctx.db.execute(
        insert(StyleContestRow), [{"style_id": style.id, "contest_id": ids[one]} for one in asked]
    )
    ctx.emit(StylesChanged(row.public_id, style.code))
    return Drafted(row.public_id, row.version)


@use_case("elections.style.drop", permission=MANAGE)
def drop_style(ctx: Context, wish: Chosen) -> Drafted:
    """Take a style out of a draft that no precinct and nobody on its roll has."""
    row, style = draft_around(ctx, StyleRow, wish.id, missing=NoSuchStyle)
    of_precincts = select(PrecinctStyleRow.precinct).filter_by(election_id=row.id)
    precinct = ctx.db.scalar(of_precincts.filter_by(style_id=style.id).limit(1))
    if precinct is not None:
        raise StyleOfPrecincts(precinct=precinct, style=style.code)
    if ctx.db.scalar(select(exists().where(RollRow.style_id == style.id))):
        raise StyleInUse(style=style.code)
    ctx.db.execute(delete(StyleContestRow).where(StyleContestRow.style_id == style.id))
    ctx.db.delete(style)
    ctx.db.flush()
    ctx.emit(StylesChanged(row.public_id, style.code))
    return Drafted(row.public_id, row.version)


@use_case("elections.roll.revise", permission=MANAGE)
def revise_place(ctx: Context, wish: RevisePlace) -> Drafted:
    """Say anew on which questions, where and how much somebody on the roll of a draft votes.

    Who is given no style has the one of their precinct.
    """
    row, entry = draft_around(ctx, RollRow, wish.id, missing=UnknownEntry)
    entry.precinct, entry.weight, entry.version = wish.precinct, wish.weight, entry.version + 1
    said = None if wish.style else style_of_precinct(ctx.db, row.id, wish.precinct)
    entry.style_id = style_named(ctx.db, row.id, wish.style) if wish.style else said
    entry.style_by_precinct = said is not None
    ctx.db.flush()
    ctx.emit(StylesChanged(row.public_id, wish.style or ALL))
    return Drafted(row.public_id, row.version)
