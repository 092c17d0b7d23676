"""How people come to a town with a browser: one Chromium, and a window for each of them."""

from contextlib import contextmanager

from tests.browser.soundness import HEIGHT

QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)


@contextmanager
def one_chromium(path):
    """Run a Chromium; while it runs, its loop keeps tests of this thread from running their own."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield started
        started.close()


@contextmanager
def emptied(browser):
    """Lend a browser; what was opened in it is closed afterwards."""
    yield browser
    for context in browser.contexts:
        context.close()


def comers(browser, address, states):
    """Return what opens a page of a town as a person, in a theme and width.

    `states` keeps the cookies of those who have signed in already.
    """

    def come(person="a guest", theme="light", width=1280, **wishes):
        state = states.get(person)
        context = browser.new_context(
            base_url=address,
            viewport={"width": width, "height": HEIGHT},
            reduced_motion="reduce",
            storage_state=state,
            **wishes,
        )
        context.add_cookies([{"name": "townsquare-theme", "value": theme, "url": address}])
        page = context.new_page()
        if person != "a guest" and state is None:
            page.goto("/account/sign-in")
            page.get_by_role("button", name=person).click()
            page.wait_for_url(address + "/")
            states[person] = context.storage_state()
        return page

    return come
