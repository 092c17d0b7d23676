"""Rules that look at all papers once, by examples that are worked out by hand."""

import pytest

from townsquare.services.elections.rules.counting.ballots import (
    Ballot,
    Contest,
    Option,
    chosen,
    ranked,
    scored,
)
from townsquare.services.elections.rules.counting.counting import count
from townsquare.services.elections.rules.counting.pairs import USUAL as PAIRS
from townsquare.services.elections.rules.counting.presets import PRESETS
from townsquare.services.elections.rules.counting.refusals import CountRefused
from townsquare.services.elections.rules.counting.rulesets import rule_set
from townsquare.services.elections.rules.counting.shares import exceeds, reaches
from townsquare.services.elections.rules.counting.totals import USUAL as TOTALS

FORTY_FIVE = [
    (ranked(*order), many)
    for order, many in {
        "ACBED": 5,
        "ADECB": 5,
        "BEDAC": 8,
        "CABED": 3,
        "CAEBD": 7,
        "CBADE": 2,
        "DCEBA": 7,
        "EBADC": 8,
    }.items()
]


def contest_of(codes, seats=1):
    return Contest("chair", tuple(Option(code) for code in codes), seats)


def counted(code, papers, codes="ABCDE", seats=1, **said):
    return count(PRESETS[code], contest_of(codes, seats), papers, tie_order=codes, **said)


def pair_rules(**said):
    return rule_set("ours", 1, PAIRS, said)


def strengths(table, kind="paths"):
    return {one["over"] + one["under"]: one["votes"] for one in table.facts[kind]}


def test_schulze_orders_the_forty_five():
    table = counted("schulze", FORTY_FIVE)
    paths = strengths(table)
    assert [paths[pair] for pair in ("EA", "AE", "AC", "CA", "CB", "BC", "BD", "DB")] == [
        *(25, 24, 28, 25, 29, 28, 33, 28),
    ]
    assert table.facts["levels"] == [[code] for code in "EACBD"]
    assert table.elected == ("E",)
    assert counted("schulze", FORTY_FIVE, seats=3).elected == ("E", "A", "C")


def test_borda_and_plurality_see_them_otherwise():
    borda = counted("borda", FORTY_FIVE).stages[0].votes
    assert borda == {"A": "98", "B": "92", "C": "89", "D": "69", "E": "102"}
    first = counted("plurality", FORTY_FIVE).stages[0].votes
    assert first == {"A": "10", "B": "8", "C": "12", "D": "7", "E": "8"}


def test_nobody_need_beat_everybody():
    assert counted("condorcet", FORTY_FIVE).elected == ()
    circle = [(ranked(*"ABC"), 1), (ranked(*"BCA"), 1), (ranked(*"CAB"), 1)]
    assert counted("condorcet", circle, "ABC").elected == ()
    papers = [(ranked(*"ABC"), 2), (ranked(*"BAC"), 3), (ranked(*"CAB"), 2)]
    table = counted("condorcet", papers, "ABC")
    assert (table.elected, table.stages[0].votes["A"]) == (("A",), "2")
    assert "Who beats every other one in a pair wins; elected: A" in table.stages[0].reason


def test_margins_may_be_stronger_than_winning_votes():
    papers = [(ranked(*"ABC"), 5), (ranked("B", "C"), 4), (ranked("C", "A"), 3)]
    weak = count(pair_rules(), contest_of("ABC"), papers)
    margins = count(pair_rules(strength="margins"), contest_of("ABC"), papers)
    assert strengths(weak)["AB"] == 8
    assert strengths(margins)["AB"] == 4


def test_equals_and_unranked_prefer_neither():
    papers = [(Ballot((("A", "B"), ("C",))), 3), (ranked("B"), 1), (Ballot(), 5)]
    table = count(pair_rules(), contest_of("ABCD"), papers)
    assert strengths(table, "pairs") == {
        "AB": 0,
        "AC": 3,
        "AD": 3,
        "BA": 1,
        "BC": 4,
        "BD": 4,
        "CA": 0,
        "CB": 0,
        "CD": 3,
        "DA": 0,
        "DB": 0,
        "DC": 0,
    }
    assert dict(table.stages[0].exhausted)["blank"] == "5"


def test_what_does_not_beat_the_default_is_dropped_first():
    papers = [(ranked("A", "N", "B"), 6), (ranked("B", "A", "N"), 4)]
    said = {"default_option": "N"}
    table = count(pair_rules(**said), contest_of("ABN"), papers)
    assert (table.facts["dropped"], table.elected) == (["B"], ("A",))
    two_thirds = count(pair_rules(**said, majority=[9, 1]), contest_of("ABN"), papers)
    assert two_thirds.facts["dropped"] == ["B"]
    quorum = count(pair_rules(**said, quorum=11), contest_of("ABN"), papers)
    assert (quorum.facts["dropped"], quorum.elected) == (["A", "B"], ("N",))
    with pytest.raises(CountRefused, match="the default option is not one of the contest: X"):
        count(pair_rules(default_option="X"), contest_of("ABN"), papers)


@pytest.mark.parametrize(
    ("code", "votes"),
    [
        ("borda", ["3", "2", "0", "0"]),
        ("borda-from-one", ["4", "3", "0", "0"]),
        ("borda-dowdall", ["1", "1/2", "0", "0"]),
        ("borda-modified", ["2", "1", "0", "0"]),
    ],
)
def test_a_paper_of_two_gives_points_in_each_way(code, votes):
    assert list(counted(code, [(ranked("a", "b"), 1)], "abcd").stages[0].votes.values()) == votes


def test_unranked_options_may_share_what_is_left():
    rules = rule_set("ours", 1, TOTALS, {"points": "borda", "unranked": "average"})
    table = count(rules, contest_of("abcd"), [(ranked("a"), 1)])
    assert table.stages[0].votes == {"a": "3", "b": "1", "c": "1", "d": "1"}
    table = count(rules, contest_of("abc"), [(ranked("a"), 1)])
    assert table.stages[0].votes == {"a": "2", "b": "1/2", "c": "1/2"}


def test_too_many_marks_spoil_the_contest_and_none_are_blank():
    papers = [(chosen("a"), 3), (chosen("a", "b"), 2), (chosen(), 4)]
    table = counted("plurality", papers, "abc")
    assert table.stages[0].votes == {"a": "3", "b": "0", "c": "0"}
    assert dict(table.stages[0].exhausted) == {"blank": "4", "invalid": "2"}
    assert counted("approval", papers, "abc").stages[0].votes == {"a": "5", "b": "2", "c": "0"}
    two = counted("k-of-n", [*papers, (chosen(*"abc"), 1)], "abc", 2)
    assert (two.elected, dict(two.stages[0].exhausted)["invalid"]) == (("a", "b"), "1")


def test_a_tie_is_broken_only_where_a_seat_depends_on_it():
    papers = [(chosen("a"), 3), (chosen("b"), 3), (chosen("c"), 2), (chosen("d"), 2)]
    two = count(PRESETS["plurality"], contest_of("abcd", 2), papers)
    assert (two.elected, two.stages[0].ties) == (("a", "b"), ())
    three = count(PRESETS["plurality"], contest_of("abcd", 3), papers, tie_order="dcba")
    [tie] = three.stages[0].ties
    assert (tie.options, tie.chosen, three.elected) == (("c", "d"), "d", ("b", "a", "d"))
    with pytest.raises(CountRefused, match="no lot"):
        count(PRESETS["plurality"], contest_of("abcd", 3), papers)


def test_points_are_summed_and_those_out_of_range_spoil():
    papers = [(scored(a=5, b=1), 2), (scored(b=4), 1), (scored(a=6), 1)]
    table = counted("score", papers, "ab")
    assert table.stages[0].votes == {"a": "10", "b": "6"}
    assert dict(table.stages[0].exhausted) == {"blank": "0", "invalid": "1"}


LISTS = [(chosen("a"), 340), (chosen("b"), 280), (chosen("c"), 160), (chosen("d"), 60)]


@pytest.mark.parametrize(
    ("code", "seats"),
    [
        ("dhondt", {"a": 3, "b": 3, "c": 1, "d": 0}),
        ("sainte-lague", {"a": 3, "b": 2, "c": 1, "d": 1}),
    ],
)
def test_seats_go_to_the_highest_averages(code, seats):
    table = counted(code, LISTS, "abcd", 7)
    assert {one["option"]: one["seats"] for one in table.facts["seats"]} == seats
    assert table.elected[:2] == ("a", "b")


def test_a_list_below_the_least_share_gets_no_seat():
    from townsquare.services.elections.rules.counting.averages import USUAL

    rules = rule_set("ours", 1, USUAL, {"divisors": "odd", "least": [1, 14]})
    table = count(rules, contest_of("abcd", 7), LISTS)
    assert "d" in table.elected  # 60 of 840 are exactly one in fourteen.
    rules = rule_set("ours", 1, USUAL, {"divisors": "odd", "least": [1, 13]})
    assert "d" not in count(rules, contest_of("abcd", 7), LISTS, tie_order="abcd").elected


@pytest.mark.parametrize(("ballots", "enough"), [(333, False), (334, True)])
def test_a_quorum_of_a_third_is_compared_in_whole_numbers(ballots, enough):
    assert reaches(ballots, 1000, (1, 3)) is enough


def test_a_majority_is_more_than_half():
    assert not exceeds(50, 100, (1, 2))
    assert exceeds(51, 100, (1, 2))
    assert reaches(50, 100, (1, 2))


POOR, FAIR, GOOD, VERY_GOOD = 1, 2, 3, 4
GIVEN = {"A": [GOOD] * 4 + [FAIR] * 3 + [POOR] * 2}
GIVEN["B"] = [VERY_GOOD] * 2 + [GOOD] * 2 + [FAIR] + [POOR] * 4


def test_the_best_median_wins_and_equals_lose_medians_until_they_differ():
    papers = [(scored(A=a, B=b), 1) for a, b in zip(*GIVEN.values(), strict=True)]
    table = counted("majority-judgement", papers, "AB")
    assert table.stages[0].votes == {"A": str(FAIR), "B": str(FAIR)}
    assert (table.elected, table.stages[0].ties) == (("A",), ())
    assert table.facts["grades"][0] == {"option": "A", "from_worst": [0, 2, 3, 4, 0, 0]}


def test_what_nobody_graded_is_rejected_and_equal_grades_need_the_lot():
    papers = [(scored(A=3, B=3), 2), (scored(C=5), 1), (scored(A=9), 1)]
    table = counted("majority-judgement", papers, "ABC")
    assert table.stages[0].votes == {"A": "3", "B": "3", "C": "0"}
    assert [(tie.options, tie.chosen) for tie in table.stages[0].ties] == [(("A", "B"), "A")]
    assert dict(table.stages[0].exhausted)["invalid"] == "1"


@pytest.mark.parametrize(
    ("options", "papers", "why"),
    [
        ("ab", [(chosen("c"), 1)], "not an option of chair: c"),
        ("ab", [(chosen("a"), 0)], "a weight of 0"),
        ("aa", [], "two options have one code"),
        ("", [], "a contest has options"),
    ],
)
def test_papers_that_do_not_fit_refuse_the_count(options, papers, why):
    with pytest.raises(CountRefused, match=why):
        counted("plurality", papers, options)


def test_a_name_has_one_spelling_in_the_table():
    composed, apart = "Zoë", "Zoe\u0308"
    tables = [
        count(PRESETS["plurality"], Contest("c", (Option("z", name),)), [(chosen("z"), 1)])
        for name in (composed, apart)
    ]
    assert tables[0].json == tables[1].json
