"""The page of failed jobs."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.jobs.desk import (
    PAGE,
    DeadJobs,
    DiscardJob,
    RetryJob,
    dead_jobs,
    discard_job,
    retry_job,
)
from townsquare.core.jobs.rotating import LookAtKeys, key_progress
from townsquare.core.web import acting, looking, needs
from townsquare.core.web.forms import CommandForm, posted
from townsquare.core.web.reading import read

bp = Blueprint("operations", __name__, url_prefix="/admin/jobs", template_folder="templates")


@bp.get("")
@needs("operations.job.view")
def dead() -> str:
    """Show the jobs that have failed for good."""
    wish = read(DeadJobs, {"before": request.args.get("before", "")})
    with looking() as ctx:
        jobs, rotation = dead_jobs(ctx, wish), key_progress(ctx, LookAtKeys())
    older = url_for("operations.dead", before=jobs[-1].public_id) if len(jobs) == PAGE else None
    told = {"jobs": jobs, "older": older, "first": not wish.before, "rotation": rotation}
    return render_template("jobs/dead.html", **told)


@bp.post("/<id>/retry")
@needs("operations.job.retry")
def retry(id: str) -> ResponseReturnValue:  # noqa: A002 (the place in the address)
    """Try a job again."""
    wish = posted(RetryJob, id=id)
    with acting() as ctx:
        retry_job(ctx, wish)
    flash(_("The job is in the queue again."))
    return redirect(url_for("operations.dead"), 303)


@bp.get("/<id>/discard")
@needs("operations.job.retry")
def discarding(id: str) -> str:  # noqa: A002 (as above)
    """Ask why a job is given up."""
    return _discard_page(CommandForm(DiscardJob, values={"id": id}, hidden=["id"]), id)


@bp.post("/<id>/discard")
@needs("operations.job.retry")
def discard(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Give up a job."""
    form = CommandForm(DiscardJob, hidden=["id"])
    wish = form.read()
    if wish is None:
        return _discard_page(form, id), 422
    with acting() as ctx:
        discard_job(ctx, wish)
    flash(_("The job was given up."))
    return redirect(url_for("operations.dead"), 303)


def _discard_page(form: CommandForm[DiscardJob], public_id: str) -> str:
    return render_template("jobs/discard.html", form=form, public_id=public_id)
