"""Who only looks changes nothing, wherever they look, and however often."""

import pytest

from tests.access.walking import doors, send
from tests.kit.breaking import Books

# What a look would change, it would change in both.
pytestmark = pytest.mark.engines("sqlite")
PROBE = "core_probe"  # Who asks whether the town is ready makes it write one line, always the same.


@pytest.fixture
def books(town):
    """Compare what the whole database holds."""
    with Books(town.database, but={PROBE}) as made:
        yield made


def changed_by_a_look(person, looks, books):
    """Look everywhere, twice; return where something was changed by it."""
    books.changed()  # Whoever came here has signed in.
    found = []
    for door in looks:
        for _time in range(2):
            send(person, door)
        if changed := books.changed():
            found.append((door.rule, sorted(changed)))
    return found


@pytest.fixture
def looks(app, library):
    return [door for door in doors(app, library) if door.verb == "GET"]


# Some pages open only to somebody who has just shown again who they are.
@pytest.mark.parametrize("who", ["a guest", "signed in", "shown again"])
def test_a_look_changes_nothing(signs_in, stranger, looks, books, measured, who):
    person = stranger if who == "a guest" else signs_in(confirmed=who == "shown again")
    assert changed_by_a_look(person, looks, books) == []
    measured(looks=2 * len(looks))


def test_a_look_that_changes_something_would_be_found(app, town, anybody, books):
    def planted():
        with town.database.begin() as connection:
            connection.exec_driver_sql("UPDATE core_account SET name = name || '!'")
        return "seen"

    app._got_first_request = False  # noqa: SLF001 (nobody can add a page to a running town)
    app.add_url_rule("/planted", "planted", planted)
    looks = [door for door in doors(app, {}) if door.rule == "/planted"]
    assert changed_by_a_look(anybody, looks, books) == [("/planted", ["core_account"])]
