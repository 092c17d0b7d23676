"""The page on which managers sum figures that library authorities publish."""

from io import BytesIO
from pathlib import Path

import pytest

from townsquare.services.library.manifest import service

pytestmark = pytest.mark.shown

FILES = Path(__file__).parents[3] / "data" / "library"
PAYMENTS = "librarieswest_payments_two_authorities.csv.gz"
PAYMENTS_BY_YEAR = "librarieswest_payments_summary_by_year.csv"
ISSUES = "librarieswest_issues_summary.csv"
ISSUES_HEAD = b"month_issued,authority,item_type,issues,renewals\n"
PAGE = "/library/reports/published"
FIELDS = {"as": str, "colour": str}  # The others are files.


@pytest.fixture
def send(signed_in):
    """Send files as a manager does: by their names, or as a name with its bytes."""
    person = signed_in(*service.roles, name="Olga Lim")

    def run(**sent):
        held = {name: FIELDS.get(name, _file)(given) for name, given in sent.items()}
        return person.client.post(PAGE, data={**held, "csrf_token": person.token})

    run.client = person.client
    return run


def _file(given):
    content = given if isinstance(given, bytes) else (FILES / given).read_bytes()
    return BytesIO(content), "figures.csv"


def test_the_reports_lead_to_the_page_that_asks_for_a_file(send):
    assert f'href="{PAGE}"' in send.client.get("/library/reports").text
    asked = send.client.get(PAGE)
    assert asked.status_code == 200
    assert "<table" not in asked.text


def test_issues_are_summed_on_the_page(send):
    shown = send(file=ISSUES)
    assert shown.status_code == 200
    assert "4736206" in shown.text
    assert "4389 lines were summed." in shown.text
    assert "<canvas" in shown.text


def test_months_are_compared_with_their_summary(send):
    shown = send(file=PAYMENTS, against=PAYMENTS_BY_YEAR)
    assert shown.status_code == 200
    assert "Difference (GBP)" in shown.text
    for figure in ("28770.00", "28460.00", "310.00"):
        assert f">{figure}</td>" in shown.text
    assert "<canvas" not in shown.text


@pytest.mark.parametrize(
    ("kind", "mimetype", "begins"),
    [("csv", "text/csv", b"\xef\xbb\xbfPayment type"), ("pdf", "application/pdf", b"%PDF-")],
)
def test_the_sums_are_saved_as_a_file(send, kind, mimetype, begins):
    saved = send(file=PAYMENTS, **{"as": kind})
    assert (saved.status_code, saved.mimetype) == (200, mimetype)
    assert saved.data.startswith(begins)


def test_refused_lines_are_named_on_the_page_as_text(send):
    shown = send(file=ISSUES_HEAD + b"2020-01,<b>,DVD,1,0\n2020-01,Dorset,DVD,<i>,0\n")
    assert shown.status_code == 200
    assert '<td data-label="Authority">&lt;b&gt;</td>' in shown.text
    assert "line 3: its issues &#39;&lt;i&gt;&#39; is no whole number" in shown.text


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({}, "Choose a file first."),
        ({"file": b"title,authors\nEmma,Jane Austen\n"}, "no published figures that we know"),
        ({"file": b"\x1f\x8b\x08"}, "its compression is damaged"),
        ({"file": ISSUES, "against": ISSUES}, "has no amounts to compare"),
        ({"file": ISSUES, "as": "xls"}, "csv, pdf or xlsx, not as xls"),
        ({"file": ISSUES, "colour": "red"}, "colour"),
    ],
)
def test_what_cannot_be_summed_is_refused_with_a_sentence(send, sent, sentence):
    answer = send(**sent)
    assert answer.status_code == 422
    assert sentence in answer.text


def test_readers_do_not_come_to_the_page(signed_in):
    assert signed_in(name="Maya Santos").client.get(PAGE).status_code == 403
