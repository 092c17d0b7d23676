"""Results, from the counts that were made once at the closing."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select

from townsquare.core.usecase import Context, query
from townsquare.services.elections.commands.fields import Chosen
from townsquare.services.elections.commands.voting import FindReceipt
from townsquare.services.elections.errors import NotCounted
from townsquare.services.elections.models.box import CountRow, ReceiptRow
from townsquare.services.elections.models.elections import ContestRow, ElectionRow
from townsquare.services.elections.models.reading import contests_of, election_of
from townsquare.services.elections.models.sealed_counts import own_counts
from townsquare.services.elections.models.striking import struck_in
from townsquare.services.elections.models.styles import styles_of
from townsquare.services.elections.models.totals import COUNTED, took_part
from townsquare.services.elections.models.weighing import Alike, asked_of, weighed
from townsquare.services.elections.queries.majorities import majorities_of
from townsquare.services.elections.results.elections import Contest
from townsquare.services.elections.results.majorities import MajorityCount
from townsquare.services.elections.results.voting import (
    ContestCount,
    Counts,
    Inclusion,
    OptionCount,
    Struck,
)
from townsquare.services.elections.rules.parts import reaches
from townsquare.services.elections.rules.ways import most_votes

IMPORTED, SEALED = "imported", "encrypted"
# Who was struck out of a question; and who is elected and who tied without them, on a board.
Ruled = tuple[list[Struck], tuple[list[str], list[str]] | None]
PLAIN: Ruled = ([], None)


@query("elections.result.read", permission="public")
def read_result(ctx: Context, wish: Chosen) -> Counts:
    """Return the result of a poll that has closed and was counted."""
    row = election_of(ctx, wish.id)
    if row.state not in COUNTED:
        raise NotCounted
    chosen = (
        select(ContestRow.code, CountRow)
        .join(ContestRow, ContestRow.id == CountRow.contest_id)
        .where(ContestRow.election_id == row.id)
    )
    rows: Iterable[Any] = ctx.db.execute(chosen).all()
    found: dict[str, CountRow] = dict(rows)
    if not found:
        raise NotCounted
    took = _took_part(ctx, row, found)
    whole = weighed(took)
    about = (row.public_id, row.title, row.tier, row.state, row.rehearsal, row.zone, row.closes_at)
    asked = (row.quorum_num, row.quorum_den)
    # By weight; and of nobody knows how many, no part is reached.
    reached = not row.quorum_num or (
        whole.weight > 0 and reaches(whole.weight_voted, whole.weight, asked)
    )
    quorum, weights = (*asked, reached), (whole.by_weight, whole.weight, whole.weight_voted)
    styles = styles_of(ctx.db, row.id) if any(one.style for one in took) else {}
    ruled, asks = _ruled(ctx, row), contests_of(ctx.db, row.id)
    majorities = majorities_of(ctx, row, found, contests=asks)
    contests = [
        _told(
            one,
            found[one.code],
            majorities.get(one.code),
            people=weighed(asked_of(took, one.code, styles)).voted,
            ruled=ruled.get(one.code, PLAIN),
            sealed=row.tier == SEALED,
        )
        for one in asks
    ]
    return Counts(*about, whole.voters, whole.voted, *quorum, row.setup_hash, contests, *weights)


@query("elections.receipt.find", permission="public")
def find_receipt(ctx: Context, wish: FindReceipt) -> Inclusion:
    """Tell whether the vote of a receipt was in the box of a closed poll."""
    row = election_of(ctx, wish.id)
    if row.state not in COUNTED:
        raise NotCounted
    typed = wish.receipt.upper().replace(" ", "")
    known = select(ReceiptRow.receipt).filter_by(poll_id=row.id, receipt=typed)
    return Inclusion(typed, ctx.db.scalar(known) is not None)


def _took_part(ctx: Context, row: ElectionRow, found: Mapping[str, CountRow]) -> list[Alike]:
    if row.tier == IMPORTED:
        return [Alike("", 1, 0, max(counted.papers for counted in found.values()))]
    return took_part(ctx, row)


def _ruled(ctx: Context, row: ElectionRow) -> dict[str, Ruled]:
    """Return what the town says of each question out of which somebody was struck."""
    struck = struck_in(ctx.db, row.id)
    own = own_counts(ctx.db, row) if struck and row.tier == SEALED else {}
    return {code: (told, own.get(code)) for code, told in struck.items()}


def _told(
    contest: Contest,
    counted: CountRow,
    majority: MajorityCount | None,
    *,
    people: int,
    ruled: Ruled,
    sealed: bool,
) -> ContestCount:
    struck, own = ruled
    elected, tied = own or (counted.elected, counted.tied)
    options = [
        OptionCount(
            option.code,
            option.title,
            int(counted.votes[option.code]),
            option.code in elected,
            option.code in tied,
        )
        for option in contest.options
    ]
    return ContestCount(
        contest.code,
        contest.title,
        contest.seats,
        counted.papers,
        counted.blank,
        contest.kind,
        contest.rule,
        most_votes(contest, counted.papers),
        counted.rounds,
        counted.table_hash,
        options,
        people,
        struck,
        counted.elected if sealed else [],
        majority,
    )
