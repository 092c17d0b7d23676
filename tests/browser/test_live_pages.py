"""A page that somebody looks at follows what others do."""


def test_the_queue_follows_what_another_desk_does(come_as):
    watching, acting = come_as("Dina Park"), come_as("Dina Park")
    for page in (watching, acting):
        page.goto("/library/holds")
    dialog = acting.locator("#queue dialog").first.get_attribute("id")
    assert watching.locator(f"#{dialog}").count() == 1
    acting.locator(f"[popovertarget={dialog}]").first.click()
    acting.locator(f"#{dialog}").get_by_role("button", name="End it").click()
    watching.locator(f"#{dialog}").wait_for(state="detached", timeout=10_000)
    assert watching.locator("#queue tr").count() > 1
    assert not watching.locator("[data-live-lost]").is_visible()


def test_a_stream_is_opened_also_when_its_script_comes_late(come_as):
    page = come_as("Dina Park")
    late = "**/hx-sse.min.js*"
    page.route(late, lambda route: (page.wait_for_timeout(300), route.continue_()))
    with page.expect_request("**/live/library.desk"):
        page.goto("/library/loans")
