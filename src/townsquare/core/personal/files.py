"""One archive of all that is kept about somebody: JSON for programs, CSV for people."""

from datetime import datetime, time
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import msgspec

from townsquare.core.parts import Sheet, Value
from townsquare.core.personal.results import MyData
from townsquare.core.reports.csvfiles import to_csv
from townsquare.core.reports.report import Cell, Column, Report


def archive(data: MyData) -> bytes:
    """Return everything as one ZIP: data.json, and one CSV for each table."""
    written = BytesIO()
    with ZipFile(written, "w", ZIP_DEFLATED) as made:
        told = msgspec.json.format(msgspec.json.encode(_plain(data), enc_hook=str), indent=2)
        made.writestr("data.json", told)
        for part in data.parts:
            for sheet in part.sheets:
                report = _report(sheet, data.at)
                made.writestr(f"{part.name}/{sheet.name}.csv", to_csv(report))
    return written.getvalue()


def _plain(data: MyData) -> dict[str, Any]:
    parts = {
        part.name: {
            sheet.name: [dict(zip(sheet.columns, row, strict=True)) for row in sheet.rows]
            for sheet in part.sheets
        }
        for part in data.parts
    }
    return {"account": data.account, "as_of": data.at, "parts": parts}


def _report(sheet: Sheet, at: datetime) -> Report:
    columns = tuple(Column(name, name) for name in sheet.columns)
    rows = tuple(tuple(_cell(value) for value in row) for row in sheet.rows)
    return Report(sheet.name, columns, rows, at)


def _cell(value: Value) -> Cell:
    if isinstance(value, time):
        return value.isoformat("minutes")
    if isinstance(value, dict | list):
        return msgspec.json.encode(value, order="sorted", enc_hook=str).decode()
    return value
