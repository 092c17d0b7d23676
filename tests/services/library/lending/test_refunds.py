"""Refunds above the limit: one person proposes, another one agrees, and it goes back once."""

from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.kit.guards import drop_trigger
from tests.services.library.lending.conftest import DINA
from townsquare.blocks.payments import OverRefunded, UnknownPayment
from townsquare.core.errors import NotAllowed
from townsquare.services.library.commands import lending as wishes
from townsquare.services.library.commands.money import ChoosePayment, ChooseProposal, FindRefunds
from townsquare.services.library.errors import (
    OwnRefund,
    PeopleAgree,
    ProposalDecided,
    RefundWaits,
    SecondPerson,
    UnknownProposal,
)
from townsquare.services.library.pages.tasks import tasks_for
from townsquare.services.library.queries.money import find_refund_wishes, read_payment
from townsquare.services.library.usecases.charges import take_payment
from townsquare.services.library.usecases.loans import declare_lost
from townsquare.services.library.usecases.refunds import (
    approve_refund,
    decline_refund,
    propose_refund,
    refund_payment,
)

AMIR = replace(DINA, id=4, name="Amir Haddad")
LIMIT = 1000


@pytest.fixture
def settings(settings):
    return replace(settings, refund_limit_minor=LIMIT)


@pytest.fixture
def paid(wood, lend, acts):
    """Maya has paid 2,199 for a lost book and the work with it."""
    lend()
    acts(declare_lost, wishes.ChooseCopy(barcode="TS1"))
    return acts(take_payment, wishes.PayCharges(card="LC-1001", amount_minor=2199)).id


@pytest.fixture
def wish(paid):
    """A wish to pay an amount back."""

    def make(amount, **how):
        told = {"payment": paid, "reason": "It was found"} | how
        return wishes.RefundPayment(amount_minor=amount, **told)

    return make


@pytest.fixture
def propose(acts, wish):
    return lambda amount, **how: ChooseProposal(id=acts(propose_refund, wish(amount, **how)).id)


@pytest.fixture
def waiting(acts):
    return lambda actor=DINA: acts(find_refund_wishes, FindRefunds(), actor).items


@pytest.fixture
def left(acts, paid):
    return lambda: acts(read_payment, ChoosePayment(id=paid)).refundable_minor


def test_one_person_pays_back_up_to_the_limit(acts, wish, left):
    assert acts(refund_payment, wish(LIMIT)).amount_minor == LIMIT
    assert left() == 2199 - LIMIT


def test_nobody_splits_a_refund(acts, wish, left):
    acts(refund_payment, wish(LIMIT - 1))
    with pytest.raises(SecondPerson, match=f"More than {LIMIT}"):
        acts(refund_payment, wish(2))
    acts(refund_payment, wish(1))
    assert left() == 2199 - LIMIT


def test_a_second_person_agrees_and_it_goes_back_once(acts, propose, waiting, left, owed, readers):
    choice = propose(2199, drop_charges=True)
    [line] = waiting()
    assert (line.amount_minor, line.reader, line.by) == (2199, "Maya Santos", "Dina Park")
    assert (line.own, waiting(AMIR)[0].own, left()) == (True, False, 2199)
    told = acts(approve_refund, choice, AMIR)
    assert (told.amount_minor, told.by, told.reason) == (2199, "Amir Haddad", "It was found")
    assert (left(), waiting()) == (0, [])
    assert owed(readers.Maya) == [("lost", 1899, 0), ("processing", 300, 0)]
    for act in (approve_refund, decline_refund):
        with pytest.raises(ProposalDecided):
            acts(act, choice, AMIR)


def test_nobody_agrees_to_what_they_propose(acts, propose, left):
    choice = propose(2000)
    with pytest.raises(OwnRefund):
        acts(approve_refund, choice, replace(DINA, name="Another name"))
    assert left() == 2199
    acts(approve_refund, choice, replace(AMIR, name=DINA.name))
    assert left() == 199


def test_a_proposal_is_taken_back_or_left(acts, propose, waiting, left):
    for actor in (DINA, AMIR):
        choice = propose(2000)
        acts(decline_refund, choice, actor)
        with pytest.raises(ProposalDecided):
            acts(approve_refund, choice, AMIR)
    assert (waiting(), left()) == ([], 2199)


def test_of_a_payment_one_refund_waits(acts, propose):
    choice = propose(2000)
    with pytest.raises(RefundWaits):
        propose(1500)
    acts(decline_refund, choice)
    propose(1500)


def test_what_is_no_longer_there_is_not_approved_and_still_waits(acts, wish, propose, waiting):
    choice = propose(2000)
    acts(refund_payment, wish(500))
    with pytest.raises(OverRefunded):
        acts(approve_refund, choice, AMIR)
    assert [(line.amount_minor, line.refundable_minor) for line in waiting()] == [(2000, 1699)]


def test_what_cannot_be_paid_back_is_not_proposed(acts, wish):
    with pytest.raises(OverRefunded):
        acts(propose_refund, wish(2200))
    with pytest.raises(UnknownPayment):
        acts(propose_refund, wish(1, payment="nothing"))
    with pytest.raises(UnknownProposal):
        acts(approve_refund, ChooseProposal(id="nothing"), AMIR)


def test_only_who_pays_back_proposes_and_decides(acts, wish, propose):
    choice = propose(2000)
    clerk = replace(AMIR, permissions=DINA.permissions - {"library.payment.refund"})
    for act, told in (
        (propose_refund, wish(1)),
        (approve_refund, choice),
        (decline_refund, choice),
        (find_refund_wishes, FindRefunds()),
    ):
        with pytest.raises(NotAllowed):
            acts(act, told, clerk)


def test_home_asks_the_others_who_may_agree(app, acts, propose):
    propose(2000)

    def asked(actor):
        with app.test_request_context():
            return [task.title for task in acts(lambda ctx, _: tasks_for(ctx), None, actor)]

    assert "1 refund waits for a second person" in asked(AMIR)
    assert "1 refund waits for a second person" not in asked(DINA)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE library_refund_proposal SET amount_minor = 1",
        "UPDATE library_refund_proposal SET proposed_by_id = 4",
        "UPDATE library_refund_proposal SET payment = 'another'",
        "DELETE FROM library_refund_proposal",
    ],
)
def test_the_database_keeps_what_was_proposed(propose, town, change):
    propose(2000)
    decided = pytest.raises(IntegrityError, match="library_refund_proposal_is_decided")
    with decided, town.database.begin() as db:
        db.execute(text(change))
    for guard in ("stays", "is_kept"):
        drop_trigger(town, f"library_refund_proposal_{guard}", "library_refund_proposal")
    with town.database.begin() as db:
        db.execute(text(change))


def test_a_program_of_the_town_is_no_person_who_agrees(acts, propose, wish, left):
    gate = replace(DINA, id=-7, name="Gate", person="")
    with pytest.raises(PeopleAgree):
        acts(propose_refund, wish(2000), gate)
    choice = propose(2000)
    for act in (approve_refund, decline_refund):
        with pytest.raises(PeopleAgree):
            acts(act, choice, gate)
    assert left() == 2199


@pytest.mark.engines("sqlite", "postgresql")
def test_the_database_lets_no_program_agree(acts, propose, left, town):
    choice, gate = propose(2000), replace(DINA, id=-7)
    for verb in ("insert", "update"):
        drop_trigger(town, f"library_refund_proposal_people_{verb}", "library_refund_proposal")
    acts(approve_refund, choice, gate)
    assert left() == 199


def test_programs_propose_and_decide(api, paid):
    sent = {"payment": paid, "amount_minor": 2000, "reason": "It was found"}
    refused = api("POST /refunds", sent)
    assert (refused.status_code, refused.json["code"]) == (409, "library.second-person")
    proposed = api("POST /refunds/proposals", sent)
    assert proposed.status_code == 201
    address = f"/refunds/proposals/{proposed.json['id']}"
    own = api(f"POST {address}/approval")
    assert (own.status_code, own.json["code"]) == (409, "library.own-refund")
    assert [line["own"] for line in api("GET /refunds/proposals").json["items"]] == [True]
    done = api(f"POST {address}/approval", actor=AMIR)
    assert (done.status_code, done.json["amount_minor"]) == (200, 2000)
    assert api(f"POST {address}/refusal").status_code == 409


def test_the_page_proposes_what_is_above_the_limit(browser, paid, left):
    dina, amir = browser("library.manager"), browser("library.manager", name="Amir")
    assert "for more, somebody else has to agree" in dina.get(f"/payments/{paid}/refund").text
    sent = dina.post(f"/payments/{paid}/refund", amount="20.00", reason="It was found")
    assert (sent.status_code, sent.headers["Location"]) == (303, "/library/refunds")
    again = dina.post(f"/payments/{paid}/refund", amount="20.00", reason="It was found")
    assert (again.status_code, "waits already" in again.text) == (409, True)
    mine, theirs = dina.get("/refunds").text, amir.get("/refunds").text
    assert ("/approval" in mine, "/refusal" in mine, "Take it back" in mine) == (False, True, True)
    [approval] = [part for part in theirs.split('"') if part.endswith("/approval")]
    assert dina.post(approval.removeprefix("/library")).status_code == 303
    assert left() == 2199
    assert amir.post(approval.removeprefix("/library")).status_code == 303
    assert left() == 199
    assert "No refund waits" in amir.get("/refunds").text
    assert amir.post("/refunds/nothing/approval").status_code == 404
