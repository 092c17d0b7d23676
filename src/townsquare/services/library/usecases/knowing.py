"""Finding the copy of a barcode that was scanned or typed, or saying which one may be meant."""

import re

from sqlalchemy import select

from townsquare.core.usecase import Context
from townsquare.services.library.errors import MistypedCopy, UnknownCopy
from townsquare.services.library.models.catalogue import CopyRow
from townsquare.services.library.models.circulating import ON_DESK, OnDesk

LONGEST_NUMBER = 14
PARTS = re.compile(r"(.*?)0*([0-9]*)")


def known_copy(ctx: Context, barcode: str) -> OnDesk:
    """Return the copy of this barcode, letter by letter; a near one is only named."""
    copy = ON_DESK.first(ctx.db, barcode=barcode)
    if copy is None:
        near = _near(ctx, barcode)
        raise MistypedCopy(barcode=barcode, near=near) if near else UnknownCopy(barcode=barcode)
    return copy


def _near(ctx: Context, barcode: str) -> str | None:
    """Return a barcode that differs in capitals or zeros only, where there is exactly one."""
    meant = select(CopyRow.barcode).where(
        CopyRow.barcode.in_(_spellings(barcode)), CopyRow.state != "withdrawn"
    )
    found = ctx.db.scalars(meant.limit(2)).all()
    return found[0] if len(found) == 1 else None


def _spellings(barcode: str) -> set[str]:
    parts = PARTS.fullmatch(barcode)
    letters, number = parts.groups() if parts else (barcode, "")
    widths = range(len(number), LONGEST_NUMBER + 1) if number else (0,)
    cases = {letters, letters.upper(), letters.lower()}
    return {case + number.zfill(width) for case in cases for width in widths}
