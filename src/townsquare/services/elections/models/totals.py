"""The totals of a paper election from its approved returns, and how they are told live."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from townsquare.core.realtime import publish
from townsquare.core.usecase import Context
from townsquare.services.elections.models.box import CountRow
from townsquare.services.elections.models.elections import ContestRow, ElectionRow, OptionRow
from townsquare.services.elections.models.majorities import reckoned, whole_of
from townsquare.services.elections.models.reading import contests_of, moment
from townsquare.services.elections.models.returning import expected
from townsquare.services.elections.models.returns import ReturnLineRow, ReturnRow
from townsquare.services.elections.models.striking import struck_in
from townsquare.services.elections.models.weighing import Alike, alike_of
from townsquare.services.elections.results.elections import Contest
from townsquare.services.elections.results.majorities import Majority
from townsquare.services.elections.results.returns import ContestTotal, ReturnLine, Totals
from townsquare.services.elections.results.voting import Struck
from townsquare.services.elections.rules.moments import stage_of
from townsquare.services.elections.rules.parts import Papers
from townsquare.services.elections.rules.returns import percent, tenths

COUNTED = ("closed", "certified", "annulled")  # Annulled ones where they were counted before.
APPROVED = ReturnRow.state == "approved"
HAS_VOTERS = ReturnRow.registered_snapshot.is_(None) | (ReturnRow.registered_snapshot > 0)
SUMMED = (ReturnRow.ballots, ReturnRow.blank, ReturnRow.spoiled)
Sums = tuple[int, int, int, int, int]  # Counted precincts, registered, ballots, blank, spoiled.
NOTHING: Sums = (0, 0, 0, 0, 0)


def totals_of(ctx: Context, row: ElectionRow) -> Totals:
    """Return the totals so far, from the approved version of each return, and who was struck."""
    now, struck = moment(ctx), struck_in(ctx.db, row.id)
    contests = [_without(one, struck.get(one.code, [])) for one in contest_totals(ctx.db, row)]
    if row.state in COUNTED:
        contests = _decided(ctx.db, row.id, contests)
    whole = sum(one.precincts for one in contests)
    counted = sum(one.counted for one in contests)
    return Totals(
        row.public_id,
        row.title,
        stage_of(row.state, now, opens=row.opens_at, closes=row.closes_at),
        row.rehearsal,
        row.closes_at,
        row.setup_hash,
        percent(counted, whole),
        counted,
        whole,
        contests,
        now,
        row.zone,
    )


def contest_totals(db: Session, row: ElectionRow) -> list[ContestTotal]:
    """Return the totals of each question so far, in four statements, and one more for a roll."""
    places, _questions = expected(db, row.id)
    sums, votes = _sums(db, row.id), _votes(db, row.id)
    return [
        _with_majority(
            db,
            row,
            _total(one, places, sums=sums.get(one.code, NOTHING), votes=votes),
            asked=one.majority,
        )
        for one in contests_of(db, row.id)
    ]


def tell_live(ctx: Context, row: ElectionRow) -> None:
    """Tell everybody who follows the count what the totals are now."""
    told = totals_of(ctx, row)
    publish(ctx, f"elections.{row.public_id}.results", told)
    publish(ctx, f"elections.{row.public_id}.turnout", turnout_of(told))


def turnout_of(told: Totals) -> dict[str, Any]:
    """Return the turnout in the counted precincts, by the first question of the ballot."""
    first: Sequence[ContestTotal] = told.contests[:1]
    ballots, registered = (
        sum(getattr(one, name) for one in first) for name in ("ballots", "registered")
    )
    return {
        "election": told.election,
        "ballots": ballots,
        "registered": registered,
        "tenths_of_percent": tenths(ballots, registered),
        "percent_counted": told.percent,
    }


def took_part(ctx: Context, row: ElectionRow) -> list[Alike]:
    """Return how many could vote in an election that is over and how many did, who count alike.

    On paper those of the counted precincts; of ballots from a file nobody knows who could vote.
    """
    if row.tier == "paper":
        told = turnout_of(totals_of(ctx, row))
        return [Alike("", 1, int(told["registered"]), int(told["ballots"]))]
    return alike_of(ctx.db, row.id)


def _decided(db: Session, election_id: int, contests: list[ContestTotal]) -> list[ContestTotal]:
    """Return the totals with who is elected by the count that was closed, if there was one."""
    chosen = (
        select(ContestRow.code, CountRow.elected, CountRow.tied)
        .join(ContestRow, ContestRow.id == CountRow.contest_id)
        .where(ContestRow.election_id == election_id)
    )
    found = {code: (elected, tied) for code, elected, tied in db.execute(chosen)}
    return [
        replace(one, elected=elected, tied=tied)
        for one in contests
        for elected, tied in (found.get(one.code, ([], [])),)
    ]


def _total(
    contest: Contest, places: int, *, sums: Sums, votes: dict[tuple[str, str], int]
) -> ContestTotal:
    counted, registered, ballots, blank, spoiled = sums
    options = [
        ReturnLine(option.code, option.title, votes.get((contest.code, option.code), 0))
        for option in contest.options
    ]
    about = (contest.code, contest.title, contest.seats, counted, places, registered)
    papers = (ballots, blank, spoiled)
    return ContestTotal(
        *(*about, *papers, options, contest.rule), elected=[], tied=[], struck=[], majority=None
    )


def _with_majority(
    db: Session, row: ElectionRow, told: ContestTotal, *, asked: Majority | None
) -> ContestTotal:
    if asked is None:
        return told
    papers = Papers(told.ballots, told.blank, told.spoiled)
    whole = whole_of(db, row, told.code, asked=asked, papers=papers)
    return replace(told, majority=reckoned(asked, whole, [one.votes for one in told.options]))


def _without(told: ContestTotal, struck: list[Struck]) -> ContestTotal:
    """Return the totals of a question with who was struck, whose votes are no majority."""
    gone, majority = {who.option for who in struck}, told.majority
    if majority and gone:
        votes = [one.votes for one in told.options if one.code not in gone]
        majority = reckoned(majority.asked, majority.whole, votes)
    return replace(told, struck=struck, majority=majority)


def _sums(db: Session, election_id: int) -> dict[str, Sums]:
    chosen = (
        select(
            ContestRow.code,
            # What has no voters is not expected, so it does not stand for one that is missing.
            func.count(case((HAS_VOTERS, ReturnRow.id))),
            # Of precincts whose registered nobody knows there is no turnout, nor of them all.
            case(
                (func.count(ReturnRow.registered_snapshot) < func.count(ReturnRow.id), 0),
                else_=func.sum(ReturnRow.registered_snapshot),
            ),
            *(func.sum(one) for one in SUMMED),
        )
        .join(ContestRow, ContestRow.id == ReturnRow.contest_id)
        .where(ReturnRow.election_id == election_id, APPROVED)
        .group_by(ContestRow.code)
    )
    return {
        code: (int(counted), int(registered), int(ballots), int(blank), int(spoiled))
        for code, counted, registered, ballots, blank, spoiled in db.execute(chosen)
    }


def _votes(db: Session, election_id: int) -> dict[tuple[str, str], int]:
    chosen = (
        select(ContestRow.code, OptionRow.code, func.sum(ReturnLineRow.votes))
        .select_from(ReturnRow)
        .join(ReturnLineRow, ReturnLineRow.return_id == ReturnRow.id)
        .join(OptionRow, OptionRow.id == ReturnLineRow.option_id)
        .join(ContestRow, ContestRow.id == ReturnRow.contest_id)
        .where(ReturnRow.election_id == election_id, APPROVED)
        .group_by(ContestRow.code, OptionRow.code)
    )
    return {(contest, option): int(votes) for contest, option, votes in db.execute(chosen)}
