"""Everybody wants the same thing at the same moment: one gets it, the others are told why."""

from collections import Counter
from dataclasses import replace

import pytest

from tests.concurrency.conftest import DINA, borrowing, paying, returning, waiting
from tests.kit.racing import Call
from tests.kit.sound import complaints
from townsquare.core.ids import new_id
from townsquare.services.library.commands.catalogue import AddCopy, AddDocument
from townsquare.services.library.commands.lending import PublishRules, RefundPayment
from townsquare.services.library.usecases.copies import add_copy
from townsquare.services.library.usecases.documents import add_document
from townsquare.services.library.usecases.policies import publish_rules
from townsquare.services.library.usecases.refunds import propose_refund

pytestmark = pytest.mark.engines("sqlite", "postgresql")


def came_to(answers):
    """Count what the contestants were told; a mistake of ours would be among it."""
    return Counter(answer.code for answer in answers)


def test_forty_desks_lend_one_copy_once(town, library, race):
    (copy,), cards = library.copies(1), library.readers(40)
    answers = race([borrowing(copy, card) for card in cards])
    assert came_to(answers) == {"done": 1, "library.copy-on-loan": 39}
    assert library.rows("SELECT count(*) FROM library_loan") == [(1,)]
    assert complaints(town) == []


def test_thirty_check_outs_of_one_reader_stop_at_five(town, library, race):
    copies, (card,) = library.copies(30), library.readers(1)
    answers = race([borrowing(copy, card) for copy in copies])
    assert came_to(answers) == {"done": 5, "library.limit-reached": 25}
    assert library.rows("SELECT open_loans FROM library_patron_load") == [(5,)]
    assert complaints(town) == []


def test_a_copy_that_comes_back_goes_to_the_first_of_the_queue(town, library, race):
    (copy,), (maya, first, *others) = library.copies(1), library.readers(22)
    library.lend(copy, maya)
    library.wait(first)
    answers = race([*(waiting(library, card) for card in others), returning(copy)])
    assert came_to(answers) == {"done": 21}
    assert answers[-1].body["reader"] == first
    held = "SELECT seq FROM library_hold WHERE state = 'ready'"
    assert library.rows(held) == [(1,)]
    assert max(answer.body["position"] for answer in answers[:-1]) >= 20
    assert complaints(town) == []


def test_a_copy_that_comes_back_while_the_queue_begins_goes_to_its_head_or_its_shelf(
    town, library, race
):
    (copy,), (maya, *others) = library.copies(1), library.readers(21)
    library.lend(copy, maya)
    answers = race([*(waiting(library, card) for card in others), returning(copy)])
    assert came_to(answers) == {"done": 21}
    ready = library.rows("SELECT seq FROM library_hold WHERE state = 'ready'")
    assert ready == ([(1,)] if answers[-1].body["goes_to"] == "hold_shelf" else [])
    places = library.rows("SELECT seq FROM library_hold ORDER BY seq")
    assert places == [(number,) for number in range(1, 21)]
    assert complaints(town) == []


def test_six_copies_that_come_back_go_to_the_first_six(town, library, race):
    copies, cards = library.copies(6), library.readers(16)
    for copy, card in zip(copies, cards, strict=False):
        library.lend(copy, card)
    for card in cards[6:]:
        library.wait(card)
    answers = race([returning(copy) for copy in copies])
    assert came_to(answers) == {"done": 6}
    assert {answer.body["reader"] for answer in answers} == set(cards[6:12])
    assert complaints(town) == []


def test_who_leaves_the_queue_while_a_copy_comes_back_takes_nobody_with_him(
    town, library, app, door, race
):
    (copy,), (maya, *others) = library.copies(1), library.readers(9)
    library.lend(copy, maya)
    holds = [library.wait(card).body["id"] for card in others]
    leaving = [Call(f"/holds/{hold}", {}, verb="DELETE", seen=1) for hold in holds[:4]]
    answers = race([*leaving, returning(copy)])
    assert set(came_to(answers)) <= {"done", "core.stale-version"}
    for call, answer in zip(leaving, answers, strict=False):
        if answer.code != "done":  # The copy was quicker; who still wants to leave says so again.
            assert library.ask(replace(call, key=new_id(), seen=2)).code == "done"
    assert library.rows("SELECT seq FROM library_hold WHERE state = 'ready'") == [(5,)]
    assert complaints(town) == []


def test_a_reader_who_comes_while_the_hold_ends_gets_the_copy_or_is_told_why(town, library, race):
    copies, cards = library.copies(8), library.readers(16)
    holds = {card: library.wait(card).body["id"] for card in cards}
    readers = {copy: library.ask(returning(copy)).body["reader"] for copy in copies}
    assert sorted(readers.values()) == cards[:8]
    coming = [borrowing(copy, card) for copy, card in readers.items()]
    seen = dict(library.rows("SELECT public_id, version FROM library_hold"))
    ending = [
        Call(f"/holds/{holds[card]}", {}, verb="DELETE", seen=seen[holds[card]])
        for card in readers.values()
    ]
    answers = race([*coming, *ending])
    refused = {
        "library.copy-held",
        "library.copy-on-loan",
        "library.wrong-state",
        "core.stale-version",
    }
    for came, ended in zip(answers[:8], answers[8:], strict=True):
        assert sorted([came.code == "done", ended.code == "done"]) == [False, True]
        assert {came.code, ended.code} - {"done"} <= refused
    lent = library.rows("SELECT count(*) FROM library_loan")[0][0]
    ready = library.rows("SELECT count(*) FROM library_hold WHERE state = 'ready'")[0][0]
    assert lent + ready == 8
    assert complaints(town) == []


def test_a_copy_scanned_at_ten_desks_comes_back_once(town, library, race):
    (copy,), (card,) = library.copies(1), library.readers(1)
    library.lend(copy, card)
    answers = race([returning(copy) for _desk in range(10)])
    assert came_to(answers) == {"done": 10}
    assert [answer.body["already_returned"] for answer in answers].count(False) == 1
    closed = "SELECT count(*) FROM library_loan_event WHERE kind = 'returned'"
    assert library.rows(closed) == [(1,)]
    assert complaints(town) == []


def test_a_reader_who_clicks_twenty_times_waits_once(town, library, race):
    library.copies(1)
    (card,) = library.readers(1)
    answers = race([waiting(library, card) for _click in range(20)])
    assert came_to(answers) == {"done": 1, "library.hold-exists": 19}
    assert complaints(town) == []


def test_who_leaves_while_borrowing_and_waiting_does_one_or_the_other(town, library, race):
    copies, cards = library.copies(6), library.readers(6)
    ids = library.rows("SELECT card, public_id FROM library_patron ORDER BY card")
    coming = [borrowing(copy, card) for copy, card in zip(copies[:3], cards[:3], strict=True)]
    coming += [waiting(library, card) for card in cards[3:]]
    leaving = [Call(f"/patrons/{public_id}", {}, verb="DELETE", seen=1) for _card, public_id in ids]
    answers = race([*coming, *leaving])
    for came, left in zip(answers[:6], answers[6:], strict=True):
        assert {came.code, left.code} in (
            {"done", "library.open-loans"},
            {"library.unknown-patron", "done"},
        )
    assert complaints(town) == []


def test_holds_of_one_reader_stop_at_the_limit(town, library, race):
    (card,) = library.readers(1)
    library.copies(1)
    with town.working(DINA) as ctx:
        publish_rules(ctx, PublishRules(rules=[{"priority": 99, "policy": {"hold_limit": 3}}]))
        titles = [add_document(ctx, AddDocument(title=f"T{n}", authors="A")).id for n in range(9)]
        for number, title in enumerate(titles):
            told = {"document": title, "barcode": f"H{number}", "branch": "central"}
            add_copy(ctx, AddCopy(**told))
    wishes = [{"document": title, "branch": "central", "card": card} for title in titles]
    answers = race([Call("/holds", wish) for wish in wishes])
    assert came_to(answers) == {"done": 3, "library.hold-limit": 6}
    assert complaints(town) == []


@pytest.mark.parametrize("what", ["loan", "hold", "deposit", "payment"])
def test_the_same_key_fifty_times_has_one_effect_and_one_answer(town, library, race, what):
    (copy,), (card, other) = library.copies(1), library.readers(2)
    lose(library, library.copies_named("TS-LOST"), other)
    call = {
        "loan": borrowing(copy, card),
        "hold": waiting(library, card),
        "deposit": Call("/deposits", {"card": card, "amount_minor": 500}),
        "payment": paying(other, 10, request_key="the counter's own"),
    }[what]
    answers = race([call] * 50)
    assert came_to(answers) == {"done": 50}
    assert len({str(answer.body) for answer in answers}) == 1
    assert library.rows("SELECT count(*) FROM core_once WHERE key_hash <> ''")[0][0] >= 1
    tables = {"loan": "library_loan", "hold": "library_hold"}
    made = library.rows(f"SELECT count(*) FROM {tables.get(what, 'payments_payment')}")
    assert made == [(2 if what == "loan" else 1,)]
    assert complaints(town) == []


def test_ten_payers_of_one_charge_never_pay_too_much(town, library, race):
    (card,) = library.readers(1)
    lose(library, library.copies_named("TS-LOST"), card)
    owed = library.rows("SELECT public_id FROM payments_charge WHERE reason = 'lost'")[0][0]
    answers = race([paying(card, 300, charge=owed) for _payer in range(10)])
    assert came_to(answers) == {"done": 3, "payments.over-allocated": 7}
    paid = "SELECT allocated_minor FROM payments_charge WHERE reason = 'lost'"
    assert library.rows(paid) == [(900,)]
    assert complaints(town) == []


def test_ten_refunds_of_the_last_amount_pay_back_once(town, library, race):
    (card,) = library.readers(1)
    lose(library, library.copies_named("TS-LOST"), card)
    paid = library.ask(paying(card, 1300)).body["id"]
    refund = {"payment": paid, "reason": "A mistake"}
    library.ask(Call("/refunds", {**refund, "amount_minor": 1000}))
    answers = race([Call("/refunds", {**refund, "amount_minor": 300}) for _desk in range(10)])
    assert came_to(answers) == {"done": 1, "payments.over-refunded": 9}
    assert library.rows("SELECT refunded_minor FROM payments_payment") == [(1300,)]
    assert library.rows("SELECT sum(allocated_minor) FROM payments_charge") == [(0,)]
    assert complaints(town) == []


def test_ten_who_approve_one_refund_pay_back_once(town, library, race):
    (card,) = library.readers(1)
    lose(library, library.copies_named("TS-LOST"), card)
    paid = library.ask(paying(card, 1300)).body["id"]
    wish = RefundPayment(payment=paid, amount_minor=600, reason="A mistake")
    with town.working(replace(DINA, id=99, name="Amir")) as ctx:
        proposal = propose_refund(ctx, wish).id
    answers = race([Call(f"/refunds/proposals/{proposal}/approval", {}) for _desk in range(10)])
    assert came_to(answers) == {"done": 1, "library.proposal-decided": 9}
    assert library.rows("SELECT refunded_minor FROM payments_payment") == [(600,)]
    assert complaints(town) == []


def test_small_refunds_at_once_do_not_pass_the_limit_of_one_person(town, library, race):
    (card,), copy = library.readers(1), library.copies_named("TS-LOST")
    library.run("UPDATE library_copy SET price_minor = 8000")
    lose(library, copy, card)
    paid = library.ask(paying(card, 8000)).body["id"]
    refund = {"payment": paid, "reason": "A mistake", "amount_minor": 3000}
    answers = race([Call("/refunds", refund) for _desk in range(6)])
    assert came_to(answers) == {"done": 1, "library.second-person": 5}
    assert library.rows("SELECT refunded_minor FROM payments_payment") == [(3000,)]
    assert complaints(town) == []


def test_a_refund_and_a_finding_at_once_pay_back_once(town, library, race):
    (card,) = library.readers(1)
    copy = library.copies_named("TS-LOST")
    lose(library, copy, card)
    paid = library.ask(paying(card, 1300)).body["id"]
    refund = {"payment": paid, "reason": "A mistake", "amount_minor": 1300}
    refunds = [Call("/refunds", refund) for _desk in range(2)]
    *told, found = race([*refunds, Call(f"/copies/{copy}/finding", {})])
    assert found.code == "done"
    done = came_to(told)["done"]
    assert (done <= 1, came_to(told)["payments.over-refunded"]) == (True, 2 - done)
    back = 1300 if done else 1000
    assert library.rows("SELECT sum(amount_minor) FROM payments_refund") == [(back,)]
    assert complaints(town) == []


def lose(library, barcode, card):
    """Lend a copy and declare it lost: its price of 10.00 is owed, and 3.00 for the work."""
    library.lend(barcode, card)
    answer = library.ask(Call(f"/copies/{barcode}/loss", {}))
    if answer.status != 200:
        pytest.fail(str(answer.body))


def test_a_copy_given_up_at_ten_desks_is_charged_once_and_found_once(town, library, race):
    (copy,), (card,) = library.copies(1), library.readers(1)
    library.lend(copy, card)
    answers = race([Call(f"/copies/{copy}/loss", {}) for _desk in range(10)])
    assert came_to(answers) == {"done": 1, "library.wrong-state": 9}
    assert library.rows("SELECT sum(amount_minor) FROM payments_charge") == [(1300,)]
    answers = race([Call(f"/copies/{copy}/finding", {}) for _desk in range(10)])
    assert came_to(answers) == {"done": 1, "library.wrong-state": 9}
    assert library.rows("SELECT sum(credited_minor) FROM payments_charge") == [(1000,)]
    assert complaints(town) == []


def test_twelve_who_set_one_tariff_leave_one_amount_for_each_day(town, library, race):
    days = [f"{town.now().year + 1}-0{number % 3 + 1}-01" for number in range(12)]
    told = {"code": "processing", "name": "Work with a lost copy"}
    answers = race(
        [
            Call("/tariffs", {**told, "amount_minor": number, "valid_from": day})
            for number, day in enumerate(days)
        ]
    )
    assert came_to(answers) == {"done": 12}
    applied = library.rows(
        "SELECT valid_from, valid_to FROM library_tariff WHERE code = 'processing'"
        " AND (valid_to IS NULL OR valid_to > valid_from) ORDER BY valid_from"
    )
    assert [until for _, until in applied] == [begins for begins, _ in applied[1:]] + [None]
    assert len(applied) == 4
    assert complaints(town) == []
