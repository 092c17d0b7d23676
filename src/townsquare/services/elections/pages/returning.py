"""Returns on a phone in a polling place: what is to be returned, the form, and its versions."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from townsquare.core.errors import Invalid
from townsquare.core.web import looking, needs
from townsquare.core.web.attempts import attempt, press
from townsquare.core.web.forms import CommandForm, Field, posted
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.elections.commands.returns import (
    EnterReturn,
    OfReturn,
    PageOnly,
    PrecinctOnly,
    ReturnFigures,
    ReturnVersion,
    SendBack,
)
from townsquare.services.elections.pages import bp
from townsquare.services.elections.queries.returns import find_own_work, read_duties, read_return
from townsquare.services.elections.results.returns import Return
from townsquare.services.elections.usecases.approving import (
    APPROVING,
    approve_return,
    send_back_return,
)
from townsquare.services.elections.usecases.returning import (
    ENTERING,
    enter_return,
    submit_return,
)

VOTES, VERSION = "votes-", "version"
STATES = {
    "": (translatable("Nothing yet"), ""),
    "draft": (translatable("Entered"), "info"),
    "submitted": (translatable("Waits for approval"), "warning"),
    "approved": (translatable("Approved"), "success"),
    "returned": (translatable("Sent back"), "danger"),
    "superseded": (translatable("Replaced"), ""),
}


@bp.app_template_filter("precinct_state")
def precinct_state(state: str) -> tuple[str, str]:
    """Return in words how far a return is, and the tone of its tag."""
    word, tone = STATES[state]
    return _(word), tone


@bp.app_template_filter("return_gap")
def return_gap(gap: Any) -> str:  # noqa: ANN401 (a gap of a result)
    """Return in words what does not add up, and by how much."""
    by = gap.by
    said = {
        "registered": ngettext(
            "%(num)s ballot more than registered voters",
            "%(num)s ballots more than registered voters",
            by,
        ),
        "too-many": ngettext(
            "%(num)s vote more than the valid papers allow",
            "%(num)s votes more than the valid papers allow",
            by,
        ),
        "too-few": ngettext(
            "%(num)s vote fewer than valid papers", "%(num)s votes fewer than valid papers", by
        ),
        "option": ngettext(
            "one option has %(num)s vote more than there are valid papers",
            "one option has %(num)s votes more than there are valid papers",
            by,
        ),
    }
    return str(said[gap.kind])


@bp.get("/precinct")
@needs("signed-in")
def own_precincts() -> ResponseReturnValue:
    """List the precincts that the reader enters or approves returns of."""
    after = request.args.get("after", "")
    with looking() as ctx:
        found = find_own_work(ctx, read(PageOnly, {"after": after}))
    more = url_for("elections.own_precincts", after=found.after) if found.after else None
    first = url_for("elections.own_precincts") if after else None
    told = {"found": found, "next_url": more, "first_url": first}
    return render_template("elections/own_precincts.html", **told)


@bp.get("/precinct/<code>")
@needs("signed-in")
def precinct(code: str) -> ResponseReturnValue:
    """Show what a precinct has to return, and how far that is."""
    with looking() as ctx:
        found = read_duties(ctx, read(PrecinctOnly, {"precinct": code}))
    return render_template("elections/precinct.html", found=found)


@bp.get("/precinct/<code>/<id>/<contest>")
@needs("signed-in")
def precinct_return(code: str, id: str, contest: str) -> ResponseReturnValue:  # noqa: A002 (a place)
    """Show a return with all its versions, and ask for the next one."""
    told = _found(code, id, contest)
    return _shown(told, _form(told), _options(told))


@bp.post("/precinct/<code>/<id>/<contest>")
@needs(ENTERING)
def keep_return(code: str, id: str, contest: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Keep what was counted as the next version, or show what is wrong at its place."""
    told = _found(code, id, contest)
    form, options = _form(told), _options(told)
    kept, status = attempt(form, enter_return, wish=_wish(told, form, options))
    if kept is not None:
        said = _("Version %(version)s is kept. Compare it with the form, then submit it.")
        flash(said % {"version": kept.version}, "success")
        return redirect(_place(told), 303)
    return _shown(told, form, options), status


@bp.post("/precinct/<code>/<id>/<contest>/submission")
@needs(ENTERING)
def submit_version(code: str, id: str, contest: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Submit a version, or say what does not add up."""
    told = _found(code, id, contest)
    form = _form(told, fresh=True)
    kept, status = attempt(form, submit_return, wish=_version(told, ReturnVersion), once=False)
    if kept is None:
        return _shown(told, form, _options(told, fresh=True)), status
    flash(_("The return was submitted; somebody else approves it."), "success")
    return redirect(_place(told), 303)


@bp.post("/precinct/<code>/<id>/<contest>/approval")
@needs(APPROVING)
def approve_version(code: str, id: str, contest: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Let a version count."""
    told = _found(code, id, contest)
    wish = _version(told, ReturnVersion)
    press(approve_return, wish, say=lambda _done: _("The return is approved and counts now."))
    return redirect(_place(told), 303)


@bp.post("/precinct/<code>/<id>/<contest>/returning")
@needs(APPROVING)
def send_back_version(code: str, id: str, contest: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Send a version back to who has entered it, with the reason."""
    told = _found(code, id, contest)
    wish = _version(told, SendBack)
    press(send_back_return, wish, say=lambda _done: _("Who entered it was told why."))
    return redirect(_place(told), 303)


def _found(code: str, public_id: str, contest: str) -> Return:
    wish = read(OfReturn, {"id": public_id, "precinct": code, "contest": contest})
    with looking() as ctx:
        return read_return(ctx, wish)


def _place(told: Return) -> str:
    return url_for(
        "elections.precinct_return", code=told.precinct, id=told.election, contest=told.contest
    )


def _version(told: Return, kind: type[Any]) -> Any:  # noqa: ANN401 (the wish of a button)
    return posted(kind, id=told.election, precinct=told.precinct, contest=told.contest)


def _form(told: Return, *, fresh: bool = False) -> CommandForm[ReturnFigures]:
    """Return the form of figures; numbers are typed as text, so that no comma is dropped."""
    last = told.versions[0] if told.versions else None
    names = ReturnFigures.model_fields
    values = {name: getattr(last, name) for name in names} if last else {}
    beside = {VERSION, *(VOTES + option.code for option in told.options)}
    asked = {n: str(values.get(n, "")) for n in names} if fresh else None
    form = CommandForm(ReturnFigures, values=values, beside=beside, asked=asked)
    for name in ("ballots", "blank", "spoiled"):
        form[name].kind, form[name].attrs = "text", {"inputmode": "numeric", "maxlength": "12"}
    return form


def _options(told: Return, *, fresh: bool = False) -> list[Field]:
    """Return a field for the votes of each option, as typed or as they were kept last."""
    last = {line.code: str(line.votes) for line in told.versions[0].lines} if told.versions else {}
    typed = {} if fresh else request.form
    numeric = {"inputmode": "numeric", "maxlength": "12"}
    return [
        Field(
            VOTES + one.code,
            one.title,
            hint="",
            kind="text",
            value=typed.get(VOTES + one.code, last.get(one.code, "")),
            required=True,
            attrs=numeric,
        )
        for one in told.options
    ]


def _wish(
    told: Return, form: CommandForm[ReturnFigures], options: list[Field]
) -> EnterReturn | None:
    """Return what was typed as a wish; None, with each error at its field, if it is odd."""
    typed = form.read()
    lines = {one.name.removeprefix(VOTES): one.value for one in options}
    about = {"id": told.election, "precinct": told.precinct, "contest": told.contest}
    figures = typed.model_dump() if typed else {"ballots": 0}
    version = request.form.get(VERSION, "")
    try:
        wish = read(EnterReturn, {**figures, **about, "lines": lines, VERSION: version})
    except Invalid as error:
        for one in options:
            wrong = error.fields.get(f"lines.{one.name.removeprefix(VOTES)}")
            one.errors.extend([wrong] if wrong else [])
        form.problems.extend(f"{one.label}: {one.errors[0]}" for one in options if one.errors)
        if not form.failed:
            form.refuse({"": " ".join(dict.fromkeys(error.fields.values()))})
        return None
    return wish if typed else None


def _shown(told: Return, form: CommandForm[ReturnFigures], options: list[Field]) -> str:
    return render_template("elections/return.html", told=told, form=form, options=options)
