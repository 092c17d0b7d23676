"""Readers: registered, renewed, blocked, found by name, and let go when all is settled."""

from datetime import date

import pytest
from sqlalchemy import func, select

from townsquare.blocks.people import PERSON, OwnGuardian
from townsquare.blocks.people import NumberTaken as AffiliationTaken
from townsquare.core.errors import NotAllowed, StaleVersion
from townsquare.core.usecase import Actor
from townsquare.services.library.commands import lending as wishes
from townsquare.services.library.errors import (
    CardExists,
    NumberTaken,
    OpenLoans,
    UnknownBranch,
    UnknownPatron,
    WrongState,
)
from townsquare.services.library.queries.charges import charges_of_patron
from townsquare.services.library.queries.counter import reader_at_desk
from townsquare.services.library.queries.loans import loans_of_patron
from townsquare.services.library.queries.mine import my_library, own_card
from townsquare.services.library.queries.patrons import find_patrons, read_patron
from townsquare.services.library.usecases.charges import return_deposit, take_deposit
from townsquare.services.library.usecases.holds import cancel_hold
from townsquare.services.library.usecases.patrons import (
    change_patron,
    close_patron,
    register_patron,
)


@pytest.fixture
def register(acts, houses):
    def run(card="LC-1", **facts):
        told = {"given": "Ada", "kind": "student", "number": card, "branch": "central", **facts}
        return acts(register_patron, wishes.RegisterPatron(card=card, **told)).id

    return run


@pytest.fixture
def shown(acts):
    return lambda public_id: acts(read_patron, wishes.ChoosePatron(id=public_id))


@pytest.fixture
def found(acts):
    def run(words):
        page = acts(find_patrons, wishes.FindPatrons(words=words))
        return [patron.name for patron in page.items]

    return run


@pytest.fixture
def leave(acts):
    return lambda reader: acts(close_patron, wishes.ClosePatron(id=reader.id))


def test_a_card_is_good_for_a_year(register, shown):
    ada = shown(register(family="Lovelace"))
    assert (ada.name, ada.kind, ada.branch, ada.state) == (
        "Ada Lovelace",
        "student",
        "central",
        "active",
    )
    assert (ada.expires_on, ada.open_loans, ada.open_minor) == (date(2027, 3, 2), 0, 0)


def test_a_card_begins_on_the_day_of_the_house(register, shown, clock):
    clock.set(2026, 7, 1, 23, 30)
    assert shown(register()).expires_on == date(2027, 7, 2)


def test_a_card_and_a_number_belong_to_one_reader(register):
    register("LC-1")
    with pytest.raises(NumberTaken, match="LC-1"):
        register("LC-1", number="another")
    with pytest.raises(AffiliationTaken):
        register("LC-2", number="LC-1")
    register("LC-2", number="LC-1", kind="staff")


def test_a_minor_is_registered_with_a_guardian(register, readers, wood, lend):
    register("LC-7", birth_date=date(2014, 5, 1), guardian="LC-2001")
    assert lend(card="LC-7").card == "LC-7"


def test_a_guardian_is_noted_later(register, readers, wood, lend, acts, shown):
    ada = shown(register("LC-7", birth_date=date(2014, 5, 1)))
    kept = {"id": ada.id, "expires_on": ada.expires_on, "state": "active"}
    acts(change_patron, wishes.ChangePatron(**kept, version=1, guardian="LC-2001"))
    acts(change_patron, wishes.ChangePatron(**kept, version=2))
    assert lend(card="LC-7").card == "LC-7"


def test_a_guardian_is_another_reader(register, readers, acts):
    with pytest.raises(UnknownPatron, match="LC-9"):
        register("LC-7", guardian="LC-9")
    with pytest.raises(OwnGuardian):
        register("LC-7", guardian="LC-7")


def test_a_person_has_one_card(register, signed_in, found, town):
    with town.sessions() as db:
        before = db.scalar(select(func.count(PERSON.id)))
    ada = signed_in(name="Ada")
    address = f"{ada.person.lower()}@sanroque.example"
    register("LC-7", email=address)
    with pytest.raises(CardExists, match="search for them"):
        register("LC-8", email=address)
    with town.sessions() as db:
        assert db.scalar(select(func.count(PERSON.id))) == before + 1


def test_a_refused_reader_leaves_nothing_behind(register, found):
    register("LC-1", given="Ada")
    with pytest.raises(NumberTaken):
        register("LC-1", given="Bea", number="another")
    assert (found("Bea"), found("Ada")) == ([], ["Ada"])


def test_a_reader_has_a_home_that_exists(register):
    with pytest.raises(UnknownBranch):
        register(branch="moon")


@pytest.mark.parametrize(
    ("given", "family"),
    [
        ("José", "García Márquez"),
        ("美咲", "渡辺"),
        ("Đặng", "Thị Hà"),
        ("محمد", ""),
        ("X Æ A-12", "O'Neill-Smith"),
        ("<b>Bold</b>", "& Co"),
        ("👩🏽‍🎓", "Emoji"),
    ],
)
def test_names_of_the_whole_world_are_kept_and_found(register, found, given, family):
    register(given=given, family=family)
    name = f"{given} {family}".strip()
    assert found(name) == [name]


@pytest.mark.parametrize("words", ["garcia", "MARQUEZ", "jose garcia", "LC-1", "García"])
def test_readers_are_found_without_accents_and_by_card(register, found, words):
    register(given="José", family="García Márquez")
    register("LC-2", given="Ben")
    assert found(words) == ["José García Márquez"]


@pytest.mark.parametrize("words", ["%", "_", "\\", "'", "lc-1", "nobody"])
def test_signs_of_a_pattern_find_nothing(register, found, words):
    register()
    assert found(words) == []


def test_readers_are_listed_page_by_page(readers, acts):
    seen, after, more = [], "", True
    while more:
        page = acts(find_patrons, wishes.FindPatrons(limit=2, after=after))
        seen += [patron.card for patron in page.items]
        after = page.after
        more = bool(after)
    assert seen == ["LC-2001", "LC-3001", "LC-1001"]  # By name.


def test_a_change_made_on_old_facts_is_refused(register, shown, acts):
    ada = shown(register())
    facts = {"id": ada.id, "version": 1, "expires_on": ada.expires_on, "state": "active"}
    acts(change_patron, wishes.ChangePatron(**facts, block_reason="Lost card"))
    with pytest.raises(StaleVersion):
        acts(change_patron, wishes.ChangePatron(**facts))
    assert shown(ada.id).block_reason == "Lost card"


def test_a_reader_with_a_loan_does_not_leave(wood, lend, take_back, leave, readers):
    lend()
    with pytest.raises(OpenLoans):
        leave(readers.Maya)
    take_back()
    leave(readers.Maya)


def test_a_reader_who_owes_does_not_leave(wood, lend, take_back, leave, readers, clock):
    lend()
    clock.set(2026, 3, 26, 10)
    take_back()
    with pytest.raises(OpenLoans, match="charges"):
        leave(readers.Maya)


def test_a_reader_who_waits_does_not_leave(wait, acts, leave, readers):
    hold = wait("LC-1001")
    with pytest.raises(OpenLoans, match="holds"):
        leave(readers.Maya)
    acts(cancel_hold, wishes.ChooseHold(id=hold.id))
    leave(readers.Maya)


def test_a_visitor_takes_the_deposit_along(acts, leave, readers):
    acts(take_deposit, wishes.Deposit(card="LC-3001", amount_minor=2000))
    with pytest.raises(OpenLoans, match="deposit"):
        leave(readers.Carla)
    acts(return_deposit, wishes.ReturnDeposit(card="LC-3001"))
    leave(readers.Carla)


def test_who_has_left_neither_borrows_nor_waits_nor_comes_back_by_a_change(
    wood, lend, wait, leave, readers, acts
):
    leave(readers.Maya)
    with pytest.raises(UnknownPatron):
        lend()
    with pytest.raises(UnknownPatron):
        wait("LC-1001")
    with pytest.raises(WrongState, match="left"):
        leave(readers.Maya)
    kept = {"id": readers.Maya.id, "version": 2, "expires_on": date(2030, 1, 1)}
    with pytest.raises(WrongState, match="left"):
        acts(change_patron, wishes.ChangePatron(**kept, state="active"))


def test_an_unknown_reader_has_neither_card_nor_loans_nor_charges(acts, houses):
    nobody = wishes.ChoosePatron(id="nobody")
    for act in (read_patron, loans_of_patron, charges_of_patron, close_patron):
        with pytest.raises(UnknownPatron):
            acts(act, nobody)


def test_a_reader_without_loans_has_empty_lists(acts, readers):
    maya = wishes.ChoosePatron(id=readers.Maya.id)
    assert acts(loans_of_patron, maya) == acts(charges_of_patron, maya) == []


def test_only_the_desk_sees_readers(acts, readers):
    wish = wishes.ChoosePatron(id=readers.Maya.id)
    with pytest.raises(NotAllowed):
        acts(read_patron, wish, readers.Ben.actor)


def test_an_account_without_a_card_sees_an_empty_library(acts, houses):
    stranger = Actor(12, "Stranger", frozenset({"signed-in"}), "nobody")
    mine = acts(my_library, wishes.Nothing(), stranger)
    assert (mine.patron, mine.loans, mine.holds, mine.charges) == (None, [], [], [])


def test_a_card_that_has_run_out_says_so_wherever_it_is_shown(readers, acts, clock):
    maya, mine = wishes.ChoosePatron(id=readers.Maya.id), readers.Maya.actor

    def states():
        listed = acts(find_patrons, wishes.FindPatrons(words="LC-1001")).items
        at_desk = acts(reader_at_desk, wishes.FindPatrons(words="LC-1001")).patron
        own = acts(my_library, wishes.Nothing(), mine).patron
        card = acts(own_card, wishes.Nothing(), mine)
        return {p.state for p in (*listed, at_desk, own, card, acts(read_patron, maya))}

    assert states() == {"active"}
    clock.set(2027, 3, 2, 15, 59)  # The last minute of its last day in the town.
    assert states() == {"active"}
    clock.set(2027, 3, 2, 16)
    assert states() == {"expired"}
    told = acts(read_patron, maya)
    renewed = {"id": told.id, "version": told.version, "expires_on": date(2028, 3, 2)}
    acts(change_patron, wishes.ChangePatron(**renewed, state="active"))
    assert states() == {"active"}


def test_who_may_not_borrow_stays_so_when_the_card_runs_out(readers, acts, clock):
    told = acts(read_patron, wishes.ChoosePatron(id=readers.Ben.id))
    blocked = {"id": told.id, "version": told.version, "expires_on": date(2026, 3, 1)}
    acts(change_patron, wishes.ChangePatron(**blocked, state="suspended"))
    assert acts(read_patron, wishes.ChoosePatron(id=told.id)).state == "suspended"


def test_programs_read_that_a_card_has_run_out(api, readers, clock):
    clock.set(2027, 3, 3, 9)
    assert api(f"GET /patrons/{readers.Maya.id}").json["state"] == "expired"
    assert {reader["state"] for reader in api("GET /patrons").json["items"]} == {"expired"}
