"""The journeys of the library in a real browser, on the demo town."""

from pathlib import Path

import pytest

from tests.browser.acting import becomes, enter, follow, press, said, says, scan
from tests.browser.soundness import OVERFLOW, Visit

MARC = Path(__file__).parents[1] / "data" / "library" / "marc" / "marc.dat"
BAD = MARC.with_name("bad_tag.xml")
BILLS = MARC.parents[1] / "librarieswest_bills_two_authorities.csv.gz"


def send(page, file):
    """Try a file of records."""
    page.goto("/library/imports")
    page.get_by_label("File").set_input_files(file)
    press(page, "Read the file")


def figures(page):
    """Return what an import came to: read, new, changed, same, refused."""
    return page.get_by_role("row").nth(1).get_by_role("cell").all_inner_texts()[:5]


def test_a_librarian_lends_and_takes_back_with_the_keyboard_alone(come_as, town_address):
    page = come_as("Dina Park")
    page.goto("/library/desk")
    scan(page, "LC-0000")
    says(page, "There is no card LC-0000")
    scan(page, "LC-2001")
    assert page.locator("h1").inner_text() == "Ben Okafor"
    scan(page, "TS000001")
    says(page, "Norwegian Wood is lent until")
    assert page.get_by_role("link", name="Norwegian Wood").is_visible()
    scan(page, "TS000001")
    says(page, "already on loan")
    assert Visit(page, town_address).of_axe() == []
    page.goto("/library/desk/returns")
    scan(page, "TS000001")
    says(page, "Norwegian Wood is back")
    scan(page, "TS000001")
    says(page, "was not on loan")


def test_a_limit_is_lifted_only_with_a_reason(come_as):
    page = come_as("Olga Lim")
    page.goto("/library/desk?card=LC-1001")
    tried = [f"TS00{number}" for number in range(1001, 1012)]
    while "limit of 5" not in said(page):
        scan(page, tried.pop())
    scan(page, "TS000001")
    says(page, "limit of 5")
    page.get_by_label("Why").fill("For the exam")
    enter(page)
    says(page, "Norwegian Wood is lent until")
    page.goto("/library/desk/returns")
    scan(page, "TS000001")
    says(page, "Norwegian Wood is back")


def test_a_reader_keeps_a_book_for_longer_unless_somebody_waits(come_as):
    page = come_as("Maya Santos", width=390)
    page.goto("/library/me")
    press(page, "Keep it longer Wild")
    says(page, "is yours until")
    press(page, "Keep it longer Wonder")
    says(page, "wait")


def test_a_reader_waits_and_leaves_the_queue_without_a_script(come_as):
    page = come_as("Ben Okafor", java_script_enabled=False)
    page.goto("/library?words=siddhartha")
    follow(page, "Siddhartha")
    follow(page, "Wait for it")
    page.get_by_label("Collect at").select_option("central-library")
    press(page, "Wait for it")
    assert "in the queue; expect it by" in page.locator("body").inner_text()
    row = page.get_by_role("row").filter(has_text="Siddhartha")
    row.get_by_role("button", name="Leave the queue").first.click()
    press(page, "Leave the queue", row.get_by_role("dialog"))
    assert page.get_by_role("row").filter(has_text="Siddhartha").count() == 0


def test_a_late_return_is_paid_in_parts_with_a_receipt_each(come_as):
    page = come_as("Dina Park")
    page.goto("/library/patrons?words=Maya")
    follow(page, "Maya Santos")
    follow(page, "Take a payment")
    numbers = []
    for amount in ("1.00", "0.50"):
        page.get_by_label("Amount").fill(amount)
        press(page, "Take the money")
        numbers.append(page.locator(".ts-code").first.inner_text())
        follow(page, "Back to the reader")
        if page.get_by_role("link", name="Take a payment").count():
            follow(page, "Take a payment")
    assert len(set(numbers)) == 2
    assert page.get_by_role("link", name="Take a payment").count() == 0


def test_a_part_of_a_payment_goes_back_with_a_receipt_of_its_own(come_as, town_address):
    page = come_as("Olga Lim")
    page.goto("/library/payments")
    # Not Maya's, whose charges another journey settles.
    rows = page.get_by_role("row").filter(has_not_text="Maya Santos")
    paid = rows.filter(has_text="Pay back").filter(has=page.get_by_role("link")).first
    number = paid.get_by_role("link").first.inner_text()
    follow(page, f"Pay back {number}")
    page.get_by_label("Amount").fill("0.25")
    press(page, "Pay it back")
    says(page, "There is a problem")
    page.get_by_label("Why").fill("Charged by mistake")
    press(page, "Pay it back")
    assert "0.25 was paid back" in page.locator("h1").inner_text()
    assert page.locator("dd").get_by_text(number, exact=True).is_visible()
    assert Visit(page, town_address).of_axe() == []
    own = page.locator(".ts-code").inner_text()
    assert own != number
    page.goto("/library/payments")
    follow(page, number, exact=True)
    follow(page, own)
    assert "0.25 was paid back" in page.locator("h1").inner_text()


def test_a_reader_is_registered_with_a_card_to_print(come_as):
    page = come_as("Dina Park")
    page.goto("/library/patrons/new")
    told = {"Given name": "Zoë", "Number": "N-1", "Card": "LC-9901"}
    for label, text in told.items():
        page.get_by_label(label, exact=False).first.fill(text)
    page.get_by_label("Class").select_option("student")
    page.get_by_label("Home branch").select_option("central-library")
    press(page, "Register")
    assert page.locator("h1").inner_text() == "Zoë"
    follow(page, "Card", exact=True)
    assert page.get_by_role("img", name="LC-9901").count() == 2
    follow(page, "Zoë")
    page.get_by_role("link", name="Card", exact=True).wait_for()


def test_records_are_tried_taken_in_once_and_the_same_afterwards(come_as):
    page = come_as("Emil Novak")
    send(page, MARC)
    page.get_by_role("button", name="Take these records in").click(timeout=20_000)
    page.locator("h1").get_by_text("Taken in").wait_for(timeout=20_000)
    assert figures(page) == ["20", "20", "0", "0", "0"]
    send(page, MARC)
    page.get_by_text("There is nothing here to take in.").wait_for(timeout=20_000)
    assert figures(page) == ["20", "0", "0", "20", "0"]


def test_columns_are_chosen_and_an_import_is_taken_back(come_as, town_address, tmp_path):
    table = tmp_path / "nachlass.csv"
    table.write_text("Werk;Wer\nDer Turm im Moor;Anna Beispiel\nDie Uhr im Turm;Bo Muster\n")
    page = come_as("Emil Novak")
    send(page, table)
    press(page, "Read the columns so")
    says(page, "Choose the column that holds the titles")
    assert Visit(page, town_address).of_axe() == []
    page.get_by_label("Title", exact=True).select_option("Werk")
    page.get_by_label("Authors (optional)").select_option("Wer")
    press(page, "Read the columns so")
    page.get_by_role("button", name="Take these records in").click(timeout=20_000)
    page.locator("h1").get_by_text("Taken in").wait_for(timeout=20_000)
    assert figures(page) == ["2", "2", "0", "0", "0"]
    here = page.url
    page.goto("/library?words=turm+moor")
    page.get_by_role("link", name="Der Turm im Moor").wait_for()
    page.goto(here)
    page.get_by_text("Take this import back").click()
    press(page, "Take it back")
    page.locator("h1").get_by_text("Undone").wait_for()
    becomes(page, "/library?words=turm+moor", "Nothing matches")


def test_a_damaged_file_is_refused_with_its_reason(come_as):
    page = come_as("Emil Novak")
    send(page, BAD)
    page.get_by_text("leader").first.wait_for(timeout=20_000)
    assert page.get_by_role("button", name="Take these records in").count() == 0


def test_rules_explain_themselves(come_as):
    page = come_as("Olga Lim")
    page.goto("/library/rules")
    page.get_by_label("Class").select_option("faculty")
    press(page, "Explain")
    assert "Line 20 applies" in page.locator("main").inner_text()
    assert "Line 10, because" in page.locator("main").inner_text()


@pytest.mark.parametrize(("width", "scripts"), [(390, False), (1280, True)])
def test_new_rules_are_filled_in_line_by_line(come_as, width, scripts):
    page = come_as("Olga Lim", width=width, java_script_enabled=scripts)
    page.goto("/library/rules/new")
    students = page.locator("fieldset").filter(has_text="Line 30")
    students.get_by_label("Days", exact=True).fill("-1")
    press(page, "Add a line")
    fresh = page.locator("fieldset").last
    fresh.get_by_label("Line").fill("50")
    fresh.get_by_label("Material").fill("all but book, map")
    press(page, "More", within=fresh)
    fresh.get_by_label("Holds at once").fill("3")
    fresh.get_by_label("Holds at once").press("Enter")
    says(page, "Enter 0 or more.")
    assert students.get_by_label("Days", exact=True).input_value() == "-1"
    students.get_by_label("Days", exact=True).fill("21")
    press(page, "Take out", within=page.locator("fieldset").filter(has_text="Line 40"))
    press(page, "Try them")
    tried = page.locator("main").inner_text()
    assert "Nothing is published yet." in tried
    assert "Days 14 → 21" in tried
    assert fresh.get_by_label("Holds at once").input_value() == "3"
    assert page.evaluate(OVERFLOW) == 0


@pytest.mark.parametrize("name", ["circulation", "titles", "charges"])
def test_a_report_is_a_page_a_table_and_two_files(come_as, name):
    page = come_as("Olga Lim")
    page.goto(f"/library/reports/{name}")
    assert page.locator("canvas").is_visible()
    assert page.get_by_role("row").count() > 1
    for link, kind in (("CSV", "text/csv"), ("PDF", "application/pdf")):
        address = page.get_by_role("link", name=link, exact=True).get_attribute("href")
        answer = page.context.request.get(address)
        assert answer.headers["content-type"].startswith(kind)


@pytest.mark.parametrize("width", [390, 1280])
def test_a_manager_sums_published_figures(come_as, town_address, width):
    page = come_as("Olga Lim", width=width)
    page.goto("/library/reports")
    follow(page, "Published figures")
    assert Visit(page, town_address).complaints("/library/reports/published") == []
    page.get_by_label("File").set_input_files(BILLS)
    press(page, "Show")
    assert page.locator("canvas").is_visible()
    assert "137559.75" in page.get_by_role("row").filter(has_text="OVERDUE").inner_text()
    page.get_by_text("10959 of them hide small numbers (*)").wait_for()
    assert Visit(page, town_address).of_axe() == []
    assert page.evaluate(OVERFLOW) == 0
    with page.expect_download() as saved:
        page.get_by_label("File").set_input_files(BILLS)
        page.get_by_role("button", name="Save as PDF").click()
    assert saved.value.suggested_filename.endswith(".pdf")
