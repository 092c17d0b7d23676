"""The pages of lending: a form that is refused is kept, and nothing typed is our mistake."""

import re
from types import SimpleNamespace

import pytest
from sqlalchemy import func, select

from townsquare.services.library.commands.lending import PublishRules
from townsquare.services.library.manifest import service
from townsquare.services.library.models.lending import HoldRow, LoanRow, PatronRow
from townsquare.services.library.pages import reports
from townsquare.services.library.queries.reports import REPORTS
from townsquare.services.library.usecases.policies import publish_rules

pytestmark = pytest.mark.shown

BOLD = "<b>Bold</b> & Söhne"
PASTE = "\r\n".join(f"TS{number:06}" for number in range(4_000))


def browsing(person):
    """Somebody at a browser: read a page, send a form."""

    def post(path, once="", **fields):
        sent = {**fields, "csrf_token": person.token, "once": once}
        return person.client.post(f"/library{path}", data=sent)

    def get(path):
        return person.client.get(f"/library{path}")

    return SimpleNamespace(get=get, post=post, client=person.client, token=person.token)


@pytest.fixture
def sign_in_dina(signed_in):
    """Let Dina sign in; whoever moves the clock far needs that again."""
    return lambda: browsing(signed_in(*service.roles, name="Dina Park"))


@pytest.fixture
def desk(sign_in_dina, wood, readers):
    """Dina at her browser, with Maya, Ben, Carla and one copy."""
    return sign_in_dina()


@pytest.fixture
def maya(signed_in, wood, readers):
    return browsing(signed_in(name="Maya Santos", person=readers.Maya.person))


@pytest.fixture
def counted(town):
    """How many rows of a table there are."""

    def run(table):
        with town.sessions() as db:
            return db.scalar(select(func.count(table.id)))

    return run


def test_a_copy_is_lent_and_taken_back_at_the_desk(desk, sign_in_dina, clock):
    assert desk.post("/desk", card="LC-1001").location == "/library/desk?card=LC-1001"
    lent = desk.post("/desk/loans", barcode="TS1", card="LC-1001")
    assert (lent.status_code, lent.location) == (303, "/library/desk?card=LC-1001")
    assert "Norwegian Wood is lent until" in desk.get("/desk?card=LC-1001").text
    clock.set(2026, 3, 26, 10)
    desk = sign_in_dina()
    assert desk.post("/desk/returns", barcode="TS1").status_code == 303
    assert "2.25" in desk.get("/desk/returns").text


@pytest.mark.parametrize(
    ("barcode", "card", "status", "said"),
    [
        ("TS9", "LC-1001", 404, "No copy has the barcode TS9; scan it again"),
        ("", "LC-1001", 422, "Fill in this field."),
        ("x" * 33, "LC-1001", 422, "Use at most 32 characters."),
        ("TS1\x07", "LC-1001", 422, "cannot be used here"),
        (PASTE, "LC-1001", 422, "cannot be used here"),
        ("TS1", "LC-3001", 422, "A deposit of"),
        ("TS9", "LC-9", 404, "no card LC-9"),
        ("图书馆", "LC-1001", 404, "图书馆"),
        ("<i>TS1</i>", "LC-1001", 404, "&lt;i&gt;TS1&lt;/i&gt;"),
    ],
)
def test_a_refused_scan_says_why(desk, counted, barcode, card, status, said):
    answer = desk.post("/desk/loans", barcode=barcode, card=card)
    assert (answer.status_code, said in answer.text) == (status, True)
    assert "<i>" not in answer.text.replace("<i class", "")
    assert counted(LoanRow) == 0


def test_an_unknown_card_is_asked_for_again(desk):
    answer = desk.post("/desk", card="LC-9")
    assert answer.status_code == 404
    assert 'value="LC-9"' in answer.text
    assert desk.get("/desk?card=LC-9").status_code == 404


def test_a_form_sent_twice_is_one_loan(desk, counted, take_back):
    first = desk.post("/desk/loans", once="one", barcode="TS1", card="LC-1001")
    take_back()
    again = desk.post("/desk/loans", once="one", barcode="TS1", card="LC-1001")
    assert (first.status_code, again.status_code, counted(LoanRow)) == (303, 409, 1)
    assert "it was done once" in again.text


def test_a_payment_sent_twice_is_one_receipt(sign_in_dina, late, readers, owed):
    desk = sign_in_dina()
    sent = {"amount": "1.00", "method": "cash"}
    for _ in range(2):
        desk.post(f"/patrons/{readers.Maya.id}/payment", once="one", **sent)
    assert owed(readers.Maya) == [("overdue", 225, 125)]


def test_a_form_without_its_token_changes_nothing(desk, counted):
    sent = {"barcode": "TS1", "card": "LC-1001"}
    answer = desk.client.post("/library/desk/loans", data=sent)
    assert (answer.status_code in {400, 403}, counted(LoanRow)) == (True, 0)


@pytest.fixture
def late(wood, lend, take_back, clock):
    """Maya owes 225."""
    lend()
    clock.set(2026, 3, 26, 10)
    take_back()


REGISTER = {"kind": "student", "number": "7", "card": "LC-7", "branch": "central"}


def test_html_in_a_name_is_text_on_every_page(desk, api, acts):
    made = desk.post("/patrons/new", given=BOLD, family="<script>", **REGISTER)
    assert made.status_code == 303
    desk.post("/desk/loans", barcode="TS1", card="LC-7")
    there = made.location.removeprefix("/library")
    for path in (
        there,
        f"{there}/card",
        f"{there}/change",
        "/patrons",
        "/loans",
        "/desk?card=LC-7",
    ):
        page = desk.get(path).text
        assert "&lt;b&gt;Bold&lt;/b&gt; &amp; Söhne" in page, path
        assert "<b>Bold" not in page
        assert "<script>" not in page


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("given", "", "Fill in this field."),
        ("given", "x" * 101, "Use at most 100 characters."),
        ("given", "\u202eevil", "something invisible"),
        ("given", PASTE, "Use at most 100 characters."),
        ("number", "x" * 41, "Use at most 40 characters."),
        ("kind", "robot", "Choose one of"),
        ("birth_date", "31.12.2000", "Enter a date"),
        ("card", "LC-1001", "belongs to somebody else"),
    ],
)
def test_a_refused_reader_keeps_what_was_typed(desk, counted, field, value, said):
    sent = {"given": "José", "family": "García", **REGISTER} | {field: value}
    answer = desk.post("/patrons/new", **sent)
    assert answer.status_code in {409, 422}
    assert said in answer.text
    assert 'value="García"' in answer.text
    assert counted(PatronRow) == 3


def test_a_reader_who_was_changed_meanwhile_is_not_changed(desk, readers):
    page = f"/patrons/{readers.Maya.id}/change"
    version = re.search(r'name="version"[^>]*value="(\d+)"', desk.get(page).text)[1]
    sent = {"version": version, "expires_on": "2027-01-01", "state": "suspended"}
    assert desk.post(page, id=readers.Maya.id, **sent).status_code == 303
    answer = desk.post(page, id=readers.Maya.id, **sent)
    assert answer.status_code == 412
    assert "Somebody has changed this" in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/patrons/{}",
        "/patrons/{}/card",
        "/patrons/{}/change",
        "/patrons/{}/payment",
        "/payments/{}/refund",
        "/receipts/{}",
        "/me/receipts/{}",
        "/documents/{}/hold",
        "/documents/{}/hold-for",
        "/calendar/{}",
    ],
)
@pytest.mark.parametrize("name", ["nothing", "0", "%27%3B--", "01J8Z0000000000000000000ZZ"])
def test_what_nobody_has_is_not_found(desk, path, name):
    assert desk.get(path.format(name)).status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        f"/loans?after={'x' * 41}",
        "/loans?after=%07",
        "/loans?sort=colour",
        "/holds?state=gone",
        "/holds?limit=0",
        "/charges?before=%07",
        "/charges?limit=101",
        "/charges?unpaid=perhaps",
        f"/charges?words={'x' * 101}",
        "/payments?words=%07",
        "/me/payments?before=%07",
        "/patrons?after=%07",
        f"/patrons?words={'x' * 101}",
        "/reports/titles?since=soon",
        "/reports/titles?until=9999-12-31",
    ],
)
def test_a_bad_question_is_refused(desk, query):
    assert desk.get(query).status_code == 422


@pytest.mark.parametrize("words", ["%25", "'", "%00", "渡辺", "%F0%9F%98%80", "%3Cb%3E"])
def test_readers_are_sought_by_any_sign(desk, words):
    assert desk.get(f"/patrons?words={words}").status_code in {200, 422}


def test_no_form_of_the_library_breaks(desk, app, counted):
    """Every form, sent empty, with JSON, with a broken body and with ten thousand rows."""
    for rule in app.url_map.iter_rules():
        if "POST" not in rule.methods or not rule.rule.startswith("/library"):
            continue
        path = re.sub("<[^>]+>", "nothing", rule.rule)
        token = {"csrf_token": desk.token}
        headers = {"X-CSRF-Token": desk.token}
        long = dict.fromkeys(("barcode", "card", "words", "rules", "week", "title"), PASTE)
        answers = [
            desk.client.post(path, data=token),
            desk.client.post(path, data=token | long),
            desk.client.post(path, json={}, headers=headers),
            desk.client.post(path, data=b"\xff\x00=%zz&;", headers=headers),
            desk.client.post(
                path, data=b"--x", content_type="multipart/form-data; boundary=y", headers=headers
            ),
        ]
        assert [a.status_code for a in answers if a.status_code >= 500] == [], path
    assert (counted(LoanRow), counted(HoldRow), counted(PatronRow)) == (0, 0, 3)


def test_readers_renew_their_own_and_nobody_elses(signed_in, readers, wood, lend, clock):
    mine = lend().id
    clock.set(2026, 3, 14, 9)
    maya = browsing(signed_in(name="Maya Santos", person=readers.Maya.person))
    ben = browsing(signed_in(name="Ben Okafor", person=readers.Ben.person))
    assert ben.post(f"/me/loans/{mine}/renewal").status_code == 303
    assert "There is no such loan" in ben.get("/me").text
    assert maya.post(f"/me/loans/{mine}/renewal").status_code == 303
    assert "is yours until" in maya.get("/me").text
    assert maya.post("/me/loans/nothing/renewal").status_code == 303
    assert "There is no such loan" in maya.get("/me").text


def test_another_readers_hold_is_not_touched(maya, wait, queue):
    hold = wait("LC-2001")
    for act, sent in (("cancellation", {}), ("suspension", {"until": "2026-12-01"})):
        foreign = maya.post(f"/me/holds/{hold.id}/{act}", **sent)
        missing = maya.post(f"/me/holds/nothing/{act}", **sent)
        assert (foreign.status_code, missing.status_code) == (404, 404)
    assert queue() == [("LC-2001", "waiting")]


def test_a_reader_waits_pauses_and_leaves(maya, wood, queue, acts, town):
    assert (
        maya.post(f"/documents/{wood.id}/hold", document=wood.id, branch="central").status_code
        == 303
    )
    assert "number 1 in the queue" in maya.get("/me").text
    again = maya.post(f"/documents/{wood.id}/hold", document=wood.id, branch="central")
    assert (again.status_code, "You already wait" in again.text) == (409, True)
    with town.sessions() as db:
        hold = db.scalar(select(HoldRow.public_id))
    maya.post(f"/me/holds/{hold}/suspension", until="2026-12-01")
    assert queue() == [("LC-1001", "suspended")]
    maya.post(f"/me/holds/{hold}/suspension", until="")
    assert queue() == [("LC-1001", "waiting")]
    maya.post(f"/me/holds/{hold}/cancellation")
    assert queue() == []


def test_a_hold_that_is_paused_says_so_and_speaks_of_no_block(maya, sign_in_dina, wait):
    hold = wait("LC-1001")
    maya.post(f"/me/holds/{hold.id}/suspension", until="2026-04-01")
    for page in (maya.get("/me").text, sign_in_dina().get("/holds").text):
        assert '<span class="ts-tag ">Paused</span>' in page
        assert "May not borrow" not in page


@pytest.mark.parametrize("until", ["soon", "2026-02-30", "x" * 10_000])
def test_a_pause_ends_on_a_day(maya, wait, until):
    hold = wait("LC-1001")
    assert maya.post(f"/me/holds/{hold.id}/suspension", until=until).status_code == 422


def test_tried_fines_are_named_on_every_page_that_tells_of_them(
    desk, acts, signed_in, readers, copies, lend, clock
):
    copies("TS2")
    lend()
    policy = {"fine_minor": 70, "fine_mode": "test"}
    acts(publish_rules, PublishRules(rules=[{"priority": 99, "policy": policy}]))
    page = desk.get("/rules?kind=student&item_type=book").text
    assert "0.70 (only shown)" in page
    assert "Fines are" in page
    lend("TS2")
    clock.set(2026, 3, 12, 10)
    maya = browsing(signed_in(name="Maya Santos", person=readers.Maya.person))
    page = maya.get("/me").text
    assert "would cost" in page
    assert "2.10, nothing is charged" in page


def test_returns_say_what_a_fine_that_is_only_tried_would_have_been(
    sign_in_dina, acts, wood, lend, clock
):
    policy = {"fine_minor": 70, "fine_mode": "test"}
    acts(publish_rules, PublishRules(rules=[{"priority": 99, "policy": policy}]))
    lend()
    clock.set(2026, 3, 12, 10)
    desk = sign_in_dina()
    desk.post("/desk/returns", barcode="TS1")
    said = desk.get("/desk/returns").text
    assert "It is late and would have cost" in said
    assert "2.10; nothing is charged." in said


@pytest.mark.parametrize(
    ("day", "status"),
    [("2026-05-04", 303), ("2026-03-01", 422), ("soon", 422), ("", 422), ("10000-01-01", 422)],
)
def test_a_day_is_closed_from_the_page(desk, day, status):
    answer = desk.post("/calendar", branch="central", day=day, reason="Bank holiday")
    assert answer.status_code == status


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_is_a_page_a_table_and_a_print(desk, lend, name):
    lend()
    for kind, mimetype in (("", "text/html"), ("csv", "text/csv"), ("pdf", "application/pdf")):
        answer = desk.get(f"/reports/{name}?as={kind}")
        assert (answer.status_code, answer.mimetype) == (200, mimetype)


def test_a_reader_is_put_into_the_queue_at_the_desk(desk, wood, queue, counted):
    page = f"/documents/{wood.id}/hold-for"
    assert f'href="/library{page}"' in desk.get(f"/documents/{wood.id}").text
    assert "A reader waits for" in desk.get(page).text
    sent = {"document": wood.id, "card": "LC-2001", "branch": "north"}
    answer = desk.post(page, once="k1", **sent)
    assert (answer.status_code, answer.location) == (303, f"/library/documents/{wood.id}")
    assert "The reader is number 1 in the queue" in desk.get(f"/documents/{wood.id}").text
    assert desk.post(page, once="k1", **sent).status_code in {303, 409}
    assert (queue(), counted(HoldRow)) == ([("LC-2001", "waiting")], 1)


@pytest.mark.parametrize(
    ("field", "value", "status", "said"),
    [
        ("card", "", 422, "Fill in this field"),
        ("card", "LC-9", 404, "There is no card LC-9"),
        ("card", "LC-1001", 409, "This reader waits for it already"),
        ("card", BOLD, 404, "&lt;b&gt;Bold"),
        ("branch", "", 422, "Fill in this field"),
        ("branch", "moon", 404, "No branch has the code moon"),
        ("barcode", "TS9", 404, "TS9"),
    ],
)
def test_a_hold_that_is_refused_says_why_at_its_field(desk, wood, wait, field, value, status, said):
    wait("LC-1001")
    sent = {"document": wood.id, "card": "LC-2001", "branch": "central"} | {field: value}
    answer = desk.post(f"/documents/{wood.id}/hold-for", **sent)
    assert (answer.status_code, said in answer.text) == (status, True)
    assert f'id="f-{field}-error"' in answer.text


def test_readers_put_nobody_into_the_queue(maya, wood, counted):
    page = f"/documents/{wood.id}/hold-for"
    assert page not in maya.get(f"/documents/{wood.id}").text
    assert maya.get(page).status_code == 403
    assert maya.post(page, document=wood.id, card="LC-1001").status_code == 403
    assert counted(HoldRow) == 0


def test_lists_are_narrowed_by_state_and_keep_what_was_asked(desk, lend):
    lend()
    page = desk.get("/copies?state=on_loan&barcode=TS").text
    assert 'aria-current=true href="/library/copies?barcode=TS&amp;state=on_loan"' in page
    assert '<input type="hidden" name="state" value="on_loan">' in page
    assert "TS1" in page
    assert "No copy is in this state." in desk.get("/copies?state=lost").text
    page = desk.get("/patrons?state=active&words=maya").text
    assert 'aria-current=true href="/library/patrons?words=maya&amp;state=active"' in page
    assert '<input type="hidden" name="state" value="active">' in page
    assert "LC-1001" in page
    assert "There is nobody here." in desk.get("/patrons?state=left").text
    assert "Nothing matches" in desk.get("/patrons?state=left&words=maya").text


def test_a_printed_report_speaks_as_its_page_does(desk, lend, monkeypatch):
    printed = []
    monkeypatch.setattr(reports, "download", lambda report, kind: printed.append(report) or kind)
    lend()
    asked = "/reports/circulation?since=2026-03-01&until=2026-03-31&as="
    desk.get(f"{asked}pdf")
    desk.get(f"{asked}csv")
    paper, table = printed
    assert paper.columns[0].title == "Month"
    assert [paper.rows[0][0], table.rows[0][0]] == ["Mar 2026", "2026-03"]
    assert "Student" in {column.title for column in paper.columns}
    assert "student" in {column.title for column in table.columns}
    assert "from Sun, Mar 1, 2026, until Tue, Mar 31, 2026, made on Mon, Mar 2, 2026" in paper.query
