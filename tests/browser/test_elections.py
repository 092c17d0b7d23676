"""A vote in a real browser, on the demo town: nobody can take a page for another one."""

import pytest

from tests.browser.acting import follow, press
from tests.browser.soundness import DRESS, HEIGHT, OVERFLOW, Visit

ALSO = [("dark", 1280), ("dark", 390), ("light", 1280)]
NOT_CAST, IS_CAST = "Your vote is NOT cast yet.", "Your vote is cast"


def sound_at(page, address, path):
    """Return what a page owes that has an address, in every look."""
    return Visit(page, address).complaints(path, also=ALSO)


def sound_here(page, address):
    """Return what the page owes that is open, which came from a form and has no address."""
    said, visit = [], Visit(page, address)
    for theme, width in [("light", 390), *ALSO]:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        page.evaluate(DRESS, theme)
        said += [f"{theme} {width}: {line}" for line in visit.of_axe()]
        said += [f"{theme} {width}: too wide"] if page.evaluate(OVERFLOW) else []
    return said


def path_of(page, address):
    return page.url.removeprefix(address)


def test_a_member_votes_with_the_keyboard_and_without_a_script(come_as, town_address):
    page = come_as("Maya Santos", "light", 390)
    page.goto("/elections")
    follow(page, "Our square")
    said = sound_at(page, town_address, path_of(page, town_address))
    poll = path_of(page, town_address)
    page.goto(f"{poll}/vote")
    said += sound_at(page, town_address, f"{poll}/vote")
    assert page.get_by_text(NOT_CAST).is_visible()
    press(page, "Continue")
    page.locator("[role=alert]:focus").get_by_text("There is a problem").wait_for()
    page.get_by_label("A kiosk").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")  # As every form of one question.
    page.get_by_role("heading", name="On which days").wait_for()
    said += sound_here(page, town_address)
    page.get_by_label("Friday").check()
    page.get_by_label("Sunday").check()
    press(page, "Continue")
    page.get_by_role("heading", name="Look at your vote").wait_for()
    assert page.get_by_text(NOT_CAST).is_visible()
    assert page.get_by_text("Friday, Sunday").is_visible()
    said += sound_here(page, town_address)
    press(page, "Cast my vote")
    page.get_by_role("heading", name=IS_CAST).wait_for()
    assert not page.get_by_text(NOT_CAST).is_visible()
    said += sound_at(page, town_address, f"{poll}/voted")
    assert said == []


def test_a_result_is_a_table_with_bars_and_unofficial(come_as, town_address):
    page = come_as("a guest", "light", 390)
    page.goto("/elections")
    said = sound_at(page, town_address, "/elections")
    follow(page, "Result Allotment board")
    assert page.get_by_text("Unofficial", exact=True).is_visible()
    assert page.locator("table meter").count() == 6
    said += sound_at(page, town_address, path_of(page, town_address))
    assert said == []


@pytest.mark.parametrize("who", ["Ines Moreau", "Priya Nair"])
def test_the_office_says_who_does_what_next(come_as, town_address, who):
    page = come_as(who, "light", 390)
    said = sound_at(page, town_address, "/elections/office")
    follow(page, "Allotment board")
    said += sound_at(page, town_address, path_of(page, town_address))
    if who == "Ines Moreau":
        said += sound_at(page, town_address, "/elections/office/new")
        page.get_by_label("Title").fill("A bench")
        page.get_by_label("Opens").fill("2030-05-04T08:00")
        page.get_by_label("Closes").fill("2030-05-06T21:00")
        press(page, "Set it up")
        here = path_of(page, town_address)
        assert page.get_by_text("nobody is on its roll").is_visible()
        for part in ("", "/contests", "/roll", "/roll/list", "/edit"):
            said += sound_at(page, town_address, here + part)
    assert said == []
