"""The demo town: complete, made once, and only where a demonstration is wanted."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, func, select

from tests.kit.demo import settings_of
from townsquare.app import services_of
from townsquare.blocks import catalogue, ordering, payments, stock
from townsquare.core.identity.models import AccountRoleRow, AccountRow, RoleRow
from townsquare.core.invariants import breaches
from townsquare.core.settings import settings_from
from townsquare.core.town import found
from townsquare.demo.cast import CAST
from townsquare.demo.halfyear import LATEST
from townsquare.demo.loading import NotADemo, load
from townsquare.demo.people import actor_of, settle_cast
from townsquare.services.elections.commands.elections import FindPublic
from townsquare.services.elections.commands.fields import Chosen
from townsquare.services.elections.queries.elections import find_elections
from townsquare.services.elections.queries.results import read_result
from townsquare.services.elections.queries.totals import read_totals
from townsquare.services.grocery.commands.fields import Nothing
from townsquare.services.grocery.models.customers import CustomerRow
from townsquare.services.grocery.models.hours import ClosingRow, OpeningRow
from townsquare.services.grocery.models.markdowns import MarkdownRow, MarkdownRuleRow
from townsquare.services.grocery.models.proposals import RefundProposalRow
from townsquare.services.grocery.models.recalls import RecallPartRow, RecallRow
from townsquare.services.grocery.models.staff import StaffRow
from townsquare.services.grocery.permissions import ROLES
from townsquare.services.grocery.queries.tills import find_tills
from townsquare.services.library.models.catalogue import BranchRow, CopyRow, DocumentRow
from townsquare.services.library.models.lending import HoldRow, LoanRow, PatronRow

# What happens in the shop beside its orders, and how often at least.
BESIDE_ORDERS = {
    CustomerRow: 3,
    StaffRow: 6,
    OpeningRow: 8,
    ClosingRow: 2,
    MarkdownRuleRow: 3,
    RecallRow: 1,
    RecallPartRow: 3,
    RefundProposalRow: 1,
    ordering.COUPON: 4,
    stock.COUNT: 2,
    stock.TRANSFER: 2,
    stock.REORDER_RULE: 4,
}
TODAY = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


class Interrupted(Exception):
    """Somebody has stopped the loading."""


def counts(town):
    """Return how many rows of each kind the demo has made."""
    kinds = (AccountRow, BranchRow, DocumentRow, CopyRow, PatronRow, LoanRow, HoldRow)
    kinds = (*kinds, catalogue.VARIANT, catalogue.PRICE, stock.LOT, ordering.ORDER)
    kinds = (*kinds, stock.MOVE, payments.PAYMENT, *BESIDE_ORDERS)
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
    assert first["catalogue_variant"] == 329
    assert first["stock_lot"] >= 300
    assert first["ordering_order"] >= 50
    assert breaches(town) == {}
    with town.sessions() as db:  # Every kind of story is there for those who look.
        assert set(db.scalars(select(HoldRow.state))) >= {"waiting", "ready", "filled"}
        orders = set(db.scalars(select(ordering.ORDER.state)))
        assert orders >= {"confirmed", "completed", "cancelled"}
        works = set(db.scalars(select(ordering.FULFILMENT.state)))
        assert works >= {"pending", "preparing", "ready", "done"}
        assert db.scalar(select(func.count(ordering.RETURN.id))) > 0
        assert {"sale", "waste_expired"} <= set(db.scalars(select(stock.MOVE.reason)))
        late = select(func.count(LoanRow.id)).where(
            LoanRow.closed_reason.is_(None), LoanRow.due_at < TODAY
        )
        assert db.scalar(late) > 0
        gone = late.where(LoanRow.due_at < TODAY - timedelta(days=LATEST + 1))
        assert db.scalar(gone) == 0  # Nobody's card is blocked by a book that chance forgot.
        owes = select(PatronRow.person).where(PatronRow.card == "LC-1001")
        maya = db.scalars(owes).one()
        assert db.scalar(select(payments.open_amount(maya, "library"))) > 0


def test_people_of_an_earlier_release_get_the_roles_that_they_lack(town):
    said = settle_cast(town)
    before = roles_of_all(town)
    with town.sessions.begin() as db:
        chosen = select(RoleRow.id).where(RoleRow.name == "elections.trustee")
        db.execute(delete(AccountRoleRow).where(AccountRoleRow.role_id.in_(chosen)))
    assert roles_of_all(town) != before
    assert said
    assert settle_cast(town) == ""  # Their password stays.
    assert roles_of_all(town) == before


def roles_of_all(town):
    with town.sessions() as db:
        return sorted(db.execute(select(AccountRoleRow.account_id, AccountRoleRow.role_id)).all())


def test_every_page_of_the_staff_has_something_to_look_at(demo_data, clock):
    there = settings_from(settings_of(demo_data))
    town = found(there, services_of(there), clock)
    made = counts(town)
    few = {kind.__tablename__: least for kind, least in BESIDE_ORDERS.items()}
    assert {name: made[name] for name, least in few.items() if made[name] < least} == {}
    with town.sessions() as db:
        tiers = select(CustomerRow.number, CustomerRow.tier)
        assert {("CUST-100", "gold"), ("CUST-101", "silver")} <= {*db.execute(tiers).all()}
        assert set(db.scalars(select(stock.COUNT.state))) == {"approved", "open"}
        assert set(db.scalars(select(stock.TRANSFER.state))) == {"arrived", "sent"}
        assert set(db.scalars(select(RefundProposalRow.state))) == {"proposed"}
        paid = db.scalars(select(RecallPartRow.paid_at)).all()
        assert None in paid
        assert set(paid) != {None}
        backs = set(db.scalars(select(ordering.RETURN.state)))
        assert backs >= {"requested", "approved", "refunded"}
        assert "waste_damaged" in set(db.scalars(select(stock.MOVE.reason)))
        assert db.scalar(select(func.count(MarkdownRow.lot_id))) > 0
        brought = select(ordering.ORDER.party).where(ordering.ORDER.service_type == "deliver")
        assert len(set(db.scalars(brought))) == 2
        assert "gift_card" in set(db.scalars(select(payments.PAYMENT.method)))
        used = select(func.count(ordering.ADJUSTMENT.id)).where(
            ordering.ADJUSTMENT.kind == "discount"
        )
        assert db.scalar(used) > 0
    with town.working(actor_of(town, "Kofi"), reads=True) as ctx:
        assert [till.state for till in find_tills(ctx, Nothing()).tills] == ["open"]
    town.database.dispose()


def test_a_poll_was_counted_papers_are_being_counted_and_a_rehearsal_is_open(demo_data):
    there = settings_from(settings_of(demo_data))
    town = found(there, services_of(there))
    maya = actor_of(town, "Maya")
    with town.working(maya, reads=True) as ctx:
        front = find_elections(ctx, FindPublic())
        paper, past = front.past
        mayor = read_totals(ctx, Chosen(id=paper.id))
        assert (paper.stage, mayor.counted, mayor.expected, mayor.percent) == ("counting", 2, 3, 67)
        assert [one.votes for one in mayor.contests[0].options] == [481, 485, 212]
        assert {one.title for one in front.current} == {"Our square", "Allotments, encrypted"}
        assert {(one.stage, one.rehearsal) for one in front.current} == {("open", True)}
        assert past.stage == "closed"
        assert {line.id for line in front.mine} == {past.id, *(one.id for one in front.current)}
        told = read_result(ctx, Chosen(id=past.id))
        assert (told.voters, told.ballots) == (len(CAST), 14)
        assert any(option.elected for option in told.contests[0].options)
    town.database.dispose()


def test_every_role_of_the_shop_has_somebody_who_holds_it():
    held = {role for member in CAST for role in member.roles}
    assert set(ROLES) <= held


@pytest.mark.engines("sqlite")
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
