"""Somebody makes an account, sets a second step up, and comes in by it, in a real browser."""

import re
from email import message_from_bytes
from email.policy import SMTP
from time import time

import pyotp

from tests.browser.acting import follow, press
from tests.browser.soundness import Visit

NINA = "nina@sanroque.example"
PASSWORD = "seven red bicycles"  # noqa: S105 (the secret of nobody)


def mailed(data, page, tries=40):
    """Return the address in the mail to Nina, once the worker has laid it into the folder."""
    for _try in range(tries):
        for path in (data / "mail").glob("*.eml"):
            mail = message_from_bytes(path.read_bytes(), policy=SMTP)
            if mail["To"] == NINA:
                return re.search(r"/account/confirm/\S+", mail.get_content())[0]
        page.wait_for_timeout(250)
    return None


def sign_in(page):
    page.goto("/account/sign-in")
    page.get_by_label("E-mail").fill(NINA)
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Sign in", within=page.locator("main"))


def test_a_second_step_from_its_picture_to_the_next_sign_in(come_as, town_address, demo_data):
    page = come_as("a guest", "light", 390)
    page.goto("/account/sign-up")
    page.get_by_label("Name").fill("Nina Reyes")
    page.get_by_label("E-mail").fill(NINA)
    page.get_by_label("New password").fill(PASSWORD)
    press(page, "Make", within=page.locator("main"))
    page.goto(mailed(demo_data, page))
    press(page, "Confirm my address")
    sign_in(page)
    assert Visit(page, town_address).complaints("/account/confirmation") == []  # By the password.
    assert Visit(page, town_address).complaints("/account") == []
    press(page, "Set up the second step")
    assert Visit(page, town_address).complaints("/account/second-step/set-up") == []
    app = pyotp.TOTP(page.locator(".ts-code").inner_text().replace(" ", ""))
    page.get_by_label("Code").fill(app.at(time()))
    press(page, "Set up")
    assert page.locator("main .ts-code").count() == 10
    assert Visit(page, town_address).of_axe() == []
    follow(page, "I have kept them")
    assert Visit(page, town_address).complaints("/account") == []
    page.context.clear_cookies(name="townsquare-session")
    sign_in(page)
    assert Visit(page, town_address).complaints("/account/sign-in/code") == []
    page.get_by_label("Code").fill("000000")
    press(page, "Sign in", within=page.locator("main"))
    assert page.get_by_role("alert").is_visible()
    page.get_by_label("Code").fill(app.at(time(), counter_offset=1))
    press(page, "Sign in", within=page.locator("main"))
    assert Visit(page, town_address).complaints("/account/confirmation") == []
    page.goto("/account")
    assert page.get_by_text("10 recovery codes are left").is_visible()
