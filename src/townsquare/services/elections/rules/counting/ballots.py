"""What is counted: a contest, its options, and papers that mark them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from unicodedata import is_normalized, normalize

from townsquare.services.elections.rules.counting.refusals import CountRefused

MOST_PAPERS = 10**12  # More than there are people; each number of a table stays one of JSON.
OVERVOTE = ("", "")  # A rank with several marks when nobody knows any more whose they are.


@dataclass(frozen=True)
class Option:
    """One option; `write_in` is the one that stands for all undeclared write-ins."""

    code: str
    name: str = ""
    withdrawn: bool = False
    write_in: bool = False

    @property
    def called(self) -> str:
        """Return the name, or the code of one without."""
        return self.name or self.code


@dataclass(frozen=True)
class Contest:
    """A contest: its options in the order of the ballot, and how many are to be elected."""

    code: str
    options: tuple[Option, ...]
    seats: int = 1

    def composed(self) -> "Contest":
        """Return it with composed names (NFC), so that a name has one spelling in the table."""
        options = tuple(
            replace(option, name=normalize("NFC", option.name)) for option in self.options
        )
        return replace(self, code=normalize("NFC", self.code), options=options)

    def codes(self) -> list[str]:
        """Return the codes in the order of every table: shorter ones first, then by letter."""
        return sorted((option.code for option in self.options), key=lambda code: (len(code), code))


@dataclass(frozen=True, order=True)
class Ballot:
    """One paper.

    `ranks` are groups of codes, the most preferred first: an empty rank is `()`, several in one
    rank are an overvote or equals, as the rules say; a paper that only chooses has one group.
    `scores` are points or grades by code.
    """

    ranks: tuple[tuple[str, ...], ...] = ()
    scores: tuple[tuple[str, int], ...] = ()

    @property
    def marked(self) -> bool:
        """Return whether there is any mark on it."""
        return any(self.ranks) or bool(self.scores)


Weighted = tuple[Ballot, int]


def ranked(*codes: str) -> Ballot:
    """Return the paper that ranks these, each alone in its rank."""
    return Ballot(tuple((code,) for code in codes))


def chosen(*codes: str) -> Ballot:
    """Return the paper that chooses these; none of them: blank."""
    return Ballot((tuple(sorted(codes)),) if codes else ())


def scored(**points: int) -> Ballot:
    """Return the paper that gives these points or grades."""
    return Ballot(scores=tuple(sorted(points.items())))


def gathered(contest: Contest, ballots: Iterable[Weighted]) -> list[Weighted]:
    """Return equal papers together, sorted, so that the order they came in cannot matter.

    CountRefused: a code is not of this contest, a weight is not positive, codes are doubled.
    """
    known = {option.code for option in contest.options}
    plain_codes = all(code and is_normalized("NFC", code) for code in known)
    if len(known) != len(contest.options) or not plain_codes:
        message = "two options have one code, or one has none, or none that is composed"
        raise CountRefused(message)
    sums, papers = dict[Ballot, int](), 0
    for ballot, weight in ballots:
        if weight < 1:
            message = f"a weight of {weight}"
            raise CountRefused(message)
        sums[ballot] = sums.get(ballot, 0) + weight
        papers += weight
    if papers > MOST_PAPERS:
        message = f"more than {MOST_PAPERS:,} papers"
        raise CountRefused(message)
    if foreign := {code for ballot in sums for code in _named(ballot)} - known:
        message = f"not an option of {contest.code}: {', '.join(sorted(foreign))}"
        raise CountRefused(message)
    together: dict[Ballot, int] = {}
    for ballot, weight in sums.items():
        plain = _plain(ballot)
        together[plain] = together.get(plain, 0) + weight
    return sorted(together.items())


def _named(ballot: Ballot) -> list[str]:
    marks = [code for rank in ballot.ranks if rank != OVERVOTE for code in rank]
    return marks + [code for code, _points in ballot.scores]


def _plain(ballot: Ballot) -> Ballot:
    # Equals in one order, and no empty ranks after the last mark: one paper, one spelling.
    ranks = [rank if rank == OVERVOTE else tuple(sorted(set(rank))) for rank in ballot.ranks]
    while ranks and not ranks[-1]:
        ranks.pop()
    if len({code for code, _points in ballot.scores}) != len(ballot.scores):
        message = "a paper scores one option twice"
        raise CountRefused(message)
    return Ballot(tuple(ranks), tuple(sorted(ballot.scores)))
