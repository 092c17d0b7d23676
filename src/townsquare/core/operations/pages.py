"""The page about the condition of the town."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.operations.checking import CheckInvariants
from townsquare.core.operations.condition import machine_of, versions
from townsquare.core.operations.desk import SeeCondition, ask_for_check, condition
from townsquare.core.operations.verdicts import Verdict, verdicts_of
from townsquare.core.watching import slowest
from townsquare.core.web import acting, looking, needs, town
from townsquare.core.web.forms import posted
from townsquare.core.web.languages import in_words
from townsquare.core.words import translatable

MOST_SLOW = 10
STATES = {
    "waiting": translatable("waiting"),
    "running": translatable("running"),
    "dead": translatable("failed"),
}

bp = Blueprint("condition", __name__, url_prefix="/admin", template_folder="templates")


@bp.get("/operations")
@needs("operations.job.view")
def overview() -> str:
    """Show the condition of the town."""
    here = town()
    with looking() as ctx:
        records = condition(ctx, SeeCondition())
    machine, slow = machine_of(here.settings, here.now()), slowest()
    found = verdicts_of(records, machine, here.now())
    return render_template(
        "operations/overview.html",
        records=records,
        states=STATES,
        verdicts=[(verdict, _words(verdict)) for verdict in found],
        broken=sum(not verdict.well for verdict in found),
        versions=versions(here.database.dialect.name),
        statements=slow.statements(MOST_SLOW) if slow else None,
        requests=slow.requests(MOST_SLOW) if slow else None,
    )


@bp.post("/operations/check")
@needs("operations.job.retry")
def check() -> ResponseReturnValue:
    """Ask for a check of what must always hold."""
    wish = posted(CheckInvariants)
    with acting() as ctx:
        ask_for_check(ctx, wish)
    flash(_("The check is in the queue; load this page again in a moment."))
    return redirect(url_for("condition.overview"), 303)


def _words(verdict: Verdict) -> str:
    return in_words(verdict.told, verdict.facts, "")
