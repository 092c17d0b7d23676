"""Rounds of a count, read from the table that was written down once."""

import json
from typing import Any

from sqlalchemy import select

from townsquare.core.frozen import dataclass
from townsquare.core.usecase import Context, query
from townsquare.services.elections.commands.counts import ChosenContest, FindRounds
from townsquare.services.elections.errors import NotCounted, UnknownContest
from townsquare.services.elections.models.box import CountRow
from townsquare.services.elections.models.elections import ContestRow, ElectionRow
from townsquare.services.elections.models.reading import contests_of, election_of
from townsquare.services.elections.models.striking import struck_in
from townsquare.services.elections.models.weighing import alike_of, weighed
from townsquare.services.elections.queries.majorities import majorities_of
from townsquare.services.elections.results.elections import Contest
from townsquare.services.elections.results.rounds import (
    Aside,
    Levels,
    Lot,
    Pair,
    Round,
    RoundLine,
    Rounds,
    Tied,
)
from tsv1.ties import lot, tie_order

COUNTED = ("closed", "certified", "annulled")  # Annulled ones where they were counted before.
MOST_PAIRS = 20 * 19  # Of a table that people can look at.
LOT = "lot"


@dataclass(frozen=True)
class CanonicalTable:
    """The whole table of a count as canonical JSON, and its hash."""

    contest: str
    hash: str
    text: str


@query("elections.rounds.read", permission="public")
def read_rounds(ctx: Context, wish: FindRounds) -> Rounds:
    """Return some rounds of the count of a question, each with its reason."""
    row, contest, counted = _counted(ctx, wish)
    table = json.loads(counted.table_json)
    stages, end = table["stages"], wish.first - 1 + wish.limit
    drawn = any(tie["step"] == LOT for stage in stages for tie in stage["ties"])
    facts = table["facts"]
    return Rounds(
        row.public_id,
        row.title,
        row.rehearsal,
        contest.code,
        contest.title,
        contest.kind,
        contest.rule,
        table["rules"]["hash"],
        contest.seats,
        counted.papers,
        counted.blank,
        contest.options,
        counted.elected,
        len(stages),
        [_round(stage) for stage in stages[wish.first - 1 : end]],
        end + 1 if end < len(stages) else 0,
        row.setup_hash,
        _lots(row, contest) if drawn else [],
        [Levels(one["option"], one["from_worst"]) for one in facts.get("grades", [])],
        _pairs(facts),
        counted.table_hash,
        counted.input_hash,
        weighed(alike_of(ctx.db, row.id)).by_weight,
        _struck(ctx, row, contest),
        majorities_of(ctx, row, {contest.code: counted}, contests=[contest]).get(contest.code),
    )


@query("elections.table.read", permission="public")
def read_table(ctx: Context, wish: ChosenContest) -> CanonicalTable:
    """Return the whole table of a count in its canonical form, whose hash anybody can compute."""
    _row, contest, counted = _counted(ctx, wish)
    return CanonicalTable(contest.code, counted.table_hash, counted.table_json)


def _counted(ctx: Context, wish: ChosenContest) -> tuple[ElectionRow, Contest, CountRow]:
    row = election_of(ctx, wish.id)
    if row.state not in COUNTED:
        raise NotCounted
    asked = next((one for one in contests_of(ctx.db, row.id) if one.code == wish.contest), None)
    if asked is None:
        raise UnknownContest
    chosen = select(CountRow).join(ContestRow, ContestRow.id == CountRow.contest_id)
    counted = ctx.db.scalar(chosen.where(ContestRow.public_id == asked.id))
    if counted is None:
        raise NotCounted
    return row, asked, counted


def _struck(ctx: Context, row: ElectionRow, contest: Contest) -> list[str]:
    """Return who was struck out of a question whose count on the board knows nothing of it."""
    if row.tier != "encrypted":
        return []  # There nobody who was struck is in the count.
    return [one.name for one in struck_in(ctx.db, row.id).get(contest.code, [])]


def _round(stage: dict[str, Any]) -> Round:
    return Round(
        stage["number"],
        stage["act"],
        stage["moved"],
        stage["threshold"],
        [RoundLine(**line) for line in stage["options"]],
        [Aside(**one) for one in stage["exhausted"]],
        stage["nontransferable"],
        stage["rounding"],
        stage["elected"],
        stage["excluded"],
        [Tied(**tie) for tie in stage["ties"]],
        stage["reason"],
    )


def _lots(row: ElectionRow, contest: Contest) -> list[Lot]:
    seed, codes = bytes.fromhex(row.setup_hash), [option.code for option in contest.options]
    order = tie_order(seed, contest.code, codes)
    return [Lot(code, lot(seed, contest.code, code).hex()) for code in order]


def _pairs(facts: dict[str, Any]) -> list[Pair]:
    told = facts.get("pairs", [])
    return [Pair(**pair) for pair in told] if len(told) <= MOST_PAIRS else []
