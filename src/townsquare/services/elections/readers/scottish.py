"""The ballots of a Scottish ward: grouped papers that rank candidate numbers."""

from townsquare.services.elections.readers.tables import cells
from townsquare.services.elections.readers.unreadable import Unreadable, at
from townsquare.services.elections.rules.counting.ballots import Ballot, Contest, Option, Weighted

CANDIDATE = "Candidate "


def scottish_ward(text: str) -> tuple[Contest, list[Weighted]]:
    """Return the ward's contest and its papers; codes are the numbers of the candidates.

    An empty cell between numbers is an empty rank. Names are as the file has them: often cut,
    so join by number only. Unreadable: a line is not what must be there.
    """
    lines = enumerate(text.splitlines(), 1)
    rows = [(row.strip(), number) for number, row in lines if row.strip()]
    if len(rows) < len(("sizes", "candidate", "ward")):
        message = "a ward has sizes, papers, candidates and a name"
        raise Unreadable(message)
    candidates, seats = (*_numbers(*rows[0]), 0, 0)[:2]
    first = len(rows) - 1 - candidates
    if candidates < 1 or first < 1 or not rows[first][0].startswith(f'"{CANDIDATE}'):
        raise at(1, f"there are no lines of {candidates} candidates")
    options = [_option(number, *row) for number, row in enumerate(rows[first:-1], 1)]
    ward = rows[-1][0].strip(' ,"')  # Quoted once or twice, and some have commas.
    papers = [_paper(_numbers(*row), candidates, row[1]) for row in rows[1:first]]
    return Contest(ward, tuple(options), seats), papers


def _numbers(row: str, line: int) -> list[int]:
    try:
        return [int(cell or 0) for cell in row.rstrip(", ").split(",")]
    except ValueError as error:
        raise at(line, "only numbers and commas are expected") from error


def _paper(numbers: list[int], candidates: int, line: int) -> Weighted:
    weight, *ranks = numbers
    if weight < 1 or not all(0 <= number <= candidates for number in ranks):
        raise at(line, "a paper counts at least once and ranks numbers of candidates")
    return Ballot(tuple((str(number),) if number else () for number in ranks)), weight


def _option(number: int, row: str, line: int) -> Option:
    told = cells(row, line)
    if told[0] != f"{CANDIDATE}{number}" or not told[1:]:
        raise at(line, f"candidate {number} is expected")
    return Option(str(number), told[1])
