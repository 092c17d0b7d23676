"""What the office and programs are told of polls, in words and documents."""

import pytest

from tests.services.elections.polling import CHAIR, INES, PRIYA, drafted, numbers, opened
from townsquare.services.elections import errors
from townsquare.services.elections.commands.elections import (
    ConfirmFreeze,
    FindElections,
    FindPublic,
)
from townsquare.services.elections.commands.fields import Chosen, ChosenVersion
from townsquare.services.elections.queries.elections import find_drafts, find_elections, read_set_up
from townsquare.services.elections.usecases import freezing

pytestmark = pytest.mark.shown


@pytest.mark.parametrize(("voters", "asked"), [(9, True), (10, False)])
def test_who_freezes_a_small_roll_says_that_they_know(town, clock, voters, asked):
    poll = drafted(town, clock)
    poll.enrol(*numbers(voters))
    poll.do(INES, freezing.propose_freeze, ChosenVersion, version=poll.version)
    if asked:
        with pytest.raises(errors.SmallRoll):
            poll.do(PRIYA, freezing.confirm_freeze, ConfirmFreeze, version=poll.version)
    told = {"version": poll.version, "small_roll": asked}
    poll.do(PRIYA, freezing.confirm_freeze, ConfirmFreeze, **told)
    assert poll.rows("SELECT state FROM elections_election") == [("frozen",)]


def test_warnings_name_what_they_are_about(town, clock):
    marks = {**CHAIR, "code": "many", "title": "Many", "options": "\n".join("abcdefghi"), "most": 9}
    poll = drafted(town, clock, contests=({**CHAIR, "seats": 3}, marks))
    poll.enrol("V-1")
    with town.working(INES, reads=True) as ctx:
        found = read_set_up(ctx, Chosen(id=poll.id)).warnings
    assert [(one.kind, one.contest) for one in found] == [
        ("small-roll", ""),
        ("uncontested", "Chair"),
        ("many-marks", "Many"),
    ]


def test_no_key_is_asked_for_where_none_is_read(client):
    told = client.get("/api/v1/openapi.json").json["paths"]
    cast = told["/api/v1/elections/{id}/ballot"]["put"]["parameters"]
    drop = told["/api/v1/elections/contests/{id}"]["delete"]["parameters"]
    named = [[one["name"] for one in call if one["in"] == "header"] for call in (cast, drop)]
    assert named == [[], ["Idempotency-Key"]]


def test_lists_go_on_from_page_to_page(town, clock):
    past, (maya,) = opened(town, clock, "V-1")
    past.close()
    made = [past.id, *(later(town, clock, day).id for day in (5, 4))]
    shown, after = [], ""
    while True:
        told = {"after": after, "limit": 1}
        front = listed(past, maya, find_elections, FindPublic(**told))
        shown.append((front.current, front.past))
        assert [line.id for line in front.mine] == ([] if after else [made[0]])
        if not (after := front.after):
            break
    ids = [[[line.id for line in part] for part in page] for page in shown]
    assert ids == [[[made[2]], []], [[made[1]], []], [[], [made[0]]]]
    drafts = listed(past, INES, find_drafts, FindElections(limit=2))
    rest = listed(past, INES, find_drafts, FindElections(limit=2, after=drafts.after))
    assert [line.id for line in drafts.elections + rest.elections] == made[::-1]
    assert rest.after == ""


def listed(poll, who, look, wish):
    with poll.town.working(who, reads=True) as ctx:
        return look(ctx, wish)


def later(town, clock, day):
    """Freeze a poll that opens on a later day of March."""
    times = {"opens": f"2026-03-0{day}T11:00", "closes": f"2026-03-0{day}T20:00"}
    poll = drafted(town, clock, **times)
    poll.enrol(f"V-{day}")
    poll.freeze()
    return poll
