"""Cards that are replaced: the reader keeps everything, the old card opens nothing."""

import pytest

from townsquare.core.errors import StaleVersion
from townsquare.services.library.commands import lending as wishes
from townsquare.services.library.errors import CardReplaced, NumberTaken, UnknownPatron, WrongState
from townsquare.services.library.manifest import service
from townsquare.services.library.queries.cards import old_cards
from townsquare.services.library.queries.counter import reader_at_desk
from townsquare.services.library.queries.loans import loans_of_patron
from townsquare.services.library.queries.mine import my_library, own_card
from townsquare.services.library.queries.patrons import find_patrons, read_patron
from townsquare.services.library.usecases.patrons import (
    change_patron,
    close_patron,
    register_patron,
    replace_card,
)


@pytest.fixture
def replace(acts, readers):
    """Give Maya, or another reader, a new card."""

    def run(card="LC-1002", reason="The card was lost", reader=None, version=None):
        choose = wishes.ChoosePatron(id=(reader or readers.Maya).id)
        seen = acts(read_patron, choose).version if version is None else version
        told = {"id": choose.id, "version": seen, "card": card, "reason": reason}
        return acts(replace_card, wishes.ReplaceCard(**told))

    return run


def test_a_reader_keeps_loans_and_holds_with_the_new_card(wood, lend, replace, acts, readers):
    lend()
    replace()
    [loan] = acts(loans_of_patron, wishes.ChoosePatron(id=readers.Maya.id))
    assert (loan.barcode, loan.card) == ("TS1", "LC-1002")


def test_the_old_card_is_refused_with_the_reason(wood, lend, wait, replace, acts):
    replace()
    said = "LC-1001 was replaced on 2026-03-02: The card was lost; ask"
    for act in (lend, lambda: wait("LC-1001")):
        with pytest.raises(CardReplaced, match=said):
            act()
    with pytest.raises(CardReplaced):
        acts(reader_at_desk, wishes.FindPatrons(words="LC-1001"))
    with pytest.raises(UnknownPatron):
        lend(card="LC-9999")
    assert lend(card="LC-1002").card == "LC-1002"


def test_a_card_is_never_given_out_again(replace, acts, readers):
    replace()
    replace("LC-1003", "The card was stolen")
    for card in ("LC-1001", "LC-1002", "LC-1003", "LC-2001"):
        with pytest.raises(NumberTaken, match=card):
            replace(card)
    told = {"given": "Ada", "kind": "student", "number": "N-1", "branch": "central"}
    with pytest.raises(NumberTaken):
        acts(register_patron, wishes.RegisterPatron(card="LC-1001", **told))
    found = acts(old_cards, wishes.ChoosePatron(id=readers.Maya.id))
    assert [(card.number, card.why, card.replaced_by) for card in found] == [
        ("LC-1002", "The card was stolen", "Dina Park"),
        ("LC-1001", "The card was lost", "Dina Park"),
    ]


def test_a_reader_is_found_by_an_old_card(replace, acts):
    replace()
    found = acts(find_patrons, wishes.FindPatrons(words="LC-1001")).items
    assert [patron.name for patron in found] == ["Maya Santos"]


def test_a_card_is_replaced_as_it_was_seen_and_not_for_who_has_left(replace, acts, readers):
    with pytest.raises(StaleVersion):
        replace(version=9)
    acts(close_patron, wishes.ClosePatron(id=readers.Ben.id))
    with pytest.raises(WrongState, match="left"):
        replace("LC-2002", reader=readers.Ben)


def test_the_desk_reads_a_note_and_the_reader_does_not(signed_in, acts, readers, wood):
    maya = acts(read_patron, wishes.ChoosePatron(id=readers.Maya.id))
    told = {"version": maya.version, "expires_on": maya.expires_on, "state": "active"}
    acts(change_patron, wishes.ChangePatron(id=maya.id, note="Reads by braille", **told))
    dina = signed_in(*service.roles, name="Dina Park")
    for path in (f"/patrons/{maya.id}", "/desk?card=LC-1001", f"/patrons/{maya.id}/change"):
        assert "Reads by braille" in dina.client.get(f"/library{path}").text
    mine = acts(my_library, wishes.Nothing(), readers.Maya.actor).patron
    own = acts(own_card, wishes.Nothing(), readers.Maya.actor)
    assert (mine.note, own.note) == ("", "")


def test_the_page_replaces_a_card_and_shows_the_earlier_ones(signed_in, acts, readers):
    dina = signed_in(*service.roles, name="Dina Park")
    there = f"/library/patrons/{readers.Maya.id}/replacement"
    assert "This is the first card of this reader." in dina.client.get(there).text

    def send(**told):
        return dina.client.post(there, data={**told, "csrf_token": dina.token})

    assert send(version=1, card="LC-2001", reason="It was lost").status_code == 409
    assert send(version=1, card="LC-1002", reason="").status_code == 422
    assert send(version=1, card="LC-1002", reason="It was lost").status_code == 303
    page = dina.client.get(there).text
    assert "LC-1001" in page
    assert "It was lost" in page
    scanned = dina.client.post("/library/desk", data={"card": "LC-1001", "csrf_token": dina.token})
    assert (scanned.status_code, "was replaced on" in scanned.text) == (409, True)
