"""Count a file of ballots: by a rule set of ours, or by a rule file that describes it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from townsquare.services.elections.readers.blt import blt
from townsquare.services.elections.readers.castvotes import cast_votes
from townsquare.services.elections.readers.preflib import preflib
from townsquare.services.elections.readers.rctab import rule_file
from townsquare.services.elections.readers.scottish import scottish_ward
from townsquare.services.elections.readers.unreadable import Unreadable
from townsquare.services.elections.rules.counting.ballots import Contest, Weighted
from townsquare.services.elections.rules.counting.counting import count
from townsquare.services.elections.rules.counting.presets import PRESETS
from townsquare.services.elections.rules.counting.rulesets import RuleSet
from townsquare.services.elections.rules.counting.table import CountTable

WARDS: dict[str, Callable[[str], tuple[Contest, list[Weighted]]]] = {
    ".csv": scottish_ward,
    ".blt": blt,
    **dict.fromkeys((".soc", ".soi", ".toc", ".toi"), preflib),
}
WORKBOOK = ".xlsx"


@dataclass(frozen=True)
class ToCount:
    """What was read: a contest, the rules it is counted by, and its papers."""

    contest: Contest
    rules: RuleSet
    papers: Sequence[Weighted]


def read_file(file: Path, rules: str) -> ToCount:
    """Return what this file holds; `rules` is a code of ours or the path of a rule file.

    Unreadable: there are no such rules, or the file is damaged or of another kind.
    """
    if file.suffix == WORKBOOK:
        return _workbook(file, Path(rules))
    if rules not in PRESETS:
        message = f"no such rules: {rules}; there are {', '.join(sorted(PRESETS))}"
        raise Unreadable(message)
    if file.suffix not in WARDS:
        message = f"no such kind of file: {file.suffix or file.name}"
        raise Unreadable(message)
    chosen = PRESETS[rules].content
    if chosen["method"] == "grades" or chosen.get("points") == "score":
        message = f"{rules} sums up points or grades, and such a file holds ranks; choose others"
        raise Unreadable(message)
    contest, papers = WARDS[file.suffix](_text(file))
    return ToCount(contest, PRESETS[rules], papers)


def count_file(
    file: Path,
    rules: str,
    *,
    tie_order: Sequence[str] = (),
    drawn: Sequence[Sequence[str]] = (),
) -> CountTable:
    """Return the table of this file; see `read_file` for what is refused, `count` for the rest."""
    read = read_file(file, rules)
    return count(read.rules, read.contest, read.papers, tie_order=tie_order, drawn=drawn)


def told(table: CountTable) -> list[str]:
    """Return the lines in which a terminal shows a table."""
    name = {option.code: option.called for option in table.contest.options}
    lines = [f"{table.contest.code}: {table.ballots:,} papers, {table.contest.seats} to elect"]
    for stage in table.stages:
        lines += ["", f"{stage.number}. {stage.reason}"]
        lines += [
            f"   {line.votes:>16} {line.transfer:>16}  {name[line.option]} ({line.option})"
            for line in stage.lines
            if line.votes.strip("0.") or line.transfer.strip("0.")
        ]
        lines += [
            f"   {tie.step} decides for {name[tie.chosen]} among"
            f" {', '.join(name[code] for code in tie.options)} (to {tie.purpose})"
            for tie in stage.ties
        ]
    elected = ", ".join(f"{name[code]} ({code})" for code in table.elected) or "nobody"
    rules = table.rule_set
    lines += ["", f"Elected: {elected}", f"Rules: {rules.code} {rules.version}, {rules.hash}"]
    return [*lines, f"Table: {table.hash}"]


def _workbook(file: Path, rules: Path) -> ToCount:
    if not rules.is_file():
        message = "a workbook needs a rule file that describes it"
        raise Unreadable(message)
    said = rule_file(_text(rules))
    cast = cast_votes(file.read_bytes(), said.layout, said.codes)
    return ToCount(said.contest, said.rules, [(paper, 1) for _precinct, paper in cast])


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"{file.name} is not in UTF-8"
        raise Unreadable(message) from error
