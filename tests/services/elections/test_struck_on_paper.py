"""Somebody who is struck out of a paper election keeps their votes, and everybody reads of it."""

import json

import pytest
from sqlalchemy.exc import IntegrityError

from tests.kit.guards import drop_trigger
from tests.kit.sound import complaints
from tests.services.elections.deciding import judge
from tests.services.elections.nominating import BEN, MAYA, decide, nominating, stand, strike
from tests.services.elections.papering import DAN, EMIL, Paper
from tests.services.elections.polling import INES, PRIYA
from tests.services.elections.test_certifying_boards import ruled
from tests.services.elections.test_disqualifying import CANDIDATE, STRIKE, file_of, propose
from tests.services.elections.test_pages import Browser
from townsquare.core.worker import Worker
from townsquare.services.elections.commands.elections import AddContest
from townsquare.services.elections.commands.returns import ImportPrecincts
from townsquare.services.elections.errors.judging import NotNow
from townsquare.services.elections.queries.deciding import read_proceedings
from townsquare.services.elections.usecases import disqualifying
from townsquare.services.elections.usecases.nominating import close_nominations
from townsquare.services.elections.usecases.precincts import import_precincts
from townsquare.services.elections.usecases.setting_up import add_contest

BOTH = pytest.mark.engines("sqlite", "postgresql")
MAYOR = {"code": "mayor", "title": "Mayor", "nominated": True, "seats": 1, "rule": "plurality"}
COUNCIL = {"contest": "council", "ballots": 70, "spoiled": 0, "lines": {"1": 40, "2": 30}}
CHAIR = {"contest": "mayor", "ballots": 70, "spoiled": 0, "lines": {"1": 40, "2": 30}}
EVERYTHING = f"SELECT public_id FROM {CANDIDATE} ORDER BY id"
PROPOSED = (
    f"INSERT INTO {STRIKE} (public_id, created_at, election_id, candidate_id, reason, proposed_by,"
    " proposed_by_id, confirmed_by) SELECT 'X', created_at, election_id, id, 'x', '', 5, ''"
    f" FROM {CANDIDATE} WHERE code = 'ben'"
)


@pytest.fixture
def paper(town, clock):
    return in_two_questions(town, clock)


def in_two_questions(town, clock):
    """Return an election on paper that is over; Maya and Ben stand in both of its questions."""
    draft = nominating(town, clock, tier="paper")
    paper = Paper(town, clock, draft.id)
    paper.do(INES, add_contest, AddContest, **MAYOR)
    for who, code in ((MAYA, "maya"), (BEN, "ben")):
        for contest in ("council", "mayor"):
            said = {"code": code if contest == "council" else f"{code}-2", "contest": contest}
            decide(paper, stand(paper, who, given=code.title(), **said).id)
    paper.do(INES, close_nominations)
    paper.do(INES, import_precincts, ImportPrecincts, rows="code,name,registered\n0101,Hall,100\n")
    paper.freeze(INES, PRIYA)
    paper.appoint(DAN, "enter", "0101")
    paper.appoint(EMIL, "approve", "0101")
    paper.over()
    return paper


def candidates(paper):
    return [one for (one,) in paper.rows(EVERYTHING)]


@pytest.fixture
def struck(paper):
    """Return it when Maya, who has most votes, was struck out of the council."""
    paper.whole(**COUNCIL)
    paper.whole(**CHAIR)
    strike(paper, candidates(paper)[0])
    return paper


@BOTH
def test_the_votes_that_were_returned_stay_and_who_was_struck_is_not_elected(struck, client):
    struck.finish()
    council, mayor = struck.result().contests
    assert [(one.code, one.votes) for one in council.options] == [("1", 40), ("2", 30)]
    assert [one.code for one in council.options if one.elected] == ["2"]
    assert [one.code for one in mayor.options if one.elected] == ["1"]
    assert complaints(struck.town) == []
    assert "option 1,Maya Reyes,40,disqualified" in file_of(struck).decode()
    for contest, left_out in (("council", True), ("mayor", False)):
        page = client.get(f"/elections/{struck.id}/rounds/{contest}").text
        assert ("Left out of this count: Maya Reyes." in page) is left_out
        assert ('Maya Reyes</th><td class="text-end">\u2013</td>' in page) is left_out


def told_live(paper):
    """Return who was struck, by each message to those who follow the count."""
    Worker(paper.town).drain()
    topic = f"elections.{paper.id}.results"
    kept = paper.rows(f"SELECT message FROM core_live WHERE topic = '{topic}' ORDER BY id")
    told = [json.loads(message) for (message,) in kept]
    return [
        [one["name"] for contest in each["contests"] for one in contest["struck"]] for each in told
    ]


def test_who_follows_the_count_hears_of_whom_was_struck(paper, client):
    assert told_live(paper) == []
    page = client.get(f"/elections/{paper.id}/results").text
    assert 'id="counted" data-struck="0"' in page
    strike(paper, candidates(paper)[0])
    assert told_live(paper) == [["Maya Reyes"]]
    page = client.get(f"/elections/{paper.id}/results").text
    assert 'id="counted" data-struck="1"' in page


def test_totals_tell_who_was_struck(struck, client):
    def looked():
        page = client.get(f"/elections/{struck.id}/results").text
        asked = "query ($id: String!) { totals(id: $id) { contests { struck { name reason } } } }"
        sent = {"query": asked, "variables": {"id": struck.id}}
        graph = client.post("/graphql", json=sent).json["data"]["totals"]
        csv = client.get(f"/elections/{struck.id}/results.csv").text
        return page, graph["contests"], [line for line in csv.splitlines() if "Maya" in line]

    for act in (lambda: None, struck.finish):
        act()
        council, mayor = struck.totals().contests
        assert [one.name for one in council.struck] == ["Maya Reyes"]
        assert mayor.struck == []
        page, graph, lines = looked()
        assert page.count("Disqualified: Maya Reyes") == 1
        assert "Lives elsewhere." in page
        assert "Decided by" in page
        assert page.count('">Disqualified</span>') == 1  # Beside the option.
        assert [one["struck"] for one in graph] == [
            [{"name": "Maya Reyes", "reason": "Lives elsewhere."}],
            [],
        ]
        assert lines[0].endswith(",yes,")
        assert not lines[1].endswith(",,yes,")


@BOTH
def test_nobody_is_struck_while_it_is_counted_again(struck, town):
    ben = candidates(struck)[2]
    made = propose(struck, ben)
    struck.finish()
    judge(struck, "certify")
    ruled(struck)
    judge(struck, "recount")
    with pytest.raises(NotNow):
        struck.do(PRIYA, disqualifying.confirm_disqualification, id=made)
    with pytest.raises(NotNow):
        propose(struck, candidates(struck)[3])
    found = struck.look(INES, read_proceedings)
    assert found.standing == {}
    assert [one.timely for one in found.strikes] == [False]
    struck.do(PRIYA, disqualifying.withdraw_disqualification, id=made)
    with pytest.raises(IntegrityError, match="elections_undecided"):
        struck.run(PROPOSED)
    drop_trigger(town, f"{STRIKE}_insert", STRIKE)
    struck.run(PROPOSED)


def test_officers_read_of_which_question_somebody_is_struck(paper, town):
    first, second, *_others = candidates(paper)
    found = paper.look(INES, read_proceedings)
    assert found.standing[first] == "Maya Reyes \u2013 Council"
    assert found.standing[second] == "Maya Reyes \u2013 Mayor"
    propose(paper, second)
    strike(paper, first)
    found = paper.look(INES, read_proceedings)
    assert [(one.candidate, one.question) for one in found.strikes] == [("Maya Reyes", "Mayor")]
    assert [(one.name, one.question) for one in found.struck] == [("Maya Reyes", "Council")]
    assert second not in found.standing


def test_pages_say_the_question_and_what_can_still_be_done(paper, signed_in):
    ines = Browser(signed_in("elections.officer", name="Ines Moreau", confirmed=True))
    priya = Browser(signed_in("elections.witness", name="Priya Nair", confirmed=True))
    here = f"/elections/office/{paper.id}"
    ines.get(f"{here}/disqualifications")
    assert "Maya Reyes \u2013 Mayor" in ines.text
    made = propose(paper, candidates(paper)[1])
    priya.get(f"{here}/decisions")
    assert "Proposed: disqualify Maya Reyes \u2013 Mayor" in priya.text
    assert "/confirmation" in priya.text
    assert "You can decide nothing" not in priya.text
    paper.whole(**COUNCIL)
    paper.whole(**CHAIR)
    paper.finish()
    priya.get(f"{here}/decisions")
    assert "It can no longer be confirmed, only taken back." in priya.text
    assert f"{made}/confirmation" not in priya.text
    assert f"{made}/withdrawal" in priya.text
    assert "You can decide nothing" not in priya.text
    priya.post(f"{here}/disqualifications/{made}/withdrawal")
    priya.get(f"{here}/decisions")
    assert "Nothing was decided about the election as a whole since" in priya.text
    assert "You can decide nothing" in priya.text
