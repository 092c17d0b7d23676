"""Reports as CSV (RFC 4180) in which no text can become a formula."""

import csv
from io import StringIO

from townsquare.core.reports.report import Report

# What spreadsheets take for the beginning of a formula, and its full-width forms.
FORMULAS = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def to_csv(report: Report) -> bytes:
    """Return the report as UTF-8 with a mark, which spreadsheets need to see accents."""
    text = StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([harmless(column.title) for column in report.columns])
    for cells, row in zip(report.shown(), report.rows, strict=True):
        pairs = zip(cells, row, strict=True)
        writer.writerow([harmless(told) if isinstance(cell, str) else told for told, cell in pairs])
    return text.getvalue().encode("utf-8-sig")


def harmless(text: str) -> str:
    """Return a text with an apostrophe before what a spreadsheet would calculate."""
    return f"'{text}" if text.startswith(FORMULAS) else text
