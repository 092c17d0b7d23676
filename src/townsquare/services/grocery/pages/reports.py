"""The reports of the shop: a list of them, and each as a page with a chart or as a file."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.web import needs
from townsquare.core.web.attempts import attempt_look
from townsquare.core.web.downloads import KINDS, download
from townsquare.core.web.forms import CommandForm
from townsquare.core.web.limits import rated
from townsquare.core.web.moments import day, short_day
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.reports import AskReport, Span
from townsquare.services.grocery.errors import UnknownReport
from townsquare.services.grocery.pages import bp
from townsquare.services.grocery.pages.looks import gtin_word
from townsquare.services.grocery.queries.reports import READ, read_report

ABOUT = {
    "sales-days": ("chart-bar", translatable("How much was ordered on each day")),
    "sales-categories": ("tag", translatable("What people buy")),
    "tax": ("scale", translatable("What is owed to the tax office, rate by rate")),
    "stock-value": ("building-warehouse", translatable("What is on the shelves, and its worth")),
    "waste": ("trash", translatable("What was thrown away, and why")),
    "margin": ("coins", translatable("What an order leaves, where its cost is known")),
    "orders": ("receipt", translatable("Every order, one by one")),
    "catalogue": ("package", translatable("All products with their barcodes, to be saved")),
    "price-list": ("tag", translatable("What everything costs now, to be saved")),
}
TITLES = {
    "sales-days": translatable("Sales by day"),
    "sales-categories": translatable("Sales by category"),
    "tax": translatable("Tax by rate"),
    "stock-value": translatable("Value of the stock"),
    "waste": translatable("Waste by reason"),
    "margin": translatable("Margin by order"),
    "orders": translatable("Orders"),
    "catalogue": translatable("Catalogue"),
    "price-list": translatable("Price list"),
}
# What stands in the columns of a report for programs, in words.
WORDS = {
    "placed": translatable("placed"),
    "confirmed": translatable("confirmed"),
    "completed": translatable("completed"),
    "cancelled": translatable("cancelled"),
    "rejected": translatable("refused"),
    "web": translatable("this site"),
    "piece": translatable("pieces"),
    "waste_expired": translatable("past its time"),
    "waste_damaged": translatable("damaged"),
    "waste_burnt": translatable("burnt"),
    "waste_spilt": translatable("spilt"),
    "theft": translatable("stolen"),
    "sample": translatable("given to be tasted"),
}
NONE = {"category": translatable("without a category")}  # What an empty cell of a column says.
SHOWN = 60  # Rows of a page; a file has all of them.
AT_ONCE = frozenset({"stock-value", "catalogue", "price-list"})  # As it is now, whatever the days.
CHARTED = frozenset({"sales-days", "sales-categories", "stock-value", "waste"})


@bp.app_template_filter("report_cell")
def report_cell(value: str | int, kind: str, column: str = "") -> str:
    """Return a cell of text or a day as people read it."""
    if value == "":
        return _(NONE[column]) if column in NONE else "\u2013"
    if column == "barcode":
        return gtin_word(str(value))[1]
    if kind == "day":
        return day(date.fromisoformat(str(value)))
    return _(WORDS[str(value)]) if value in WORDS else str(value)


@bp.app_template_filter("report_bar")
def report_bar(value: str) -> str:
    """Return what stands under the bar of a day."""
    return short_day(date.fromisoformat(value)) if value else ""


@bp.get("/staff/reports")
@needs(READ)
def reports() -> ResponseReturnValue:
    """List the reports."""
    entries = [
        {
            "title": _(TITLES[name]),
            "sentence": _(about),
            "url": url_for("grocery.report", name=name),
            "icon": sign,
            "accent": "green",
        }
        for name, (sign, about) in ABOUT.items()
    ]
    return render_template("grocery/reports.html", entries=entries)


@bp.get("/staff/reports/<name>")
@rated("expensive", reading=True)
@needs(READ)
def report(name: str) -> ResponseReturnValue:
    """Show a report as a page with a chart, or as a file."""
    if name not in TITLES:
        raise UnknownReport(name=name)
    asked = {n: t for n, t in request.args.items() if n in Span.model_fields and t}
    form, kind = CommandForm(Span, asked=asked), request.args.get("as", "")
    typed = form.read()
    wish = None if typed is None else read(AskReport, {"name": name, **typed.model_dump()})
    figures, status = attempt_look(form, read_report, wish=wish)
    if figures is None:
        told = {"name": name, "title": TITLES[name], "asks_days": True}
        return render_template("grocery/report.html", form=form, figures=None, **told), status
    if kind in KINDS:
        return download(figures.as_report(_), kind)
    days = {"since": figures.since.isoformat(), "until": figures.until.isoformat()}
    return render_template(
        "grocery/report.html",
        name=name,
        title=figures.title,
        figures=replace(figures, rows=figures.rows[:SHOWN]),
        more=max(len(figures.rows) - SHOWN, 0),
        charted=name in CHARTED,
        asks_days=name not in AT_ONCE,
        form=CommandForm(Span, values=asked or days),
        files={kind: _address(name, {**asked, "as": kind}) for kind in KINDS},
    )


def _address(name: str, asked: Mapping[str, Any]) -> str:
    return url_for("grocery.report", name=name, **asked)
