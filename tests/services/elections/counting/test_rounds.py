"""Counts in rounds, against the tables of rounds that were published."""

import json
from decimal import Decimal
from time import process_time

import pytest

from tests.kit.elections import FILES, papers_of, round_table, text_of
from townsquare.services.elections.readers.files import count_file
from townsquare.services.elections.readers.rctab import rule_file
from townsquare.services.elections.rules.counting.ballots import (
    OVERVOTE,
    Ballot,
    Contest,
    Option,
    ranked,
)
from townsquare.services.elections.rules.counting.counting import count
from townsquare.services.elections.rules.counting.javarandom import JavaRandom
from townsquare.services.elections.rules.counting.presets import PRESETS
from townsquare.services.elections.rules.counting.reading import Reading
from townsquare.services.elections.rules.counting.refusals import CountRefused, TieToDraw
from townsquare.services.elections.rules.counting.rounds import USUAL
from townsquare.services.elections.rules.counting.rulesets import rule_set

MAYOR, DECK = "irv_minneapolis_2013_mayor", "irv_small_test_deck_99_ballots"
PARK = "stv_minneapolis_2013_park"
INACTIVE = {
    "overvote": "Inactive Ballots by Overvotes",
    "skipped": "Inactive Ballots by Skipped Rankings",
    "exhausted": "Inactive Ballots by Exhausted Choices",
    "duplicate": "Inactive Ballots by Repeated Rankings",
}


def counted(contest):
    said, papers = papers_of(contest)
    return count(said.rules, said.contest, papers.items())


def numbers(cells):
    return [Decimal(cell or 0) for cell in cells]


def names(table, codes):
    called = {option.code: option.name for option in table.contest.options}
    return {called[code] for code in codes}


def decided(cells):
    return [set(cell.replace("*", "").split("; ")) - {""} for cell in cells]


@pytest.mark.parametrize(
    ("contest", "rounds", "ballots"), [(MAYOR, 33, 80101), (DECK, 14, 99), (PARK, 11, 80101)]
)
def test_each_round_is_the_published_one(contest, rounds, ballots):
    table, published = counted(contest), round_table(contest)
    assert (len(table.stages), table.ballots) == (rounds, ballots)
    for option in table.contest.options:
        ours = [Decimal(stage.votes[option.code]) for stage in table.stages]
        assert (option.name, ours) == (option.name, numbers(published[option.name]))
    thresholds = [Decimal(stage.threshold) for stage in table.stages]
    assert thresholds == numbers(published["Current Round Threshold"])
    assert [names(table, one.elected) for one in table.stages] == decided(published["Elected"])
    assert [names(table, one.excluded) for one in table.stages] == decided(published["Eliminated"])


@pytest.mark.parametrize(("contest", "shown"), [(MAYOR, 33), (DECK, 14), (PARK, 10)])
def test_what_is_set_aside_is_the_published(contest, shown):
    table, published = counted(contest), round_table(contest)
    for ours, theirs in INACTIVE.items():
        aside = [Decimal(dict(stage.exhausted)[ours]) for stage in table.stages]
        assert (ours, aside[:shown]) == (ours, numbers(published[theirs])[:shown])


def test_the_mayor_is_elected_as_published():
    table = counted(MAYOR)
    last = table.stages[-1]
    assert sorted(map(int, last.votes.values()))[-2:] == [24942, 38852]
    assert last.threshold == "31898"
    assert dict(last.exhausted) == {
        "undervote": "639",
        "overvote": "140",
        "skipped": "47",
        "duplicate": "0",
        "exhausted": "15481",
    }
    assert table.stages[31].reason == (
        "BOB FINE and JACKIE CHERRYHOMES have 6,613 votes and cannot catch up with the next even"
        " together; papers move at their value"
    )


def test_the_deck_breaks_its_ties_by_the_list():
    table = counted(DECK)
    ties = {one.number: [tie.step for tie in one.ties] for one in table.stages if one.ties}
    assert ties == {2: ["candidate-order"], 7: ["candidate-order"]}


def test_the_park_board_shows_what_cutting_loses():
    last = counted(PARK).stages[-1]
    assert last.reason == (
        "ANNIE YOUNG has 15,044 votes, 178 above the threshold 14,866; papers move at 0.0118 of"
        " their value; MEG FORNEY has no surplus"
    )
    assert (last.rounding, last.nontransferable) == ("0.4808", "177.5192")
    assert round_table(PARK)["Residual surplus"][-1] == last.rounding
    assert round_table(PARK)["Final Round Surplus"][-1] == last.nontransferable


def test_java_draws_as_in_java():
    draws = JavaRandom(0)
    assert [f"{draws.numerator() / 2**53:.15f}" for _each in range(3)] == [
        "0.730967787376657",
        "0.240536415671486",
        "0.637417425350108",
    ]
    wholes = JavaRandom(0)
    assert [wholes.below(100) for _each in range(5)] == [60, 48, 29, 47, 15]
    assert JavaRandom(0).shuffled(["a", "b", "c"]) == ["c", "b", "a"]


def contest_of(codes, seats=1, **marked):
    options = tuple(Option(code, **marked.get(code, {})) for code in codes)
    return Contest("chair", options, seats)


def rules(**said):
    return rule_set("ours", 1, USUAL, said)


def reading(paper, continuing, **said):
    return Reading(**said).read(Reading(**said).prepared(paper, set()), set(continuing))


EMPTY = ()


@pytest.mark.parametrize(
    ("ranks", "said", "answer"),
    [
        ([], {}, ("", "undervote")),
        ([EMPTY, EMPTY], {}, ("", "undervote")),
        (["x", "b"], {}, ("b", "")),
        (["x"], {}, ("", "exhausted")),
        ([EMPTY, "a"], {"max_skipped": 1}, ("a", "")),
        ([EMPTY, EMPTY, "a"], {"max_skipped": 1}, ("", "skipped")),
        (["x", EMPTY, EMPTY, "a"], {"max_skipped": 1}, ("", "skipped")),
        ([EMPTY, "x", EMPTY, "a"], {"max_skipped": 1}, ("a", "")),
        (["ab", "a"], {"overvote": "exhaust"}, ("", "overvote")),
        (["ab", "a"], {"overvote": "skip"}, ("a", "")),
        (["ab"], {"overvote": "exhaust-if-several"}, ("", "overvote")),
        (["ax", "b"], {"overvote": "exhaust-if-several"}, ("a", "")),
        (["xy", "b"], {"overvote": "exhaust-if-several"}, ("b", "")),
        ([OVERVOTE, "b"], {"overvote": "exhaust-if-several"}, ("", "overvote")),
        ([OVERVOTE, "b"], {"overvote": "skip"}, ("b", "")),
        (["x", "x", "a"], {"duplicate": "skip"}, ("a", "")),
        (["x", "x", "a"], {"duplicate": "exhaust"}, ("", "duplicate")),
        (["x", "a"], {"max_ranks": 1}, ("", "exhausted")),
    ],
)
def test_a_paper_is_read_as_declared(ranks, said, answer):
    assert reading(Ballot(tuple(tuple(rank) for rank in ranks)), "ab", **said) == answer


@pytest.mark.parametrize(("way", "answer"), [("close", "b"), ("empty", ""), ("pass", "b")])
def test_the_rank_of_one_withdrawn_closes_or_stays(way, answer):
    options = contest_of("abw", w={"withdrawn": True})
    table = count(
        rules(withdrawn=way, max_skipped=0), options, [(ranked("w", "b"), 3), (ranked("a"), 1)]
    )
    assert table.stages[0].votes["b"] == ("3" if answer else "0")
    assert dict(table.stages[0].exhausted)["skipped"] == ("0" if answer else "3")


@pytest.mark.parametrize(
    "code",
    [
        *("irv", "scottish-2011", "wig-exact", "meek", "warren", "sequential"),
        *("plurality", "borda", "schulze", "dhondt"),
    ],
)
def test_write_ins_may_not_win(code):
    options = contest_of("abw", w={"write_in": True, "name": "Write-ins"})
    papers = [(ranked("w", "a"), 7), (ranked("a", "w"), 2), (ranked("b"), 1)]
    table = count(PRESETS[code], options, papers, tie_order="abw")
    assert table.elected == ("a",)
    excluded = [stage.excluded for stage in table.stages]
    assert excluded[0] == ("w",) or len(excluded) == 1
    assert len(excluded) == 1 or "Write-ins have 7 votes and may not win" in table.stages[1].reason


def test_all_below_the_minimum_go_together_but_never_everybody():
    papers = [(ranked("a"), 9), (ranked("b"), 6), (ranked("c", "b"), 4), (ranked("d", "b"), 3)]
    table = count(rules(min_votes=5), contest_of("abcd"), papers)
    assert [stage.excluded for stage in table.stages] == [("c", "d"), ()]
    assert table.elected == ("b",)
    with pytest.raises(CountRefused, match="all are below the minimum of 50 votes"):
        count(rules(min_votes=50), contest_of("abcd"), papers)


def test_the_threshold_may_stay_that_of_the_first_round():
    papers = [(ranked("a"), 4), (ranked("b"), 3), (ranked("c"), 2)]
    moving = count(rules(), contest_of("abc"), papers)
    fixed = count(rules(threshold="first-round"), contest_of("abc"), papers)
    assert [stage.threshold for stage in moving.stages] == ["5", "4"]
    assert [stage.threshold for stage in fixed.stages] == ["5", "5"]
    assert moving.elected == fixed.elected == ("a",)


def test_a_count_may_go_on_until_two_remain_and_stop_early():
    papers = [(ranked("a"), 7), (ranked("b"), 3), (ranked("c", "a"), 2), (ranked("d"), 1)]
    whole = count(rules(until_two=True), contest_of("abcd"), papers)
    assert [stage.elected for stage in whole.stages] == [("a",), (), (), ()]
    assert whole.stages[-1].votes == {"a": "9", "b": "3", "c": "0", "d": "0"}
    short = count(rules(until_two=True, stop_after=2), contest_of("abcd"), papers)
    assert short.stages == whole.stages[:2]


TIED = [(ranked("a"), 2), (ranked("b"), 2), (ranked("c"), 4)]


@pytest.mark.parametrize(
    ("ties", "said", "loser"),
    [
        (["lot"], {"tie_order": "bca"}, "a"),
        (["candidate-order"], {}, "b"),
        (["ask"], {"drawn": ["ba", "bc"]}, "a"),
        (["forward", "lot"], {"tie_order": "abc"}, "b"),
        (["java-random"], {}, "b"),  # floor(2 * 0.7309…) = 1: the second name.
        (["java-permutation"], {}, "a"),
    ],
)
def test_each_step_breaks_a_tie_in_its_way(ties, said, loser):
    table = count(rules(ties=ties), contest_of("abc"), TIED, **said)
    assert table.stages[0].excluded == (loser,)
    assert [tie.step for tie in table.stages[0].ties] == ties[-1:]


def test_a_count_stops_until_officers_have_drawn():
    with pytest.raises(TieToDraw) as stopped:
        count(rules(ties=["backward", "ask"]), contest_of("abc"), TIED)
    assert (stopped.value.purpose, stopped.value.options, stopped.value.stage) == (
        *("exclude", ("a", "b"), 1),
    )


def test_two_equal_at_the_end_are_decided_by_the_steps():
    papers = [(ranked("a"), 2), (ranked("b"), 2)]
    table = count(rules(ties=["candidate-order"]), contest_of("ab"), papers)
    assert (len(table.stages), table.elected) == (1, ("a",))


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"quorum": 3}, "no such rule: quorum"),
        ({"ties": ["coin"]}, "no way to break a tie: coin"),
        ({"overvote": "guess"}, "no value of overvote: guess"),
        ({"max_ranks": "three"}, "no value of max_ranks: three"),
        ({"places": -1}, "no value of places: -1"),
        ({"places": 21}, "no value of places: 21"),
        ({"batch": 1}, "no value of batch: 1"),
    ],
)
def test_rules_that_nobody_declared_are_refused(said, why):
    with pytest.raises(CountRefused, match=why):
        rules(**said)


SEATS = [
    (ranked("a"), 40),
    (ranked("b", "c"), 26),
    (ranked("c"), 20),
    (ranked("d", "c"), 14),
]


@pytest.mark.parametrize(
    ("code", "elected"),
    [
        ("multi-winner", ("a", "c")),
        ("one-winner-per-round", ("a", "c")),
        ("bottoms-up", ("c", "a")),
        ("bottoms-up-percent", ("a", "c", "b")),
        ("sequential", ("a", "c")),
    ],
)
def test_several_seats_are_filled_in_each_way(code, elected):
    contest = contest_of("abcd", 2)
    papers = SEATS if code != "sequential" else [*SEATS, (ranked("a", "c"), 30)]
    assert count(PRESETS[code], contest, papers, tie_order="abcd").elected == elected


def test_thresholds_in_units_and_full_shares():
    papers, contest = [(ranked("a"), 60), (ranked("b"), 40)], contest_of("ab", 2)

    def first(**said):
        return (
            count(rules(winners="several", places=2, **said), contest, papers).stages[0].threshold
        )

    assert [first(), first(quota="decimal"), first(hare=True)] == ["34.00", "33.34", "50.00"]


def test_equal_winners_are_listed_as_the_lot_has_them():
    papers = [(ranked("a"), 4), (ranked("b"), 4), (ranked("c"), 4)]
    table = count(rules(winners="several"), contest_of("abc", 3), papers, tie_order="cab")
    assert table.elected == ("c", "a", "b")


def park_by(**said):
    """Return the count of the park board by other rules, names of the elected first."""
    whole = json.loads(text_of(f"{PARK}_rules.json"))
    whole["rules"].update(said)
    file, (_said, papers) = rule_file(json.dumps(whole)), papers_of(PARK)
    table = count(file.rules, file.contest, papers.items())
    called = {option.code: option.name.split()[-1] for option in table.contest.options}
    return [called[code] for code in table.elected], table


def test_full_shares_are_what_rctab_expects_of_the_park_board():
    elected, table = park_by(hareQuota=True)
    assert (elected, len(table.stages)) == (["ERWIN", "YOUNG", "FORNEY"], 10)
    last = table.stages[-1]
    assert (last.threshold, last.rounding) == ("19821.0000", "1.7400")
    assert [last.votes[code] for code in "618"] == ["19821.0000", "13914.0000", "11704.0000"]
    assert dict(last.exhausted)["exhausted"] == "14089.2600"


def test_from_the_bottom_up_is_what_rctab_expects_of_the_park_board():
    elected, table = park_by(winnerElectionMode="bottomsUp")
    assert (elected, len(table.stages)) == (["ERWIN", "YOUNG", "FORNEY"], 9)
    assert [table.stages[-1].votes[code] for code in "618"] == ["21650", "13914", "11704"]


def test_one_run_off_after_the_other_is_what_rctab_expects_of_the_park_board():
    elected, table = park_by(winnerElectionMode="multiPassIrv")
    ends = [stage for stage in table.stages if stage.elected]
    assert elected == ["ERWIN", "YOUNG", "FORNEY"]
    assert [stage.number for stage in ends] == [10, 19, 27]
    assert [stage.threshold for stage in ends] == ["20163", "18458", "15675"]
    assert [ends[1].votes[code] for code in ("1", "10")] == ["22305", "14609"]
    assert [ends[2].votes[code] for code in ("8", "10")] == ["16212", "15136"]


def test_eighty_thousand_papers_are_read_and_counted_in_five_seconds_of_the_processor():
    begun = process_time()
    count_file(FILES / f"{MAYOR}_cvr.xlsx", str(FILES / f"{MAYOR}_rules.json"))
    assert process_time() - begun < 5


ROUND_RULES = ["irv", "multi-winner", "one-winner-per-round", "bottoms-up", "sequential"]


@pytest.mark.parametrize("rules", [*ROUND_RULES, "bottoms-up-percent"])
def test_more_seats_than_options_leave_seats_empty(rules):
    options = (Option("1"), Option("2", withdrawn=True), Option("3"), Option("w", write_in=True))
    papers = [(ranked("1", "w", "3"), 3), (ranked("3", "2"), 2), (Ballot(), 1)]
    table = count(PRESETS[rules], Contest("chair", options, 5), papers, tie_order=["1", "3"])
    assert sorted(table.elected) == ["1", "3"]


@pytest.mark.parametrize("rules", [*ROUND_RULES, "bottoms-up-percent", "scottish-2011", "meek"])
def test_where_all_have_withdrawn_nobody_is_elected(rules):
    options = (Option("1", withdrawn=True), Option("w", write_in=True))
    for papers in ([], [(ranked("1"), 3), (ranked("w"), 2)]):
        table = count(PRESETS[rules], Contest("chair", options, 2), papers)
        assert table.elected == ()
