"""A town whose branches lie in several zones: a day is that of the branch, wherever it stands."""

from datetime import date, time

import pytest

from townsquare.services.library.commands import lending as wishes
from townsquare.services.library.commands.authorities import AddBranch
from townsquare.services.library.commands.catalogue import AddCopy
from townsquare.services.library.manifest import service
from townsquare.services.library.usecases.authorities import add_branch
from townsquare.services.library.usecases.copies import add_copy
from townsquare.services.library.usecases.policies import set_hours

FAR = "Pacific/Kiritimati"  # Fourteen hours before UTC, six before the town in Manila.


@pytest.fixture
def far(acts, wood):
    """A branch where it is tomorrow already, open from one to six at night of the town."""
    acts(add_branch, AddBranch(code="far", name="Far", zone=FAR))
    week = [{"weekday": day, "opens": time(0, 10), "closes": time(5)} for day in range(7)]
    acts(set_hours, wishes.SetHours(branch="far", week=week))
    acts(add_copy, AddCopy(document=wood.id, barcode="FAR1", branch="far"))


@pytest.fixture
def pages(signed_in, readers, far):
    """Read a page as Dina or as Maya, both signed in at this moment."""

    def look(path, *, as_maya=False):
        who = (
            signed_in(name="Maya Santos", person=readers.Maya.person)
            if as_maya
            else signed_in(*service.roles, name="Dina Park")
        )
        return who.client.get(path).text

    return look


def test_a_due_day_is_the_day_of_the_branch_on_every_page(pages, lend, readers, clock):
    clock.set(2026, 3, 2, 11)  # One in the night of the 3rd, there; the evening of the 2nd, here.
    loan = lend("FAR1")
    assert (loan.due_at.isoformat(), loan.zone) == ("2026-03-16T15:00:00+00:00", FAR)
    told = "Tue, Mar 17, 2026"  # Five in the morning, there; 11 in the night of the 16th, here.
    for path in ("/library/loans", f"/library/patrons/{readers.Maya.id}"):
        assert told in pages(path)
    assert told in pages("/library/desk?card=LC-1001")
    assert told in pages("/library/me", as_maya=True)
    clock.set(2026, 3, 15, 11)
    assert told in pages("/", as_maya=True)
    assert "Mar 16, 2026" not in pages("/library/loans")


def test_what_the_desk_says_at_once_is_what_the_lists_say_later(signed_in, readers, far, clock):
    clock.set(2026, 3, 2, 11)
    dina = signed_in(*service.roles, name="Dina Park")
    sent = {"barcode": "FAR1", "card": "LC-1001", "csrf_token": dina.token}
    answer = dina.client.post("/library/desk/loans", data=sent)
    assert "is lent until Tue, Mar 17, 2026" in dina.client.get(answer.location).text


def test_a_hold_is_collected_on_days_of_its_branch(pages, wait, take_back, lend, clock):
    lend("FAR1")
    wait("LC-1001", branch="far", barcode="FAR1")
    clock.set(2026, 3, 2, 11)
    back = take_back("FAR1", branch="far")
    assert back.ready_until.isoformat()[10:16] == "T15:00"  # Eleven in the night of the town.
    there = (back.ready_until.date().replace(day=back.ready_until.day + 1)).strftime("Mar %-d")
    assert f"{there}, 2026" in pages("/library/holds")
    assert f"{there}, 2026" in pages("/library/me", as_maya=True)


@pytest.mark.parametrize(
    ("branch", "hour", "day"),
    [("far", 9, 16), ("far", 11, 17), ("north", 9, 16), ("north", 23, 16)],
)
def test_a_reader_expects_a_copy_on_a_day_of_the_branch(wait, far, clock, branch, hour, day):
    clock.set(2026, 3, 2, hour)
    assert wait("LC-1001", branch=branch, barcode="FAR1").expected_on == date(2026, 3, day)
