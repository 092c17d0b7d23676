"""Readers hear of what concerns them, once, in words, by mail if they have an address."""

from email import message_from_bytes
from email.policy import SMTP

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError

from townsquare.core.notifications import NotificationRow
from townsquare.core.notifications.reading import MyNotices, my_notices
from townsquare.core.usecase import Actor
from townsquare.core.worker import Worker
from townsquare.services.library.commands import lending as wishes
from townsquare.services.library.commands.notices import LookAtLoans
from townsquare.services.library.usecases import notices
from townsquare.services.library.usecases.charges import take_payment
from townsquare.services.library.usecases.holds import cancel_hold
from townsquare.services.library.usecases.loans import recall_loan, renew_loan
from townsquare.services.library.usecases.refunds import refund_payment

CLERK = Actor(0, "job", frozenset({notices.SEND}))


@pytest.fixture
def addressed(town, readers):
    """Let the three readers have mail addresses."""
    with town.database.begin() as connection:
        connection.execute(
            text("UPDATE people_person SET email = lower(given) || '@sanroque.test'")
        )


@pytest.fixture
def look(acts):
    """Look at all loans once, for one kind of notice; return how many were told."""
    return lambda act: acts(act, LookAtLoans(), CLERK)


@pytest.fixture
def mails(town, addressed):
    """Do all that waits, then return each mail: to whom, and the subject."""

    def run():
        Worker(town).drain()
        found = sorted((town.settings.folder / "mail").glob("*.eml"))
        read = [message_from_bytes(path.read_bytes(), policy=SMTP) for path in found]
        return [(mail["To"].partition("@")[0], mail["Subject"]) for mail in read]

    return run


def told(town):
    with town.database.begin() as connection:
        kept = select(NotificationRow.kind, NotificationRow.key).order_by(NotificationRow.id)
        return [tuple(row) for row in connection.execute(kept)]


@pytest.mark.parametrize(("day", "number"), [(12, 0), (13, 1), (15, 1), (16, 1), (17, 0)])
def test_readers_are_reminded_three_days_before(day, number, clock, wood, lend, look):
    lend()  # On 2 March, due on 16 March.
    clock.set(2026, 3, day, 8)
    assert look(notices.tell_due_soon) == number
    assert look(notices.tell_due_soon) == 0


def test_a_renewed_loan_is_reminded_of_again(acts, clock, town, wood, lend, look):
    loan = lend()
    clock.set(2026, 3, 14, 8)
    look(notices.tell_due_soon)
    acts(renew_loan, wishes.RenewLoan(id=loan.id))
    clock.set(2026, 3, 28, 8)
    assert look(notices.tell_due_soon) == 1
    days = ["2026-03-16", "2026-03-30"]
    assert told(town) == [("library.due-soon", day) for day in days]


def test_late_readers_are_reminded_after_one_seven_and_fourteen_days(clock, town, wood, lend, look):
    lend()
    for day in range(16, 32):
        clock.set(2026, 3, day, 20)
        look(notices.tell_overdue)
    assert [key for _, key in told(town)] == [f"2026-03-16 {days}" for days in (1, 7, 14)]


def test_a_reminder_that_was_missed_is_not_sent_twice_later(clock, town, wood, lend, look):
    lend()
    clock.set(2026, 4, 20, 8)
    assert (look(notices.tell_overdue), look(notices.tell_overdue)) == (1, 0)
    assert told(town) == [("library.overdue", "2026-03-16 14")]


def test_who_has_brought_it_back_hears_nothing(clock, wood, lend, take_back, look):
    lend()
    clock.set(2026, 3, 20, 8)
    take_back()
    assert look(notices.tell_overdue) == 0


def test_a_long_list_is_gone_through_in_rounds(acts, clock, town, copies, lend):
    copies("TS2", "TS3", "TS4", "TS5")
    for number in range(1, 6):
        lend(f"TS{number}")
    clock.set(2026, 3, 14, 8)
    assert acts(notices.tell_due_soon, LookAtLoans(limit=2), CLERK) == 2
    Worker(town).drain()
    assert len(told(town)) == 5


def test_the_database_refuses_a_second_notice(clock, town, wood, lend, look):
    lend()
    clock.set(2026, 3, 14, 8)
    look(notices.tell_due_soon)
    with town.database.connect() as connection:
        row = dict(connection.execute(select(NotificationRow.__table__)).mappings().one())
    again = {**row, "id": 99, "public_id": "another"}
    with (
        pytest.raises(IntegrityError, match="core_notification"),
        town.database.begin() as connection,
    ):
        connection.execute(insert(NotificationRow.__table__), again)


def test_a_reader_is_called_by_mail_when_the_hold_is_ready(mails, lend, take_back, wait):
    lend()
    wait("LC-2001")
    take_back()
    take_back()  # Scanned again, it is the same call.
    assert mails() == [("ben", "“Norwegian Wood” waits for you until March 10, 2026")]


def test_who_does_not_come_is_told_and_the_next_one_is_called(
    mails, clock, town, lend, take_back, wait
):
    lend()
    wait("LC-2001")
    wait("LC-3001")
    take_back()
    mails()
    clock.set(2026, 3, 10, 19)
    for _ in range(3):
        clock.advance(hours=1)
        seen = mails()
    assert sorted(seen)[1:] == [
        ("ben", "“Norwegian Wood” waits for you until March 10, 2026"),
        ("carla", "“Norwegian Wood” waits for you until March 18, 2026"),
    ]
    assert min(seen) == ("ben", "“Norwegian Wood” has gone to the next reader")


def test_who_has_left_the_queue_is_not_called(acts, mails, lend, take_back, wait):
    lend()
    placed = wait("LC-2001")
    take_back()
    acts(cancel_hold, wishes.ChooseHold(id=placed.id))
    assert mails() == []


def test_a_recall_is_told(acts, mails, wood, lend):
    loan = lend()
    acts(recall_loan, wishes.ChooseLoan(id=loan.id))
    (mail,) = mails()
    assert mail[0] == "maya"
    assert mail[1].startswith("Somebody waits for “Norwegian Wood”")


def test_every_payment_has_its_receipt(acts, mails, clock, wood, lend, take_back):
    lend()
    clock.set(2026, 3, 26, 12)
    take_back()
    wish = wishes.PayCharges(card="LC-1001", amount_minor=100, request_key="once")
    for _ in range(2):
        paid = acts(take_payment, wish)
    receipts = [mail for mail in mails() if mail[1].startswith("Receipt")]
    assert [to for to, _ in receipts] == ["maya"]
    assert paid.number in receipts[0][1]


def test_every_refund_has_a_receipt_of_its_own(acts, mails, clock, wood, lend, take_back):
    lend()
    clock.set(2026, 3, 26, 12)
    take_back()
    paid = acts(take_payment, wishes.PayCharges(card="LC-1001", amount_minor=100))
    wish = wishes.RefundPayment(payment=paid.id, amount_minor=40, reason="Taken twice")
    told = acts(refund_payment, wish)
    for _ in range(2):
        [refund] = [mail for mail in mails() if "paid back" in mail[1]]
    assert (refund[0], told.number in refund[1], "0.40" in refund[1]) == ("maya", True, True)


def test_the_mornings_mails_are_written_once_however_often_the_clock_strikes(
    mails, clock, town, wood, lend
):
    lend()
    mails()  # The schedules are planned.
    for day in (13, 14, 15):
        clock.set(2026, 3, day, 8)
        mails()
    assert mails() == [("maya", "“Norwegian Wood” is due on March 16, 2026")]


def test_a_reader_without_an_address_still_reads_it(town, clock, wood, lend, readers, look):
    lend()
    clock.set(2026, 3, 14, 8)
    look(notices.tell_due_soon)
    with town.working(readers.Maya.actor, reads=True) as ctx:
        (notice,) = my_notices(ctx, MyNotices())
    assert notice.facts["title"] == "Norwegian Wood"
