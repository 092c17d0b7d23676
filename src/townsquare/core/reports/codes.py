"""Codes that machines read: QR and Code 128, on pages and on sheets of labels."""

from collections.abc import Iterable, Iterator
from html import escape
from importlib import import_module
from typing import Any

from markupsafe import Markup

from townsquare.core.errors import Invalid
from townsquare.core.frozen import dataclass
from townsquare.core.reports.pdf import new_pdf
from townsquare.core.words import translatable

QUIET = 10  # Modules of white at both sides, as Code 128 asks for.
SVG_HEIGHT = 60
COLUMNS, ROWS = 3, 8
WIDTH_MM, HEIGHT_MM, INSET_MM, BARS_MM = 70.0, 37.0, 4.0, 13.0


class CannotBeBarcode(Invalid):
    """Code 128 has no bars for a character of this text."""

    code = "core.cannot-be-barcode"
    message = translatable(
        "{text} cannot become a barcode; use letters without accents and digits."
    )


@dataclass(frozen=True)
class Label:
    """One label: what stands above and below the bars."""

    code: str
    title: str
    lines: tuple[str, ...] = ()


def qr_svg(text: str, *, label: str = "") -> Markup:
    """Return a QR code as SVG to stand in a page, in the colour of the text."""
    segno = import_module("segno")
    drawn = segno.make(text, error="m", micro=False).svg_inline(
        scale=4, border=4, dark="#000", light="#fff", omitsize=True, svgclass="ts-qr"
    )
    said = f'<svg role="img" aria-label="{escape(label or text)}"'
    return Markup(drawn.replace("<svg", said, 1))  # noqa: S704 (the drawing is ours, the label escaped)


def code128_svg(text: str) -> Markup:
    """Return a barcode as SVG to stand in a page."""
    bars = modules(text)
    wide = len(bars) + 2 * QUIET
    drawn = "".join(
        f'<rect x="{QUIET + at}" y="0" width="{width}" height="{SVG_HEIGHT}"/>'
        for at, width in runs(bars)
    )
    return Markup(  # noqa: S704 (numbers, and an escaped text)
        f'<svg class="ts-barcode" role="img" aria-label="{escape(text)}" viewBox="0 0 {wide} '
        f'{SVG_HEIGHT}" preserveAspectRatio="none"><rect width="{wide}" height="{SVG_HEIGHT}"'
        f' fill="#fff"/><g fill="#000">{drawn}</g></svg>'
    )


def modules(text: str) -> str:
    """Return the bars of Code 128 as ones and zeros."""
    if not text or not text.isascii() or not text.isprintable():
        raise CannotBeBarcode(text=repr(text))
    return str(import_module("barcode.codex").Code128(text).build()[0])


def runs(bars: str) -> Iterator[tuple[int, int]]:
    """Return where each bar begins and how many modules it is wide."""
    at = 0
    for space in bars.split("0"):
        if space:
            yield at, len(space)
        at += len(space) + 1


def label_sheet(labels: Iterable[Label]) -> bytes:
    """Return labels as PDF, 24 on an A4 page, in their order."""
    pdf = new_pdf("Labels")
    pdf.set_auto_page_break(auto=False)
    for place, label in enumerate(labels):
        row, column = divmod(place % (COLUMNS * ROWS), COLUMNS)
        if (row, column) == (0, 0):
            pdf.add_page()
        _draw(pdf, label, (column * WIDTH_MM + INSET_MM, row * HEIGHT_MM + INSET_MM))
    if not pdf.pages_count:
        pdf.add_page()
    return bytes(pdf.output())


def _draw(pdf: Any, label: Label, corner: tuple[float, float]) -> None:  # noqa: ANN401 (fpdf's own)
    left, top = corner
    _text(pdf, (left, top), label.title)
    bars = modules(label.code)
    module = (WIDTH_MM - 2 * INSET_MM) / (len(bars) + 2 * QUIET)
    pdf.set_fill_color(0)
    for at, width in runs(bars):
        pdf.rect(left + (QUIET + at) * module, top + 5, width * module, BARS_MM, style="F")
    for line, text in enumerate((label.code, *label.lines)):
        _text(pdf, (left, top + 19 + 4 * line), text)


def _text(pdf: Any, corner: tuple[float, float], text: str) -> None:  # noqa: ANN401
    pdf.set_xy(*corner)
    pdf.set_font(size=8)
    room = WIDTH_MM - 2 * INSET_MM
    while text and pdf.get_string_width(text) > room:
        text = text[:-2].rstrip("…") + "…" if len(text) > 2 else ""  # noqa: PLR2004 (a letter and its dots)
    pdf.cell(room, 4, text)
