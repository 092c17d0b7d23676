"""The queue: in order, past those who pause, onto the hold shelf and off it again."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from townsquare.core.invariants import breaches
from townsquare.core.outbox import OutboxEntry
from townsquare.services.library.commands import lending as wishes
from townsquare.services.library.commands.catalogue import AddCopy, AddDocument
from townsquare.services.library.errors import (
    CopyHeld,
    HoldExists,
    NotHoldable,
    PastDate,
    UnknownBranch,
    UnknownDocument,
    UnknownHold,
    UnknownPatron,
    WrongState,
)
from townsquare.services.library.queries.holds import find_holds
from townsquare.services.library.queries.mine import my_library
from townsquare.services.library.usecases.copies import add_copy
from townsquare.services.library.usecases.documents import add_document
from townsquare.services.library.usecases.holds import (
    cancel_hold,
    cancel_my_hold,
    expire_holds,
    place_hold,
    place_my_hold,
    suspend_hold,
)
from townsquare.services.library.usecases.loans import renew_loan

SATURDAY = datetime(2026, 3, 28, 18, tzinfo=UTC)


@pytest.fixture
def three(wait):
    """Maya, Ben and Carla, in that order."""
    return [wait(card) for card in ("LC-1001", "LC-2001", "LC-3001")]


@pytest.fixture
def pause(acts, three, readers):
    """Let Maya pause until a day, or take part again."""

    def run(until=date(2026, 4, 1)):
        wish = wishes.SuspendHold(id=three[0].id, until=until)
        return acts(suspend_hold, wish, readers.Maya.actor)

    return run


def test_nobody_pauses_until_a_day_that_is_over(pause):
    with pytest.raises(PastDate, match="2026-03-01"):
        pause(date(2026, 3, 1))
    pause(date(2026, 3, 2))


def test_places_are_given_in_order(three, queue):
    assert [hold.position for hold in three] == [1, 2, 3]
    assert queue() == [("LC-1001", "waiting"), ("LC-2001", "waiting"), ("LC-3001", "waiting")]


def test_readers_are_told_when_to_expect_it(three):
    assert [hold.expected_on for hold in three] == [
        date(2026, 3, 16),
        date(2026, 3, 30),
        date(2026, 4, 13),
    ]


def test_a_return_makes_the_first_hold_ready(three, lend, take_back, queue, clock):
    clock.set(2026, 3, 20, 10)
    back = take_back()
    assert (back.goes_to, back.reader, back.ready_until) == ("hold_shelf", "LC-1001", SATURDAY)
    assert queue()[0] == ("LC-1001", "ready")


def test_who_pauses_is_passed_over_and_keeps_the_place(three, pause, take_back, queue, clock):
    clock.set(2026, 3, 20, 10)
    pause()
    assert take_back().reader == "LC-2001"
    assert queue() == [("LC-1001", "suspended"), ("LC-2001", "ready"), ("LC-3001", "waiting")]


def test_nobody_else_gets_the_copy_on_the_hold_shelf(three, pause, take_back, lend):
    pause()
    take_back()
    with pytest.raises(CopyHeld, match="waits for another reader"):
        lend()
    assert lend(card="LC-2001").barcode == "TS1"


def test_a_hold_is_filled_by_its_reader(three, take_back, lend, queue):
    take_back()
    lend()
    assert queue() == [("LC-2001", "waiting"), ("LC-3001", "waiting")]


def test_who_does_not_come_is_passed_after_the_last_pickup_day(
    three, pause, take_back, acts, queue, clock
):
    clock.set(2026, 3, 20, 10)
    pause()
    take_back()
    clock.set(2026, 3, 28, 17)
    assert acts(expire_holds, wishes.Nothing()).open_minor == 0
    clock.set(2026, 3, 28, 19)
    assert acts(expire_holds, wishes.Nothing()).open_minor == 1
    assert queue() == [("LC-1001", "suspended"), ("LC-3001", "ready")]
    assert acts(expire_holds, wishes.Nothing()).open_minor == 0


def test_from_her_day_on_maya_is_first_again(three, pause, take_back, copies, clock):
    pause()
    copies("TS2")
    clock.set(2026, 3, 31, 22, 59)
    assert take_back().reader == "LC-2001"
    clock.set(2026, 3, 31, 23, 1)  # The 1st of April in London.
    assert take_back("TS2").reader == "LC-1001"


def test_a_pause_can_end_early(three, pause, take_back):
    pause()
    pause(None)
    assert take_back().reader == "LC-1001"


def test_a_ready_hold_cannot_pause(three, pause, take_back):
    take_back()
    with pytest.raises(WrongState, match="ready"):
        pause()


def test_scanning_a_waiting_copy_again_gives_no_new_days(three, take_back, town, clock):
    clock.set(2026, 3, 20, 10)
    first = take_back()
    clock.advance(days=3)
    again = take_back()
    assert (again.already_returned, again.ready_until) == (True, first.ready_until)
    with town.sessions() as db:
        told = db.scalars(select(OutboxEntry).filter_by(name="library.HoldReady")).all()
        assert len(told) == 1


def test_a_cancelled_hold_passes_its_copy_on(three, take_back, acts, readers, queue):
    take_back()
    acts(cancel_my_hold, wishes.ChooseHold(id=three[0].id), readers.Maya.actor)
    assert queue() == [("LC-2001", "ready"), ("LC-3001", "waiting")]


def test_the_last_hold_cancelled_frees_the_copy(wait, take_back, acts, lend):
    hold = wait("LC-2001")
    take_back()
    acts(cancel_hold, wishes.ChooseHold(id=hold.id))
    assert lend().barcode == "TS1"


def test_a_hold_ends_once(three, acts):
    wish = wishes.ChooseHold(id=three[0].id)
    acts(cancel_hold, wish)
    with pytest.raises(WrongState, match="cancelled"):
        acts(cancel_hold, wish)


def test_readers_touch_only_their_own_holds(three, acts, readers):
    wish = wishes.ChooseHold(id=three[0].id)
    with pytest.raises(UnknownHold):
        acts(cancel_my_hold, wish, readers.Ben.actor)
    with pytest.raises(UnknownHold):
        acts(suspend_hold, wishes.SuspendHold(id=three[0].id), readers.Ben.actor)


def test_a_reader_stands_once_in_a_queue_and_can_come_again(three, wait, acts):
    with pytest.raises(HoldExists):
        wait("LC-1001")
    acts(cancel_hold, wishes.ChooseHold(id=three[0].id))
    assert wait("LC-1001").position == 3


def test_a_refused_hold_takes_no_place(three, wait, acts):
    with pytest.raises(HoldExists):
        wait("LC-1001")
    holds = acts(find_holds, wishes.FindHolds()).items
    assert [hold.position for hold in holds] == [1, 2, 3]


def test_a_document_without_copies_is_not_reserved(acts, readers, houses):
    made = acts(add_document, AddDocument(title="Emma", authors="Jane Austen"))
    wish = wishes.PlaceHoldFor(document=made.id, card="LC-1001", branch="central")
    with pytest.raises(NotHoldable, match="suggest"):
        acts(place_hold, wish)


def test_what_a_hold_names_must_exist(wait, acts, wood):
    with pytest.raises(UnknownBranch):
        wait("LC-1001", branch="moon")
    with pytest.raises(UnknownPatron):
        wait("LC-9")
    with pytest.raises(UnknownDocument):
        wait("LC-1001", document="nothing")


def test_a_person_without_a_card_cannot_wait(acts, wood, readers):
    stranger = readers.Maya.actor.__class__(12, "Stranger", readers.Maya.actor.permissions, "x")
    with pytest.raises(UnknownPatron):
        acts(place_my_hold, wishes.PlaceHold(document=wood.id, branch="central"), stranger)


def test_the_shelf_lists_only_what_is_ready(three, take_back, acts):
    take_back()
    [hold] = acts(find_holds, wishes.FindHolds(state="ready")).items
    assert (hold.card, hold.barcode, hold.branch_name) == ("LC-1001", "TS1", "Central")


def test_the_queue_is_read_page_by_page(three, acts):
    seen, after, more = [], "", True
    while more:
        page = acts(find_holds, wishes.FindHolds(limit=2, after=after))
        seen += [hold.card for hold in page.items]
        after = page.after
        more = bool(after)
    assert seen == ["LC-1001", "LC-2001", "LC-3001"]


def test_a_reader_sees_the_own_place(three, pause, acts, readers):
    pause()
    [hold] = acts(my_library, wishes.Nothing(), readers.Ben.actor).holds
    assert (hold.position, hold.state) == (2, "waiting")


def test_who_takes_another_copy_waits_no_longer(wait, copies, lend, queue):
    copies("TS2")
    wait("LC-1001")
    lend("TS2")
    assert queue() == []


def test_who_takes_another_copy_leaves_the_kept_one_to_the_next(
    three, copies, take_back, lend, queue, town
):
    copies("TS2")
    take_back()
    assert queue()[0] == ("LC-1001", "ready")
    lend("TS2")
    assert queue() == [("LC-2001", "ready"), ("LC-3001", "waiting")]
    assert breaches(town) == {}


def test_ones_own_hold_keeps_nobody_from_renewing(wood, lend, wait, acts, clock):
    loan = lend()
    wait("LC-1001")
    clock.set(2026, 3, 14, 9)
    assert acts(renew_loan, wishes.RenewLoan(id=loan.id)).renewals == 1


def test_a_copy_of_the_reading_room_is_kept_for_nobody(wait, copies, take_back, lend, queue):
    copies("REF1", item_type="reference")
    lend()
    wait("LC-2001")
    assert take_back("REF1").goes_to == "available"
    assert take_back("TS1").reader == "LC-2001"
    assert queue() == [("LC-2001", "ready")]


def test_a_document_of_the_reading_room_is_not_reserved(acts, readers, houses):
    made = acts(add_document, AddDocument(title="An Atlas", authors="Anybody"))
    told = {"document": made.id, "barcode": "REF2", "branch": "central"}
    acts(add_copy, AddCopy(**told, item_type="reference"))
    wish = wishes.PlaceHoldFor(document=made.id, card="LC-1001", branch="central")
    with pytest.raises(NotHoldable):
        acts(place_hold, wish)


def test_copies_of_the_reading_room_bring_nobody_a_copy_earlier(copies, wait):
    copies("REF1", "REF2", "REF3", item_type="reference")
    wait("LC-1001")
    assert wait("LC-2001").expected_on == date(2026, 3, 30)
