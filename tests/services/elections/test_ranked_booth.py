"""The booth for ranks, points and grades: forms without a script, and refusals at their field."""

import re

import pytest

from tests.services.elections.test_long_polls import LARGEST_PAGE, LONG, held, sent

pytestmark = pytest.mark.shown

FOUR = "Ada\nBo\nCy\nDi"
BEST = {"code": "best", "title": "Best", "options": FOUR, "rule": "irv", "most": 3}
POINTS = {"code": "points", "title": "Points", "options": FOUR, "rule": "score", "greatest": 9}
GRADES = {"code": "grades", "title": "Grades", "options": FOUR, "rule": "majority-judgement"}


@pytest.fixture
def booth(town, clock, signed_in):
    """An open poll of three kinds of questions, and somebody who may vote in it."""
    return held(town, clock, signed_in, [BEST, POINTS, GRADES])


def ranks(**numbers):
    return {f"mark-best-{name[1:]}": number for name, number in numbers.items()}


def test_ranks_points_and_grades_are_typed_looked_at_and_cast(booth):
    poll, voter = booth
    here = f"/elections/{poll.id}/vote"
    assert 'name="mark-best-4"' in voter.client.get(here).text
    marks = ranks(o3="1", o1="2")
    second = sent(voter, here, {**marks, "step": "1"})
    assert (second.status_code, 'max="9"' in second.text) == (200, True)
    marks |= {"mark-points-1": "9", "mark-points-4": "0"}
    third = sent(voter, here, {**marks, "step": "2"})
    assert "Excellent" in third.text
    assert 'name="mark-best-3" value="1"' in third.text
    marks |= {"mark-grades-2": "5", "mark-grades-3": "1"}
    look = sent(voter, here, {**marks, "step": "3"}).text
    assert "1. Cy, 2. Ada" in look
    assert "Ada: 9, Di: 0" in look
    assert "Bo: Excellent, Cy: Poor" in look
    assert "NOT cast yet" in look
    assert sent(voter, f"{here}/cast", marks).status_code == 303
    poll.close()
    assert poll.rows("SELECT content FROM elections_poll_content ORDER BY position") == [
        ('{"contest":"best","options":["3","1"]}',),
        ('{"contest":"grades","options":{"2":5,"3":1}}',),
        ('{"contest":"points","options":{"1":9,"4":0}}',),
    ]


@pytest.mark.parametrize(
    ("marks", "said", "field"),
    [
        (ranks(o1="1", o2="1"), "Ada and Bo have the same rank", "mark-2"),
        (ranks(o1="1", o2="3"), "A rank is left out before that of Bo", "mark-2"),
        (ranks(o3="2"), "A rank is left out before that of Cy", "mark-3"),
        (ranks(o4="4"), "Write a rank from 1 to 3 beside Di", "mark-4"),
        (ranks(o4="0"), "Write a rank from 1 to 3 beside Di", "mark-4"),
        (ranks(o4="first"), "Write a rank from 1 to 3 beside Di", "mark-4"),
        (ranks(o4="-1"), "Write a rank from 1 to 3 beside Di", "mark-4"),
        ({}, "Write 1 beside your first choice", "mark-1"),
        ({**ranks(o1="1"), "mark-best": "blank"}, "not both", "mark-1"),
        ({"mark-best": "1"}, "Write 1 beside your first choice", "mark-1"),
    ],
)
def test_what_is_no_ranking_is_refused_at_its_field(booth, marks, said, field):
    poll, voter = booth
    for path in ("", "/cast"):
        told = {**marks, "step": "1"} if not path else marks
        page = sent(voter, f"/elections/{poll.id}/vote{path}", told)
        assert page.status_code == 422
        assert said in page.text
        assert f'href="#{field}"' in page.text
        assert f'id="{field}"' in page.text
        for name, value in ranks().items():
            assert f'name="{name}" value="{value}"' in page.text
    assert poll.rows("SELECT count(*) FROM elections_poll_slot") == [(0,)]


@pytest.mark.parametrize(
    ("marks", "said"),
    [
        ({"mark-points-1": "10"}, "Write a whole number from 0 to 9 beside Ada"),
        ({"mark-points-1": "1.5"}, "Write a whole number from 0 to 9 beside Ada"),
        ({"mark-points-2": "-1"}, "Write a whole number from 0 to 9 beside Bo"),
    ],
)
def test_points_that_cannot_be_given_are_refused(booth, marks, said):
    poll, voter = booth
    page = sent(voter, f"/elections/{poll.id}/vote", {"mark-best": "blank", **marks, "step": "2"})
    assert (page.status_code, said in page.text) == (422, True)


def test_a_field_of_no_option_is_unknown(booth):
    poll, voter = booth
    page = sent(voter, f"/elections/{poll.id}/vote", {"mark-best-9": "1", "step": "1"})
    assert page.status_code == 422


@pytest.mark.parametrize("rule", ["meek", "score", "majority-judgement"])
def test_no_page_of_two_hundred_options_is_too_long(town, clock, signed_in, rule):
    one = {"code": "o" * 20, "title": "Board", "options": LONG, "rule": rule}
    poll, voter = held(town, clock, signed_in, [one])
    here = f"/elections/{poll.id}/vote"
    top = {"score": 5, "majority-judgement": 5}.get(rule)
    marks = {f"mark-{'o' * 20}-{at}": str(min(at, top or at)) for at in range(1, 201)}
    pages = [
        voter.client.get(here),
        sent(voter, here, {**marks, "step": "0"}),
        sent(voter, here, {**marks, "step": "1"}),
        sent(voter, here, {**dict.fromkeys(marks, "999"), "step": "1"}),
    ]
    assert [page.status_code for page in pages] == [200, 200, 200, 422]
    assert max(len(page.data) for page in pages) <= LARGEST_PAGE
    assert len(re.findall(r'name="mark-o+-\d+"', pages[0].text)) == 200
