"""Pages of a roll: styles, precincts that move or go, challenges, and one's own place."""

import pytest

from tests.services.elections.polling import drafted
from tests.services.elections.test_pages import Browser
from tests.services.elections.test_rolls import GROUNDS, enrolled, looked
from townsquare.services.elections.queries.registration import read_roll_work

pytestmark = pytest.mark.engines("sqlite")
STYLE = {"code": "north", "title": "The north", "contests": "works"}
MOVE = {"precinct": "109-A", "to": "109-B"}


@pytest.fixture
def poll(town, clock):
    return drafted(town, clock)


@pytest.fixture
def ines(signed_in):
    return Browser(signed_in("elections.officer", name="Ines Moreau", confirmed=True))


@pytest.fixture
def priya(signed_in):
    return Browser(signed_in("elections.witness", name="Priya Nair", confirmed=True))


def many(poll):
    return poll.rows("SELECT count(*) FROM elections_roll_entry")[0][0]


def test_a_style_is_defined_and_taken_out(poll, ines):
    here = f"/elections/office/{poll.id}/roll"
    ines.get(f"{here}/styles")
    assert "works (Works)" in ines.text
    ines.post(f"{here}/styles", 422, **{**STYLE, "contests": "mayor"})
    ines.post(f"{here}/styles", **STYLE)
    ines.get(f"{here}/styles")
    ines.post(f"{here}/styles", 409, **STYLE)
    (style,) = looked(poll, read_roll_work).styles
    ines.get(f"{here}/work")
    assert "The north (north)" in ines.text
    ines.post(f"{here}/styles/{style.id}/removal")
    assert looked(poll, read_roll_work).styles == []


def test_a_precinct_moves_after_a_look_and_goes_by_two(poll, ines, priya):
    here = f"/elections/office/{poll.id}/roll"
    enrolled(poll, "A", precinct="109-A")
    enrolled(poll, "B", precinct="109-A")
    ines.get(f"{here}/move")
    ines.post(f"{here}/move", 200, **MOVE)
    assert "2 voters would be moved" in ines.text
    ines.post(f"{here}/move/now", **MOVE)
    ines.get(f"{here}/work")
    ines.post(f"{here}/removals", precinct="109-B")
    (removal,) = looked(poll, read_roll_work).removals
    act = f"{here}/removals/{removal.id}/confirmation"
    ines.get(f"{here}/work")
    assert act not in ines.text
    ines.post(act, many=2)
    assert many(poll) == 2
    priya.get(f"{here}/work")
    assert act in priya.text
    priya.post(act, many=2)
    assert many(poll) == 0


def test_a_challenge_is_decided_by_hand(poll, ines, priya):
    here = f"/elections/office/{poll.id}/roll"
    place = enrolled(poll, "A")
    ines.get(here)
    ines.post(f"{here}/voters/{place}/suspension")
    ines.get(here)
    assert "suspended" in ines.text
    ines.post(f"{here}/voters/{place}/restoration")
    ines.get(f"{here}/voters/{place}/challenge")
    assert "Voter number A." in ines.text
    ines.post(f"{here}/voters/{place}/challenge", grounds=GROUNDS)
    ines.get(here)
    assert "challenged" in ines.text
    (challenge,) = looked(poll, read_roll_work).challenges
    way = f"{here}/challenges/{challenge.id}"
    priya.get(f"{here}/work")
    assert way in priya.text
    priya.get(way)
    assert GROUNDS in priya.text
    priya.post(way, uphold="true", ruling="They moved.")
    assert many(poll) == 0
    priya.get(f"{here}/work")
    assert "They moved." in priya.text
    priya.get(f"{here}/challenges/none", 404)


def test_nobody_is_challenged_who_is_not_on_this_roll(town, clock, poll, ines):
    place, other = enrolled(poll, "A"), drafted(town, clock)
    for election, voter in (("none", place), (poll.id, "none"), (other.id, place)):
        way = f"/elections/office/{election}/roll/voters/{voter}/challenge"
        ines.get(way, 404)
        ines.post(way, 404, grounds=GROUNDS)
    assert poll.rows("SELECT count(*) FROM elections_challenge") == [(0,)]


def test_what_is_of_another_roll_is_nothing_of_this_one(town, clock, poll, ines, priya):
    place, other = enrolled(poll, "A", precinct="109-A"), drafted(town, clock)
    here, there = (f"/elections/office/{one.id}/roll" for one in (poll, other))
    ines.post(f"{here}/styles", **STYLE)
    ines.post(f"{here}/removals", precinct="109-A")
    ines.post(f"{here}/voters/{place}/challenge", grounds=GROUNDS)
    work = looked(poll, read_roll_work)
    style, removal, challenge = (
        getattr(work, of)[0].id for of in ("styles", "removals", "challenges")
    )
    ways = (
        (ines, f"styles/{style}/removal", {}),
        (ines, f"removals/{removal}/withdrawal", {}),
        (priya, f"removals/{removal}/confirmation", {"many": 1}),
        (ines, f"voters/{place}/suspension", {}),
        (ines, f"voters/{place}/restoration", {}),
        (priya, f"challenges/{challenge}", {"uphold": "1", "ruling": "Moved."}),
    )
    for who, way, told in ways:
        who.post(f"{there}/{way}", 404, **told)
    assert looked(poll, read_roll_work) == work
    priya.post(f"{here}/{ways[-1][1]}", **ways[-1][2])


def test_a_frozen_roll_is_only_read(poll, ines, signed_in):
    here = f"/elections/office/{poll.id}/roll"
    maya = signed_in(name="Maya Santos")
    ((email,),) = poll.rows(f"SELECT email FROM core_account WHERE person = '{maya.person}'")
    enrolled(poll, "A", precinct="109-A")
    poll.run(f"UPDATE elections_voter SET address = '{email}'")
    ines.get(f"{here}/move")
    poll.freeze()
    ines.post(f"{here}/move/now", 409, **MOVE)
    ines.get(f"{here}/work")
    assert "The roll is frozen." in ines.text
    assert "<form" not in ines.text.split("<main", 1)[1].split("</main")[0]
    told = maya.client.get(f"/elections/{poll.id}/register").text
    assert "You are on the roll" in told
    assert "Chair · Works" in told
    other = signed_in(name="Nobody").client.get(f"/elections/{poll.id}/register").text
    assert "You are not on the roll" in other
