"""Which elections are voted in on a day, by the clock of each."""

import pytest

from tests.services.elections.polling import opened

NONE = "There is no election that day."


@pytest.fixture
def found(client):
    """Ask for the elections of a day; return their titles."""

    def ask(day):
        told = client.get(f"/api/v1/elections/?on={day}").get_json()
        return [one["title"] for one in [*told["current"], *told["past"]]]

    return ask


@pytest.mark.engines("sqlite", "postgresql")
def test_a_day_is_that_of_the_clock_of_the_election(town, clock, found):
    times = {"opens": "2026-03-03T01:00", "closes": "2026-03-05T00:00"}
    opened(town, clock, "V-1", title="Manila", **times)  # From 17:00 on the day before, by UTC.
    days = {day: found(f"2026-03-0{day}") for day in range(2, 7)}
    assert days == {2: [], 3: ["Manila"], 4: ["Manila"], 5: [], 6: []}


def test_two_clocks_have_two_days(town, clock, found):
    west = {"zone": "Pacific/Pago_Pago", "opens": "2026-03-02T23:00", "closes": "2026-03-02T23:30"}
    opened(town, clock, "V-1", title="West", **west)
    assert [found(f"2026-03-0{day}") for day in (2, 3)] == [["West"], []]


def test_a_draft_is_on_no_day(poll, found, client):
    assert found("2026-03-02") == []
    assert NONE in client.get("/elections?on=2026-03-02").get_data(as_text=True)
    assert client.get("/api/v1/elections/?on=2026-02-30").status_code == 422
    assert client.get("/elections?on=tomorrow").status_code == 422


def test_the_page_shows_the_elections_of_a_day(voting, client):
    poll, _voters = voting
    page = client.get("/elections?on=2026-03-02").get_data(as_text=True)
    assert poll.id in page
    assert NONE not in page
    assert client.get("/elections").status_code == 200
