"""Whom other libraries elect; run in their own environment: cases on stdin, winners on stdout.

A case has options 0, 1, 2…, seats, and papers with how many are like each: a ranking, best first,
or, of an approval, what is approved. Winners are lists; several of one seat are tied.
"""

import json
import sys
from random import Random

from pref_voting.grade_methods import approval
from pref_voting.grade_profiles import GradeProfile
from pref_voting.iterative_methods import instant_runoff
from pref_voting.margin_based_methods import beat_path
from pref_voting.profiles import Profile
from pref_voting.profiles_with_ties import ProfileWithTies
from pref_voting.proportional_methods import stv_scottish, stv_wig
from pref_voting.scoring_methods import borda
from pyrankvote import Ballot, Candidate, instant_runoff_voting, single_transferable_vote

CHANCE = Random(1)  # noqa: S311 (of ties, whose cases are left out)


def partial(case):
    """Return the profile of papers that may leave options out; these are last together."""
    ranks = [dict(zip(paper, range(1, 99), strict=False)) for paper, _many in case["papers"]]
    counts = [many for _paper, many in case["papers"]]
    profile = ProfileWithTies(ranks, counts, candidates=list(range(case["options"])))
    profile.use_extended_strict_preference()
    return profile


def of_pref_voting(case):
    seats, found = case["seats"], {}
    papers, counts = zip(*case["papers"], strict=True)
    if case["kind"] == "approval":
        marks = [dict.fromkeys(paper, 1) for paper in papers]
        whole = list(range(case["options"]))
        found["approval"] = approval(GradeProfile(marks, [0, 1], gcounts=counts, candidates=whole))
    elif case["kind"] == "whole":
        found["borda"] = borda(Profile(papers, counts))
    elif seats == 1:
        found["irv"] = instant_runoff(partial(case))
        found["schulze"] = beat_path(partial(case), strength_function=winning_votes(case))
    else:
        found["scottish-2011"] = stv_scottish(partial(case), num_seats=seats, rng=CHANCE)
        found["wig-exact"] = stv_wig(partial(case), num_seats=seats)
    return found


def winning_votes(case):
    """Return the strength of a pair by winning votes: the papers that prefer its first option."""
    return partial(case).support


def of_pyrankvote(case):
    if case["kind"] != "ranked":
        return {}
    named = [Candidate(str(option)) for option in range(case["options"])]
    ballots = [
        Ballot([named[option] for option in paper])
        for paper, many in case["papers"]
        for _one in range(many)
    ]
    if case["seats"] == 1:
        return {
            "irv": [int(won.name) for won in instant_runoff_voting(named, ballots).get_winners()]
        }
    found = single_transferable_vote(named, ballots, case["seats"]).get_winners()
    return {"wig-exact": [int(won.name) for won in found]}


def told(winners):
    return sorted(int(option) for option in winners)


def main():
    answers = []
    for case in json.load(sys.stdin):
        libraries = {"pref_voting": of_pref_voting(case), "pyrankvote": of_pyrankvote(case)}
        answers.append(
            {
                name: {rule: told(won) for rule, won in found.items()}
                for name, found in libraries.items()
            }
        )
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
