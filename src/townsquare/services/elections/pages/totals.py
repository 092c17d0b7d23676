"""The result of a paper election while it is counted, as a page and as a file."""

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.realtime import heard_until
from townsquare.core.web import looking, needs
from townsquare.core.web.downloads import download
from townsquare.core.web.reading import read
from townsquare.services.elections.commands.fields import Chosen
from townsquare.services.elections.pages import bp
from townsquare.services.elections.pages.paging import page_asked, paged
from townsquare.services.elections.queries.totals import read_totals
from townsquare.services.elections.results.returns import ContestTotal
from townsquare.services.elections.rules.returns import tenths


@bp.app_template_filter("turnout")
def turnout(told: ContestTotal) -> str:
    """Return the turnout in percent with one digit, rounded half up."""
    whole, rest = divmod(tenths(told.ballots, told.registered), 10)
    return f"{whole}.{rest}"


@bp.get("/<id>/results.csv")
@needs("public")
def totals_file(id: str) -> ResponseReturnValue:  # noqa: A002 (the place in the address)
    """Return the totals of a paper election as a file."""
    with looking() as ctx:
        told = read_totals(ctx, read(Chosen, {"id": id}))
    return download(told.as_report(_), "csv")


def totals_page(public_id: str) -> str:
    """Show the totals of a paper election, and how much of it is counted."""
    with looking() as ctx:
        since = heard_until(ctx)  # From where its page goes on to follow the count.
        told = read_totals(ctx, read(Chosen, {"id": public_id}))
    pages = paged(
        (one, sorted(one.options, key=lambda option: -option.votes)) for one in told.contests
    )
    page = page_asked(public_id, pages)
    return render_template("elections/totals.html", told=told, since=since, **page)
