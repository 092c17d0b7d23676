"""Reports as XLSX (ECMA-376): one sheet, texts as texts, so that nothing in them is calculated."""

import re
from decimal import Decimal
from html import escape
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

from townsquare.core.reports.report import MONEY, Cell, Column, Report

LETTERS = 26
NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
AMOUNT, BOLD = 1, 2  # Places in the list of styles below.
PARTS = {
    "[Content_Types].xml": (
        f'{HEAD}<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.'
        'relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{KIND}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{KIND}.worksheet+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{KIND}.styles+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1"'
        f' Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1"'
        f' Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2"'
        f' Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        '<sheet name="Report" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/styles.xml": (
        f'{HEAD}<styleSheet xmlns="{MAIN}"><fonts count="2"><font/><font><b/></font></fonts>'
        '<fills count="1"><fill><patternFill patternType="none"/></fill></fills>'
        '<borders count="1"><border/></borders><cellXfs count="3"><xf/>'
        '<xf numFmtId="4" applyNumberFormat="1"/><xf fontId="1" applyFont="1"/></cellXfs>'
        "</styleSheet>"
    ),
}


def to_xlsx(report: Report) -> bytes:
    """Return the report as a workbook: what was asked, the table, and its note."""
    rows = [
        [_text(report.title, BOLD)],
        [_text(report.query)],
        [_text(f"{report.as_of:%Y-%m-%d %H:%M %Z}")],
        [_text(column.title, BOLD) for column in report.columns],
        *([_cell(*pair) for pair in zip(row, report.columns, strict=True)] for row in report.rows),
        [_text(report.note)],
    ]
    told = "".join(_row(number, cells) for number, cells in enumerate(rows, 1))
    sheet = f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData>{told}</sheetData></worksheet>'
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as book:
        for name, part in {**PARTS, "xl/worksheets/sheet1.xml": sheet}.items():
            book.writestr(name, part)
    return packed.getvalue()


def _row(number: int, cells: list[str]) -> str:
    named = ((f'<c r="{_letters(n)}{number}"', cell) for n, cell in enumerate(cells))
    placed = "".join(cell.replace("<c", name, 1) for name, cell in named)
    return f'<row r="{number}">{placed}</row>'


def _letters(place: int) -> str:
    """Return the name of a column: A to Z, then AA."""
    first, last = divmod(place, LETTERS)
    return (_letters(first - 1) if first else "") + chr(ord("A") + last)


def _cell(cell: Cell, column: Column) -> str:
    if isinstance(cell, int) and column.kind == MONEY:
        return f'<c s="{AMOUNT}"><v>{Decimal(cell).scaleb(-2)}</v></c>'
    if isinstance(cell, int | float):
        return f"<c><v>{cell}</v></c>"
    return _text("" if cell is None else str(cell))


def _text(text: str, style: int = 0) -> str:
    told = escape(NO_XML.sub("", text), quote=False)
    return f'<c s="{style}" t="inlineStr"><is><t xml:space="preserve">{told}</t></is></c>'
