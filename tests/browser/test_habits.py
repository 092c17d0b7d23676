"""What people do on every page: with the keyboard alone, without a script, on paper."""

import pytest

from tests.browser.acting import press


def test_a_guest_of_the_demo_steps_in_without_a_script(come_as):
    page = come_as(java_script_enabled=False)
    page.goto("/")
    press(page, "Step in as Maya Santos")
    assert "Maya Santos" in page.get_by_role("heading", level=1).inner_text()
    page.get_by_text("Maya Santos", exact=True).first.click()
    press(page, "Sign out")
    page.goto("/")
    assert page.get_by_role("link", name="Sign in").first.is_visible()


def test_the_menu_of_a_phone_opens_without_a_script(come_as):
    page = come_as(width=390, java_script_enabled=False)
    page.goto("/preferences")
    search = page.get_by_label("Search all services")
    assert not search.is_visible()
    page.get_by_role("button", name="Menu", exact=True).click()
    assert search.is_visible()


def test_preferences_are_kept_and_followed(come_as):
    page = come_as(theme="device")
    page.goto("/preferences")
    page.get_by_label("Dark").check()
    page.get_by_label("Very large").check()
    press(page, "Keep these preferences")
    assert page.get_by_role("status").first.inner_text().strip()
    root = page.locator("html")
    assert (root.get_attribute("data-bs-theme"), root.get_attribute("data-text")) == (
        "dark",
        "larger",
    )


def test_a_dark_device_is_followed_before_anybody_has_chosen(come_as):
    page = come_as(theme="device", color_scheme="dark")
    page.goto("/")
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"


def test_the_keyboard_alone_skips_searches_and_closes(come_as):
    page = come_as("Maya Santos")
    page.goto("/preferences")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to main content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"
    page.locator(".ts-menu summary").focus()
    page.keyboard.press("Enter")
    assert page.get_by_role("button", name="Sign out").is_visible()
    page.keyboard.press("Escape")
    assert not page.get_by_role("button", name="Sign out").is_visible()


def test_letters_move_through_a_list_until_they_are_switched_off(come_as):
    page = come_as()
    page.goto("/_patterns/lists")
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.textContent") == "R.U.R."
    page.keyboard.press("k")
    assert page.evaluate("document.activeElement.textContent") == "Middlemarch"
    page.keyboard.press("?")
    assert page.locator("#keys").get_attribute("open") is not None
    cookie = {"name": "townsquare-keys", "value": "off", "url": page.url}
    page.context.add_cookies([cookie])
    page.reload()
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.tagName") == "BODY"


def test_a_refused_form_takes_the_focus_and_keeps_what_was_typed(come_as):
    page = come_as()
    page.goto("/_patterns/refused")
    page.locator(".ts-err:focus").wait_for()
    page.locator(".ts-err").get_by_role("link", name="Copies").click()
    assert page.evaluate("document.activeElement.value") == "many"


@pytest.mark.parametrize("script", [True, False])
def test_a_dialog_asks_before_it_destroys(come_as, script):
    page = come_as(java_script_enabled=script)
    page.goto("/_patterns/states")
    page.get_by_role("button", name="Report as lost… LC-1001").click()
    assert page.get_by_role("button", name="Report it as lost").is_visible()
    page.keyboard.press("Escape")
    assert not page.get_by_role("button", name="Report it as lost").is_visible()


def test_a_dialog_keeps_the_focus_and_gives_it_back(come_as):
    page = come_as()
    page.goto("/_patterns/states")
    opener = page.get_by_role("button", name="Report as lost… LC-1001")
    opener.click()
    cancel = page.get_by_role("button", name="Cancel")
    assert cancel.evaluate("it => it === document.activeElement")
    page.evaluate("document.querySelector('.navbar-brand').focus()")
    assert cancel.evaluate("it => it === document.activeElement")
    cancel.click()
    assert opener.evaluate("it => it === document.activeElement")


def test_paper_shows_the_page_without_its_frame(come_as):
    page = come_as()
    page.goto("/_patterns/states")
    page.emulate_media(media="print")
    assert not page.get_by_role("banner").is_visible()
    assert page.get_by_text("LC-1001").first.is_visible()
    assert page.pdf()[:5] == b"%PDF-"


def test_nobody_sees_a_password_over_the_shoulder(come_as):
    page = come_as()
    page.goto("/account/sign-in")
    assert page.get_by_label("Password").get_attribute("type") == "password"
