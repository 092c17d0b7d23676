"""The ways to the pages of elections and inside them, each for those to whom it is open."""

from townsquare.core.manifest import Menu
from townsquare.core.words import translatable


def _way(
    icon: str, page: str, title: str, *, to: str = "public", also: tuple[str, ...] = ()
) -> Menu:
    return Menu(icon, f"elections.{page}", "red", title, to, also)


OF_A_DRAFT = (
    *("elections.new_election", "elections.set_up", "elections.edit_election"),
    "elections.no_rehearsal",
    *("elections.roll", "elections.roll_list", "elections.new_contest", "elections.people"),
    *("elections.vetting", "elections.vet", "elections.open_for_names", "elections.parties"),
    *("elections.precincts", "elections.officers", "elections.reconciliation", "elections.closing"),
)
OF_RETURNS = ("elections.precinct", "elections.precinct_return", "elections.approvals")
MENU = _way("checkbox", "elections", translatable("Vote in polls of the town, in secret."))
STAFF = (
    _way(
        "list-check",
        "office",
        translatable("Election office"),
        to="elections.election.view",
        also=OF_A_DRAFT,
    ),
    _way(
        "list-check",
        "own_precincts",
        translatable("Returns of precincts"),
        to="elections.return.enter",
        also=OF_RETURNS,
    ),
)
PLACES = (_way("checkbox", "elections", translatable("Elections")),)
# First steps that the home page of a demo town proposes.
TRIES = (_way("checkbox", "elections", translatable("Vote in the rehearsal poll"), to="signed-in"),)
