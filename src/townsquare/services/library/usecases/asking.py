"""Holds that ask for one copy, once that copy is no longer to be had."""

from sqlalchemy import update

from townsquare.core.usecase import Context
from townsquare.services.library.models.lending import HoldRow


def ask_for_any(ctx: Context, copy_id: int) -> None:
    """Let those who waited for this very copy wait for any of its title, at their places."""
    ctx.db.execute(
        update(HoldRow)
        .where(HoldRow.wanted_copy_id == copy_id, HoldRow.state.in_(("waiting", "suspended")))
        .values(wanted_copy_id=None, version=HoldRow.version + 1)
    )
