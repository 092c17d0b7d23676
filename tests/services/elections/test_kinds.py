"""Kinds of questions: each is marked as its rule needs it, and counted by it."""

import json

import pytest
from sqlalchemy.exc import IntegrityError

from tests.services.elections.polling import INES, drafted
from townsquare.core.errors import Invalid
from townsquare.services.elections.commands.elections import AddContest
from townsquare.services.elections.errors import BallotInvalid
from townsquare.services.elections.models.elections import ContestRow, ElectionRow
from townsquare.services.elections.models.reading import contests_of, set_up_of
from townsquare.services.elections.rules.counting.presets import PRESETS, read_rules
from townsquare.services.elections.rules.ruling import rules_of
from townsquare.services.elections.rules.ways import KINDS, WAYS, kind_of, rules_of_kind
from townsquare.services.elections.usecases.setting_up import add_contest
from tsv1.canonical import write

pytestmark = pytest.mark.shown

CONTEST = "elections_contest"
FOUR = "Ada\nBo\nCy\nDi"


def asked(rule, **more):
    return {"code": "q", "title": "Who", "options": FOUR, "rule": rule, **more}


def counted(town, clock, papers, rule, **more):
    """Return the result of a question after these papers, and its row of the count."""
    poll = drafted(town, clock, contests=(asked(rule, **more),))
    voters = poll.enrol(*(f"V-{number}" for number in range(1, len(papers) + 1)))
    poll.freeze()
    poll.open()
    for voter, paper in zip(voters, papers, strict=True):
        poll.vote(voter, q=paper)
    poll.close()
    (result,) = poll.result().contests
    return poll, result


def test_every_rule_that_is_offered_is_one_of_the_engine_and_has_a_kind():
    assert set(WAYS) <= set(PRESETS)
    assert {code for kind in KINDS for code in rules_of_kind(kind)} == set(WAYS)


@pytest.mark.parametrize("rule", WAYS)
def test_a_question_of_every_rule_is_set_up_and_its_rules_are_frozen_whole(poll, town, rule):
    poll.do(INES, add_contest, AddContest, **asked(rule))
    with town.sessions() as db:
        row = db.query(ElectionRow).filter_by(public_id=poll.id).one()
        contests = contests_of(db, row.id)
        told = next(one for one in contests if one.code == "q")
        frozen = set_up_of(row, contests, [])["contests"][-1]
    assert (told.kind, told.rule) == (kind_of(rule), rule)
    rules = dict(frozen["rules"])
    assert rules.pop("hash") == rules_of(told).hash
    assert read_rules(write(rules)) == rules_of(told)
    assert rules["code"] == rule


@pytest.mark.parametrize(
    ("told", "field"),
    [
        (asked("k-of-n", seats=2, most=3), "most"),
        (asked("approval", most=2), "most"),
        (asked("score", most=2), "most"),
        (asked("irv", most=5), "most"),
        (asked("irv", least=3, most=2), "most"),
        (asked("irv", seats=2), "seats"),
        (asked("condorcet", seats=2), "seats"),
        (asked("meek", seats=5), "seats"),
        (asked("majority-judgement", greatest=6), "greatest"),
    ],
)
def test_numbers_that_do_not_fit_a_rule_are_named(poll, told, field):
    with pytest.raises(Invalid) as caught:
        poll.do(INES, add_contest, AddContest, **told)
    assert set(caught.value.fields) == {field}


@pytest.mark.engines("sqlite", "postgresql")
@pytest.mark.parametrize(
    ("change", "name"),
    [
        ("rule = 'irv'", "rule"),
        ("kind = 'rank'", "rule"),
        ("rule = 'coin'", "rule"),
        ("greatest = 5", "greatest"),
        ("kind = 'score', rule = 'score'", "greatest"),
        ("kind = 'score', rule = 'score', greatest = 101", "greatest"),
        ("kind = 'grid', rule = 'majority-judgement', greatest = 6", "greatest"),
        ("kind = 'rank', rule = 'irv', seats = 2", "one_seat"),
    ],
)
def test_the_database_refuses_what_fits_no_rule(poll, change, name):
    with pytest.raises(IntegrityError, match=f"ck_{CONTEST}_{name}"):
        poll.run(f"UPDATE {CONTEST} SET {change} WHERE code = 'chair'")


RANKS = [["1", "2"], ["1"], ["2", "3"], ["3", "2", "1"], ["3", "2"], []]


@pytest.mark.parametrize(
    ("rule", "papers", "votes", "elected"),
    [
        ("irv", RANKS, [2, 1, 2, 0], {"3"}),
        ("scottish-2011", RANKS, [2, 1, 2, 0], {"3"}),
        ("schulze", [*RANKS, ["2"]], [1, 3, 2, 0], {"2"}),
        ("borda", RANKS, [7, 9, 8, 0], {"2"}),
        ("approval", [["1", "2"], ["2"], []], [1, 2, 0, 0], {"2"}),
        ("score", [{"1": 5, "2": 1}, {"2": 5}, {}], [5, 6, 0, 0], {"2"}),
        ("majority-judgement", [{"1": 5}, {"1": 4, "2": 3}, {"2": 2}], [4, 2, 0, 0], {"1"}),
    ],
)
def test_papers_of_every_kind_are_counted_by_their_rule(town, clock, rule, papers, votes, elected):
    poll, result = counted(town, clock, papers, rule)
    assert [option.votes for option in result.options] == votes
    assert {option.code for option in result.options if option.elected} == elected
    ((text, digest),) = poll.rows("SELECT table_json, table_hash FROM elections_count")
    table = json.loads(text)
    assert table["rules"]["code"] == rule
    assert [one["name"] for one in table["options"]] == FOUR.split()
    assert len(digest) == 64
    contents = poll.rows("SELECT content, weight FROM elections_poll_content ORDER BY position")
    assert contents == sorted(contents)
    assert sum(alike for _content, alike in contents) == len(papers)


@pytest.mark.parametrize(
    ("rule", "more", "paper"),
    [
        ("irv", {}, ["1", "1"]),
        ("irv", {}, ["9"]),
        ("irv", {"most": 2}, ["1", "2", "3"]),
        ("irv", {"least": 2}, ["1"]),
        ("irv", {"blank": False}, []),
        ("irv", {}, {"1": 1}),
        ("score", {}, ["1"]),
        ("score", {}, {"1": 6}),
        ("score", {}, {"9": 1}),
        ("majority-judgement", {"greatest": 3}, {"1": 4}),
    ],
)
def test_a_paper_that_does_not_fit_is_refused_with_its_question_named(
    town, clock, rule, more, paper
):
    poll = drafted(town, clock, contests=(asked(rule, **more),))
    (voter,) = poll.enrol("V-1")
    poll.freeze()
    poll.open()
    with pytest.raises(BallotInvalid) as caught:
        poll.vote(voter, q=paper)
    assert set(caught.value.fields) == {"q"}
    assert poll.rows("SELECT count(*) FROM elections_poll_slot") == [(0,)]


def test_a_row_of_a_question_says_what_it_is_by_itself():
    row = ContestRow(kind="rank", rule="irv", least=1, most=3, greatest=0)
    assert rules_of(row).content["max_ranks"] == 3
