"""Payments through a provider: whatever gets lost, nothing is taken twice and nothing forgotten."""

from datetime import date

import pytest
from sqlalchemy import event, select, text

from tests.blocks.conftest import MAYA, SHOP
from townsquare.blocks import payments
from townsquare.core.ids import new_id

MANILA = payments.Shop("library", "PHP", zone="Asia/Manila")
ENDS = {"succeed": "captured", "twice": "captured", "decline": "failed"}
LATE = {"time-out": "cancelled", "late": "captured", "lost": "captured"}


@pytest.fixture
def provider(town):
    """The provider of this town, which obeys a script."""
    return town.engines.at(payments.PROVIDER)


@pytest.fixture
def online(doing, provider):
    """Let Maya pay charges through the provider, which does what these words say."""

    def run(amount_minor, *charges, words=(), capture=True, **how):
        provider.follow(*words)
        told = {"party": MAYA, "charges": [c.id for c in charges], "key": new_id()} | how
        return payments.pay_online(
            doing, provider, SHOP, amount_minor=amount_minor, capture=capture, **told
        )

    return run


@pytest.fixture
def hearing(doing, provider):
    """Take in what the provider has told, in the order that is asked for."""

    def run(messages=None):
        told = provider.messages() if messages is None else messages
        return [doing(payments.record_provider_event, *message) for message in told]

    return run


@pytest.fixture
def arrived(balances, breaches):
    """Return what the provider has for us, in books that are in order."""

    def look():
        return breaches() or balances().get("clearing:test", 0)

    return look


@pytest.fixture
def recover(doing, provider, clock):
    """Ask the provider, six minutes later, what has become of what it did not answer."""

    def run():
        clock.advance(minutes=6)
        return payments.recover_payments(doing, provider)

    return run


@pytest.fixture
def credit(doing):
    """Return what Maya can spend here."""
    return lambda: doing(payments.store_credit_of, SHOP, party=MAYA)


@pytest.mark.parametrize("word", ENDS)
def test_what_the_provider_answers_is_what_happens(
    charge, online, hearing, still_open, balances, breaches, word
):
    paid = online(225, charge, words=[word])
    hearing()
    came = 225 if ENDS[word] == "captured" else 0
    assert (paid.state, paid.captured_minor, still_open()) == (ENDS[word], came, [225 - came])
    assert (balances().get("clearing:test", 0), breaches()) == (came, [])


@pytest.mark.parametrize("word", LATE)
def test_an_answer_that_was_lost_is_fetched(
    charge, provider, online, recover, still_open, arrived, word
):
    assert online(225, charge, words=[word]).state == "unknown"
    assert (still_open(), arrived()) == ([225], 0)
    recover()
    provider.catch_up()
    recover()
    came = 225 if LATE[word] == "captured" else 0
    assert (still_open(), arrived(), recover()) == ([225 - came], came, [])


def test_what_was_started_and_never_asked_is_given_up(
    doing, charge, provider, recover, still_open, breaches
):
    told = {"party": MAYA, "charges": [charge.id], "amount_minor": 225, "key": "k"}
    begun = doing(payments.start_payment, SHOP, **told)
    assert payments.recover_payments(doing, provider) == []  # It may still be on its way.
    assert [each.state for each in recover()] == ["cancelled"]
    late = provider.authorise(begun.provider_key, amount_minor=225, currency="PHP", capture=True)
    assert (late.state, still_open(), breaches()) == ("cancelled", [225], [])


def test_killed_between_the_provider_and_us_it_is_found_again(
    doing, charge, provider, recover, still_open, breaches
):
    told = {"party": MAYA, "charges": [charge.id], "amount_minor": 225, "key": "k"}
    begun = doing(payments.start_payment, SHOP, **told)
    provider.authorise(begun.provider_key, amount_minor=225, currency="PHP", capture=True)
    assert ([each.state for each in recover()], still_open()) == (["captured"], [0])
    assert breaches() == []


def test_the_same_key_is_one_payment(charge, online, balances):
    first, again = (online(225, charge, key="once") for _ in range(2))
    assert (first.id, balances()["clearing:test"]) == (again.id, 225)


def test_messages_come_twice_late_and_in_any_order(
    doing, charge, provider, online, hearing, still_open, arrived
):
    paid = online(225, charge, capture=False)
    payments.take_set_aside(doing, provider, paid.id, amount_minor=200)
    told = provider.messages()
    assert hearing([*reversed(told), *told]) == [True, True, False, False]
    assert (still_open(), arrived()) == ([25], 200)


def test_the_capture_may_be_told_before_we_know_that_anything_was_set_aside(
    doing, charge, online, provider, hearing, still_open, breaches
):
    paid = online(225, charge, words=["lost"], capture=False)
    assert paid.state == "unknown"
    provider.capture(paid.provider_key, amount_minor=225)
    hearing(reversed(provider.messages()))
    assert (still_open(), breaches()) == ([0], [])


def test_money_that_arrives_after_all_is_never_passed_over(
    doing, charge, online, paying, credit, balances, breaches
):
    gone = online(225, charge, words=["decline"])
    paying(225, charge)  # So she paid in cash.
    said = payments.Said("captured", 225, "T-late")
    assert doing(payments.settle_payment, gone.provider_key, said).state == "captured"
    assert (credit(), balances()["clearing:test"], breaches()) == (225, 225, [])


@pytest.mark.parametrize(("came", "left"), [(300, 0), (200, 25), (225, 0)])
def test_too_much_becomes_store_credit_and_too_little_leaves_the_charge_open(
    doing, charge, still_open, credit, arrived, came, left
):
    told = {"party": MAYA, "charges": [charge.id], "amount_minor": 225, "key": "k"}
    begun = doing(payments.start_payment, SHOP, **told)
    for _again in range(2):
        said = payments.Said("captured", came, "T-1")
        doing(payments.settle_payment, begun.provider_key, said)
    assert (still_open(), credit(), arrived()) == ([left], max(came - 225, 0), came)


def test_weighed_goods_take_no_more_than_was_set_aside(
    doing, charge, provider, online, still_open, balances, breaches
):
    paid = online(200, charge, capture=False)
    assert (paid.state, balances().get("clearing:test")) == ("authorised", None)
    with pytest.raises(payments.OverAllocated):
        payments.take_set_aside(doing, provider, paid.id, amount_minor=201)
    done = payments.take_set_aside(doing, provider, paid.id, amount_minor=187)
    assert (done.captured_minor, still_open(), breaches()) == (187, [38], [])
    with pytest.raises(payments.NotAuthorised):
        payments.free_set_aside(doing, provider, paid.id)


def test_what_was_set_aside_is_free_again(doing, charge, provider, online, still_open, breaches):
    paid = online(225, charge, capture=False)
    assert payments.free_set_aside(doing, provider, paid.id).state == "voided"
    assert (still_open(), breaches()) == ([225], [])


def test_a_capture_whose_answer_is_lost_is_fetched(
    doing, charge, provider, online, recover, still_open, breaches
):
    paid = online(225, charge, capture=False)
    provider.follow("lost")
    asked = payments.take_set_aside(doing, provider, paid.id, amount_minor=225)
    assert (asked.state, still_open()) == ("unknown", [225])
    recover()
    assert (still_open(), breaches()) == ([0], [])


def test_a_message_that_nobody_signed_is_refused(provider, charge, online, hearing):
    online(225, charge)
    ((body, signature),) = provider.messages()
    for wrong in ((body, signature[::-1]), (body.replace(b"225", b"999"), signature)):
        with pytest.raises(payments.BadSignature):
            hearing([wrong])


def test_a_message_about_what_we_do_not_know_is_kept_and_changes_nothing(
    town, provider, hearing, arrived
):
    provider.authorise("not ours", amount_minor=5, currency="PHP", capture=True)
    assert hearing() == [True]
    with town.database.connect() as connection:
        look = text("SELECT event_id, handled_at FROM payments_provider_event")
        assert connection.execute(look).all() == [("payment.captured not ours", None)]
    assert arrived() == 0


def test_a_provider_names_no_two_payments_alike(doing, charge, charging, breaches):
    for number, each in enumerate([charge, charging(225, "another")]):
        told = {"party": MAYA, "charges": [each.id], "amount_minor": 225, "key": f"{number}"}
        begun = doing(payments.start_payment, SHOP, **told)
    doing(payments.settle_payment, begun.provider_key, payments.Said("captured", 225, "T-9"))
    first = doing(payments.payments_of, "library", party=MAYA)[-1]
    with pytest.raises(payments.ReferenceTaken):
        doing(payments.settle_payment, first.provider_key, payments.Said("captured", 225, "T-9"))
    assert breaches() == []


def test_a_refund_goes_back_through_the_provider(
    doing, charge, provider, online, refunding, balances, arrived
):
    paid = online(225, charge)
    refunding(100, paid)
    assert (balances()["refunds-due"], balances()["clearing:test"]) == (100, 225)
    provider.follow("lost")
    payments.send_refunds(doing, provider)
    assert [each.state for each in payments.send_refunds(doing, provider)] == ["done"]
    for message in provider.messages():
        assert doing(payments.record_provider_event, *message)
    assert (balances()["refunds-due"], arrived()) == (0, 125)


def test_a_refund_that_was_refused_can_be_asked_again(
    doing, charge, provider, online, refunding, balances, breaches
):
    refunding(225, online(225, charge))
    provider.follow("decline")
    (asked,) = payments.send_refunds(doing, provider)
    assert (asked.state, balances()["refunds-due"], breaches()) == ("failed", 225, [])
    doing(payments.ask_refund_again, asked.provider_key)
    payments.send_refunds(doing, provider)
    assert (balances()["refunds-due"], balances()["clearing:test"], breaches()) == (0, 0, [])


def test_that_it_was_refused_is_no_answer_to_what_was_asked_after_it(
    doing, charge, provider, online, refunding, clock, balances
):
    refunding(225, online(225, charge))
    provider.follow("decline")
    (first,) = doing(payments.refunds_asked)
    payments.send_refunds(doing, provider)
    clock.advance(minutes=1)
    again = doing(payments.ask_refund_again, first.provider_key)
    late = payments.Said("failed")
    told = doing(payments.settle_refund, first.provider_key, late, asked_at=first.asked_at)
    assert (told.state, again.state) == ("asked", "asked")
    with pytest.raises(payments.NotRefused):
        doing(payments.pay_otherwise, SHOP, first.provider_key, way="cash")
    assert [each.state for each in payments.send_refunds(doing, provider)] == ["done"]
    assert (balances()["refunds-due"], balances()["clearing:test"]) == (0, 0)


def test_each_receipt_has_its_number_whatever_was_tried(doing, charge, online):
    online(100, charge, words=["decline"])
    online(100, charge)
    online(125, charge)
    receipts = doing(payments.receipts_of, "library", party=MAYA)
    assert [slip.number for slip in receipts] == ["R-2026-000002", "R-2026-000001"]
    assert [slip.amount_minor for slip in receipts] == [125, 100]


@pytest.mark.engines("sqlite", "postgresql")
def test_an_answer_and_its_message_at_once_count_once(
    doing, charge, together, still_open, balances, breaches
):
    told = {"party": MAYA, "charges": [charge.id], "amount_minor": 225, "key": "k"}
    begun = doing(payments.start_payment, SHOP, **told)
    said = payments.Said("captured", 225, "T-1")
    done = together(*[lambda: doing(payments.settle_payment, begun.provider_key, said)] * 10)
    assert {each.state for each in done} == {"captured"}
    assert (still_open(), balances()["clearing:test"], breaches()) == ([0], 225, [])


@pytest.mark.engines("sqlite", "postgresql")
def test_a_message_that_comes_many_times_at_once_is_taken_in_once(
    doing, charge, online, provider, together, breaches
):
    online(225, charge, words=["lost"])
    (message,) = provider.messages()
    done = together(*[lambda: doing(payments.record_provider_event, *message)] * 10)
    assert (sum(done), breaches()) == (1, [])


@pytest.mark.engines("sqlite", "postgresql")
def test_money_is_not_paid_back_twice_nor_while_it_is_spent(
    doing, charge, recording, together, refunding, breaches
):
    spare = recording(225)
    settle = {"charge": charge.id, "amount_minor": 225}
    acts = [lambda: refunding(225, spare)] * 4
    acts += [lambda: doing(payments.allocate_payment, SHOP, spare.id, **settle)] * 4
    done = together(*acts)
    (after,) = doing(payments.payments_of, "library", party=MAYA)
    assert (after.allocated_minor + after.refunded_minor, breaches()) == (225, [])
    refused = (payments.OverRefunded, payments.OverAllocated)
    assert all(isinstance(each, refused) for each in done if isinstance(each, Exception))


@pytest.mark.engines("sqlite", "postgresql")
def test_many_who_settle_one_charge_with_money_that_waits_settle_it_once(
    doing, charge, recording, together, still_open, breaches
):
    waiting = [recording(225) for _ in range(8)]

    def settle(paid):
        told = {"charge": charge.id, "amount_minor": 225}
        return lambda: doing(payments.allocate_payment, SHOP, paid.id, **told)

    done = together(*map(settle, waiting))
    assert sum(isinstance(each, payments.Payment) for each in done) == 1
    assert (still_open(), breaches()) == ([0], [])


def test_what_was_settled_can_wait_again(doing, charge, recording, still_open, breaches):
    spare = recording(225)
    told = {"charge": charge.id, "amount_minor": 200}
    doing(payments.allocate_payment, SHOP, spare.id, **told)
    with pytest.raises(payments.OverAllocated):
        doing(payments.release_allocation, SHOP, spare.id, charge=charge.id, amount_minor=201)
    doing(payments.release_allocation, SHOP, spare.id, **told)
    assert (still_open(), breaches()) == ([225], [])


def test_days_and_numbers_are_those_of_the_shop(town, doing, provider, clock):
    clock.set(2026, 12, 31, 17, 0)  # Already the new year in Manila.
    told = {"party": MAYA, "amount_minor": 5}
    cash = doing(payments.record_payment, MANILA, method="cash", key="c", **told)
    payments.pay_online(doing, provider, MANILA, charges=[], key="o", **told)
    doing(payments.refund_payment, MANILA, cash.id, amount_minor=5, reason="no")
    line = payments.InvoiceLine("Rice", "1", 5)
    doing(payments.issue_invoice, MANILA, party=MAYA, lines=[line], key="i")
    with town.sessions() as db:
        days = set(db.scalars(select(payments.PAYMENT.paid_on)))
        numbers = set(db.scalars(select(payments.RECEIPT.number)))
    assert days == {date(2027, 1, 1)}
    kinds = ("R-2027-000001", "R-2027-000002", "B-2027-000001", "I-2027-000001")
    assert numbers == set(kinds)


def test_the_charges_are_held_before_any_balance_moves(town, doing, charge):
    """The series of receipts goes before the balances; who credits a charge holds it first, too."""
    told = {"party": MAYA, "charges": [charge.id], "amount_minor": 100, "key": "k"}
    begun, asked = doing(payments.start_payment, SHOP, **told), []
    event.listen(town.database, "before_cursor_execute", lambda *call: asked.append(call[2]))
    doing(payments.settle_payment, begun.provider_key, payments.Said("captured", 100, "T-1"))
    held = next(n for n, one in enumerate(asked) if one.startswith("SELECT payments_charge."))
    moved = next(n for n, one in enumerate(asked) if "payments_series" in one)
    assert held < moved


def test_a_refund_that_goes_wrong_does_not_stop_those_behind_it(
    doing, charge, provider, online, refunding, balances, monkeypatch
):
    first, second = online(100, charge), online(125, charge)
    refunding(100, first)
    refunding(125, second)
    give, broken = provider.refund, first.provider_key

    def refund(key, **told):
        if key == broken:
            raise ConnectionResetError
        return give(key, **told)

    monkeypatch.setattr(provider, "refund", refund)
    with pytest.raises(ConnectionResetError):
        payments.send_refunds(doing, provider)
    assert balances()["refunds-due"] == 100
