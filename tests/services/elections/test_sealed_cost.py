"""What an encrypted election costs: statements at the driver, however many have voted."""

import tracemalloc

import pytest
from sqlalchemy import event

from tests.services.elections.sealing import (
    MAYA,
    SEALED_COSTS,
    VECTORS,
    VOTERS_COSTS,
    exported,
    journey,
    published,
)
from tests.services.elections.test_cost import SESSION, VERBS
from townsquare.core.usecase import declared
from townsquare.services.elections.commands.ballots import CastSealed
from townsquare.services.elections.usecases.sealed_casting import cast_sealed
from tsv1.canonical import write

pytestmark = pytest.mark.engines("sqlite")
CHOICE = {"chair": [0, 1, 0, 0], "works": [0, 1]}
# Before the turn: the election, the place on its roll, what is known of the ballot, the credential,
# the set-up. Under the lock: the first four again, the claim of the voter, opening, head, entry and
# ballot; a trace tells an insert once more for its trigger. The first one enters the opening too.
EXAMINED, CAST, FIRST = 5, 11, 20
TRACKER = VECTORS["ballots"][0]["tracker"]


@pytest.fixture
def statements(town):
    """Every statement that reaches SQLite's driver, without begin and commit."""
    seen = []

    def listen(connection, _record):
        connection.set_trace_callback(lambda text: text.startswith(VERBS) and seen.append(text))

    town.database.dispose()
    event.listen(town.database, "connect", listen)
    return seen


@pytest.fixture
def sealed(town, clock):
    made = published(town, clock)
    made.open()
    return made


def cast(sealed, who, body):
    """Cast as surfaces do: the proofs are examined before there is a turn to write."""
    wish = CastSealed(id=sealed.id, ballot=write(body))
    wish = sealed.town.ahead(declared(cast_sealed), who, wish)
    with sealed.town.working(who) as ctx:
        return cast_sealed(ctx, wish)


def test_a_cast_costs_few_statements_however_many_came_before(sealed, statements):
    found = []
    for sequence in range(1, 21):
        body = sealed.seal(0, CHOICE, sequence).body
        statements.clear()
        cast(sealed, MAYA, body)
        found.append(len(statements))
    assert found[0] <= EXAMINED + FIRST
    assert set(found[1:]) == {found[1]}
    assert found[1] <= EXAMINED + CAST


def test_every_address_costs_few_statements(sealed, client, statements):
    for who, body in journey():
        cast(sealed, who, body)
    sealed.stamp()
    found = {}
    for rule in SEALED_COSTS:
        address = rule.replace("<id>", sealed.id).replace("<tracker>", TRACKER)
        assert client.get(address).status_code == 200
        statements.clear()
        said = client.get(address)
        assert said.data
        found[rule] = len(statements)
    assert {rule: cost for rule, cost in found.items() if cost > SEALED_COSTS[rule]} == {}


def test_what_a_voter_reads_costs_few_statements(sealed, signed_in, statements):
    maya, credential = signed_in(person=MAYA.person), journey()[0][1]["credential"]
    found = {}
    for rule in VOTERS_COSTS:
        address = rule.replace("<id>", sealed.id).replace("<credential>", credential)
        assert maya.client.get(address).status_code == 200
        statements.clear()
        maya.client.get(address)
        found[rule] = len([said for said in statements if SESSION not in said])
    assert {rule: cost for rule, cost in found.items() if not 0 < cost <= VOTERS_COSTS[rule]} == {}


def test_an_archive_is_made_in_bounded_memory(sealed, client):
    """A board of many entries is sent in parts: what is held at once does not grow with it."""
    for sequence in range(1, 201):
        cast(sealed, MAYA, sealed.seal(0, CHOICE, sequence).body)
    whole = len(exported(sealed))
    tracemalloc.start()
    sent, lines = 0, client.get(f"/api/v1/elections/{sealed.id}/archive", buffered=False)
    tracemalloc.reset_peak()
    for part in lines.response:
        sent += len(part)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sent == whole
    assert peak < whole
