"""Codes that a phone or a scanner reads, drawn inside the page."""

from io import BytesIO

from markupsafe import Markup


def qr(address: str) -> Markup:
    """Return a QR code as inline SVG that style sheets may scale."""
    import segno  # noqa: PLC0415 (only pages with a code need it)

    drawn = BytesIO()
    segno.make(address, error="m").save(
        drawn, kind="svg", xmldecl=False, omitsize=True, title="QR code"
    )
    return Markup(drawn.getvalue().decode().strip())  # noqa: S704 (drawn by segno, holds no text)
