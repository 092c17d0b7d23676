"""Who guesses at one account learns little in an hour, and shuts nobody out for good."""

import pytest

from tests.kit.browsers import Browser
from townsquare.core.errors import TooOften
from townsquare.core.identity import entrance, throttle
from townsquare.core.identity.commands import SignIn
from townsquare.core.identity.errors import NotRecognised

pytestmark = pytest.mark.engines("sqlite")
GUESSES, HOUR, MOST_EVALUATED = 10_000, 3600, 50


@pytest.fixture
def evaluated(app, clock, monkeypatch):
    """Guess so often at the account of Maya, spread over an hour; return how many were checked."""

    def guess(times):
        checked = []

        def wrong(*given, **_told):
            checked.append(given)
            return False

        with monkeypatch.context() as patch, app.test_request_context("/account/sign-in"):
            patch.setattr(entrance, "fits", wrong)
            for number in range(times):
                clock.advance(seconds=HOUR / GUESSES)
                wish = SignIn(email="maya@example.org", password=f"guess number {number}")
                with pytest.raises((NotRecognised, TooOften)):
                    entrance.sign_in(wish)
        return len(checked)

    return guess


def test_of_ten_thousand_guesses_in_an_hour_few_are_checked(app, maya, clock, evaluated, measured):
    maya.sign_in()
    checked = evaluated(GUESSES)
    measured(guesses=GUESSES, evaluated=checked)
    assert 5 <= checked <= MOST_EVALUATED
    assert maya.is_in  # Who is in stays in, whatever strangers do at the door.
    another = Browser(app)
    answer = another.sign_in()
    clock.advance(seconds=int(answer.headers.get("Retry-After", 0)))
    assert throttle.LONGEST_WAIT.total_seconds() >= int(answer.headers.get("Retry-After", 0))
    another.sign_in()
    assert another.is_in


def test_a_door_that_lets_everybody_try_would_be_found(maya, evaluated, monkeypatch):
    monkeypatch.setattr(throttle.InTheDatabase, "refuse", lambda *_given: None)
    assert evaluated(MOST_EVALUATED + 10) > MOST_EVALUATED
