"""The counts of an encrypted election, from its result and the lot of the seeds."""

from collections import Counter
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from townsquare.core.frozen import dataclass
from townsquare.services.elections.models.appending import last_of
from townsquare.services.elections.models.ballots import BallotRow
from townsquare.services.elections.models.ceremony import CredentialRow, TieSeedRow
from townsquare.services.elections.models.elections import ContestRow, ElectionRow
from townsquare.services.elections.models.nominating import NOBODY, struck_of
from townsquare.services.elections.models.reading import contests_of
from townsquare.services.elections.models.sealed import message_of

if TYPE_CHECKING:
    from townsquare.services.elections.rules.counting.rulesets import RuleSet
    from townsquare.services.elections.rules.tallies import Tally

ENGINE = "townsquare 1"
EVERYBODY: Mapping[int, AbstractSet[str]] = {}  # Nobody is gone.
Body = dict[str, Any]


@dataclass(frozen=True)
class SealedCount:
    """The count of one question: the entry of the board, and what the table of counts keeps."""

    contest_id: int
    entry: Body
    facts: Body


def counts_of(db: Session, row: ElectionRow, result: Body) -> Iterator[SealedCount]:
    """Yield the count of each question, by the engine that counts everything.

    Whoever was struck wins here as anybody does: verifying programs make the same of the sums.
    """
    asked_of = _weights(db, row)
    for contest, found in _tallies(db, row, result):
        hashed, numbers = _input(result, contest.code), _added(result, contest.code)
        blank = sum(numbers[len(found.votes) :]) if contest.kind == "choose" else 0
        counted = {"papers": asked_of[contest.code], "blank": blank, "input_hash": hashed}
        entry = {
            "contest": contest.code,
            "rule_set": contest.rule,
            "input": hashed,
            "engine": ENGINE,
            "elected": found.elected,
            "table": found.table_hash,
        }
        yield SealedCount(contest.id, entry, {**found._asdict(), **counted})


def own_counts(db: Session, row: ElectionRow) -> dict[str, tuple[list[str], list[str]]]:
    """Return who is elected and who tied without the struck, by questions that have some.

    The same rule, the same lot and the sums that the board proves; only the struck cannot win.
    Nothing before the result. Questions out of which nobody was struck are not counted again.
    """
    gone, found = struck_of(db, row.id), last_of(db, row.id, "result")
    if not gone or found is None:
        return {}
    return {
        contest.code: (told.elected, told.tied)
        for contest, told in _tallies(db, row, found[1], gone=gone)
    }


def _tallies(
    db: Session, row: ElectionRow, result: Body, *, gone: Mapping[int, AbstractSet[str]] = EVERYBODY
) -> Iterator[tuple[ContestRow, "Tally"]]:
    """Yield the count of each question from its sums.

    Where somebody is `gone` only their questions are counted, in which they cannot win.
    """
    # The engine is for a minute after a closing, and not in the memory of every process.
    from townsquare.services.elections.rules.sealed_sums import (  # noqa: PLC0415 (as said above)
        papers_of,
    )
    from townsquare.services.elections.rules.tallies import (  # noqa: PLC0415 (as said above)
        contest_of,
        tally,
    )

    seed = _seed(db, row)
    named = {one.code: one.options for one in contests_of(db, row.id)}
    asked = select(ContestRow).filter_by(election_id=row.id).order_by(ContestRow.position)
    if gone:
        asked = asked.where(ContestRow.id.in_(gone))
    for contest in db.scalars(asked).all():
        options = [(option.code, option.title) for option in named[contest.code]]
        struck = gone.get(contest.id, NOBODY)
        told = contest_of(contest.code, options, contest.seats, gone=struck)
        codes, numbers = [code for code, _title in options], _added(result, contest.code)
        papers = papers_of(contest.kind, codes, numbers)
        rules = _rules(contest)
        yield contest, tally(told, papers, kind=contest.kind, rules=rules, seed=seed)


def _rules(contest: ContestRow) -> "RuleSet":
    """Return the rules of a question without the limits of its ballot: proofs have kept to them.

    What is left are sums, in which nobody can tell any more what stood together on one ballot.
    """
    from townsquare.services.elections.rules.counting.rulesets import (  # noqa: PLC0415 (engine)
        UNLIMITED,
        rule_set,
    )
    from townsquare.services.elections.rules.ruling import rules_of  # noqa: PLC0415 (engine)

    rules = rules_of(contest)
    if contest.kind != "choose":
        return rules
    free = {"min_marks": 0, "max_marks": UNLIMITED, "max_is_seats": False}
    return rule_set(rules.code, rules.version, rules.content, free)


def _seed(db: Session, row: ElectionRow) -> bytes:
    from tsv1.ties import joint_seed  # noqa: PLC0415 (it brings the whole protocol)

    chosen = select(TieSeedRow.seed).filter_by(election_id=row.id).order_by(TieSeedRow.number)
    return joint_seed(row.public_id, [bytes.fromhex(seed or "") for seed in db.scalars(chosen)])


def _answers(result: Body, contest: str) -> list[tuple[Body, list[int]]]:
    return [
        (group, one["cells"])
        for group in result["groups"]
        for one in group["contests"]
        if one["contest"] == contest
    ]


def _added(result: Body, contest: str) -> list[int]:
    """Return the cells of a question, all groups together."""
    return [
        sum(cells) for cells in zip(*(one for _g, one in _answers(result, contest)), strict=True)
    ]


def _weights(db: Session, row: ElectionRow) -> Counter[str]:
    """Return by how much each question was answered: by those voters whose style has it."""
    cast = exists().where(
        BallotRow.election_id == row.id, BallotRow.credential_id == CredentialRow.id
    )
    chosen = select(CredentialRow.style, func.sum(CredentialRow.weight)).where(
        CredentialRow.election_id == row.id, CredentialRow.state == "active", cast
    )
    found, styles = Counter[str](), message_of(db, row).styles
    for style, weight in db.execute(chosen.group_by(CredentialRow.style)):
        found.update(dict.fromkeys(styles[style], int(weight)))
    return found


def _input(result: Body, contest: str) -> str:
    """Return the hash of what a count is made of, as verifiers make it again."""
    from tsv1.board import body_hash  # noqa: PLC0415 (beside the engine)

    groups = [
        {"group": group["group"], "cells": cells} for group, cells in _answers(result, contest)
    ]
    return body_hash({"contest": contest, "groups": groups}).hex()
