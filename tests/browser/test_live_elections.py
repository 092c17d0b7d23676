"""Totals change before those who look on, and a return goes over a line that stays open."""

import pytest

from tests.browser.coming import emptied
from tests.kit.lines import serving
from tests.kit.waiting import until
from tests.services.elections.nominating import strike
from tests.services.elections.papering import running
from tests.services.elections.polling import CHAIR as CHOOSING
from tests.services.elections.polling import opened
from tests.services.elections.test_majorities import HALF
from tests.services.elections.test_struck_on_paper import (
    CHAIR,
    COUNCIL,
    candidates,
    in_two_questions,
)
from townsquare.core.identity.models import AccountRow
from townsquare.core.worker import Worker

PATIENCE = 10_000  # Milliseconds.


@pytest.fixture
def paper(town, clock):
    """A paper election that is being counted, with three precincts."""
    return running(town, clock)


@pytest.fixture
def visit(app, running_chromium):
    """Open a page of a town that runs in this process, with the cookie of somebody."""
    with (
        serving(app, chosen=("web", "live")) as (server, port),
        emptied(running_chromium) as browser,  # Before the town stops, or their streams hold it up.
    ):

        def come(path, cookie=""):
            address = f"http://localhost:{port}"
            page = browser.new_context(base_url=address).new_page()
            name, _, key = cookie.partition("=")
            if key:
                page.context.add_cookies([{"name": name, "value": key, "url": address}])
            page.goto(path)
            return page

        come.front = server.front
        yield come


@pytest.fixture
def entering(town, paper, visit, signed_in):
    """The page on which Dan enters a return, over a line that is open."""
    dan = signed_in("elections.return.enter", name="Dan Reyes")
    with town.sessions() as db:
        account = db.query(AccountRow).filter_by(person=dan.person).one().id
    paper.run(f"UPDATE elections_precinct_officer SET account_id = {account} WHERE role = 'enter'")
    page = visit(f"/elections/precinct/0101/{paper.id}/chair", dan.cookie)
    page.get_by_text("goes over this line").wait_for(timeout=PATIENCE)
    return page


def test_the_counted_share_changes_without_loading_the_page_again(town, paper, visit):
    paper.whole()
    Worker(town).drain()
    page = visit(f"/elections/{paper.id}/results")
    page.get_by_text("Unofficial, 33 % counted").wait_for(timeout=PATIENCE)
    page.evaluate("window.here = true")
    until(lambda: visit.front._parts.hub.streams)  # noqa: SLF001 (who listens)
    paper.whole(precinct="0102", ballots=100, spoiled=0, lines={"1": 50, "2": 30, "3": 20})
    Worker(town).drain()
    page.get_by_text("Unofficial, 67 % counted").wait_for(timeout=PATIENCE)
    votes = page.locator('[data-said="votes"][data-option="1"]').first
    assert votes.inner_text() == "2,050"
    for told in (
        "2 of 3 returns are approved",
        "2 of 3 precincts counted. Turnout there:",
        "(4,572 of ",
        "4,572 ballots, 0 of them blank, 52 spoiled.",
    ):
        assert page.get_by_text(told).count() == 1, told
    assert page.locator("progress").evaluate("it => it.value") == 2
    assert page.evaluate("window.here")


def test_how_much_a_majority_needs_follows_the_count(town, clock, visit):
    paper = running(town, clock, ({**CHOOSING, **HALF},))
    paper.whole()
    Worker(town).drain()
    page = visit(f"/elections/{paper.id}/results")
    page.get_by_text("Needed so far: 2,211").wait_for(timeout=PATIENCE)
    until(lambda: visit.front._parts.hub.streams)  # noqa: SLF001 (who listens)
    paper.whole(precinct="0102", ballots=100, spoiled=0, lines={"1": 50, "2": 30, "3": 20})
    Worker(town).drain()
    page.get_by_text("Needed so far: 2,261").wait_for(timeout=PATIENCE)
    page.get_by_text("Most votes so far: 2,430.").wait_for(timeout=PATIENCE)
    page.get_by_text("of 4,520.").wait_for(timeout=PATIENCE)


def test_who_is_struck_is_shown_without_loading_the_page_again(town, clock, visit):
    struck = in_two_questions(town, clock)
    struck.whole(**COUNCIL)
    Worker(town).drain()
    page = visit(f"/elections/{struck.id}/results")
    page.get_by_text("Unofficial, 50 % counted").wait_for(timeout=PATIENCE)
    page.evaluate("window.here = true")
    until(lambda: visit.front._parts.hub.streams)  # noqa: SLF001 (who listens)
    strike(struck, candidates(struck)[0])
    Worker(town).drain()
    page.get_by_text("Disqualified: Maya Reyes").wait_for(timeout=PATIENCE)
    assert page.get_by_text("Lives elsewhere.").count() == 1
    struck.whole(**CHAIR)  # What was read again goes on to follow.
    Worker(town).drain()
    page.get_by_text("Unofficial, 100 % counted").wait_for(timeout=PATIENCE)
    assert page.evaluate("window.here")


def test_a_return_goes_over_the_line_and_is_sent_as_a_form_without_one(paper, visit, entering):
    page = entering
    page.evaluate("window.here = true")
    _fill(page, "4472")
    page.get_by_role("button", name="Keep as version 1").click()
    page.get_by_role("button", name="Keep as version 2").wait_for(timeout=PATIENCE)
    assert page.evaluate("window.here")
    assert page.get_by_text("Version 1 is kept").count() == 1
    visit.front._parts.sockets._declared.clear()  # noqa: SLF001 (no line any more)
    page.reload()
    _fill(page, "4473")
    page.get_by_role("button", name="Keep as version 2").click()
    page.get_by_role("button", name="Keep as version 3").wait_for(timeout=PATIENCE)
    assert not page.evaluate("window.here")
    kept = "SELECT version, ballots FROM elections_return ORDER BY version"
    assert paper.rows(kept) == [(1, 4472), (2, 4473)]


def test_what_the_line_refuses_is_said_at_its_field(paper, entering):
    page = entering
    _fill(page, "9000")
    page.get_by_role("button", name="Keep as version 1").click()
    page.locator("[name=ballots][aria-invalid=true]").wait_for(timeout=PATIENCE)
    assert paper.rows("SELECT count(*) FROM elections_return") == [(0,)]
    page.get_by_text("goes over this line").wait_for(timeout=PATIENCE)
    _fill(page, "4472")
    page.get_by_role("button", name="Keep as version 1").click()
    page.get_by_role("button", name="Keep as version 2").wait_for(timeout=PATIENCE)
    assert page.get_by_text("There is a problem").count() == 0


def test_a_return_is_kept_over_the_line_also_after_a_refused_submission(entering):
    page = entering
    _fill(page, "4480")
    page.get_by_role("button", name="Keep as version 1").click()
    page.get_by_role("button", name="Submit").click(timeout=PATIENCE)
    page.get_by_text("There is a problem").wait_for(timeout=PATIENCE)
    assert page.url.endswith("/submission")
    page.get_by_text("goes over this line").wait_for(timeout=PATIENCE)
    _fill(page, "4472")
    page.get_by_role("button", name="Keep as version 2").click()
    page.get_by_role("button", name="Keep as version 3").wait_for(timeout=PATIENCE)
    assert page.get_by_text("There is a problem").count() == 0
    assert page.get_by_role("heading", name="Versions").count() == 1


def test_the_page_of_a_poll_follows_its_closing_and_shows_where_the_result_is(town, clock, visit):
    poll, (maya, *_others) = opened(town, clock, "V-1", "V-2", "V-3")
    poll.vote(maya, chair=["1"], works=[])
    page = visit(f"/elections/{poll.id}")
    page.get_by_text("Open", exact=True).wait_for(timeout=PATIENCE)
    page.evaluate("window.here = true")
    until(lambda: visit.front._parts.hub.streams)  # noqa: SLF001 (who listens)
    poll.close()
    Worker(town).drain()
    page.get_by_role("link", name="See the result").wait_for(timeout=PATIENCE)
    assert page.get_by_text("Open", exact=True).count() == 0
    assert page.evaluate("window.here")


def _fill(page, ballots):
    page.locator("[name=ballots]").fill(ballots)
    for option, votes in (("1", "2000"), ("2", "2400"), ("3", "20")):
        page.locator(f"[name=votes-{option}]").fill(votes)
    page.locator("[name=spoiled]").fill("52")
