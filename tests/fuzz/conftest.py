"""Three kinds of people who call: nobody, a member, and somebody who may do everything."""

import pytest
from sqlalchemy import select

from tests.access.conftest import carrying, library, signs_in  # noqa: F401 (fixtures)
from tests.fuzz.calling import able_to_probe
from townsquare.services.library.models.lending import PatronRow

A_ROUND = 10_000  # So many calls and more are made in each round, by all three people together.


def pytest_generate_tests(metafunc):
    """Go as many rounds as the wanted calls need, each with a seed and a town of its own."""
    if "nth" in metafunc.fixturenames:
        wanted = metafunc.config.getoption("--calls")
        metafunc.parametrize("nth", range(max(1, -(-wanted // A_ROUND))))


@pytest.fixture(autouse=True)
def probing(monkeypatch):
    able_to_probe(monkeypatch)


@pytest.fixture
def headers(town, library, carrying, signed_in):  # noqa: F811 (fixtures)
    """Return what somebody of this kind sends along; the member is a reader of the library."""

    def run(kind):
        if kind == "guest":
            return {}
        reader = select(PatronRow.person).filter_by(public_id=library["patrons"][0])
        with town.database.connect() as connection:
            person = connection.scalar(reader)
        member = signed_in(person=person) if kind == "member" else None
        program = carrying("write", of=member)
        return {"Authorization": program.client.environ_base["HTTP_AUTHORIZATION"]}

    return run
