"""The reports: a list of them, and each as a page with a chart or as a file."""

from dataclasses import replace
from datetime import date

from flask import Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.reports.report import MONEY, NUMBER, TEXT, Column, Report
from townsquare.core.web import looking, needs, town
from townsquare.core.web.downloads import download
from townsquare.core.web.forms import CommandForm
from townsquare.core.web.limits import rated
from townsquare.core.web.moments import day, moment, month
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.library.commands.lending import Report as AskForReport
from townsquare.services.library.pages import bp
from townsquare.services.library.pages.catalogue import library_word
from townsquare.services.library.queries.reports import REPORTS
from townsquare.services.library.results.lending import Figures

TITLES = {
    "circulation": (
        translatable("Loans by month"),
        "books",
        translatable("How much was lent, to whom"),
    ),
    "titles": (translatable("Popular titles"), "book", translatable("What was lent most")),
    "overdue": (
        translatable("Late loans"),
        "clock",
        translatable("What should be back, by branch"),
    ),
    "charges": (
        translatable("Charges by reason"),
        "receipt",
        translatable("Fines, losses and what is open of them"),
    ),
    "payments": (
        translatable("Payments by kind"),
        "coins",
        translatable("What came in and went back, in cash or otherwise"),
    ),
    "holds": (
        translatable("Who waits"),
        "bookmark",
        translatable("Who waited, and what came of it"),
    ),
    "renewals": (
        translatable("Renewals and recalls"),
        "refresh",
        translatable("What was kept longer or asked back"),
    ),
    "losses": (
        translatable("Lost and missing copies"),
        "alert-circle",
        translatable("What each branch misses, and its worth"),
    ),
    "branches": (
        translatable("Charges by branch"),
        "scale",
        translatable("What each branch has charged"),
    ),
    "waits": (
        translatable("Days until a copy was ready"),
        "calendar-event",
        translatable("How long readers waited, by branch"),
    ),
}


@bp.get("/reports")
@needs("library.report.view")
def reports() -> ResponseReturnValue:
    """List the reports."""
    entries = [
        _tile(_(title), _(about), url=url_for("library.report", name=name), sign=sign)
        for name, (title, sign, about) in TITLES.items()
    ]
    entries.append(_published())
    return render_template("library/reports.html", entries=entries)


@bp.get("/reports/<name>")
@rated("expensive", reading=True)
@needs("library.report.view")
def report(name: str) -> ResponseReturnValue:
    """Show a report as a page with a chart, or as a file."""
    if name not in REPORTS:
        abort(404)
    asked = {n: t for n, t in request.args.items() if n in AskForReport.model_fields and t}
    with looking() as ctx:
        figures = REPORTS[name](ctx, read(AskForReport, asked))
    kind = request.args.get("as", "")
    if kind in {"csv", "pdf"}:
        return _file(_worded(figures) if kind == "pdf" else figures, kind, _asked(asked))
    return render_template(
        "library/report.html",
        figures=figures,
        name=name,
        asked=asked,
        title=_(TITLES[name][0]),
        heads=[_(column.capitalize()) for column in figures.columns],
        form=CommandForm(AskForReport, values=asked),
    )


def _tile(title: str, about: str, *, url: str, sign: str) -> dict[str, str]:
    return {"title": title, "sentence": about, "url": url, "icon": sign, "accent": "teal"}


def _published() -> dict[str, str]:
    about = _("What library authorities publish, checked and summed")
    here = url_for("library.published")
    return _tile(_("Published figures"), about, url=here, sign="file-import")


def _worded(figures: Figures) -> Figures:
    """Return figures as the page shows them; programs read them as they are."""
    by_month = figures.columns[:1] == ["Month"]
    return replace(
        figures,
        columns=[_(column.capitalize()) for column in figures.columns],
        rows=[
            [_cell(value, as_month=by_month and not place) for place, value in enumerate(row)]
            for row in figures.rows
        ],
    )


def _cell(value: str | int, *, as_month: bool) -> str | int:
    if isinstance(value, int):
        return value
    return month(value) if as_month else library_word(value)


def _asked(days: dict[str, str]) -> str:
    """Return for which town and days a report is, and when it was made there."""
    settings, now = town().settings, town().now()
    made = _("made on %(moment)s (%(zone)s)", moment=moment(now), zone=settings.zone)
    span = [
        _("from %(day)s", day=day(date.fromisoformat(days["since"]))) if "since" in days else "",
        _("until %(day)s", day=day(date.fromisoformat(days["until"]))) if "until" in days else "",
    ]
    return ", ".join(part for part in (settings.name, *span, made) if part)


def _file(figures: Figures, kind: str, asked: str) -> Response:
    made = Report(
        title=figures.title,
        columns=tuple(
            Column(f"c{place}", title, _kind(figures, place))
            for place, title in enumerate(figures.columns)
        ),
        currency=town().settings.currency,
        rows=tuple(tuple(row) for row in figures.rows),
        note=figures.note,
        query=asked,
        as_of=town().now(),
    )
    return download(made, kind)


def _kind(figures: Figures, place: int) -> str:
    if place in figures.money:
        return MONEY
    return NUMBER if all(isinstance(row[place], int) for row in figures.rows) else TEXT
