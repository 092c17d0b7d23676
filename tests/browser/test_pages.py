"""Every page, for everybody who may see it: no complaint of the browser, of axe, of our budgets."""

import pytest

from tests.browser.soundness import Visit
from townsquare.core.web.patterns import GROUPS

CAST = ("a guest", "Maya Santos", "Dina Park", "Emil Novak", "Olga Lim")
LOOKS = [("light", 1280), ("dark", 390), ("light", 390), ("dark", 1280)]
PLANTED = """<!doctype html><html lang="en"><head><title>Planted</title></head><body><main>
<h1 id="h">Planted</h1><img id="h" src="/static/icon.svg"><p style="color: #ccc">Pale</p>
<script src="http://127.0.0.2:9/foreign.js"></script>
<pre>{wide}</pre></main></body></html>"""


@pytest.mark.parametrize(("theme", "width"), LOOKS[:2])
@pytest.mark.parametrize("person", CAST)
def test_every_page_of_a_person_is_sound(come_as, ways_of, town_address, person, theme, width):
    page = come_as(person, theme, width)
    paths = ways_of(person, page, town_address)
    assert len(paths) > 5
    assert [c for path in paths for c in Visit(page, town_address).complaints(path)] == []


@pytest.mark.parametrize(("theme", "width"), LOOKS)
def test_every_pattern_is_sound_in_every_look(come_as, town_address, theme, width):
    page = come_as("a guest", theme, width)
    paths = [f"/_patterns/{group}" for group in GROUPS]
    assert [c for path in paths for c in Visit(page, town_address).complaints(path)] == []


@pytest.mark.parametrize("words", ["the", "nothing has this name"])
def test_the_search_over_everything_is_sound_with_and_without_results(come_as, town_address, words):
    page = come_as("Dina Park", "light", 390)
    assert Visit(page, town_address).complaints(f"/search?q={words}") == []


@pytest.mark.parametrize(("path", "status"), [("/nothing", 404), ("/account", 403)])
def test_a_refusal_is_a_sound_page_too(come_as, town_address, path, status):
    page = come_as("a guest", "dark", 390)
    assert Visit(page, town_address).complaints(path, status) == []
    assert page.get_by_role("alert").is_visible()


def test_a_planted_page_is_complained_about(come_as, town_address):
    page = come_as()
    wide = PLANTED.format(wide="x" * 5000)
    policy = {"Content-Security-Policy": "style-src 'self'; script-src *"}
    page.route(
        "**/planted", lambda r: r.fulfill(body=wide, content_type="text/html", headers=policy)
    )
    heard = "\n".join(Visit(page, town_address).complaints("/planted"))
    for sentence in (
        "console: ",
        "not loaded: ",
        "from elsewhere: ",
        "too wide",
        "called h",
        "axe image-alt",
    ):
        assert sentence in heard
