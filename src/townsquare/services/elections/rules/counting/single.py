"""Counts of one stage: totals that are compared, and the options that have most."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from townsquare.services.elections.rules.counting.amounts import Amount, Scale
from townsquare.services.elections.rules.counting.running import CONTINUING, ELECTED, Case
from townsquare.services.elections.rules.counting.table import CountTable, Line, Stage
from townsquare.services.elections.rules.counting.ties import ELECT, TieBreaker

BLANK, INVALID = "blank", "invalid"


@dataclass
class Totals:
    """What one look at all papers finds: totals, and papers set aside by reason."""

    votes: dict[str, Amount]
    aside: dict[str, int] = field(default_factory=lambda: {BLANK: 0, INVALID: 0})


def candidates(case: Case) -> list[str]:
    """Return the options that are not withdrawn, in the order of the table."""
    gone = {option.code for option in case.contest.options if option.withdrawn}
    return [code for code in case.contest.codes() if code not in gone]


def electable(case: Case, codes: Sequence[str]) -> list[str]:
    """Return those of these that may win: not what stands for undeclared write-ins."""
    written = {option.code for option in case.contest.options if option.write_in}
    return [code for code in codes if code not in written]


def highest(case: Case, votes: Mapping[str, Amount], ties: TieBreaker) -> list[str]:
    """Return those with most, as many as seats; a tie is broken only where a seat depends on it."""
    can = electable(case, list(votes))
    levels = sorted({votes[code] for code in can}, reverse=True)
    return seated(case, [[code for code in can if votes[code] == level] for level in levels], ties)


def seated(case: Case, levels: Sequence[Sequence[str]], ties: TieBreaker) -> list[str]:
    """Return as many as seats, the first levels first; a tie is broken only at the cut."""
    won: list[str] = []
    for level in levels:
        equal = case.in_order(level)
        while equal and len(won) < case.contest.seats:
            fits = len(equal) <= case.contest.seats - len(won)
            won.append(equal[0] if fits else ties.choose(equal, ELECT))
            equal.remove(won[-1])
    return won


def stage_of(case: Case, totals: Totals, *, scale: Scale, won: Sequence[str], said: str) -> Stage:
    """Return the only stage of such a count, without its ties."""
    text = scale.text
    lines = tuple(
        Line(code, text(votes), text(votes), ELECTED if code in won else CONTINUING)
        for code, votes in totals.votes.items()
    )
    aside = tuple((why, str(weight)) for why, weight in totals.aside.items())
    names = {option.code: option.called for option in case.contest.options}
    result = (
        f"; elected: {', '.join(names[code] for code in won)}" if won else "; nobody is elected"
    )
    return Stage(
        number=1,
        act="first",
        moved=(),
        threshold="0",
        lines=lines,
        exhausted=aside,
        nontransferable=str(sum(totals.aside.values())),
        rounding="0",
        elected=tuple(won),
        excluded=(),
        ties=(),
        reason=said + result,
    )


def table_of(case: Case, stage: Stage, facts: Mapping[str, Any] | None = None) -> CountTable:
    """Return the table of one stage and of what else was found."""
    return CountTable(
        case.rules, case.contest, case.weight, (stage,), tuple(stage.elected), facts or {}
    )
