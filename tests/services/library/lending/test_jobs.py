"""What the library does by the clock: it ends holds, and gives up what will not come back."""

import pytest
from sqlalchemy import text

from townsquare.core.cron import read_cron
from townsquare.core.invariants import breaches
from townsquare.core.rebuilding import write_again
from townsquare.core.usecase import Actor
from townsquare.core.worker import Worker
from townsquare.services.library.commands.lending import PublishRules
from townsquare.services.library.commands.notices import LookAtLoans, TellOfLoan
from townsquare.services.library.jobs import GIVING_UP, JOBS
from townsquare.services.library.usecases.overdue import give_up_late_loans, give_up_loan
from townsquare.services.library.usecases.policies import publish_rules

CLERK = Actor(0, "job", GIVING_UP)


@pytest.fixture
def at_night(town, clock):
    """Let the clock of the town strike, and all that it asks for be done."""
    Worker(town).drain()

    def run(*day):
        clock.set(*day, 23)
        Worker(town).drain()

    return run


def state_of(town, barcode="TS1"):
    with town.database.begin() as connection:
        chosen = text("SELECT state FROM library_copy WHERE barcode = :barcode")
        return connection.scalar(chosen, {"barcode": barcode})


def dead(town):
    with town.database.begin() as connection:
        return connection.scalar(text("SELECT count(*) FROM core_job WHERE state = 'dead'"))


def test_a_hold_that_nobody_fetches_ends_by_itself(at_night, lend, take_back, wait, queue):
    lend()
    wait("LC-2001")
    wait("LC-3001")
    take_back()
    at_night(2026, 3, 9)
    assert queue() == [("LC-2001", "ready"), ("LC-3001", "waiting")]
    for _ in range(2):
        at_night(2026, 3, 10)
    assert queue() == [("LC-3001", "ready")]


def test_what_is_45_days_late_is_given_up_and_charged_once(
    town, at_night, wood, lend, owed, readers
):
    lend()  # Due on 16 March.
    at_night(2026, 4, 29)
    assert state_of(town) == "on_loan"
    for day in (30, 30):
        at_night(2026, 4, day)
    at_night(2026, 5, 1)
    assert state_of(town) == "lost"
    assert owed(readers.Maya) == [
        ("overdue", 500, 500),
        ("lost", 1899, 1899),
        ("processing", 300, 300),
    ]
    assert (dead(town), breaches(town)) == (0, {})


def test_rules_may_say_that_nothing_is_ever_given_up(town, acts, at_night, wood, lend):
    acts(publish_rules, PublishRules(rules=[{"priority": 99, "policy": {"lost_after_days": 0}}]))
    lend()
    at_night(2026, 12, 1)
    assert state_of(town) == "on_loan"


def test_a_copy_that_comes_back_meanwhile_is_not_given_up(acts, town, clock, wood, lend, take_back):
    loan = lend()
    clock.set(2026, 5, 5, 9)
    assert acts(give_up_late_loans, LookAtLoans(), CLERK) == 1
    take_back()
    assert acts(give_up_loan, TellOfLoan(loan=loan.id), CLERK) == 0
    Worker(town).drain()
    assert (state_of(town), dead(town)) == ("available", 0)


def test_every_job_is_allowed_what_it_does_and_has_a_time_that_comes():
    for job in JOBS:
        assert job.call.act.permission in job.permissions
        assert job.schedule is None or read_cron(job.schedule)


def test_the_search_over_everything_can_be_written_again(town, wood):
    with town.database.begin() as connection:
        connection.execute(text("DELETE FROM library_document_fts"))
    assert [write_again(town, own) for s in town.services for own in s.indexes] == [1]
    assert breaches(town) == {}
