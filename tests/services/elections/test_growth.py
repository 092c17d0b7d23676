"""A vote costs the same whether ten have voted or a thousand, and after other elections."""

from functools import partial

import pytest

from tests.kit.steps import cost, grown, live_on
from tests.services.elections.polling import numbers, opened
from tests.services.elections.sealing import VOTERS, published

pytestmark = pytest.mark.engines("sqlite")
SHARED = ("elections_election", "elections_contest", "elections_option", "elections_setup")
OWN = ("elections_voter.person",)
OTHERS = 1000
CHOICE = {"chair": [0, 1, 0, 0], "works": [0, 1]}


def test_a_vote_in_a_poll_costs_the_same_after_all_others(town, clock):
    poll, voters = opened(town, clock, *numbers(8))
    first, again, late = voters[:3]

    def day(one):
        return {
            "first": cost(town, lambda: poll.vote(one, chair=["1"], works=[])),
            "again": cost(town, lambda: poll.vote(one, chair=["2"], works=["1"])),
        }

    day(first)
    before = day(again)
    rows = live_on(town, range(1, OTHERS), SHARED, OWN)
    assert rows["elections_poll_slot"] > OTHERS
    assert grown(before, day(late)) == {}


def test_an_encrypted_ballot_costs_the_same_after_all_others(town, clock):
    made = published(town, clock)
    made.open()
    bodies = [made.seal(at, CHOICE).body for at in range(len(VOTERS))]
    first, again, late = [
        partial(made.cast, who, body) for who, body in zip(VOTERS, bodies, strict=True)
    ]
    first()
    before = cost(town, again)
    rows = live_on(town, range(1, OTHERS), SHARED, OWN)
    assert rows["elections_ballot"] > OTHERS
    assert rows["elections_credential_claim"] > OTHERS
    assert grown({"late": before}, {"late": cost(town, late)}) == {}
