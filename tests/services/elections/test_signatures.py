"""How many ranked papers could be recognised: possible papers, an estimate, and a warning."""

import re
from dataclasses import replace
from time import monotonic

import pytest

from tests.services.elections.polling import INES, drafted
from tests.services.elections.test_kinds import asked
from townsquare.services.elections.commands.fields import Chosen
from townsquare.services.elections.models.readiness import MANY_MARKS, signatures_of
from townsquare.services.elections.queries.elections import read_set_up, read_signatures
from townsquare.services.elections.rules.signatures import (
    WARNED,
    estimate,
    possible_papers,
    rounded,
    suggestion,
)

pytestmark = pytest.mark.shown

EIGHT = "\n".join("ABCDEFGH")


@pytest.mark.parametrize(
    ("options", "ranks", "many"),
    [(8, 3, 401), (8, 8, 109_601), (1, 1, 2), (3, 2, 10), (2, 5, 5), (36, 3, 44_137)],
)
def test_possible_papers(options, ranks, many):
    assert possible_papers(options, ranks) == many


def test_three_ranks_of_eight_candidates_are_about_four_in_a_hundred():
    """As measured on 1,627 real papers that were cut to three ranks: 62 of them, 3.8 %."""
    told = estimate(8, 3, 1627)
    assert 0.035 < told.median < 0.045 < told.high + 0.005
    assert told.median <= told.high
    assert told.whole
    assert suggestion(8, 8, 1627) == (3, told)
    assert estimate(8, 8, 1627).median > 0.5  # Of papers that use every rank.


def test_an_estimate_is_the_same_each_time_and_soon_there():
    first = estimate(20, 20, 5000)
    estimate.cache_clear()
    begun = monotonic()
    assert estimate(20, 20, 5000) == first
    assert monotonic() - begun < 10
    assert not first.whole
    assert estimate(1, 1, 500) == (0, 0, True)
    assert estimate(3, 1, 1).median == 1


def test_a_suggestion_for_a_long_ballot_is_soon_there_and_known():
    begun = monotonic()
    told = suggestion(40, 40, 10_000)
    assert monotonic() - begun < 10
    assert told.ranks == 2  # Of three ranks there are more papers than are told apart.
    assert told.estimate.whole


def test_a_long_ranking_is_warned_of_however_many_vote(town, clock):
    options = "\n".join(f"Option {number}" for number in range(40))
    poll = drafted(town, clock, contests=(asked("irv", options=options),))
    with town.working(INES, reads=True) as ctx:
        told = replace(read_set_up(ctx, Chosen(id=poll.id)).election, voters=80_000)
    (found,) = signatures_of(told)
    assert found.median / 1000 < WARNED  # Of the first two ranks, which is all that is drawn.
    assert (found.warned, found.whole) == (True, False)


@pytest.mark.parametrize(
    ("turnout", "told"), [(1, 1), (99, 99), (101, 100), (1627, 1600), (80_101, 80_000)]
)
def test_a_turnout_has_two_digits(turnout, told):
    assert rounded(turnout) == told


def test_a_set_up_warns_of_rankings_that_could_be_recognised(town, clock, client, signed_in):
    poll = drafted(town, clock, contests=(asked("scottish-2011", options=EIGHT, seats=4),))
    poll.enrol(*(f"V-{number}" for number in range(40)))
    with town.working(INES, reads=True) as ctx:
        (told,) = read_signatures(ctx, Chosen(id=poll.id))
        warned = {one.kind for one in read_set_up(ctx, Chosen(id=poll.id)).warnings}
    assert (told.possible, told.turnout, told.warned) == ("109601", 20, True)
    assert told.median / 1000 > WARNED
    assert told.suggested == 1
    assert MANY_MARKS not in warned
    page = signed_in("elections.officer").client.get(f"/elections/office/{poll.id}")
    assert "can be ranked in 109601 ways" in page.text
    assert re.search(r"With a limit of 1 it would be about \d+\.\d\s%", page.text)


def test_few_ranks_are_not_warned_of(town, clock, signed_in):
    poll = drafted(town, clock, contests=(asked("irv", most=1),))
    poll.enrol(*(f"V-{number}" for number in range(40)))
    page = signed_in("elections.officer").client.get(f"/elections/office/{poll.id}")
    assert "can be ranked in" not in page.text
