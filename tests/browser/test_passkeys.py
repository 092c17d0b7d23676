"""A passkey is added, signs in without a name, confirms and is removed, in a real browser."""

import pytest

from tests.browser.acting import follow, press, says
from tests.browser.soundness import Visit

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def come_with_device(come_as, signed_in_states):
    """Open a page in a browser with a device that makes passkeys, whose holder it verifies."""

    def come(person, theme, width):
        signed_in_states.clear()  # Who makes a passkey must have signed in minutes ago.
        page = come_as(person, theme, width)
        chromium = page.context.new_cdp_session(page)
        chromium.send("WebAuthn.enable")
        added = chromium.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
        return page, chromium, added["authenticatorId"]

    yield come
    signed_in_states.clear()  # What a passkey has ended or renewed opens nothing to other tests.


def leave(page):
    page.context.clear_cookies(name="townsquare-session")
    page.goto("/account/sign-in")


def test_a_passkey_from_its_making_to_its_end(come_with_device, town_address):
    page, chromium, device = come_with_device("Rosa Dizon", "light", 390)
    page.goto("/account/passkeys/new")
    assert Visit(page, town_address).complaints("/account/passkeys/new") == []
    page.get_by_label("Name").fill("Blue phone")
    press(page, "Make the passkey")
    assert page.locator("main .ts-code").count() == 10
    follow(page, "I have kept them")
    assert page.get_by_role("rowheader", name="Blue phone").is_visible()
    assert Visit(page, town_address).complaints("/account") == []
    leave(page)
    assert Visit(page, town_address).complaints("/account/sign-in") == []
    press(page, "Sign in with a passkey")
    page.goto("/account/confirmation")
    assert page.get_by_label("Password").count() == 0
    assert Visit(page, town_address).complaints("/account/confirmation") == []
    press(page, "Use a passkey")
    chromium.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    page.goto("/account/confirmation")
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_text("No passkey was given").wait_for()
    assert Visit(page, town_address).of_axe() == []
    chromium.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": True})
    page.goto("/account")
    row = page.get_by_role("row").filter(has_text="Blue phone")
    row.get_by_role("button", name="Remove").first.click()
    press(page, "Remove", within=page.locator("dialog[open]"))
    says(page, "That passkey is removed")
    leave(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    says(page, "This passkey was not accepted")
    assert Visit(page, town_address).of_axe() == []


def test_without_a_script_the_buttons_are_not_there(come_as):
    page = come_as("a guest", java_script_enabled=False)
    page.goto("/account/sign-in")
    assert page.get_by_role("button", name="Sign in", exact=True).first.is_visible()
    assert not page.get_by_role("button", name="Sign in with a passkey").is_visible()
