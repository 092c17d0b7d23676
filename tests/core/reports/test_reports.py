"""Reports as page, CSV and PDF; codes on pages and labels."""

import csv
import subprocess
import sys
from datetime import UTC, date, datetime
from io import StringIO

import pytest

from townsquare.core.reports.codes import (
    CannotBeBarcode,
    Label,
    code128_svg,
    label_sheet,
    modules,
    qr_svg,
    runs,
)
from townsquare.core.reports.csvfiles import harmless, to_csv
from townsquare.core.reports.pdf import to_pdf
from townsquare.core.reports.report import DATE, MONEY, NUMBER, Column, Report
from townsquare.core.web.downloads import UnknownDownload, disposition, download

OVERDUE = Report(
    "Overdue: Señor",
    (
        Column("title", "Title"),
        Column("days", "Days", NUMBER),
        Column("fine", "Fine", MONEY),
        Column("due", "Due", DATE),
    ),
    (("=1+1", -3, -1250, date(2026, 3, 1)), ('Say "no", please\n', 12, 5, None)),
    datetime(2026, 3, 2, 2, 0, tzinfo=UTC),
    note="Hidden amounts are left out.",
)


def test_a_csv_reads_back_as_what_people_see():
    said = to_csv(OVERDUE).decode("utf-8-sig")
    assert list(csv.reader(StringIO(said, newline=""))) == [
        ["Title", "Days", "Fine", "Due"],
        ["'=1+1", "-3", "-12.50", "2026-03-01"],
        ['Say "no", please\n', "12", "0.05", ""],
    ]
    assert said.count("\r\n") == 3


@pytest.mark.parametrize("first", "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
def test_no_text_becomes_a_formula(first):
    assert harmless(f"{first}cmd") == f"'{first}cmd"


def test_a_pdf_holds_every_script_of_the_town():
    assert to_pdf(OVERDUE).startswith(b"%PDF-")


def test_two_columns_make_a_chart():
    assert OVERDUE.chart("title", "days")["values"] == [-3, 12]


def test_without_the_extra_a_pdf_is_refused_in_one_sentence():
    program = (
        "import sys; sys.modules['fpdf'] = None\n"
        "from townsquare.core.reports.pdf import NeedsReports, new_pdf\n"
        "try: new_pdf('x')\nexcept NeedsReports as e: print(e)"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert said.stdout.startswith("This needs the extra reports")


def test_a_download_is_saved_under_its_name():
    answer = download(OVERDUE, "csv")
    assert answer.headers["Content-Disposition"] == (
        'attachment; filename="Overdue: Se_or 2026-03-02.csv"; '
        "filename*=UTF-8''Overdue%3A%20Se%C3%B1or%202026-03-02.csv"
    )
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_no_file_name_breaks_out_of_its_header():
    said = disposition('a"\r\nSet-Cookie: x=1\\%.csv')
    assert "\r" not in said
    assert "\n" not in said
    assert 'filename="' in said
    assert said.count('"') == 2


def test_reports_know_only_their_kinds():
    with pytest.raises(UnknownDownload):
        download(OVERDUE, "exe")


def test_bars_stand_where_the_modules_are_black():
    bars = modules("LIB-00042")
    drawn = ["0"] * len(bars)
    for at, width in runs(bars):
        drawn[at : at + width] = "1" * width
    assert "".join(drawn) == bars
    assert bars.startswith("110100") and bars.endswith("1100011101011")  # noqa: PT018 (start and stop)


@pytest.mark.parametrize("text", ["", "Ñandú", "a\nb"])
def test_what_has_no_bars_is_refused(text):
    with pytest.raises(CannotBeBarcode):
        modules(text)


def test_codes_on_pages_escape_what_they_say():
    assert "<b>" not in code128_svg("<b>")
    assert "<b>" not in qr_svg("https://example.org", label='"<b>')
    assert qr_svg("x").count("<svg") == 1


def test_a_sheet_holds_24_labels_and_the_25th_begins_another():
    many = [
        Label(f"C{n:05}", "A title that is much too long for a label of this width", ("Ñ 1",))
        for n in range(25)
    ]
    assert label_sheet(many).count(b"/Type /Page\n") == 2
    assert label_sheet([]).startswith(b"%PDF-")
