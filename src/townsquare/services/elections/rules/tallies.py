"""The count of one question of a poll, by the engine that counts everything."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from townsquare.services.elections.rules.counting.ballots import (
    Ballot,
    Contest,
    Option,
    chosen,
    scored,
)
from townsquare.services.elections.rules.counting.counting import count
from townsquare.services.elections.rules.counting.rulesets import RuleSet
from townsquare.services.elections.rules.counting.table import CountTable
from townsquare.services.elections.rules.papers import Counted
from townsquare.services.elections.rules.ways import RANK
from tsv1.canonical import write
from tsv1.ties import tie_order
from tsv1.transcript import h32

Alike = tuple[Counted, int]  # What is marked, and on how many papers.


class Tally(NamedTuple):
    """What is kept of a count: its figures, the table in its canonical form, and what was counted.

    `votes` are those of the first stage: marks, points, first preferences, median grades or beaten
    rivals; `tied` who tied where it mattered.
    """

    papers: int
    blank: int
    votes: dict[str, int]
    elected: list[str]
    tied: list[str]
    rounds: int
    table_json: str
    table_hash: str
    input_hash: str


def tally(
    contest: Contest, papers: Iterable[Alike], *, kind: str, rules: RuleSet, seed: bytes
) -> Tally:
    """Count papers, each with how many are like it; the lot of the seed breaks ties."""
    papers = list(papers)
    order = tie_order(seed, contest.code, contest.codes())
    weighed = [(ballot_of(kind, paper), many) for paper, many in papers]
    table = count(rules, contest, weighed, tie_order=order)
    gone = {option.code: 0 for option in contest.options if option.withdrawn}
    first = table.stages[0].votes.items()
    votes = {**gone, **{code: int(many.partition(".")[0]) for code, many in first}}
    return Tally(
        table.ballots,
        sum(many for ballot, many in weighed if not ballot.marked),
        votes,
        _elected(table, votes),
        _tied(table, votes),
        len(table.stages),
        table.json.decode(),
        table.hash,
        h32("papers", write([[paper, many] for paper, many in papers])).hex(),
    )


def contest_of(
    code: str,
    options: Iterable[tuple[str, str]],
    seats: int,
    *,
    gone: AbstractSet[str] = frozenset(),
) -> Contest:
    """Return a question as the engine takes it; options are codes with their names.

    Those of `gone` stand on the ballot and can no longer win.
    """
    told = tuple(Option(option, name, withdrawn=option in gone) for option, name in options)
    return Contest(code, told, seats)


def ballot_of(kind: str, paper: Counted) -> Ballot:
    """Return a paper of the box as the engine takes it."""
    if isinstance(paper, dict):
        return scored(**paper)
    if kind == RANK:
        ranks = ((rank,) if isinstance(rank, str) else tuple(rank) for rank in paper)
        return Ballot(tuple(ranks))
    return chosen(*(code for code in paper if isinstance(code, str)))


def _elected(table: CountTable, votes: dict[str, int]) -> list[str]:
    """Return who has a seat; nobody has one by sums without a single vote."""
    summed = table.rule_set.content["method"] == "totals"
    return [code for code in table.elected if votes[code] or not summed]


def _tied(table: CountTable, votes: dict[str, int]) -> list[str]:
    ties: Sequence[str] = [code for s in table.stages for tie in s.ties for code in tie.options]
    first = len(table.stages) == 1
    return sorted({code for code in ties if votes[code] or not first})
