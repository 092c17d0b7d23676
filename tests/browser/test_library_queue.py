"""Three readers hold one title: who pauses keeps the place, who stays away loses the copy."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.browser.acting import follow, lend, press, register, says, take_back
from tests.browser.soundness import Visit

TITLE, BARCODE = "The Long Queue", "TS990001"
MAYA, BEN, CARLA = "Maya Santos", "Ben Okafor", "Carla Ruiz"
PICKUP_DAYS, SUNDAY = 7, 6


@pytest.fixture
def wanted_title(come_as):
    """A title with one copy, which is out; return where its page is."""
    emil, dina = come_as("Emil Novak"), come_as("Dina Park")
    emil.goto("/library/documents/new")
    emil.get_by_label("Title", exact=True).fill(TITLE)
    press(emil, "Add the document")
    here = emil.url
    follow(emil, "Add a copy")
    emil.get_by_label("Barcode").fill(BARCODE)
    emil.get_by_label("Branch").select_option("central-library")
    press(emil, "Add the copy")
    register(dina, "Wilma Wait", "LC-9931", "faculty")
    lend(dina, "LC-9931", BARCODE)
    says(dina, f"{TITLE} is lent until")
    return here


def waits_for(page, here, place):
    """Join the queue of this title and be told one's place."""
    page.goto(here)
    follow(page, "Wait for it")
    page.get_by_label("Collect at").select_option("central-library")
    press(page, "Wait for it")
    says(page, f"You are number {place} in the queue")


def line_of(page, path, name=TITLE):
    """Return the line of a list that carries this."""
    page.goto(path)
    return page.get_by_role("row").filter(has_text=name)


def last_day(today: date):
    """Return until when a copy waits that is ready today: seven open days; no Sunday is one."""
    for _ in range(PICKUP_DAYS):
        today += timedelta(days=1 if (today + timedelta(days=1)).weekday() != SUNDAY else 2)
    return f"{today:%a, %b} {today.day}, {today.year}"


def today():
    return datetime.now(ZoneInfo("Asia/Manila")).date()


def test_a_copy_passes_those_who_pause_and_those_who_stay_away(come_as, wanted_title, town_address):
    people = {MAYA: come_as(MAYA, width=390), BEN: come_as(BEN), CARLA: come_as(CARLA, "dark")}
    dina = come_as("Dina Park")
    for place, page in enumerate(people.values(), 1):
        waits_for(page, wanted_title, place)
        assert Visit(page, town_address).of_axe() == []
    mine = line_of(people[MAYA], "/library/me")
    mine.locator("summary").click()
    mine.get_by_label("Pause until").fill(str(today() + timedelta(days=30)))
    press(people[MAYA], "Pause", mine.locator("form"))
    assert "Paused" in line_of(people[MAYA], "/library/me").inner_text()
    days = {last_day(today())}
    take_back(dina, BARCODE)
    says(dina, f"{TITLE} waits for card LC-2001: hold shelf")
    assert Visit(dina, town_address).of_axe() == []
    days.add(last_day(today()))  # Midnight may have passed.
    ready = line_of(people[BEN], "/library/me").inner_text()
    assert "Ready to collect" in ready
    assert any(f"until {day}" in ready for day in days)
    lend(dina, "LC-9931", BARCODE)  # Who has nothing else; the cast may be at its limits.
    says(dina, f"The copy {BARCODE} waits for another reader; put it back on the hold shelf.")
    assert Visit(dina, town_address).of_axe() == []
    given_up = line_of(dina, "/library/holds?words=LC-2001")
    given_up.get_by_role("button", name=f"End it {TITLE}").click()
    press(dina, "End it", given_up.get_by_role("dialog"))
    assert "Ready to collect" in line_of(people[CARLA], "/library/me").inner_text()
    press(people[MAYA], f"Take part again {TITLE}")
    assert "number 1 in the queue" in line_of(people[MAYA], "/library/me").inner_text()
    for page in people.values():
        assert Visit(page, town_address).complaints("/library/me") == []
