"""In which order the options of a question stand before a voter."""

import pytest

from tests.services.elections.polling import INES, drafted
from townsquare.services.elections.commands.fields import Chosen
from townsquare.services.elections.pages.booth import _drawn
from townsquare.services.elections.queries.elections import read_set_up

pytestmark = pytest.mark.engines("sqlite")


def asked(town, clock, order):
    names = "\n".join(["Cy", "ada", "Bo", *(f"D{number:02}" for number in range(20))])
    told = {"code": "chair", "title": "Chair", "options": names, "order": order}
    poll = drafted(town, clock, (told,))
    with town.working(INES, reads=True) as ctx:
        return read_set_up(ctx, Chosen(id=poll.id)).election.contests[0]


def test_options_stand_by_name_where_a_question_asks_so(town, clock):
    found = asked(town, clock, "alphabetical")
    assert [one.code for one in found.options[:3]] == ["2", "3", "1"]
    assert _drawn(found) == found


def test_a_page_of_the_booth_draws_its_own_order_and_loses_nobody(town, clock):
    found = asked(town, clock, "random")
    pages = [_drawn(found).options for _page in range(5)]
    assert len({tuple(one.code for one in page) for page in pages}) > 1
    assert all(sorted(page, key=lambda one: int(one.code)) == found.options for page in pages)
