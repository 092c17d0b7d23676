"""The library in GraphQL: the same acts and refusals, and nesting that costs no more."""

import pytest
from flask import g

from townsquare.core.usecase import Actor
from townsquare.services.library.commands import lending as wishes
from townsquare.services.library.usecases.patrons import register_patron

from .conftest import DINA

pytestmark = pytest.mark.shown

GUEST = Actor(0, "guest", frozenset({"public"}))
DEEP = "{patrons(limit: 100) {items {card loans {barcode document {title holdings {state}}}}}}"
BORROW = 'mutation {borrowCopy(barcode: "TS1", card: "LC-1001") {barcode dueAt title}}'


@pytest.fixture
def ask(app):
    """Ask as Dina, or as somebody else; return the whole answer."""
    acting = {"actor": DINA}

    def sign_in():
        g.actor = acting["actor"]

    app.before_request(sign_in)
    client = app.test_client()

    def run(text, actor=DINA):
        acting["actor"] = actor
        return client.post("/graphql", json={"query": text}).json

    return run


def codes(answer):
    return [error["extensions"]["code"] for error in answer["errors"]]


def test_anybody_finds_a_document_and_what_the_library_holds_of_it(ask, wood, lend):
    lend()
    found = ask(
        '{documents(words: "murakami") {documents {title available holdings {state}}}}', GUEST
    )
    line = {"title": "Norwegian Wood", "available": 0, "holdings": [{"state": "on_loan"}]}
    assert found == {"data": {"documents": {"documents": [line]}}}


def test_lending_returning_and_waiting_are_the_acts_of_the_desk(ask, wood, readers):
    lent = ask(BORROW)["data"]["borrowCopy"]
    assert lent == {
        "barcode": "TS1",
        "dueAt": "2026-03-16T18:00:00+00:00",
        "title": "Norwegian Wood",
    }
    hold = f'mutation {{placeHold(document: "{wood.id}", branch: "central", card: "LC-2001")'
    assert ask(hold + " {position}}")["data"] == {"placeHold": {"position": 1}}
    back = ask('mutation {returnCopy(barcode: "TS1") {goesTo reader}}')["data"]["returnCopy"]
    assert back == {"goesTo": "hold_shelf", "reader": "LC-2001"}


def test_a_refusal_says_the_same_as_on_the_pages_and_harms_nothing(ask, wood, readers):
    ask(BORROW)
    for _ in range(3):
        assert codes(ask(BORROW)) == ["library.copy-on-loan"]
    assert len(ask("{loans {items {id}}}")["data"]["loans"]["items"]) == 1


def test_of_two_loans_in_one_document_the_first_stands_when_the_second_is_refused(
    ask, wood, readers
):
    again = 'borrowCopy(barcode: "TS1", card: "LC-2001") {card}'
    both = f'mutation {{one: borrowCopy(barcode: "TS1", card: "LC-1001") {{card}} two: {again}}}'
    answer = ask(both)
    assert answer["data"] == {"one": {"card": "LC-1001"}, "two": None}
    assert [error["path"] for error in answer["errors"]] == [["two"]]
    assert codes(answer) == ["library.copy-on-loan"]
    found = ask("{loans {items {card}}}")["data"]["loans"]["items"]
    assert found == [{"card": "LC-1001"}]


def test_a_reader_sees_and_renews_their_own_and_nobody_elses(ask, clock, wood, lend, readers):
    loan = lend()
    clock.set(2026, 3, 14, 9)
    mine = ask("{myLibrary {loans {barcode document {title}} holds {id}}}", readers.Maya.actor)
    line = {"barcode": "TS1", "document": {"title": "Norwegian Wood"}}
    assert mine["data"]["myLibrary"] == {"loans": [line], "holds": []}
    renew = f'mutation {{renewMyLoan(id: "{loan.id}") {{dueAt}}}}'
    assert codes(ask(renew, readers.Ben.actor)) == ["library.unknown-loan"]
    assert ask(renew, readers.Maya.actor)["data"]["renewMyLoan"]["dueAt"].startswith("2026-03-30")


@pytest.mark.parametrize(
    "text",
    [
        "{loans {items {id}}}",
        "{holds {items {id}}}",
        "{patrons {items {name}}}",
        BORROW,
        'mutation {cancelHold(id: "X") {id}}',
        "{myLibrary {patron {loans {id}}}}",
    ],
)
def test_what_belongs_to_the_desk_is_denied_to_readers(ask, text, wood, lend, readers):
    lend()
    answer = ask(text, readers.Maya.actor)
    assert codes(answer) == ["core.not-allowed"]
    assert "Santos" not in str(answer)


@pytest.mark.parametrize(
    "text",
    [
        "{loans(limit: 5000) {items {id}}}",
        'mutation {cancelHold(id: "") {id}}',
        'mutation {takePayment(card: "LC-1001", amountMinor: -1) {id}}',
    ],
)
def test_who_may_not_do_it_learns_that_before_what_is_wrong_with_the_question(
    ask, text, wood, readers
):
    assert codes(ask(text)) == ["core.invalid"]
    for actor in (readers.Maya.actor, GUEST):
        assert codes(ask(text, actor)) == ["core.not-allowed"]


def test_a_guest_has_no_library_of_their_own(ask, houses):
    assert codes(ask("{myLibrary {loans {id}}}", GUEST)) == ["core.not-allowed"]


def test_a_draft_is_linked_to_nobody_but_curators(ask, town, wood, lend, readers):
    lend()
    with town.database.begin() as connection:
        connection.exec_driver_sql("UPDATE library_document SET state = 'draft'")
    text = "{myLibrary {loans {title document {title}}}}"
    (loan,) = ask(text, readers.Maya.actor)["data"]["myLibrary"]["loans"]
    assert loan["document"] is None


@pytest.mark.engines("sqlite")
def test_nesting_costs_one_statement_for_each_level(statements, ask, acts, copies, lend):
    copies("TS2", "TS3", "TS4")
    lend()
    ask(DEEP)
    statements.clear()
    ask(DEEP)
    alone = len(statements)
    for number in range(2, 5):
        card = f"LC-900{number}"
        told = {"given": "Ana", "family": "Lim", "kind": "student", "number": card}
        acts(register_patron, wishes.RegisterPatron(card=card, branch="central", **told))
        lend(f"TS{number}", card)
    statements.clear()
    assert "errors" not in ask(DEEP)
    assert (alone, len(statements)) == (4, 4)
