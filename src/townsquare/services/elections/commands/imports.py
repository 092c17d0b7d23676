"""What is in a file of ballots, as the wishes by which it is set up and counted."""

from townsquare.services.elections.commands.elections import AddContest
from townsquare.services.elections.commands.importing import ImportBallots
from townsquare.services.elections.readers.files import ToCount
from townsquare.services.elections.readers.unreadable import Unreadable
from townsquare.services.elections.rules.counting.ballots import Contest


def question_of(read: ToCount, election: str, contest: str) -> AddContest:
    """Return the wish to put the question of a file into a draft, counted by these rules.

    Unreadable: it has withdrawn options or write-ins, which a question here cannot have.
    """
    told = {"id": election, "code": contest, "title": read.contest.code, "rule": read.rules.code}
    names = "\n".join(option.called for option in _plain(read.contest).options)
    return AddContest.model_validate({**told, "options": names, "seats": read.contest.seats})


def ballots_of(read: ToCount, election: str, contest: str) -> ImportBallots:
    """Return the wish to count the papers of a file; options are numbered in their order.

    Unreadable: as for its question.
    """
    options = _plain(read.contest).options
    number = {option.code: str(at) for at, option in enumerate(options, 1)}
    papers = tuple(
        (tuple(tuple(number.get(code, code) for code in rank) for rank in ballot.ranks), many)
        for ballot, many in read.papers
    )
    return ImportBallots(
        id=election,
        contest=contest,
        options=tuple(number.values()),
        seats=read.contest.seats,
        papers=papers,
    )


def _plain(contest: Contest) -> Contest:
    if any(option.withdrawn or option.write_in for option in contest.options):
        message = "it has withdrawn options or write-ins; count it with `elections count`"
        raise Unreadable(message)
    return contest
