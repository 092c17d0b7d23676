"""Real ballots and the counts that were published of them."""

import csv
import re
from collections import Counter
from functools import cache
from pathlib import Path

from townsquare.services.elections.readers.castvotes import cast_votes
from townsquare.services.elections.readers.rctab import rule_file
from townsquare.services.elections.readers.scottish import scottish_ward

FILES = Path(__file__).parents[1] / "data" / "elections"
WARDS = sorted(path.stem for path in (FILES / "scotland_2017_ballots").glob("*.csv"))


def rows_of(name):
    with (FILES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def ward_of(name):
    """Return the contest and the papers of this ward."""
    return scottish_ward((FILES / "scotland_2017_ballots" / f"{name}.csv").read_text())


def listed(contest):
    """Return the codes in the order of the list, as a lot."""
    return [option.code for option in contest.options]


def published_elected(summary):
    """Return who was elected at which stage, by number."""
    return {
        (code, int(stage)) for code, stage in re.findall(r"#(\d+), stage (\d+)", summary["elected"])
    }


def text_of(name):
    return (FILES / name).read_text(encoding="utf-8")


@cache
def papers_of(contest):
    """Return the rule file of this contest, and its papers together from all precincts."""
    said = rule_file(text_of(f"{contest}_rules.json"))
    content = (FILES / f"{contest}_cvr.xlsx").read_bytes()
    return said, Counter(paper for _precinct, paper in cast_votes(content, said.layout, said.codes))


def round_table(contest):
    """Return the published rounds: by what the first column says, the cells of each round."""
    with (FILES / f"{contest}_rounds.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.reader(file) if row]
    first = next(at for at, row in enumerate(rows) if row[0] == "Rounds")
    return {row[0]: row[1::3] for row in rows[first + 1 :] if row[1:]}
