"""Other libraries elect whom we elect, on many random papers, but where a reason is known.

They are heavy: their answers to these cases are pinned (pref-voting 1.18.2, pyrankvote 2.0.6).
`compared.py` makes them anew where both are installed. Papers on which a tie step of ours decides
are left out: each breaks ties in its own way.
"""

import json
from collections import Counter
from fractions import Fraction
from random import Random

from tests.kit.elections import text_of
from townsquare.services.elections.rules.counting.ballots import Contest, Option, chosen, ranked
from townsquare.services.elections.rules.counting.counting import count
from townsquare.services.elections.rules.counting.presets import PRESETS

ANSWERS = json.loads(text_of("compared_winners.json"))
KINDS = ("ranked", "whole", "approval")
MANY = 60  # Cases of each kind; those of ranked papers are as many again for more seats.
MINIMUM = 20  # Compared of each rule, so that leaving out ties cannot leave out all of them.


def cases():
    """Return random elections: three to six options, a few papers or many, always the same ones."""
    chance, found = Random(2017), []  # noqa: S311 (a test that can be repeated)
    for at in range(MANY):
        for kind, seats in (*((kind, 1) for kind in KINDS), ("ranked", 2 + at % 2)):
            options = chance.randint(3 if seats == 1 else 4, 6)
            papers: Counter[tuple[int, ...]] = Counter()
            for _paper in range(chance.choice([7, 25, 101, 400])):
                least = options if kind == "whole" else 1
                order = chance.sample(range(options), chance.randint(least, options))
                papers[tuple(sorted(order) if kind == "approval" else order)] += 1
            lines = [[list(paper), many] for paper, many in sorted(papers.items())]
            found.append({"kind": kind, "options": options, "seats": seats, "papers": lines})
    return found


def ours(rule, case):
    """Return whom we elect, whether a tie step decided, and the table."""
    contest = Contest("c", tuple(Option(str(n)) for n in range(case["options"])), case["seats"])
    ballot = chosen if rule == "approval" else ranked
    papers = [(ballot(*map(str, paper)), many) for paper, many in case["papers"]]
    table = count(PRESETS[rule], contest, papers, tie_order=contest.codes())
    tied = any(stage.ties for stage in table.stages)
    return sorted(int(code) for code in table.elected), tied, table


# Which cases come out otherwise. pyrankvote moves the papers of who is excluded at the average of
# their values; we and pref_voting move each at its own. The second test shows what that does.
OTHERWISE = {("pyrankvote", "wig-exact"): [75]}


def test_other_libraries_elect_the_same():
    compared, differing = Counter(), {}
    for at, (case, answers) in enumerate(zip(cases(), ANSWERS, strict=True)):
        for library, found in answers.items():
            for rule, winners in found.items():
                elected, tied, _table = ours(rule, case)
                if not tied:
                    compared[library, rule] += 1
                    if elected != winners:
                        differing.setdefault((library, rule), []).append(at)
    assert differing == OTHERWISE
    assert len(compared) == 8
    assert min(compared.values()) >= MINIMUM


def test_papers_that_move_at_their_average_value_make_a_tie_where_there_is_none():
    (place,) = OTHERWISE["pyrankvote", "wig-exact"]
    case = cases()[place]
    _elected, _tied, table = ours("wig-exact", case)
    assert table.stages[2].moved == ("2",)  # Excluded, with papers of its own and a surplus of 1.
    before, after = (
        {int(line.option): Fraction(line.votes) for line in stage.lines}
        for stage in table.stages[1:3]
    )
    pile = Counter()
    for paper, many in case["papers"]:
        left = [option for option in paper if option != 1]  # It is elected.
        if left[:1] == [2] and paper[0] in {1, 2}:
            pile[next(iter(left[1:]), None)] += many
    assert (pile[0], pile[3]) == (1, 1)
    assert (after[0] - before[0], after[3] - before[3]) == (1, Fraction(2, 27))
    average = before[2] / pile.total()
    assert before[0] + average == before[3] + average  # And it excludes 0 then, we exclude 3.
    assert table.stages[2].excluded == ("3",)
