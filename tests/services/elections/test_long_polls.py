"""The longest polls that can be set up: no page is too large, and nothing is left out."""

import re
from html import unescape

import pytest

from tests.services.elections.polling import INES, drafted
from townsquare.services.elections import errors
from townsquare.services.elections.commands.elections import AddContest
from townsquare.services.elections.commands.fields import MOST_ANSWERS, MOST_QUESTIONS
from townsquare.services.elections.usecases.setting_up import add_contest

pytestmark = pytest.mark.shown

LARGEST_PAGE = 40 * 1024
LONG = "\n".join(f"{number:03} {'name' * 5}" for number in range(200))  # 25 signs each.
SHORT = {"code": "short", "title": "Board", "options": "\n".join(LONG.splitlines()[:190])}
ONE = {"code": "o" * 20, "title": "Board", "options": LONG, "most": 200, "seats": 9}
MANY = [
    {
        "code": f"{number:020}",
        "title": f"{number} " + "q" * 100,
        "options": "\n".join("abcdefghij"),
    }
    for number in range(MOST_QUESTIONS)
]


def held(town, clock, signed_in, contests):
    """Hold an open poll of these questions; return it with somebody who may vote in it."""
    poll = drafted(town, clock, contests=contests)
    poll.enrol("V-1")
    voter = signed_in("elections.officer")
    poll.run(f"UPDATE elections_voter SET person = '{voter.person}'")
    poll.freeze()
    poll.open()
    return poll, voter


def sent(voter, path, told):
    return voter.client.post(path, data={"csrf_token": voter.token, **told})


@pytest.mark.parametrize("contests", [[ONE], MANY])
def test_no_page_of_a_long_poll_is_too_long(town, clock, signed_in, contests):
    poll, voter = held(town, clock, signed_in, contests)
    here = f"/elections/{poll.id}"
    marks = {
        f"mark-{one['code']}": [str(at + 1) for at in range(one.get("most", 1))] for one in contests
    }
    pages = [voter.client.get(here + path) for path in ("", "/vote")]
    pages.append(voter.client.get(f"/elections/office/{poll.id}"))
    pages.append(sent(voter, f"{here}/vote", {**marks, "step": "0"}))
    pages.append(sent(voter, f"{here}/vote", {**marks, "step": str(len(contests))}))
    assert sent(voter, f"{here}/vote/cast", marks).status_code == 303
    poll.close()
    pages += (results := followed(voter, f"{here}/results"))
    assert {page.status_code for page in pages} == {200}
    assert max(len(page.data) for page in pages) <= LARGEST_PAGE
    rows = sum(page.text.count('data-label="Option"') for page in results)
    assert rows == sum(len(one["options"].splitlines()) for one in contests)


def followed(voter, path):
    """Return the pages of a list, each found on the one before."""
    found = []
    while path:
        found.append(voter.client.get(path))
        more = re.search(r'href="([^"]+)" rel="next"', found[-1].text)
        path = more and unescape(more[1])
    return found


@pytest.mark.parametrize(
    "options",
    ["\n".join(f"a{number}" for number in range(MOST_ANSWERS - 189)), "x" * 120 + "\n" + "y" * 120],
)
def test_a_ballot_that_would_be_too_long_is_refused(town, clock, options):
    long = {**SHORT, "options": "\n".join(["z" * 26] * 190)} if "x" in options else SHORT
    poll = drafted(town, clock, contests=[long])
    with pytest.raises(errors.BallotFull):
        poll.do(INES, add_contest, AddContest, code="more", title="More", options=options)
    poll.do(INES, add_contest, AddContest, code="few", title="Few", options="yes\nno")
