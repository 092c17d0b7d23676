"""What is still missing before an election can be frozen, and what should be thought about."""

from datetime import datetime

from townsquare.core.words import translatable
from townsquare.services.elections.results.elections import Contest, Election, Signature, Warned
from townsquare.services.elections.rules.signatures import (
    WARNED,
    estimate,
    possible_papers,
    rounded,
    suggestion,
)
from townsquare.services.elections.rules.ways import CHOOSE, RANK

FEW = 10  # Voters; of fewer, the totals nearly tell who voted what.
SMALL_ROLL, UNCONTESTED, MANY_MARKS = "small-roll", "uncontested", "many-marks"
NO_QUESTION = translatable("it has no question")
NO_VOTERS = translatable("nobody is on its roll")
TOO_LATE = translatable("its opening has passed")
NO_PRECINCTS = translatable("it has no precinct with voters")
NOT_ON_PAPER = translatable("a question is ranked or graded, which returns of totals cannot tell")
ROLL_UNKNOWN = translatable(
    "a question asks for a part of the roll, and of a precinct nobody knows how many are registered"
)
MARKED_BY_HAND = 8
TURNOUT = 2  # One of two on the roll is expected to vote.
THOUSAND = 1000


def missing_of(election: Election, now: datetime) -> list[str]:
    """Return in words what an election lacks before it can be frozen; nothing if it is ready."""
    wrong = (
        (not election.contests, NO_QUESTION),
        (not election.voters, NO_VOTERS),
        (election.opens <= now, TOO_LATE),
    )
    return [sentence for is_so, sentence in wrong if is_so]


def missing_on_paper(election: Election, now: datetime, precincts: int) -> list[str]:
    """Return in words what a paper election lacks before it can be frozen."""
    wrong = (
        (not election.contests, NO_QUESTION),
        (not precincts, NO_PRECINCTS),
        (any(contest.kind != CHOOSE for contest in election.contests), NOT_ON_PAPER),
        (election.opens <= now, TOO_LATE),
    )
    return [sentence for is_so, sentence in wrong if is_so]


def missing_imported(election: Election) -> list[str]:
    """Return in words what an election lacks whose ballots come from a file, cast long ago."""
    return [] if election.contests else [NO_QUESTION]


def warnings_of(election: Election) -> list[Warned]:
    """Return what those who freeze it should have thought about."""
    found = [Warned(SMALL_ROLL, "")] if 0 < election.voters < FEW else []
    for contest in election.contests:
        if len(contest.options) <= contest.seats:
            found.append(Warned(UNCONTESTED, contest.title))
        if contest.most > MARKED_BY_HAND and contest.kind != RANK:  # Those are estimated.
            found.append(Warned(MANY_MARKS, contest.title))
    return found


def signatures_of(election: Election) -> list[Signature]:
    """Return of each ranked question how many of its papers would be like no other one."""
    turnout = rounded(max(1, election.voters // TURNOUT))
    asked = [one for one in election.contests if one.kind == RANK and one.options]
    return [_signature(one, turnout) for one in asked]


def _signature(contest: Contest, turnout: int) -> Signature:
    options = len(contest.options)
    expected = estimate(options, contest.most, turnout)
    better = suggestion(options, contest.most, turnout)
    return Signature(
        contest.code,
        contest.title,
        contest.most,
        str(possible_papers(options, contest.most)),
        turnout,
        round(expected.median * THOUSAND),
        round(expected.high * THOUSAND),
        expected.whole,
        expected.median > WARNED or not expected.whole,  # Of more ranks than are drawn it is more.
        better.ranks,
        round(better.estimate.median * THOUSAND),
    )
