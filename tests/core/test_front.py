"""The front of the house: home, search, menu, preferences, patterns."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Blueprint, render_template

from townsquare.app import assemble
from townsquare.core.manifest import Hit, Menu, Service, Task
from townsquare.core.settings import Settings
from townsquare.core.town import found
from townsquare.core.usecase import Actor
from townsquare.core.web import needs

pytestmark = pytest.mark.shown

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


def parcels():
    """Return a small service with seven tasks for everybody, in no order."""
    bp = Blueprint("parcels", __name__, url_prefix="/parcels")
    for place, name, needed in (("", "desk", "public"), ("/vault", "vault", "parcels.vault.open")):
        bp.add_url_rule(place, name, needs(needed)(lambda: render_template("ui/about.html")))
    days = [5, 2, 7, 1, 3, 6, None]
    tasks = [
        Task(f"Fetch {n}", "", f"/parcels/{n}", "truck", "Ready", "", n and NOON + timedelta(n))
        for n in days
    ]
    return Service(
        name="parcels",
        title="Parcels",
        blueprints=(bp,),
        permissions={"parcels.vault.open": "Open the vault"},
        menu=Menu("truck", "parcels.desk", "yellow", "Send and fetch."),
        staff=(Menu("key", "parcels.vault", "gray", "The vault", "parcels.vault.open"),),
        places=(Menu("truck", "parcels.desk", "yellow", "All parcels"),),
        tries=(Menu("key", "parcels.vault", "gray", "Look into it", "parcels.vault.open"),),
        tasks_for=lambda _ctx: tasks,
        search=lambda _ctx, words: [Hit(f"Parcel {words}", "", "/parcels/1", "Parcel")],
    )


@pytest.fixture
def town(settings, clock):
    """A town with parcels and nothing else."""
    made = found(settings, (parcels(),), clock)
    yield made
    made.database.dispose()


@pytest.fixture
def page(client, signed_in):
    """Return the text of a page, for a guest or for somebody with these permissions."""

    def read(path, *permissions, guest=False):
        visitor = client if guest else signed_in(*permissions).client
        return visitor.get(path).text

    return read


@pytest.mark.parametrize(("hour", "greeting"), [(2, "morning"), (6, "afternoon"), (12, "evening")])
def test_home_greets_by_the_clock_of_the_town(page, clock, hour, greeting):
    clock.set(2026, 3, 2, hour)
    assert f"Good {greeting}, Dina Park" in page("/")


def test_home_shows_the_five_most_urgent_tasks_and_then_all(page):
    first, everything = page("/"), page("/?all=1")
    order = [first.index(f"Fetch {n}<") for n in (1, 2, 3, 5, 6)]
    assert order == sorted(order)
    assert "Fetch 7" not in first
    assert "Show all" in first
    assert everything.index("Fetch 7<") < everything.index("Fetch None<")
    assert "Show all" not in everything


def test_a_guest_finds_services_and_no_tasks(page):
    text = page("/", guest=True)
    assert "Welcome to San Roque" in text
    assert "Send and fetch." in text
    assert "Fetch 1" not in text


def test_a_guest_of_the_demo_may_step_in_as_its_people(page, town):
    from townsquare.core.identity.models import AccountRow
    from townsquare.core.ids import new_id

    with town.sessions.begin() as db:
        kept = {"person": new_id(), "public_id": new_id(), "created_at": town.now()}
        db.add(AccountRow(email="m@b.c", name="Maya", demo_sentence="resident, student", **kept))
    text = page("/", guest=True)
    assert "Step in" in text
    assert "Resident, student" in text
    assert "resident, student" not in page("/")


def test_a_person_of_the_demo_is_told_what_to_try(page):
    assert "Look into it" in page("/", "parcels.vault.open")
    assert "Try this" not in page("/")


def test_the_menu_shows_what_a_person_may_enter_and_where_they_are(page):
    assert '<a class="nav-link" aria-current=page href="/parcels">' not in page("/")
    assert "Messages" not in page("/")
    assert "The vault" not in page("/")
    assert "The vault" in page("/", "parcels.vault.open")


def test_a_service_that_is_not_run_leaves_no_trace(settings, clock):
    without = found(settings, (), clock)
    text = assemble(without).test_client().get("/").text
    without.database.dispose()
    assert "Parcels" not in text
    assert "No service is switched on yet." in text


def test_search_asks_every_service_and_says_when_there_is_nothing(page, town):
    assert "Parcel 4711" in page("/search?q=4711")
    assert "Type a title, a name or a number." in page("/search?q=+")
    assert "<script>" not in page("/search?q=<script>")


def test_preferences_are_kept_in_cookies_of_their_own(signed_in):
    person = signed_in()
    chosen = {"theme": "dark", "text": "large", "keys": "off", "csrf_token": person.token}
    assert person.client.post("/preferences", data=chosen).status_code == 303
    text = person.client.get("/").text
    assert 'data-theme="dark" data-text="large" data-keys="off"' in text


def test_the_pages_of_the_house_are_open_to_guests(page):
    assert "goodbooks-10k" in page("/about-the-data", guest=True)
    assert "Like the device" in page("/preferences", guest=True)


def test_preferences_that_do_not_exist_are_refused_and_never_followed(signed_in):
    person = signed_in()
    wrong = {"theme": "pink", "text": "large", "keys": "off", "csrf_token": person.token}
    answer = person.client.post("/preferences", data=wrong)
    assert answer.status_code == 422
    assert "There is a problem" in answer.text
    person.client.set_cookie("townsquare-theme", '"><script>')
    assert 'data-theme="device"' in person.client.get("/").text


def test_patterns_are_shown_in_the_demo_and_in_development_only(client, settings, clock):
    assert client.get("/_patterns").status_code == 200
    for group in ("refused", "question", "states", "lists", "parts"):
        assert client.get(f"/_patterns/{group}").status_code == 200
    serious = Settings(data=settings.data, database=settings.database, secret_key="x" * 40)
    town = found(serious, (), clock)
    assert assemble(town).test_client().get("/_patterns").status_code == 404
    town.database.dispose()


def test_a_task_is_asked_for_on_behalf_of_the_person_alone(app, town):
    from flask import g

    from townsquare.core.web import navigation

    with app.test_request_context("/"):
        assert navigation.tasks() == []
        g.actor = Actor(1, "Dina Park", frozenset({"signed-in"}))
        assert len(navigation.tasks()) == 7


def test_an_asset_has_an_address_of_its_content(page):
    assert "/static/theme.css?v=" in page("/", guest=True)


def test_a_page_of_a_service_shows_the_ways_inside_it_as_far_as_they_are_open(page):
    here = 'aria-current=page href="/parcels/vault"'
    inside = page("/parcels/vault", "parcels.vault.open")
    assert here in inside
    assert 'href="/parcels">All parcels' in inside
    assert "All parcels" not in page("/", "parcels.vault.open")
    assert "The vault" not in page("/parcels")
