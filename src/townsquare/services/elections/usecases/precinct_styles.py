"""The styles of whole precincts: said once, for who is on the roll of a draft and who comes."""

from sqlalchemy import select

from townsquare.core.errors import StaleVersion
from townsquare.core.usecase import Context, use_case
from townsquare.services.elections.commands.fields import ChosenVersion
from townsquare.services.elections.commands.rolls import DefinePrecinctStyle, RevisePrecinctStyle
from townsquare.services.elections.errors.rolls import NoSuchPrecinctStyle, PrecinctStyled
from townsquare.services.elections.events.rolls import PrecinctStyleSaid
from townsquare.services.elections.models.elections import ElectionRow
from townsquare.services.elections.models.reading import draft, draft_around
from townsquare.services.elections.models.styles import (
    PrecinctStyleRow,
    follow_precinct,
    style_named,
)
from townsquare.services.elections.results.rolls import PrecinctStyle
from townsquare.services.elections.rules.units import ALL

MANAGE = "elections.roll.manage"


@use_case("elections.precinct-style.define", permission=MANAGE)
def define_precinct_style(ctx: Context, wish: DefinePrecinctStyle) -> PrecinctStyle:
    """Say which style those of a precinct of a draft have who have none of their own.

    Whoever is on the roll there gets it now, whoever comes later as they come.
    """
    row = draft(ctx, wish.id)  # Nobody else says one of this precinct before we are done.
    already = select(PrecinctStyleRow.public_id).filter_by(
        election_id=row.id, precinct=wish.precinct
    )
    if (found := ctx.db.scalar(already)) is not None:
        raise PrecinctStyled(precinct=wish.precinct, precinct_style=found)
    style = style_named(ctx.db, row.id, wish.style)
    facts = {"created_at": ctx.now(), "election_id": row.id}
    said = PrecinctStyleRow(**facts, precinct=wish.precinct, style_id=style)
    ctx.db.add(said)
    ctx.db.flush()
    return _followed(ctx, row, said, style=wish.style)


@use_case("elections.precinct-style.revise", permission=MANAGE)
def revise_precinct_style(ctx: Context, wish: RevisePrecinctStyle) -> PrecinctStyle:
    """Say that a precinct of a draft has another style; who has theirs by it goes with it."""
    row, said = _as_read(ctx, wish.id, wish.version)
    said.style_id = style_named(ctx.db, row.id, wish.style)
    said.version += 1
    ctx.db.flush()
    return _followed(ctx, row, said, style=wish.style)


@use_case("elections.precinct-style.drop", permission=MANAGE)
def drop_precinct_style(ctx: Context, wish: ChosenVersion) -> PrecinctStyle:
    """Take the style of a precinct of a draft away; who had it by that votes on all questions."""
    row, said = _as_read(ctx, wish.id, wish.version)
    ctx.db.delete(said)
    ctx.db.flush()
    return _followed(ctx, row, said, style="")


def _as_read(ctx: Context, public_id: str, seen: int) -> tuple[ElectionRow, PrecinctStyleRow]:
    row, said = draft_around(ctx, PrecinctStyleRow, public_id, missing=NoSuchPrecinctStyle)
    if said.version != seen:
        raise StaleVersion
    return row, said


def _followed(
    ctx: Context, row: ElectionRow, said: PrecinctStyleRow, *, style: str
) -> PrecinctStyle:
    many = follow_precinct(ctx.db, row.id, said.precinct)
    ctx.emit(PrecinctStyleSaid(row.public_id, said.precinct, style or ALL, many))
    return PrecinctStyle(said.public_id, said.precinct, style, many, said.version)
