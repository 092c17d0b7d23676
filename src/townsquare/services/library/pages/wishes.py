"""What readers wish for themselves, and what they have read."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.web import looking, needs
from townsquare.core.web.attempts import attempt
from townsquare.core.web.forms import CommandForm
from townsquare.core.web.reading import read
from townsquare.services.library.commands.lending import Nothing
from townsquare.services.library.commands.wishes import ChooseWishes, LookBack
from townsquare.services.library.pages import bp
from townsquare.services.library.queries.wishes import my_past_loans, my_wishes
from townsquare.services.library.usecases.wishes import set_wishes


@bp.route("/me/wishes", methods=["GET", "POST"])
@needs("signed-in")
def wishes() -> ResponseReturnValue:
    """Let a reader say what is kept, and when mails may come."""
    with looking() as ctx:
        now = my_wishes(ctx, Nothing())
    hours = {n: t.strftime("%H:%M") for n, t in vars(now).items() if n[:5] == "quiet" and t}
    told = {"keep_history": _on(now.keep_history), "mails": _on(now.mails), **hours}
    form = CommandForm(ChooseWishes, values=told)
    form["quiet_from"].kind = form["quiet_to"].kind = "time"
    if request.method == "GET":
        return render_template("library/wishes.html", form=form)
    done, status = attempt(form, set_wishes, wish=form.read())
    if done is None:
        return render_template("library/wishes.html", form=form), status
    flash(_("Your wishes are kept."), "success")
    return redirect(url_for("library.me"), 303)


@bp.get("/me/past-loans")
@needs("signed-in")
def past_loans() -> ResponseReturnValue:
    """Show what a reader has read, if they wanted it kept."""
    wish = read(LookBack, {n: t for n, t in request.args.items() if n == "before" and t})
    with looking() as ctx:
        found = my_past_loans(ctx, wish)
    here = "library.past_loans"
    return render_template(
        "library/past_loans.html",
        found=found,
        next_url=url_for(here, before=found.before) if found.before else "",
        first_url=url_for(here) if wish.before else "",
    )


def _on(chosen: bool) -> str:  # noqa: FBT001 (a box, ticked or not)
    return "true" if chosen else ""
