"""Results as councils of England publish them: a line per candidate, the elected ones marked."""

from dataclasses import dataclass

from townsquare.services.elections.readers.tables import named_rows
from townsquare.services.elections.readers.unreadable import whole
from townsquare.services.elections.rules.counting.ballots import (
    Contest,
    Option,
    Weighted,
    chosen,
)

CONTEST = ("ElectionDate", "TypeofElection", "ElectoralAreaLabel")
REJECTED = {
    "BallotsRejectedOfficialMark": "no official mark",
    "BallotsRejectedMultipleVote": "too many votes",
    "BallotsRejectedIdentification": "names the voter",
    "BallotsRejectedInPart": "rejected in part",
    "BallotsRejectedUnmarked": "unmarked or unclear",
}
NEEDED = {*CONTEST, *REJECTED, "CandidateForenames", "CandidateSurname", "VotesWon", "Elected"}
MARK = "ELECTED"


@dataclass(frozen=True)
class Marked:
    """One contest: its votes as papers, codes of the marked, and rejected papers by reason."""

    contest: Contest
    papers: tuple[Weighted, ...]
    elected: frozenset[str]
    rejected: dict[str, int]


def marked_results(text: str) -> list[Marked]:
    """Return the contests of such a file, in its order; codes are places in the list.

    Unreadable: a column is missing, or a number.
    """
    contests: dict[tuple[str, ...], list[tuple[int, dict[str, str]]]] = {}
    for number, line in named_rows(text, NEEDED):
        key = tuple(line[column] for column in CONTEST)
        contests.setdefault(key, []).append((number, line))
    return [_marked(key, rows) for key, rows in contests.items()]


def _marked(key: tuple[str, ...], rows: list[tuple[int, dict[str, str]]]) -> Marked:
    options, papers, elected = [], list[Weighted](), set[str]()
    for place, (number, line) in enumerate(rows, 1):
        code, votes = str(place), whole(line["VotesWon"], number)
        name = f"{line['CandidateForenames']} {line['CandidateSurname']}".strip()
        options.append(Option(code, name))
        if votes:
            papers.append((chosen(code), votes))
        if line["Elected"].strip().upper() == MARK:
            elected.add(code)
    number, first = rows[0]
    rejected = {why: whole(first[column] or "0", number) for column, why in REJECTED.items()}
    contest = Contest(" ".join(key), tuple(options), max(1, len(elected)))
    return Marked(contest, tuple(papers), frozenset(elected), rejected)
