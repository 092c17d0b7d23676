"""The time that a sign-in takes tells nobody who has an account here."""

from dataclasses import replace
from time import process_time

import pytest
from sqlalchemy import update

from tests.kit.browsers import PASSWORD, Browser
from townsquare.app import assemble
from townsquare.core.identity import entrance, passwords
from townsquare.core.identity.models import AccountRow
from townsquare.core.identity.passwords import fits, hashed

pytestmark = pytest.mark.engines("sqlite")
ROUNDS, CLOSE = 50, 15.0  # Milliseconds between the kinds that nobody sees through a network.
# Who listens at the door compares the quickest answers: only the slow ones tell what else the
# machine was at (Crosby, Wallach, Riedi: Opportunities and limits of remote timing attacks, 2009).
QUICKEST = 0.1
KINDS = ("wrong@example.org", "disabled@example.org", "nobody@example.org")


@pytest.fixture
def undisturbed(monkeypatch):
    """Digests with the priority of the rest: who is pushed aside works longer for the same."""
    monkeypatch.setattr(passwords, "LOWER", 0)


@pytest.fixture
def serious(town, undisturbed):
    """The town with digests in earnest, and with an account that may enter and one that may not."""
    kept = {"created_at": town.now(), "confirmed_at": town.now()}
    kept["password_hash"] = hashed(PASSWORD, demo=False)
    with town.sessions.begin() as db:
        for email in KINDS[:2]:
            db.add(AccountRow(email=email, name="Maya", person=email, **kept))
        db.flush()
        disabled = AccountRow.email == KINDS[1]
        db.execute(update(AccountRow).where(disabled).values(disabled_at=town.now()))
    return assemble(replace(town, settings=replace(town.settings, demo=False)))


def spread(house, clock, rounds):
    """Return how far the quick answers lie apart, in milliseconds of work in all threads."""
    browser, took = Browser(house), {email: [] for email in KINDS}
    token = browser.token_of("/account/sign-in")
    for number in range(rounds):
        clock.advance(days=2)  # Failures are forgotten: each of these is the first.
        for email in (*KINDS[number % 3 :], *KINDS[: number % 3]):
            sent = {"email": email, "password": "wrong and long", "csrf_token": token}
            began = process_time()
            answer = browser.client.post("/account/sign-in", data=sent)
            took[email].append((process_time() - began) * 1000)
            if answer.status_code != 422:
                raise RuntimeError(answer.status)
    quick = [sorted(times)[int(rounds * QUICKEST)] for times in took.values()]
    return max(quick) - min(quick)


def test_the_time_of_a_sign_in_does_not_tell_who_has_an_account(serious, clock, measured):
    apart = spread(serious, clock, ROUNDS)
    measured(rounds=ROUNDS, worst_ms_between_quick_ones=round(apart))
    assert apart < CLOSE


def test_a_door_that_checks_nothing_for_strangers_would_be_found(serious, clock, monkeypatch):
    def hasty(password, digest, *, demo):
        return bool(digest) and fits(password, digest, demo=demo)

    monkeypatch.setattr(entrance, "fits", hasty)
    assert spread(serious, clock, 5) > CLOSE
