"""The counts of a closed poll, from the papers that were written down and nothing else."""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from townsquare.services.elections.models.box import ContentRow, CountRow
from townsquare.services.elections.models.elections import ContestRow, ElectionRow
from townsquare.services.elections.models.majorities import settled
from townsquare.services.elections.models.nominating import NOBODY, struck_of
from townsquare.services.elections.models.reading import contests_of
from townsquare.services.elections.models.totals import contest_totals
from townsquare.services.elections.rules.ways import CHOOSE

if TYPE_CHECKING:
    from townsquare.services.elections.rules.tallies import Alike, Tally


def tallies_of(
    db: Session, row: ElectionRow, *, only: str = ""
) -> Iterable[tuple[ContestRow, "Tally"]]:
    """Return each question of a poll with its count; papers that are alike count as one line.

    A vote of weight 3 counts as three papers. Nobody is elected without the majority that their
    question asks for.

    `only` is the code of a question to be counted alone. Of an election on paper the approved
    returns are counted.
    """
    if row.tier == "paper":
        yield from tallies_on_paper(db, row)
        return
    # The engine is for a minute after a closing, and not in the memory of every process.
    from townsquare.services.elections.rules.ruling import rules_of  # noqa: PLC0415 (as said above)
    from townsquare.services.elections.rules.tallies import (  # noqa: PLC0415 (as said above)
        contest_of,
        tally,
    )

    chosen = select(ContestRow).filter_by(election_id=row.id, **({"code": only} if only else {}))
    questions = db.scalars(chosen).all()
    papers = _papers(db, row.id)
    named = {contest.code: contest for contest in contests_of(db, row.id)}
    struck = struck_of(db, row.id)
    for contest in questions:
        told = named[contest.code]
        options = [(option.code, option.title) for option in told.options]
        found = tally(
            contest_of(contest.code, options, contest.seats, gone=struck.get(contest.id, NOBODY)),
            papers.get(contest.code, []),
            kind=contest.kind,
            rules=rules_of(told),
            seed=bytes.fromhex(row.setup_hash),
        )
        yield contest, settled(db, row, found, contest=contest)


def miscounted(db: Session, row: ElectionRow) -> list[str]:
    """Return the questions of a poll that counted anew have other votes or other winners."""
    chosen = select(CountRow).join(ContestRow, ContestRow.id == CountRow.contest_id)
    counts = db.scalars(chosen.where(ContestRow.election_id == row.id))
    kept = {one.contest_id: one for one in counts}
    return [
        contest.public_id
        for contest, found in tallies_of(db, row)
        if (one := kept.get(contest.id)) is None
        or any(getattr(one, name) != told for name, told in found._asdict().items())
    ]


def tallies_on_paper(db: Session, row: ElectionRow) -> Iterable[tuple[ContestRow, "Tally"]]:
    """Return each question of a paper election with the count of its approved returns.

    Each vote stands for a paper on which it is the only one: sums and who has most of them do not
    depend on how votes lay on papers. Who was struck keeps the votes that were returned, and is not
    elected.
    """
    from townsquare.services.elections.rules.counting.rulesets import (  # noqa: PLC0415 (as above)
        rule_set,
    )
    from townsquare.services.elections.rules.counting.totals import (  # noqa: PLC0415 (as above)
        USUAL,
    )
    from townsquare.services.elections.rules.tallies import (  # noqa: PLC0415 (as above)
        contest_of,
        tally,
    )

    rules = rule_set("choose", 1, USUAL, {"min_marks": 1, "max_marks": 1})
    totals = {one.code: one for one in contest_totals(db, row)}
    struck = struck_of(db, row.id)
    for contest in db.scalars(select(ContestRow).filter_by(election_id=row.id)).all():
        told = totals[contest.code]
        found = tally(
            contest_of(
                contest.code,
                [(one.code, one.title) for one in told.options],
                told.seats,
                gone=struck.get(contest.id, NOBODY),
            ),
            [([one.code], one.votes) for one in told.options if one.votes],
            kind=CHOOSE,
            rules=rules,
            seed=bytes.fromhex(row.setup_hash),
        )
        votes = {one.code: one.votes for one in told.options}
        found = found._replace(papers=told.ballots, blank=told.blank, votes=votes)
        yield contest, settled(db, row, found, contest=contest, spoiled=told.spoiled)


def _papers(db: Session, poll: int) -> dict[str, list["Alike"]]:
    found: dict[str, list[Alike]] = {}
    alike = select(ContentRow.content, func.sum(ContentRow.weight))
    grouped = alike.where(ContentRow.poll_id == poll).group_by(ContentRow.content)
    # Sorted here: a hash of them is the same whatever a database takes for their order.
    for content, many in sorted(map(tuple[str, int], db.execute(grouped))):
        told = json.loads(content)
        found.setdefault(told["contest"], []).append((told["options"], int(many)))
    return found
