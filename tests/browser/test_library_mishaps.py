"""What goes wrong in a library, in a real browser: recalls, losses, visitors who leave early."""

import pytest

from tests.browser.soundness import Visit


@pytest.fixture
def desk(come_as):
    return come_as("Dina Park")


def scan(page, text):
    """Type into the field that has the focus, as a scanner does, and wait for the answer."""
    page.keyboard.press("Control+A")
    page.keyboard.type(text)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def said(page):
    """Return what the page answers, in one line."""
    return " ".join(page.locator("[role=alert], [role=status]").all_inner_texts())


def lend(page, card, barcode):
    page.goto("/library/desk")
    scan(page, card)
    scan(page, barcode)


def take_back(page, barcode):
    page.goto("/library/desk/returns")
    scan(page, barcode)


def test_a_recalled_book_is_due_sooner_and_cannot_be_kept(come_as, desk, town_address):
    lend(desk, "LC-1002", "TS000162")
    title = desk.get_by_role("row").last.get_by_role("link").inner_text()
    rosa, ben = come_as("Rosa Dizon"), come_as("Ben Okafor", width=390)
    rosa.goto("/library/me")
    row = rosa.get_by_role("row").filter(has_text=title)
    due = row.get_by_role("cell").nth(1).inner_text()
    ben.goto(row.get_by_role("link", name=title).get_attribute("href"))
    ben.get_by_role("link", name="Wait for it").click()
    ben.get_by_label("Ask for it back early").check()
    ben.get_by_role("button", name="Wait for it").click()
    assert "You are number 1 in the queue" in said(ben)
    assert Visit(rosa, town_address).complaints("/library/me") == []
    assert "Somebody waits for it" in row.inner_text()
    assert due not in row.inner_text()
    row.get_by_role("button", name="Keep it longer").click()
    assert "asked for this copy back" in said(rosa)
    take_back(desk, "TS000162")
    assert "waits for card LC-2001: hold shelf" in said(desk)
    lend(desk, "LC-1002", "TS000162")
    assert "another reader" in said(desk)
    lend(desk, "LC-2001", "TS000162")
    assert "is lent until" in said(desk)
    take_back(desk, "TS000162")


def test_a_lost_book_is_paid_for_and_its_price_goes_back_when_it_is_found(desk, town_address):
    lend(desk, "LC-1002", "TS000163")
    document = desk.get_by_role("link", name="The Stranger").get_attribute("href")
    desk.get_by_role("button", name="Lost The Stranger").click()
    desk.get_by_role("dialog").get_by_role("button", name="It is lost").click()
    assert "was charged" in said(desk)
    assert desk.get_by_role("link", name="The Stranger").count() == 0
    desk.get_by_role("link", name="Take a payment").click()
    desk.get_by_role("button", name="Take the money").click()
    assert "was paid" in desk.locator("h1").inner_text()
    desk.goto(document)
    desk.get_by_role("link", name="TS000163").click()
    assert "Lost" in desk.locator("h1").inner_text()
    assert Visit(desk, town_address).of_axe() == []
    desk.get_by_role("button", name="It was found").click()
    assert "the price that was paid" in said(desk)


def test_a_damaged_copy_is_not_lent_until_it_is_mended(desk, town_address):
    desk.goto("/library?words=the+lost+hero")
    desk.get_by_role("link", name="The Lost Hero").first.click()
    desk.get_by_role("link", name="TS000164").click()
    there = desk.url
    desk.get_by_role("button", name="It is damaged").click()
    lend(desk, "LC-1002", "TS000164")
    assert "is lent until" not in said(desk)
    desk.goto(there)
    desk.get_by_role("button", name="It is mended").click()
    assert desk.get_by_role("button", name="It is damaged").is_visible()


def test_a_visitor_without_a_deposit_is_refused_and_gets_it_back_in_the_end(desk, town_address):
    register(desk, "Nils", "LC-9902", "visitor")
    desk.get_by_role("link", name="Lend").click()
    scan(desk, "TS000165")
    assert "deposit" in said(desk)
    desk.get_by_role("link", name="Open the reader's page").click()
    desk.get_by_role("link", name="Deposit").click()
    there = desk.url.removeprefix(town_address)
    assert Visit(desk, town_address).complaints(there) == []
    desk.get_by_label("Amount").fill("20.00")
    desk.get_by_role("button", name="Take the money").click()
    assert "20.00 was paid" in desk.locator("h1").inner_text()
    lend(desk, "LC-9902", "TS000165")
    assert "is lent until" in said(desk)
    take_back(desk, "TS000165")


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
def test_the_manager_gives_a_deposit_back(come_as, town_address, theme, width):
    card = f"LC-99{width}"
    page = come_as("Olga Lim", theme, width)
    register(page, "Tove", card, "visitor")
    page.get_by_role("link", name="Deposit").click()
    page.get_by_label("Amount").fill("20.00")
    page.get_by_role("button", name="Take the money").click()
    page.get_by_role("link", name="Back to the reader").click()
    page.get_by_role("link", name="Deposit").click()
    there = page.url.removeprefix(town_address)
    assert Visit(page, town_address).complaints(there) == []
    page.get_by_role("button", name="Give it back").click()
    assert "20.00 back" in said(page)


def register(page, name, card, kind):
    """Register a reader with a card of this class."""
    page.goto("/library/patrons/new")
    for label, text in {"Given name": name, "Number": f"N-{card}", "Card": card}.items():
        page.get_by_label(label, exact=False).first.fill(text)
    page.get_by_label("Class").select_option(kind)
    page.get_by_label("Home branch").select_option("central-library")
    page.get_by_role("button", name="Register").click()
    page.get_by_role("heading", name=name, exact=True).wait_for()
