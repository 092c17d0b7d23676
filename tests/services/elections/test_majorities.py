"""Majorities: what a question may ask for, who is elected by it, and what the database refuses."""

import csv
import io
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tests.kit.guards import drop_constraint, drop_trigger
from tests.services.elections.founding import founding
from tests.services.elections.nominating import BEN, MAYA, decide, nominating, stand, strike
from tests.services.elections.papering import DAN, EMIL, Paper, on_paper, running
from tests.services.elections.polling import CHAIR, INES, Poll, drafted
from tests.services.elections.test_poll_weights import listed
from townsquare.core.invariants import breaches
from townsquare.core.usecase import Actor
from townsquare.services.elections.commands.deciding import FindDocument
from townsquare.services.elections.commands.elections import AddContest
from townsquare.services.elections.commands.returns import ImportPrecincts
from townsquare.services.elections.commands.rolls import DefineStyle
from townsquare.services.elections.commands.voting import ImportRoll
from townsquare.services.elections.errors import MajorityInvalid, NotReady
from townsquare.services.elections.models.elections import ElectionRow
from townsquare.services.elections.models.reading import contests_of, set_up_of
from townsquare.services.elections.queries.documents import read_document
from townsquare.services.elections.queries.elections import read_set_up
from townsquare.services.elections.results.majorities import Majority
from townsquare.services.elections.rules.parts import Papers, needed, papers_of, passes
from townsquare.services.elections.usecases import rolls, styling
from townsquare.services.elections.usecases.copying import clone_election, rehearse_election
from townsquare.services.elections.usecases.nominating import close_nominations
from townsquare.services.elections.usecases.precincts import import_precincts
from townsquare.services.elections.usecases.setting_up import add_contest

LITE = pytest.mark.engines("sqlite")
BOTH = pytest.mark.engines("sqlite", "postgresql")
GUEST = Actor(0, "guest", frozenset({"public"}))
CONTEST, ELECTION = "elections_contest", "elections_election"
HALF = {"majority_num": 1, "majority_den": 2, "majority_strict": True}
TWO_THIRDS = {"majority_num": 2, "majority_den": 3}
MOTION = {"code": "motion", "title": "Buy the mill", "options": "Yes\nNo"}
SEATS = {"code": "board", "title": "Board", "options": "Ada\nBo\nCy\nDi", "rule": "approval"}
PARTS = st.tuples(st.integers(1, 1000), st.integers(1, 1000)).map(lambda two: (min(two), max(two)))


@pytest.mark.parametrize(
    ("votes", "whole", "part", "strict", "told"),
    [
        (333, 1000, (1, 3), False, False),
        (334, 1000, (1, 3), False, True),
        (5, 10, (1, 2), True, False),
        (6, 10, (1, 2), True, True),
        (5, 9, (2, 3), False, False),
        (6, 9, (2, 3), False, True),
        (6, 9, (2, 3), True, False),
        (49, 100, (1, 2), True, False),
        (51, 100, (1, 2), True, True),
        (100, 100, (1, 1), False, True),
        (0, 0, (1, 2), False, False),
        (3, 0, (1, 2), False, False),
    ],
)
def test_a_majority_is_compared_in_whole_numbers(votes, whole, part, strict, told):
    assert passes(votes, whole, part, strict=strict) is told


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 10**9), st.integers(1, 10**9), PARTS, st.booleans())
def test_the_rule_is_that_of_fractions(votes, whole, part, strict):
    share, asked = Fraction(votes, whole), Fraction(*part)
    assert passes(votes, whole, part, strict=strict) is (
        share > asked if strict else share >= asked
    )
    enough = needed(whole, part, strict=strict)
    assert passes(enough, whole, part, strict=strict)
    assert not passes(enough - 1, whole, part, strict=strict)


def test_valid_papers_are_neither_blank_nor_spoiled():
    papers = Papers(100, 7, 3)
    assert [papers_of(base, papers) for base in ("valid", "cast")] == [90, 100]


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ((1, 2, True, "valid"), "more than half of the valid votes"),
        ((2, 3, False, "valid"), "at least 2/3 of the valid votes"),
        ((2, 4, False, "cast"), "at least half of the votes cast"),
        ((3, 3, False, "roll"), "all of the roll"),
    ],
)
def test_a_majority_is_said_in_words(facts, said):
    assert Majority(*facts).said() == said


def refused(poll, **wish):
    with pytest.raises(MajorityInvalid) as caught:
        poll.do(INES, add_contest, AddContest, **{**MOTION, **wish})
    return caught.value.fields


@LITE
@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"majority_num": 3, "majority_den": 2}, "majority_num"),
        ({"majority_den": 2}, "majority_num"),
        ({"majority_strict": True}, "majority_num"),
        ({"majority_num": 1, "majority_strict": True}, "majority_strict"),
        *(
            ({**HALF, "rule": rule}, "majority_num")
            for rule in ("score", "majority-judgement", "irv", "borda", "schulze")
        ),
    ],
)
def test_what_nobody_could_reach_or_count_is_refused(poll, wish, field):
    assert list(refused(poll, **wish)) == [field]


@LITE
def test_an_encrypted_election_has_no_place_for_it(town, clock):
    sealed = founding(town, clock)
    told = refused(sealed, **HALF)
    assert "no place for a majority" in told["majority_num"]
    sealed.do(INES, add_contest, AddContest, **MOTION)
    files = drafted(town, clock, (), tier="imported")
    assert "of a file" in refused(files, **HALF)["majority_num"]


@LITE
@pytest.mark.parametrize("rule", ["plurality", "approval", "k-of-n"])
def test_each_way_of_choosing_may_ask_for_it(town, clock, rule):
    poll = drafted(town, clock, ({**MOTION, **HALF, "rule": rule},))
    assert poll.do(INES, read_set_up).election.contests[0].majority == Majority(
        1, 2, strict=True, base="valid"
    )


WRONG = [
    ("majority_whole", "majority_num = 1, majority_den = 2, majority_strict = TRUE"),
    ("majority_whole", "majority_base = 'cast'"),
    ("majority_part", "majority_num = 0, majority_den = 2"),
    ("majority_part", "majority_num = 3, majority_den = 2"),
    ("majority_part", "majority_num = 2, majority_den = 2, majority_strict = TRUE"),
    ("majority_part", "majority_num = 1, majority_den = 1001"),
    ("majority_base", "majority_base = 'all'"),
    ("majority_kind", "kind = 'score', rule = 'score', greatest = 5"),
]
REST = {"majority_num": "1", "majority_den": "2", "majority_strict": "FALSE"}
REST["majority_base"] = "'valid'"


@BOTH
@pytest.mark.parametrize(("name", "told"), WRONG)
def test_the_database_takes_no_half_majority(poll, town, name, told):
    rest = {} if name == "majority_whole" else REST
    columns = [f"{one} = {value}" for one, value in rest.items() if f"{one} =" not in told]
    change = f"UPDATE {CONTEST} SET {', '.join([told, *columns])} WHERE code = 'chair'"
    with pytest.raises(IntegrityError, match=f"ck_{CONTEST}_{name}"):
        poll.run(change)
    drop_constraint(town, f"ck_{CONTEST}_{name}", CONTEST)
    poll.run(change)


ALL = ", ".join(f"{name} = {value}" for name, value in REST.items())
SEALED = f"(SELECT id FROM {ELECTION} WHERE tier = 'encrypted')"
COPIED = (
    f"INSERT INTO {CONTEST} (public_id, created_at, election_id, code, title, position, least,"
    f" most, seats, blank, kind, rule, greatest, {', '.join(REST)}) SELECT 'X', created_at,"
    f" election_id, 'x', title, 9, least, most, seats, blank, kind, rule, greatest,"
    f" {', '.join(REST.values())} FROM {CONTEST} WHERE code = 'chair' AND election_id = {SEALED}"
)


@BOTH
@pytest.mark.parametrize(
    ("trigger", "table", "change"),
    [
        ("majority", CONTEST, COPIED),
        (
            *("majority_moved", CONTEST),
            f"UPDATE {CONTEST} SET {ALL} WHERE code = 'chair' AND election_id = {SEALED}",
        ),
        ("majority", ELECTION, f"UPDATE {ELECTION} SET tier = 'encrypted' WHERE title = 'Ours'"),
    ],
)
def test_by_sql_too_no_encrypted_election_asks_for_it(town, clock, trigger, table, change):
    poll = drafted(town, clock, ({**CHAIR, **HALF},), title="Ours")
    founding(town, clock)
    with pytest.raises(IntegrityError, match="elections_no_majority"):
        poll.run(change)
    drop_trigger(town, f"{table}_{trigger}", table)
    poll.run(change)


def voted(town, clock, yes, no, blank=0, **asked):
    """Return a poll that closed with so many votes, of ten on the roll."""
    poll = drafted(town, clock, ({**MOTION, **asked},))
    voters = poll.enrol(*(f"V-{at}" for at in range(10)))
    poll.freeze()
    poll.open()
    marks = [["1"]] * yes + [["2"]] * no + [[]] * blank
    for voter, mark in zip(voters, marks, strict=False):
        poll.vote(voter, motion=mark)
    poll.close()
    return poll


def told(poll):
    one = poll.result().contests[0]
    majority = one.majority
    elected = [option.title for option in one.options if option.elected]
    return elected, (majority.votes, majority.whole, majority.needed, majority.reached)


@LITE
@pytest.mark.parametrize(
    ("votes", "asked", "expected"),
    [
        ((6, 3), TWO_THIRDS, (["Yes"], (6, 9, 6, True))),
        ((6, 4), TWO_THIRDS, ([], (6, 10, 7, False))),
        ((5, 5), HALF, ([], (5, 10, 6, False))),
        ((6, 4), HALF, (["Yes"], (6, 10, 6, True))),
        ((3, 2, 4), HALF, (["Yes"], (3, 5, 3, True))),
        ((3, 2, 4), {**HALF, "majority_base": "cast"}, ([], (3, 9, 5, False))),
        ((5, 1), {**HALF, "majority_base": "roll"}, ([], (5, 10, 6, False))),
        ((6, 1), {**HALF, "majority_base": "roll"}, (["Yes"], (6, 10, 6, True))),
        ((0, 0, 3), HALF, ([], (0, 0, 1, False))),
    ],
)
def test_nobody_is_elected_without_it(town, clock, votes, asked, expected):
    poll = voted(town, clock, *votes, **asked)
    assert told(poll) == expected
    assert poll.result().contests[0].options[0].tied is False
    assert breaches(town) == {}


@LITE
def test_of_several_seats_those_stay_empty_that_nobody_reaches(town, clock):
    poll = drafted(town, clock, ({**SEATS, **HALF, "seats": 3},))
    voters = poll.enrol("V-1", "V-2", "V-3")
    poll.freeze()
    poll.open()
    for voter, marks in zip(voters, (["1", "2"], ["1", "2", "3"], ["1", "4"]), strict=True):
        poll.vote(voter, board=marks)
    poll.close()
    one = poll.result().contests[0]
    assert [option.title for option in one.options if option.elected] == ["Ada", "Bo"]
    assert not any(option.tied for option in one.options)  # The tie was for a seat nobody got.


@BOTH
def test_it_is_of_the_weight_of_those_who_are_asked(town, clock):
    asked = {**HALF, "majority_base": "roll"}
    poll = drafted(town, clock, (CHAIR, {**MOTION, **asked}))
    north = {"code": "north", "title": "The north", "contests": "motion"}
    south = {"code": "south", "title": "The south", "contests": "chair"}
    for style in (north, south):
        poll.do(INES, styling.define_style, DefineStyle, **style)
    roll = [("north", 3)] * 3 + [("north", 1)] * 5 + [("south", 7)] * 5  # 14 of the north.
    poll.do(INES, rolls.import_roll, ImportRoll, rows=listed(roll))
    poll.freeze()
    poll.open()
    for at in (0, 1):
        poll.vote(poll.voter(f"N{at:02}"), motion=["1"])
    poll.vote(poll.voter("N03"), motion=["1"])
    poll.close()
    one = poll.result().contests[1]
    assert (one.majority.votes, one.majority.whole, one.majority.needed) == (7, 14, 8)
    assert not one.majority.reached
    assert breaches(town) == {}
    document = signed(poll)
    assert document["question motion", "majority"] == (
        "Majority: more than half of the roll",
        "not reached: nobody is elected",
        "7 of 14, 8 needed, by weight",
    )


def signed(poll):
    with poll.town.working(GUEST, reads=True) as ctx:
        body = read_document(ctx, FindDocument(id=poll.id, kind="csv")).body
    rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
    return {tuple(row[:2]): tuple(row[2:]) for row in rows if len(row) > 4}


@LITE
def test_the_signed_files_say_it(town, clock):
    poll = voted(town, clock, 6, 3, **TWO_THIRDS)
    assert signed(poll)["question motion", "majority"] == (
        "Majority: at least 2/3 of the valid votes",
        "reached",
        "6 of 9, 6 needed",
    )
    with poll.town.working(GUEST, reads=True) as ctx:
        assert read_document(ctx, FindDocument(id=poll.id, kind="pdf")).body[:4] == b"%PDF"


@BOTH
def test_it_is_frozen_with_its_question(town, clock):
    poll = voted(town, clock, 1, 0, **HALF)
    with pytest.raises(IntegrityError, match="elections_frozen"):
        poll.run(f"UPDATE {CONTEST} SET majority_base = 'roll'")
    with Session(town.database) as db:
        row = db.query(ElectionRow).one()
        plain = set_up_of(row, contests_of(db, row.id), [])["contests"][0]
    assert plain["majority"] == [1, 2, True, "valid"]


@LITE
def test_a_set_up_without_one_says_nothing_of_it(voting, town):
    with Session(town.database) as db:
        row = db.query(ElectionRow).one()
        assert all(
            "majority" not in one for one in set_up_of(row, contests_of(db, 1), [])["contests"]
        )


@BOTH
@pytest.mark.parametrize("act", [clone_election, rehearse_election])
def test_a_copy_asks_for_it_too(town, clock, act):
    poll = drafted(town, clock, ({**MOTION, **TWO_THIRDS, "majority_base": "cast"},))
    copy = Poll(town, clock, poll.do(INES, act).id)
    asked = copy.do(INES, read_set_up).election.contests[0].majority
    assert asked == Majority(2, 3, strict=False, base="cast")


@BOTH
def test_on_paper_spoiled_papers_are_not_valid(town, clock):
    paper = running(town, clock, ({**CHAIR, **HALF},))
    paper.whole()  # 4,472 papers, 52 of them spoiled: 2,400 of 4,420 for Bo.
    so_far = paper.totals().contests[0].majority
    assert (so_far.votes, so_far.whole, so_far.needed, so_far.reached) == (2400, 4420, 2211, True)
    paper.finish(reason="Two are late.")
    one = paper.totals().contests[0]
    assert (one.elected, one.majority) == (["2"], so_far)
    counted = paper.result().contests[0]
    assert ([option.elected for option in counted.options], counted.majority) == (
        [False, True, False],
        so_far,
    )
    assert breaches(town) == {}


@LITE
def test_on_paper_the_roll_is_that_of_all_precincts(town, clock):
    paper = running(
        town, clock, ({**CHAIR, "majority_num": 1, "majority_den": 4, "majority_base": "roll"},)
    )
    lines = {"1": 2000, "2": 2194, "3": 226}
    paper.whole(lines=lines)  # A quarter of 8,599 in that precinct, and not of all 8,779.
    paper.finish(reason="Two are late.")
    one = paper.totals().contests[0]
    assert (one.elected, one.majority.whole, one.majority.needed) == ([], 8779, 2195)


@LITE
def test_a_part_of_a_roll_that_nobody_knows_is_not_frozen(town, clock):
    rows = "code,name\n0101,North hall\n"
    paper = on_paper(town, clock, ({**CHAIR, **HALF, "majority_base": "roll"},), rows)
    with pytest.raises(NotReady) as caught:
        paper.freeze()
    assert "part of the roll" in str(caught.value.facts)


@LITE
@pytest.mark.parametrize("tier", ["poll", "paper"])
def test_votes_of_who_was_struck_are_no_majority(town, clock, tier):
    poll = Paper(town, clock, nominating(town, clock, tier=tier).id)
    for who, code in ((MAYA, "maya"), (BEN, "ben")):
        decide(poll, stand(poll, who, code=code, given=code).id)
    poll.do(INES, close_nominations)
    poll.run(f"UPDATE {CONTEST} SET {ALL}")
    if tier == "paper":
        poll.do(INES, import_precincts, ImportPrecincts, rows="code,name,registered\n01,Hall,9\n")
    else:
        voters = poll.enrol("V-1", "V-2", "V-3")
    poll.freeze()
    candidate = poll.rows("SELECT public_id FROM elections_candidate ORDER BY id")[0][0]
    if tier == "paper":
        poll.appoint(DAN, "enter", "01")
        poll.appoint(EMIL, "approve", "01")
        poll.over()
        lines = {"1": 2, "2": 1}
        poll.whole(precinct="01", contest="council", ballots=3, spoiled=0, lines=lines)
        strike(poll, candidate)
        assert poll.totals().contests[0].majority.votes == 1
        poll.finish()
    else:
        poll.open()
        for voter, mark in zip(voters, "112", strict=True):
            poll.vote(voter, council=[mark])
        strike(poll, candidate)
        poll.close()
    assert told(poll) == ([], (1, 3, 2, False))
    assert breaches(town) == {}
