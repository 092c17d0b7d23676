"""What people do on a page, each step waited for: a click only starts what it asks for."""

from playwright.sync_api import TimeoutError as NotYet
from playwright.sync_api import expect

ANSWERS = "[role=alert], [role=status]"


def scan(page, text):
    """Type into the field that has the focus, as a scanner does, and wait for the answer."""
    page.locator("input:focus").wait_for()
    page.keyboard.press("Control+A")
    page.keyboard.type(text)
    enter(page)


def enter(page):
    """Send the form with the keyboard and wait for the page that answers."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def follow(page, name, **options):
    """Follow the link of this name to its page."""
    with page.expect_navigation():
        page.get_by_role("link", name=name, **options).first.click()


def press(page, name, within=None):
    """Press the button of this name, here or within a part, and wait for the page that answers."""
    with page.expect_navigation():
        (within or page).get_by_role("button", name=name).first.click()


def says(page, text):
    """Expect that the page answers this."""
    expect(page.locator(ANSWERS).filter(has_text=text).first).to_be_visible()


def becomes(page, address, text, tries=20):
    """Load the page again until it shows this: what a worker does is seen later."""
    for _ in range(tries):
        page.goto(address)
        try:
            page.get_by_text(text).first.wait_for(timeout=1_000)
        except NotYet:
            continue
        break
    expect(page.get_by_text(text).first).to_be_visible()


def said(page):
    """Return what a page that has been waited for answers, in one line."""
    return " ".join(page.locator(ANSWERS).all_inner_texts())


def lend(page, card, barcode):
    """Lend a copy at the desk."""
    page.goto("/library/desk")
    scan(page, card)
    scan(page, barcode)


def take_back(page, barcode):
    """Take a copy back at the desk."""
    page.goto("/library/desk/returns")
    scan(page, barcode)


def register(page, name, card, kind):
    """Register a reader with a card of this class."""
    page.goto("/library/patrons/new")
    for label, text in {"Given name": name, "Number": f"N-{card}", "Card": card}.items():
        page.get_by_label(label, exact=False).first.fill(text)
    page.get_by_label("Class").select_option(kind)
    page.get_by_label("Home branch").select_option("central-library")
    press(page, "Register")
    page.get_by_role("heading", name=name, exact=True).wait_for()
