"""What the tests of the catalogue share: real files, a cataloguer, a branch, a document."""

from pathlib import Path

import pytest

from townsquare.core.usecase import Actor
from townsquare.services.library.commands.authorities import AddBranch
from townsquare.services.library.commands.catalogue import AddDocument
from townsquare.services.library.permissions import CATALOGUING
from townsquare.services.library.usecases.authorities import add_branch
from townsquare.services.library.usecases.documents import add_document

FILES = Path(__file__).parents[3] / "data" / "library"
EMIL = Actor(4, "Emil Novak", CATALOGUING | {"public", "signed-in"})


@pytest.fixture
def files():
    return FILES


@pytest.fixture
def cataloguing(acting_as):
    """Open a unit of work for Emil, the cataloguer."""
    return lambda **how: acting_as(actor=EMIL, **how)


@pytest.fixture
def central(cataloguing):
    with cataloguing() as ctx:
        return add_branch(ctx, AddBranch(code="central", name="Central", zone="Europe/London"))


@pytest.fixture
def wood(cataloguing):
    with cataloguing() as ctx:
        return add_document(
            ctx,
            AddDocument(
                title="Norwegian Wood",
                authors="Haruki Murakami",
                translators="Jay Rubin",
                isbn="0-375-70402-7",
                published_year=1987,
            ),
        )


@pytest.fixture
def as_emil(app):
    """A client whose every request is Emil's."""
    from flask import g

    def sign_in():
        g.actor = EMIL

    app.before_request(sign_in)
    return app.test_client()
