"""Reports as PDF; the library for it is an extra that is loaded when somebody prints."""

from importlib import import_module
from pathlib import Path
from typing import Any

from townsquare.core.errors import Conflict
from townsquare.core.reports.report import Report
from townsquare.core.words import translatable

FONT = Path(__file__).parent / "fonts" / "DejaVuSans.ttf"
WIDE = 6  # From so many columns on, the page is turned.


class NeedsReports(Conflict):
    """The PDF library is not installed."""

    code = "core.needs-reports"
    message = translatable(
        "This needs the extra reports: ask the people who run this town to install"
        " townsquare[reports], or take the CSV file instead."
    )


def new_pdf(title: str, *, turned: bool = False) -> Any:  # noqa: ANN401 (the library has no types here)
    """Return an empty A4 document that can write every European script."""
    try:
        fpdf = import_module("fpdf")
    except ModuleNotFoundError as error:
        raise NeedsReports from error
    pdf = fpdf.FPDF(orientation="landscape" if turned else "portrait", format="A4")
    pdf.add_font("DejaVu", fname=FONT)
    pdf.set_font("DejaVu", size=9)
    pdf.set_title(title)
    return pdf


def to_pdf(report: Report) -> bytes:
    """Return the report with what was asked and when, and with its note."""
    pdf = new_pdf(report.title, turned=len(report.columns) >= WIDE)
    pdf.set_creation_date(report.as_of)  # The same report is the same file, whenever it is made.
    pdf.add_page()
    _line(pdf, report.title, size=16)
    _line(pdf, report.query or f"As of {report.as_of:%Y-%m-%d %H:%M %Z}", size=9)
    sides = tuple("RIGHT" if column.numeric else "LEFT" for column in report.columns)
    pdf.set_font(size=8)
    with pdf.table(text_align=sides, line_height=5, headings_style=_heading()) as table:
        table.row([column.title for column in report.columns])
        for cells in report.shown():
            table.row(cells)
    if report.note:
        _line(pdf, report.note, size=8)
    return bytes(pdf.output())


def _heading() -> Any:  # noqa: ANN401 (the library's own)
    return import_module("fpdf.fonts").FontFace(emphasis="", fill_color=(235, 238, 242))


def _line(pdf: Any, text: str, *, size: int) -> None:  # noqa: ANN401
    pdf.set_font(size=size)
    pdf.multi_cell(0, size * 0.6, text, new_x="LMARGIN", new_y="NEXT")
    pdf.ln(2)
