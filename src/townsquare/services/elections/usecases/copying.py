"""Copies of a set-up: a new draft with the same questions, or a rehearsal of an election."""

from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import aliased

from townsquare.core.db import Model
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context, use_case
from townsquare.services.elections.commands.fields import Chosen
from townsquare.services.elections.errors import UnknownElection
from townsquare.services.elections.events import ElectionDrafted
from townsquare.services.elections.models.ceremony import SetupRow
from townsquare.services.elections.models.elections import ContestRow, ElectionRow, OptionRow
from townsquare.services.elections.models.reading import election_of
from townsquare.services.elections.models.returns import ElectionPrecinctRow
from townsquare.services.elections.models.styles import (
    PrecinctStyleRow,
    StyleContestRow,
    StyleRow,
)
from townsquare.services.elections.results.elections import Drafted

MANAGE = "elections.election.manage"
SET_UP = ("title", "description", "tier", "zone", "appeal_days", "quorum_num", "quorum_den")
TIMES = ("nominations_from", "nominations_to", "opens_at", "closes_at")
OWN = frozenset({"id", "public_id", "created_at", "version", "election_id", "contest_id"})


@use_case("elections.election.clone", permission=MANAGE)
def clone_election(ctx: Context, wish: Chosen) -> Drafted:
    """Begin a new draft with the questions, styles, rules, precincts and times of another one.

    Nobody is on its roll, and nobody has a part in it. A copy of a rehearsal is one as well.
    """
    source = _source(ctx, wish)
    return _copied(ctx, source, rehearsal=source.rehearsal, rehearsal_of=source.rehearsal_of)


@use_case("elections.election.rehearse", permission=MANAGE)
def rehearse_election(ctx: Context, wish: Chosen) -> Drafted:
    """Begin a rehearsal of an election, as `clone_election` does; nothing voted in it counts."""
    source = _source(ctx, wish)
    of = source.rehearsal_of or source.public_id
    return _copied(ctx, source, rehearsal=True, rehearsal_of=of)


def _source(ctx: Context, wish: Chosen) -> ElectionRow:
    row = election_of(ctx, wish.id)
    if row.tier == "imported":
        raise UnknownElection
    return row


def _copied(ctx: Context, source: ElectionRow, *, rehearsal: bool, rehearsal_of: str) -> Drafted:
    told = {name: getattr(source, name) for name in (*SET_UP, *TIMES)}
    if source.planned_closes_at:  # Two people moved the closing of that one alone.
        told["closes_at"] = source.planned_closes_at
    about = {"drafted_by_id": ctx.actor.id, "created_at": ctx.now()}
    about |= {"rehearsal": rehearsal, "rehearsal_of": rehearsal_of}
    row = ElectionRow(public_id=new_id(), version=1, **about, **told)
    ctx.db.add(row)
    ctx.db.flush()
    _copy_questions(ctx, source, row)
    _copy_styles(ctx, source, row)
    _copy_precinct_styles(ctx, source, row)
    places = select(ElectionPrecinctRow).filter_by(election_id=source.id)
    _put(
        ctx,
        ElectionPrecinctRow,
        [{**_facts(one), "election_id": row.id} for one in ctx.db.scalars(places)],
    )
    setup = ctx.db.get(SetupRow, source.id)
    if setup is not None:
        ctx.db.add(SetupRow(election_id=row.id, mode=setup.mode, threshold=setup.threshold))
        ctx.db.flush()
    ctx.emit(ElectionDrafted(row.public_id))
    return Drafted(row.public_id, row.version)


def _copy_questions(ctx: Context, source: ElectionRow, row: ElectionRow) -> None:
    """Copy the questions with their options; who stands for election does so for one alone."""
    asked = select(ContestRow).filter_by(election_id=source.id).order_by(ContestRow.position)
    questions = ctx.db.scalars(asked).all()
    fresh = {"created_at": ctx.now(), "version": 1, "election_id": row.id}
    _put(ctx, ContestRow, [{**_facts(one), **fresh, "public_id": new_id()} for one in questions])
    made = select(ContestRow.code, ContestRow.id).filter_by(election_id=row.id)
    places = dict(map(tuple[str, int], ctx.db.execute(made)))
    codes = {one.id: one.code for one in questions if not one.nominated}
    options = ctx.db.scalars(
        select(OptionRow).where(OptionRow.contest_id.in_(codes)).order_by(OptionRow.id)
    )
    lines = [{**_facts(one), "contest_id": places[codes[one.contest_id]]} for one in options]
    _put(ctx, OptionRow, lines)


def _copy_styles(ctx: Context, source: ElectionRow, row: ElectionRow) -> None:
    """Copy which of the questions each style asks; the codes of both are those of the source."""
    fresh = {"created_at": ctx.now(), "version": 1, "election_id": row.id}
    chosen = select(StyleRow).filter_by(election_id=source.id).order_by(StyleRow.id)
    styles = ctx.db.scalars(chosen).all()
    _put(ctx, StyleRow, [{**_facts(one), **fresh, "public_id": new_id()} for one in styles])
    style, question = aliased(StyleRow), aliased(ContestRow)
    asked = (
        select(style.id, question.id)
        .select_from(StyleContestRow)
        .join(StyleRow, StyleRow.id == StyleContestRow.style_id)
        .join(ContestRow, ContestRow.id == StyleContestRow.contest_id)
        .join(style, (style.election_id == row.id) & (style.code == StyleRow.code))
        .join(question, (question.election_id == row.id) & (question.code == ContestRow.code))
        .where(StyleRow.election_id == source.id)
    )
    ctx.db.execute(insert(StyleContestRow).from_select(["style_id", "contest_id"], asked))


def _copy_precinct_styles(ctx: Context, source: ElectionRow, row: ElectionRow) -> None:
    """Copy which style each precinct has; the styles have the same codes in both."""
    rule, style = PrecinctStyleRow, aliased(StyleRow)
    said = (
        select(rule.precinct, style.id)
        .join(StyleRow, StyleRow.id == rule.style_id)
        .join(style, (style.election_id == row.id) & (style.code == StyleRow.code))
        .where(rule.election_id == source.id)
        .order_by(rule.id)
    )
    fresh = {"created_at": ctx.now(), "version": 1, "election_id": row.id}
    lines = [
        {**fresh, "public_id": new_id(), "precinct": precinct, "style_id": style_id}
        for precinct, style_id in ctx.db.execute(said)
    ]
    _put(ctx, rule, lines)


def _facts(one: Model) -> dict[str, Any]:
    return {
        column.name: getattr(one, column.name)
        for column in one.__table__.columns
        if column.name not in OWN
    }


def _put(ctx: Context, table: type[Model], lines: list[dict[str, Any]]) -> None:
    if lines:
        ctx.db.execute(insert(table), lines)
