"""Ballots that were cast and read elsewhere: written down sorted, and counted once."""

from sqlalchemy import func, insert, select

from townsquare.core.usecase import Context, use_case
from townsquare.services.elections.commands.importing import ImportBallots
from townsquare.services.elections.errors import (
    AlreadyCounted,
    OtherBallots,
    StillRunning,
    UnknownContest,
    UnknownElection,
)
from townsquare.services.elections.events import BallotsImported
from townsquare.services.elections.models.box import ContentRow, CountRow
from townsquare.services.elections.models.elections import ContestRow, ElectionRow
from townsquare.services.elections.models.reading import contests_of, locked, moment
from townsquare.services.elections.models.tallying import tallies_of
from townsquare.services.elections.results.elections import Contest, Drafted
from townsquare.services.elections.rules.ways import RANK
from tsv1.canonical import write

RUN, IMPORTED = "elections.count.run", "imported"
AT_ONCE = 5000  # Papers in one statement.


@use_case("elections.ballots.import", permission=RUN)
def import_ballots(ctx: Context, wish: ImportBallots) -> Drafted:
    """Take the papers of a question of a frozen election, and count them; the last one closes it.

    Raises StillRunning before the closing, AlreadyCounted, OtherBallots where options or seats of
    the file are not those of the question.
    """
    row = locked(ctx, wish.id)
    if row.tier != IMPORTED:
        raise UnknownElection
    if row.state == "draft" or moment(ctx) < row.closes_at:
        raise StillRunning
    contest = _asked(ctx, row, wish)
    counted = _counted(ctx, row)
    if row.state not in ("frozen", "counting") or contest.code in counted:
        raise AlreadyCounted
    row.state, row.version = "counting", row.version + 1
    ctx.db.flush()  # Only now papers and counts may go in.
    many = _write(ctx, row, wish)
    _count(ctx, row, contest)
    if len(counted) + 1 == len(contests_of(ctx.db, row.id)):
        row.state = "closed"
        ctx.db.flush()
    ctx.emit(BallotsImported(row.public_id, contest.code, many))
    return Drafted(row.public_id, row.version)


def _asked(ctx: Context, row: ElectionRow, wish: ImportBallots) -> Contest:
    asked = [one for one in contests_of(ctx.db, row.id) if one.code == wish.contest]
    if not asked:
        raise UnknownContest
    codes = tuple(option.code for option in asked[0].options)
    if asked[0].kind != RANK or (codes, asked[0].seats) != (wish.options, wish.seats):
        raise OtherBallots(contest=wish.contest)
    marks = {code for ranks, _many in wish.papers for rank in ranks for code in rank if code}
    if marks - set(codes):
        raise OtherBallots(contest=wish.contest)
    return asked[0]


def _counted(ctx: Context, row: ElectionRow) -> set[str]:
    chosen = select(ContestRow.code).join(CountRow, CountRow.contest_id == ContestRow.id)
    return set(ctx.db.scalars(chosen.where(ContestRow.election_id == row.id)))


def _write(ctx: Context, row: ElectionRow, wish: ImportBallots) -> int:
    """Write the papers after those of other questions, and return how many there are."""
    contents = sorted(
        (write({"contest": wish.contest, "options": _paper(ranks)}).decode(), many)
        for ranks, many in wish.papers
    )
    last = select(func.max(ContentRow.position)).filter_by(poll_id=row.id)
    lines = [content for content, many in contents for _one in range(many)]
    place = (ctx.db.scalar(last) or 0) + 1
    for first in range(0, len(lines), AT_ONCE):
        numbered = enumerate(lines[first : first + AT_ONCE], place + first)
        rows = [{"poll_id": row.id, "position": at, "content": text} for at, text in numbered]
        ctx.db.execute(insert(ContentRow), rows)
    return len(lines)


def _paper(ranks: tuple[tuple[str, ...], ...]) -> list[object]:
    """Return a paper as those of a poll where it could be one, else with each of its ranks."""
    if all(len(rank) == 1 for rank in ranks):
        return [code for (code,) in ranks]
    return [list(rank) for rank in ranks]


def _count(ctx: Context, row: ElectionRow, contest: Contest) -> None:
    for one, found in tallies_of(ctx.db, row, only=contest.code):
        ctx.db.add(CountRow(contest_id=one.id, **found._asdict()))
    ctx.db.flush()
