"""What was there at a past moment of the town."""

from typing import Any
from zoneinfo import ZoneInfo

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import Field, NaiveDatetime

from townsquare.core.usecase import Command
from townsquare.core.web import needs, town
from townsquare.core.web.attempts import attempt_look, read_onto
from townsquare.core.web.forms import CommandForm
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import LONGEST_CODE, LONGEST_ID, Line
from townsquare.services.grocery.commands.past import FindStockAt
from townsquare.services.grocery.pages import bp
from townsquare.services.grocery.queries.past import find_stock_at
from townsquare.services.grocery.results.past import PastStock


class LookBack(Command):
    """A moment as the page asks for it: in the zone of the town."""

    time: NaiveDatetime | None = Field(None, title=translatable("When"))
    product: Line = Field("", title=translatable("Barcode or code"), max_length=LONGEST_CODE)
    after: Line = Field("", title=translatable("After"), max_length=LONGEST_ID)


@bp.get("/staff/stock/at")
@needs("grocery.stock.view")
def stock_at() -> ResponseReturnValue:
    """Show what was there at a moment, with the form for another one."""
    asked = {n: t for n, t in request.args.items() if n in LookBack.model_fields and t}
    form = CommandForm(LookBack, asked=asked)
    found, status = _found(form, form.read())
    if found is None:
        return render_template("grocery/stock_at.html", found=None, form=form), status
    shown = found.time.astimezone(_zone()).replace(tzinfo=None).isoformat(timespec="minutes")
    kept: dict[str, Any] = {"time": asked.get("time"), "product": asked.get("product")}
    return render_template(
        "grocery/stock_at.html",
        found=found,
        form=CommandForm(LookBack, values={**kept, "time": shown}),
        next_url=url_for("grocery.stock_at", **kept, after=found.after) if found.after else None,
        first_url=url_for("grocery.stock_at", **kept) if "after" in asked else None,
    )


def _found(form: CommandForm[LookBack], typed: LookBack | None) -> tuple[PastStock | None, int]:
    """Return what was there; None, with the reason on the form, where that cannot be told."""
    wish = None
    if typed is not None:
        moment = typed.time and typed.time.replace(tzinfo=_zone())
        wish = read_onto(form, FindStockAt, {**typed.model_dump(), "time": moment})
    return attempt_look(form, find_stock_at, wish=wish)


def _zone() -> ZoneInfo:
    return ZoneInfo(town().settings.zone)
