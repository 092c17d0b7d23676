"""What goes wrong in a library, in a real browser: recalls, losses, visitors who leave early."""

import pytest

from tests.browser.acting import follow, lend, press, register, said, says, scan, take_back
from tests.browser.soundness import Visit


@pytest.fixture
def desk(come_as):
    return come_as("Dina Park")


def test_a_recalled_book_is_due_sooner_and_cannot_be_kept(come_as, desk, town_address):
    lend(desk, "LC-1002", "TS000162")
    title = desk.get_by_role("row").last.get_by_role("link").inner_text()
    rosa, ben = come_as("Rosa Dizon"), come_as("Ben Okafor", width=390)
    rosa.goto("/library/me")
    row = rosa.get_by_role("row").filter(has_text=title)
    due = row.get_by_role("cell").nth(1).inner_text()
    ben.goto(row.get_by_role("link", name=title).get_attribute("href"))
    follow(ben, "Wait for it")
    ben.get_by_label("Ask for it back early").check()
    press(ben, "Wait for it")
    says(ben, "You are number 1 in the queue")
    assert Visit(rosa, town_address).complaints("/library/me") == []
    assert "Somebody waits for it" in row.inner_text()
    assert due not in row.inner_text()
    press(rosa, "Keep it longer", row)
    says(rosa, "asked for this copy back")
    take_back(desk, "TS000162")
    says(desk, "waits for card LC-2001: hold shelf")
    lend(desk, "LC-1002", "TS000162")
    says(desk, "another reader")
    lend(desk, "LC-2001", "TS000162")
    says(desk, "is lent until")
    take_back(desk, "TS000162")


def test_a_lost_book_is_paid_for_and_its_price_goes_back_when_it_is_found(desk, town_address):
    lend(desk, "LC-1002", "TS000163")
    document = desk.get_by_role("link", name="The Stranger").get_attribute("href")
    desk.get_by_role("button", name="Lost The Stranger").click()
    press(desk, "It is lost", desk.get_by_role("dialog"))
    says(desk, "was charged")
    assert desk.get_by_role("link", name="The Stranger").count() == 0
    follow(desk, "Take a payment")
    press(desk, "Take the money")
    assert "was paid" in desk.locator("h1").inner_text()
    desk.goto(document)
    follow(desk, "TS000163")
    assert "Lost" in desk.locator("h1").inner_text()
    assert Visit(desk, town_address).of_axe() == []
    press(desk, "It was found")
    says(desk, "the price that was paid")


def test_a_damaged_copy_is_not_lent_until_it_is_mended(desk, town_address):
    desk.goto("/library?words=the+lost+hero")
    follow(desk, "The Lost Hero")
    follow(desk, "TS000164")
    there = desk.url
    press(desk, "It is damaged")
    lend(desk, "LC-1002", "TS000164")
    assert "is lent until" not in said(desk)
    desk.goto(there)
    press(desk, "It is mended")
    assert desk.get_by_role("button", name="It is damaged").is_visible()


def test_a_visitor_without_a_deposit_is_refused_and_gets_it_back_in_the_end(desk, town_address):
    register(desk, "Nils", "LC-9902", "visitor")
    follow(desk, "Lend")
    scan(desk, "TS000165")
    says(desk, "deposit")
    follow(desk, "Open the reader's page")
    follow(desk, "Deposit")
    there = desk.url.removeprefix(town_address)
    assert Visit(desk, town_address).complaints(there) == []
    desk.get_by_label("Amount").fill("20.00")
    press(desk, "Take the money")
    assert "20.00 was paid" in desk.locator("h1").inner_text()
    lend(desk, "LC-9902", "TS000165")
    says(desk, "is lent until")
    take_back(desk, "TS000165")


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
def test_the_manager_gives_a_deposit_back(come_as, town_address, theme, width):
    card = f"LC-99{width}"
    page = come_as("Olga Lim", theme, width)
    register(page, "Tove", card, "visitor")
    follow(page, "Deposit")
    page.get_by_label("Amount").fill("20.00")
    press(page, "Take the money")
    follow(page, "Back to the reader")
    follow(page, "Deposit")
    there = page.url.removeprefix(town_address)
    assert Visit(page, town_address).complaints(there) == []
    press(page, "Give it back")
    says(page, "20.00 back")
