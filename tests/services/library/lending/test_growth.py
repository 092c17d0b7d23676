"""A loan costs the same among thousands of others, of copies that wait, and after years."""

import pytest

from tests.kit.steps import cost, grown, live_on
from townsquare.services.library.commands.lending import ChoosePatron, Nothing
from townsquare.services.library.queries.counter import LOOKED_THROUGH, latest_returns
from townsquare.services.library.queries.loans import loans_of_patron

pytestmark = pytest.mark.engines("sqlite")
# One library has all of it, and one document is asked for by everybody.
SHARED = (
    *("library_branch", "library_document", "library_ruleset", "library_rule", "library_counter"),
    *("payments_account", "payments_balance"),
)
OWN = ("payments_charge.party", "library_state_change.thing_id")


@pytest.fixture
def used(copies, lend, take_back, wait):
    """A library with loans that are out and over, a copy on the shelf of holds, and a queue."""
    copies("TS2", "TS3", "TS4")
    lend("TS2", card="LC-2001")
    lend("TS3", card="LC-2001")
    wait("LC-3001")
    take_back("TS3")


def test_a_loan_costs_the_same_after_years(town, acts, used, lend, take_back, readers):
    def day():
        maya = ChoosePatron(id=readers.Maya.id)
        return {
            "lent": cost(town, lambda: lend("TS4")),
            "back": cost(town, lambda: take_back("TS4")),
            "theirs": cost(town, lambda: acts(loans_of_patron, maya)),
            "came back": cost(town, lambda: acts(latest_returns, Nothing())),
        }

    day()
    live_on(town, range(1, LOOKED_THROUGH), SHARED, OWN)  # As many as the desk looks through.
    before = day()
    rows = live_on(town, range(LOOKED_THROUGH, 5 * LOOKED_THROUGH), SHARED, OWN)
    assert rows["library_loan"] > 5 * LOOKED_THROUGH
    assert grown(before, day()) == {}
