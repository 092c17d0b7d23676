"""What returns cost: statements at the driver, however many precincts there are."""

import pytest

from tests.services.elections.costs_on_paper import COSTS
from tests.services.elections.papering import DAN, EMIL, on_paper
from tests.services.elections.polling import INES, PRIYA
from tests.services.elections.test_cost import SESSION, statements
from townsquare.services.elections.commands.replays import ImportReturns
from townsquare.services.elections.usecases.approving import approve_clean
from townsquare.services.elections.usecases.replaying import import_returns

pytestmark = pytest.mark.engines("sqlite")
MANY = 400
ASKED = {"/api/v1/elections/<id>/counts": "?contest=chair"}
APPROVING, IMPORTING = 12, 6  # Totals are told live with each approval, and who was struck.

__all__ = ["statements"]


def filled(town, clock, how_many):
    """Return a paper election that is over, with a return that waits in each of its precincts."""
    places = [f"P-{number:03}" for number in range(how_many)]
    rows = "\n".join(["code,name,registered", *(f"{place},{place},900" for place in places)])
    paper = on_paper(town, clock, rows=rows)
    paper.freeze(INES, PRIYA)
    paper.appoint(DAN, "enter", *places)
    paper.appoint(EMIL, "approve", *places)
    paper.over()
    return paper, places


def hand_in(paper, places):
    head = "office,district,candidate,party,precinct,votes,absentee_votes"
    votes = [f"Chair,,{name},,{place},3,0" for place in places for name in ("Ada", "Bo", "Cy")]
    told = {"office": "Chair", "rows": "\n".join([head, *votes])}
    return paper.do(DAN, import_returns, ImportReturns, **told)


def told(statements):
    """Return what was asked; a trigger makes the driver tell its statement once more."""
    return {said for said in statements if said.startswith(("SELECT", "UPDATE"))}


@pytest.mark.parametrize("how_many", [3, MANY])
def test_many_returns_are_taken_and_approved_in_few_statements(town, clock, statements, how_many):
    paper, places = filled(town, clock, how_many)
    statements.clear()
    assert hand_in(paper, places).good == how_many
    assert len(told(statements)) <= IMPORTING
    statements.clear()
    assert paper.do(EMIL, approve_clean).precincts == how_many
    assert len(told(statements)) <= APPROVING


@pytest.mark.parametrize("how_many", [3, MANY])
def test_every_address_costs_few_statements(town, clock, signed_in, statements, how_many):
    paper, places = filled(town, clock, how_many)
    hand_in(paper, places)
    ines = signed_in("elections.officer")
    serve = f"SELECT id FROM core_account WHERE person = '{ines.person}'"
    paper.run(f"UPDATE elections_precinct_officer SET account_id = ({serve}) WHERE role = 'enter'")
    found = {}
    for rule in COSTS:
        address = rule.replace("<id>", paper.id).replace("<contest>", "chair")
        address = address.replace("<code>", places[0]).replace("<precinct>", places[0])
        ines.client.get(address + ASKED.get(rule, ""))
        statements.clear()
        status = ines.client.get(address + ASKED.get(rule, "")).status_code
        found[rule] = status, len([said for said in statements if SESSION not in said])
    assert {rule: status for rule, (status, _) in found.items() if status != 200} == {}
    assert {r: cost for r, (_, cost) in found.items() if not 0 < cost <= COSTS[r]} == {}


def test_pages_of_many_precincts_stay_small(town, clock, signed_in):
    paper, places = filled(town, clock, MANY)
    hand_in(paper, places)
    ines = signed_in("elections.officer")
    for page in ("approvals", "precincts", "reconciliation"):
        told = ines.client.get(f"/elections/office/{paper.id}/{page}")
        assert len(told.data) < 40_960
