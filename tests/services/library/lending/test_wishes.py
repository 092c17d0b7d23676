"""What readers wish for: a list of what they read or none, mails or none, hours of quiet."""

from datetime import UTC, datetime, time

import pytest
from sqlalchemy import select, text

from townsquare.core.jobs import JobRow
from townsquare.core.notifications.reading import (
    CountUnread,
    MarkRead,
    MyNotices,
    mark_read,
    my_notices,
    unread,
)
from townsquare.core.worker import Worker
from townsquare.services.library.commands import lending as asked
from townsquare.services.library.commands.wishes import ChooseWishes, LookBack
from townsquare.services.library.errors import HalfQuiet, UnknownPatron
from townsquare.services.library.queries.wishes import my_past_loans
from townsquare.services.library.rules.quiet import after_quiet
from townsquare.services.library.usecases.loans import recall_loan
from townsquare.services.library.usecases.wishes import set_wishes

NIGHT = {"quiet_from": time(21), "quiet_to": time(7)}


@pytest.fixture
def wish(acts, readers):
    """Let Maya wish for something; mails go on unless she says otherwise."""

    def run(**told):
        return acts(
            set_wishes,
            ChooseWishes(**{"keep_history": False, "mails": True, **told}),
            readers.Maya.actor,
        )

    return run


@pytest.fixture
def read_so_far(acts, readers):
    def run(reader=None, **look):
        found = acts(my_past_loans, LookBack(**look), (reader or readers.Maya).actor)
        return [loan.id for loan in found.items]

    return run


def test_nothing_is_kept_unless_it_was_wished_before_the_return(
    wood, lend, take_back, wish, read_so_far
):
    lend()
    take_back()
    assert read_so_far() == []
    wish(keep_history=True)
    assert read_so_far() == []
    lend()
    assert read_so_far() == []
    take_back()
    assert len(read_so_far()) == 1


def test_who_wants_no_list_any_more_has_none(wood, lend, take_back, wish, read_so_far):
    wish(keep_history=True)
    lend()
    take_back()
    wish()
    assert read_so_far() == []
    wish(keep_history=True)
    assert read_so_far() == []


def test_nobody_sees_what_another_has_read(wood, lend, take_back, wish, read_so_far, readers):
    wish(keep_history=True)
    lend()
    take_back()
    assert read_so_far(readers.Ben) == []


def test_the_list_is_read_page_by_page(wood, lend, take_back, wish, acts, readers):
    wish(keep_history=True)
    for _time in range(3):
        lend()
        take_back()
    first = acts(my_past_loans, LookBack(limit=2), readers.Maya.actor)
    rest = acts(my_past_loans, LookBack(limit=2, before=first.before), readers.Maya.actor)
    lent = [loan.out_at for page in (first, rest) for loan in page.items]
    assert (lent, rest.before) == (sorted(lent, reverse=True), "")
    assert len({loan.id for page in (first, rest) for loan in page.items}) == 3


def test_only_readers_have_wishes_and_quiet_has_two_ends(acts, wish, readers):
    stranger = readers.Maya.actor.__class__(12, "Stranger", readers.Maya.actor.permissions, "x")
    with pytest.raises(UnknownPatron):
        acts(set_wishes, ChooseWishes(keep_history=False, mails=True), stranger)
    with pytest.raises(HalfQuiet):
        wish(quiet_from=time(21))


def moment(*numbers):
    return datetime(2026, 3, *numbers, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "start", "end", "then"),
    [
        (moment(10, 20, 59), time(21), time(7), moment(10, 20, 59)),
        (moment(10, 21), time(21), time(7), moment(11, 7)),
        (moment(11, 6, 59), time(21), time(7), moment(11, 7)),
        (moment(11, 7), time(21), time(7), moment(11, 7)),
        (moment(11, 13), time(12), time(14), moment(11, 14)),
        (moment(11, 15), time(12), time(14), moment(11, 15)),
        (moment(11, 15), time(8), time(8), moment(11, 15)),
        (moment(11, 15), None, None, moment(11, 15)),
        # The clock changes on the 29th: seven in the morning is six in UTC.
        (moment(28, 23), time(21), time(7), moment(29, 6)),
    ],
)
def test_quiet_hours_end_by_the_clock_of_the_house(now, start, end, then):
    assert after_quiet(now, "Europe/London", start=start, end=end) == then


@pytest.fixture
def seen(acts, readers):
    """What Maya may read of now, as kinds and the moments of which they speak."""

    def run():
        notices = acts(my_notices, MyNotices(), readers.Maya.actor)
        return {notice.kind: notice.created_at for notice in notices}

    return run


@pytest.fixture
def recalled_at(acts, lend, town, clock, wood, seen):
    """Recall Maya's loan at some hour; return what she was told and when mails leave."""
    with town.database.begin() as connection:
        connection.execute(text("UPDATE people_person SET email = 'maya@sanroque.test'"))

    def run(hour):
        loan = lend()
        clock.set(2026, 3, 10, hour)
        Worker(town).drain()
        acts(recall_loan, asked.ChooseLoan(id=loan.id))
        Worker(town).drain()
        told = seen()
        with town.sessions() as db:
            mails = db.scalars(select(JobRow.run_at).filter_by(name="core.send-mail")).all()
        return told, mails

    return run


def test_no_message_is_told_before_the_quiet_hours_end(
    wish, recalled_at, acts, seen, readers, clock
):
    wish(**NIGHT)
    told, mails = recalled_at(22)
    assert "library.recalled" not in told
    assert mails == [moment(11, 7)]
    assert acts(unread, CountUnread(), readers.Maya.actor) == len(told)
    acts(mark_read, MarkRead(), readers.Maya.actor)  # What nobody has seen is not read.
    clock.set(2026, 3, 11, 7)
    assert seen()["library.recalled"] == moment(11, 7)
    assert acts(unread, CountUnread(), readers.Maya.actor) == 1


def test_a_message_is_told_at_once_in_the_day(wish, recalled_at):
    wish(**NIGHT)
    told, [moved] = recalled_at(12)
    assert "library.recalled" in told
    assert moved < moment(10, 13)  # Done already; while a job runs, it is put off by a minute.


def test_who_wants_no_mails_reads_it_in_the_account(wish, recalled_at):
    wish(mails=False)
    told, mails = recalled_at(12)
    assert ("library.recalled" in told, mails) == (True, [])


def test_the_page_keeps_wishes(signed_in, wood, lend, take_back, readers):
    maya = signed_in(name="Maya Santos", person=readers.Maya.person)
    there = "/library/me/wishes"
    page = maya.client.get(there).text
    assert page.count("checked") == 1  # Mails go out until she says otherwise.
    token = {"csrf_token": maya.token}
    half = maya.client.post(there, data={"quiet_from": "21:00", **token})
    assert (half.status_code, "leave both empty" in half.text) == (422, True)
    told = {"keep_history": "true", "quiet_from": "21:00", "quiet_to": "07:00"}
    assert maya.client.post(there, data={**told, **token}).status_code == 303
    page = maya.client.get(there).text
    assert (page.count("checked"), 'value="21:00"' in page) == (1, True)
    past = maya.client.get("/library/me/past-loans").text
    assert "Nothing is kept of what you have read." in past
    lend()
    take_back()
    assert "Norwegian Wood" in maya.client.get("/library/me/past-loans").text
