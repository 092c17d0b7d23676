"""The demo town: complete, made once, and only where a demonstration is wanted."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from townsquare.app import services_of
from townsquare.blocks import payments
from townsquare.core.identity.models import AccountRow
from townsquare.core.invariants import breaches
from townsquare.core.town import found
from townsquare.demo.cast import CAST
from townsquare.demo.loading import NotADemo, load
from townsquare.services.library.models.catalogue import BranchRow, CopyRow, DocumentRow
from townsquare.services.library.models.lending import HoldRow, LoanRow, PatronRow

TODAY = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


class Interrupted(Exception):
    """Somebody has stopped the loading."""


def counts(town):
    """Return how many rows of each kind the demo has made."""
    kinds = (AccountRow, BranchRow, DocumentRow, CopyRow, PatronRow, LoanRow, HoldRow)
    with town.sessions() as db:
        return {kind.__tablename__: db.scalar(select(func.count(kind.id))) for kind in kinds}


@pytest.mark.engines("sqlite", "postgresql")
def test_the_town_is_lived_in_and_loading_it_again_changes_nothing(town):
    password = load(town)
    first = counts(town)
    assert load(town) == ""
    assert counts(town) == first
    assert len(password) >= 12
    assert first["core_account"] == len(CAST)
    assert first["library_document"] >= 1200
    assert first["library_loan"] >= 700
    assert first["library_hold"] >= 40
    assert breaches(town) == {}
    with town.sessions() as db:  # Every kind of story is there for those who look.
        assert set(db.scalars(select(HoldRow.state))) >= {"waiting", "ready", "filled"}
        late = select(func.count(LoanRow.id)).where(
            LoanRow.closed_reason.is_(None), LoanRow.due_at < TODAY
        )
        assert db.scalar(late) > 0
        owes = select(PatronRow.person).where(PatronRow.card == "LC-1001")
        maya = db.scalars(owes).one()
        assert db.scalar(select(payments.open_amount(maya, "library"))) > 0


def test_a_loading_that_was_stopped_goes_on_where_it_was(town):
    def stop_in_the_middle(done, _all):
        if done > 30:
            raise Interrupted

    with pytest.raises(Interrupted):
        load(town, report=stop_in_the_middle)
    half = counts(town)
    load(town)
    whole = counts(town)
    assert half["library_loan"] < whole["library_loan"]
    assert half["library_document"] == whole["library_document"]
    with town.sessions() as db:
        assert db.scalar(select(func.min(LoanRow.out_at))) < datetime(2025, 9, 15, tzinfo=UTC)


def test_a_real_town_gets_no_invented_people(settings, clock):
    real = replace(settings, demo=False)
    town = found(real, services_of(real), clock)
    with pytest.raises(NotADemo):
        load(town)
    assert counts(town)["core_account"] == 0
    town.database.dispose()
