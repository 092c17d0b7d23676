"""A change of the calendar proposes waivers; it never edits a charge that was posted."""

import pytest
from sqlalchemy.exc import IntegrityError

from tests.kit.guards import drop_index
from townsquare.core.worker import Worker
from townsquare.services.library.commands import lending as wishes
from townsquare.services.library.manifest import service
from townsquare.services.library.usecases.charges import take_payment
from townsquare.services.library.usecases.policies import set_calendar

TODAY = (2026, 3, 19)  # Three days after the due day: beyond the grace of two.


@pytest.fixture
def late(wood, lend, take_back, clock):
    """Maya owes 75 for three days, the day of the return among them."""
    lend()
    clock.set(*TODAY, 10)
    take_back()


@pytest.fixture
def close_today(acts, town, clock):
    """Close Central today, or let it close at an hour; do what follows from it."""

    def run(closes=None):
        told = {"branch": "central", "day": clock().date(), "reason": "Snow"}
        acts(set_calendar, wishes.SetCalendar(closes=closes, **told))
        Worker(town).drain()

    return run


@pytest.fixture
def proposed(api):
    return lambda: api("GET /waivers/proposals").json["items"]


def test_a_day_that_was_closed_after_all_proposes_to_waive_what_it_cost(
    late, close_today, proposed, owed, readers
):
    close_today()
    [line] = proposed()
    assert (line["amount_minor"], line["open_minor"], line["reader"]) == (75, 75, "Maya Santos")
    assert line["why"] == "Central: the hours of 19 March 2026 were changed"
    assert owed(readers.Maya) == [("overdue", 75, 75)]


def test_a_proposal_is_accepted_once(late, close_today, proposed, api, owed, readers):
    close_today()
    address = f"/waivers/proposals/{proposed()[0]['id']}"
    assert api(f"POST {address}/acceptance").json["open_minor"] == 0
    for way in ("acceptance", "refusal"):
        again = api(f"POST {address}/{way}")
        assert (again.status_code, again.json["code"]) == (409, "library.proposal-decided")
    assert (owed(readers.Maya), proposed()) == ([("overdue", 75, 0)], [])
    [waiver] = api("GET /waivers").json["items"]
    assert (waiver["amount_minor"], waiver["by"]) == (75, "Dina Park")


def test_a_proposal_that_is_declined_leaves_the_charge(
    late, close_today, proposed, api, owed, readers
):
    close_today()
    assert api(f"POST /waivers/proposals/{proposed()[0]['id']}/refusal").status_code == 200
    assert (owed(readers.Maya), proposed()) == ([("overdue", 75, 75)], [])


def test_a_day_that_opens_again_withdraws_the_proposal(late, close_today, proposed, api):
    close_today()
    first = proposed()[0]["id"]
    close_today()
    assert [line["id"] for line in proposed()] == [first]
    close_today("17:00")
    assert proposed() == []
    assert api(f"POST /waivers/proposals/{first}/acceptance").status_code == 409


def test_only_what_is_open_is_proposed(late, close_today, proposed, acts):
    acts(take_payment, wishes.PayCharges(card="LC-1001", amount_minor=50))
    close_today()
    assert [line["amount_minor"] for line in proposed()] == [25]


def test_what_was_paid_meanwhile_is_not_waived(
    late, close_today, proposed, acts, api, owed, readers
):
    close_today()
    acts(take_payment, wishes.PayCharges(card="LC-1001", amount_minor=50))
    refused = api(f"POST /waivers/proposals/{proposed()[0]['id']}/acceptance")
    assert (refused.status_code, refused.json["code"]) == (409, "payments.over-waiver")
    assert (len(proposed()), owed(readers.Maya)) == (1, [("overdue", 75, 25)])


def test_another_branch_and_another_day_propose_nothing(late, acts, town, clock, proposed):
    for branch, day in (("north", 19), ("central", 20)):
        told = {"branch": branch, "day": clock().date().replace(day=day), "reason": "Snow"}
        acts(set_calendar, wishes.SetCalendar(**told))
    Worker(town).drain()
    assert proposed() == []


def test_nobody_decides_what_was_not_proposed(api, late):
    for way in ("acceptance", "refusal"):
        answer = api(f"POST /waivers/proposals/nothing/{way}")
        assert (answer.status_code, answer.json["code"]) == (404, "library.unknown-proposal")


def test_a_manager_decides_on_the_page(signed_in, late, close_today, owed, readers):
    close_today()
    dina = signed_in(*service.roles, name="Dina Park")
    page = dina.client.get("/library/waivers").text
    assert "Maya Santos" in page
    action = page.split('action="/library/waivers/')[1].split('"')[0]
    sent = dina.client.post(
        f"/library/waivers/{action}", data={"csrf_token": dina.token}, follow_redirects=True
    )
    assert ("It is decided." in sent.text, "No waiver is proposed." in sent.text) == (True, True)
    assert owed(readers.Maya) == [("overdue", 75, 0)]
    again = dina.client.post(
        f"/library/waivers/{action}", data={"csrf_token": dina.token}, follow_redirects=True
    )
    assert "no longer waits" in again.text


@pytest.mark.engines("sqlite", "postgresql")
def test_a_charge_has_one_proposal_that_waits(late, close_today, town):
    close_today()
    twice = (
        "INSERT INTO library_waiver_proposal (public_id, created_at, version, charge,"
        " amount_minor, why, state, decided_by) SELECT 'twice', created_at, 1, charge, 1, '',"
        " 'proposed', '' FROM library_waiver_proposal"
    )

    def attempted():
        with town.database.begin() as connection:
            connection.exec_driver_sql(twice)

    with pytest.raises(IntegrityError):
        attempted()
    drop_index(town, "uq_library_waiver_proposal_waiting")
    attempted()
