"""No change that another site, another browser or nobody in particular has made somebody send."""

import pytest

from tests.access.walking import LEAVING, doors, send
from tests.kit.breaking import digest
from townsquare.core.db import Model
from townsquare.core.web.security import FOR_PROGRAMS, FOREIGN, STALE, check

# The guard stands before any database.
pytestmark = pytest.mark.engines("sqlite")
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
SITES = ("a foreign origin", "no origin at all", "another site", "a neighbour of the site")


def forgeries(person, other):
    """Return what each kind of forgery sends; what names the site has the right token."""
    right = {"X-CSRF-Token": person.token}
    return {
        "no token": {"X-CSRF-Token": ""},
        "a wrong token": {"X-CSRF-Token": f"{'0' * 16}.{'f' * 64}"},
        "the token of somebody else": {"X-CSRF-Token": other.token},
        "a body that forms can send": {"X-CSRF-Token": "", "Content-Type": "text/plain"},
        "a foreign origin": {**right, "Origin": "https://evil.example"},
        "no origin at all": {**right, "Origin": "null"},
        "another site": {**right, "Sec-Fetch-Site": "cross-site"},
        "a neighbour of the site": {**right, "Sec-Fetch-Site": "same-site"},
    }


def forged(person, other, unsafe):
    """Try every forgery at every door; return how many were tried, and which were not refused."""
    tried, taken = 0, []
    for kind, headers in forgeries(person, other).items():
        said = FOREIGN if kind in SITES else STALE
        for door in unsafe:
            answer = send(person, door, headers=headers)
            tried += 1
            if answer.status_code != 400 or said not in answer.text:
                taken.append((kind, door.verb, door.rule, answer.status_code))
    return tried, taken


@pytest.fixture
def unsafe(app, library):
    return [door for door in doors(app, library) if door.verb in UNSAFE]


@pytest.fixture
def kept(town):
    """Return what the whole database holds, as one number for each table."""
    return lambda: digest(town.database, sorted(Model.metadata.tables))


def test_no_forged_change_of_somebody_who_is_signed_in(signs_in, unsafe, kept, measured):
    person, other = signs_in(), signs_in()
    before = kept()
    tried, taken = forged(person, other, unsafe)
    assert taken == []
    assert kept() == before
    measured(doors=len(unsafe), forgeries=tried)


def test_no_forged_change_of_a_guest_not_even_the_sign_in(
    stranger, anybody, unsafe, kept, measured
):
    # A program that nobody has signed in has nothing that another site could borrow.
    pages = [door for door in unsafe if not door.rule.startswith(FOR_PROGRAMS)]
    assert "/account/sign-in" in {door.rule for door in pages}
    before = kept()
    tried, taken = forged(stranger, anybody, pages)
    assert taken == []
    assert kept() == before
    measured(doors=len(pages), forgeries=tried)


def test_the_same_changes_are_taken_from_our_own_pages(signs_in, unsafe, kept):
    person, before = signs_in(), kept()
    same = {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}
    staying = [door for door in unsafe if door.rule not in LEAVING]
    answers = {(d.verb, d.rule): send(person, d, headers=same).text for d in staying}
    assert [door for door, text in answers.items() if STALE in text or FOREIGN in text] == []
    assert kept() != before


def test_a_door_that_is_left_out_of_the_guard_would_be_found(app, signs_in, unsafe, kept):
    def careless():
        from flask import request

        return None if request.path == "/account/sessions/end-others" else check()

    hooks = app.before_request_funcs[None]
    hooks[hooks.index(check)] = careless
    person, other = signs_in(), signs_in()
    _, taken = forged(person, other, unsafe)
    assert {rule for _, _, rule, _ in taken} == {"/account/sessions/end-others"}
