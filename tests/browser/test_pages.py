"""Every page, for everybody who may see it: no complaint of the browser, of axe, of our budgets."""

import re

import pytest

from tests.browser.soundness import HEIGHT, Visit
from townsquare.core.web.patterns import GROUPS

CAST = ("a guest", "Maya Santos", "Dina Park", "Emil Novak", "Olga Lim", "Lena Cruz")
LOOKS = [("light", 1280), ("dark", 390), ("light", 390), ("dark", 1280)]
PLANTED = """<!doctype html><html lang="en"><head><title>Planted</title></head><body><main>
<h1 id="h">Planted</h1><img id="h" src="/static/icon.svg"><p style="color: red">Red</p>
<p><font color="#cccccc">Pale</font></p>
<script src="http://127.0.0.2:9/foreign.js"></script>
<hr width="900"></main></body></html>"""
ON_PHONES = '<p class="d-md-none"><img src="/static/icon.svg"></p></main>'


@pytest.mark.parametrize("person", CAST)
def test_what_pages_say_to_a_person_is_sound_in_two_looks(come_as, ways_of, town_address, person):
    said = []
    first, *also = LOOKS[:2]
    page = come_as(person, *first)
    paths = ways_of(person, page, town_address)
    assert len(paths) > 5
    for path in paths:
        page.set_viewport_size({"width": first[1], "height": HEIGHT})
        said += Visit(page, town_address).complaints(path, also=also)
    assert said == []


@pytest.mark.parametrize("group", GROUPS)
def test_every_pattern_is_sound_in_every_look(come_as, town_address, group):
    first, *also = LOOKS
    page = come_as("a guest", *first)
    assert Visit(page, town_address).complaints(f"/_patterns/{group}", also=also) == []


@pytest.mark.parametrize("words", ["the", "nothing has this name"])
def test_the_search_over_everything_is_sound_with_and_without_results(come_as, town_address, words):
    page = come_as("Dina Park", "light", 390)
    assert Visit(page, town_address).complaints(f"/search?q={words}") == []


@pytest.mark.parametrize(("path", "status"), [("/nothing", 404), ("/account", 403)])
def test_a_refusal_is_a_sound_page_too(come_as, town_address, path, status):
    page = come_as("a guest", "dark", 390)
    assert Visit(page, town_address).complaints(path, status) == []
    assert page.get_by_role("alert").is_visible()


@pytest.fixture
def heard_of(come_as, town_address):
    """Plant a page; return it, and line by line what is heard of it in two looks."""

    def hear(planted):
        page = come_as()
        policy = {"Content-Security-Policy": "style-src 'self'; script-src *"}
        answer = {"body": planted, "content_type": "text/html", "headers": policy}
        page.route("**/planted", lambda route: route.fulfill(**answer))
        heard = Visit(page, town_address).complaints("/planted", also=LOOKS[1:2])
        return page, "\n".join(heard)

    return hear


def test_a_planted_page_is_complained_about(heard_of):
    page, heard = heard_of(PLANTED)
    for sentence in (
        "console: ",
        "not loaded: ",
        "from elsewhere: ",
        "called h",
        "planted: axe image-alt",
        "dark, 390: axe color-contrast",
    ):
        assert sentence in heard
    assert "dark, 390: axe image-alt" not in heard  # It was said once, of the same picture.
    wide = re.findall("(.*) [0-9]+ pixels too wide", heard)
    assert wide == ["/planted: dark, 390:"]  # It fits the wide one.
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"


def test_what_only_phones_show_is_looked_at_by_every_rule(heard_of):
    _page, heard = heard_of(PLANTED.replace("</main>", ON_PHONES))
    assert "dark, 390: axe image-alt" in heard
