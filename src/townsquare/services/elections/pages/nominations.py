"""Who stands: the page for everybody, and those on which people stand or file a list."""

from io import BytesIO

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from townsquare.core.imports.csvfiles import encoding_of
from townsquare.core.usecase import Context
from townsquare.core.web import acting, looking, needs
from townsquare.core.web.attempts import attempt, read_onto
from townsquare.core.web.forms import CommandForm, posted
from townsquare.core.web.limits import rated
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.elections.commands.fields import BYTE_ORDER, Chosen, Nothing
from townsquare.services.elections.commands.nominations import (
    AmendCandidacy,
    Candidacy,
    FileCandidacy,
    FileSlate,
    FindCandidates,
    Slate,
    Standing,
)
from townsquare.services.elections.pages import bp
from townsquare.services.elections.pages.office import asking, with_id
from townsquare.services.elections.queries import nominations as looks
from townsquare.services.elections.results.nominations import Nominations, SlateReport
from townsquare.services.elections.usecases import candidacies
from townsquare.services.elections.usecases.slates import FILE, file_slate

LARGEST_UPLOAD = 2 * 1024 * 1024
SENT = "file"  # In place of what is pasted.
STATES = {
    "filed": (translatable("Filed"), "secondary"),
    "incomplete": (translatable("Incomplete"), "warning"),
    "accepted": (translatable("Admitted"), "success"),
    "rejected": (translatable("Rejected"), "danger"),
    "withdrawn": (translatable("Withdrawn"), "secondary"),
    "disqualified": (translatable("Disqualified"), "danger"),
}
# What each state means for who stands.
MEANINGS = {
    "filed": translatable("The officers decide on it. Until then you can correct it."),
    "incomplete": translatable(
        "Something is missing: read the reason, correct it and save; the officers look again."
    ),
    "accepted": translatable("You are admitted: your name stands on the ballot."),
    "rejected": translatable("You are not admitted; the reason stands beside."),
    "withdrawn": translatable("You have withdrawn."),
    "disqualified": translatable("You cannot win any more; the reason stands beside."),
}
MODES = {
    "atomic": translatable("Save nothing"),
    "rows": translatable("Save all other lines"),
}


@bp.app_template_filter("candidate_state")
def candidate_state(state: str) -> tuple[str, str]:
    """Return the word for a state of a candidacy, and its tone."""
    word, tone = STATES[state]
    return str(_(word)), tone


@bp.get("/nominations")
@needs("public")
def nominations() -> ResponseReturnValue:
    """List the elections in which candidates may be named now."""
    with looking() as ctx:
        found = looks.find_nominations(ctx, Nothing())
    return render_template("elections/nominations.html", found=found)


@bp.get("/<id>/candidates")
@needs("public")
def candidates(id: str) -> ResponseReturnValue:  # noqa: A002 (the place in the address)
    """Show who stands in an election, and with what words."""
    after = request.args.get("after", "")
    found = _standing(id, after)
    more = url_for("elections.candidates", id=id, after=found.after) if found.after else None
    first = url_for("elections.candidates", id=id) if after else None
    return render_template("elections/candidates.html", found=found, next_url=more, first_url=first)


@bp.route("/<id>/candidates/new", methods=["GET", "POST"])
@needs("signed-in")
def stand(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Ask who stands in an election, and for what."""
    found = _standing(id)
    form, status = CommandForm(Candidacy, choices=_contests(found)), 200
    if request.method == "POST":
        wish = with_id(form, FileCandidacy, id)
        filed, status = attempt(form, candidacies.file_candidacy, wish=wish)
        if filed is not None:
            flash(_("Your candidacy is filed; the officers decide on it."), "success")
            return redirect(url_for("elections.candidacy", id=filed.id), 303)
    here, back = (url_for(f"elections.{page}", id=id) for page in ("stand", "candidates"))
    return asking(form, (_("Stand for election"), here, back), act=_("File it")), status


@bp.get("/candidacies")
@needs("signed-in")
def own_candidacies() -> ResponseReturnValue:
    """List the candidacies of the reader, and those of their party."""
    with looking() as ctx:
        found = looks.find_own_candidacies(ctx, Nothing())
        titles = {one: _about(ctx, one).title for one in {line.election for line in found}}
    return render_template("elections/candidacies.html", found=found, titles=titles)


@bp.route("/candidacies/<id>", methods=["GET", "POST"])
@needs("signed-in")
def candidacy(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Show how far a candidacy is, and let who has filed it correct it."""
    with looking() as ctx:
        found = looks.read_candidacy(ctx, read(Chosen, {"id": id}))
        title = titles_of(ctx, found.election).get(found.contest, found.contest)
    values: dict[str, object] = {name: getattr(found, name) for name in Standing.model_fields}
    form, status = CommandForm(Standing, values=values), 200
    if request.method == "POST":
        wish = with_id(form, AmendCandidacy, id)
        kept, status = attempt(form, candidacies.amend_candidacy, wish=wish)
        if kept is not None:
            flash(_("Your candidacy was changed."), "success")
            return redirect(url_for("elections.candidacy", id=id), 303)
    told = {"found": found, "form": form, "title": title, "meaning": _(MEANINGS[found.state])}
    return render_template("elections/candidacy.html", **told), status


@bp.post("/candidacies/<id>/withdrawal")
@needs("signed-in")
def withdraw(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Take a candidacy back for good."""
    with acting() as ctx:
        candidacies.withdraw_candidacy(ctx, posted(Chosen, id=id))
    flash(_("The candidacy is withdrawn."), "success")
    return redirect(url_for("elections.candidacy", id=id), 303)


@bp.route("/<id>/slate", methods=["GET", "POST"])
@rated("expensive")
@needs(FILE)
def slate(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Ask an agent for the list of a party, and tell of each line that cannot be taken."""
    with looking() as ctx:
        found = looks.find_candidates(ctx, read(FindCandidates, {"id": id}))
        parties = looks.find_parties(ctx, Nothing())
    kinds = {
        "party": [(one.code, one.name) for one in parties],
        "mode": [(mode, _(title)) for mode, title in MODES.items()],
    }
    form = CommandForm(Slate, choices=kinds, beside=(SENT,))
    report: SlateReport | None = None
    status = 200
    if request.method == "POST":
        report, status = attempt(form, file_slate, wish=_list(form, id))
        if report is not None and not report.faults:
            said = ngettext("%(num)s candidacy was filed.", "%(num)s were filed.", report.saved)
            flash(said, "success")
            return redirect(url_for("elections.own_candidacies"), 303)
        form.renew()
    told = {"form": form, "report": report, "found": found}
    return render_template("elections/slate.html", **told), status


slate.largest_body = LARGEST_UPLOAD  # type: ignore[attr-defined]  # The first hook reads it.


def _list(form: CommandForm[Slate], public_id: str) -> FileSlate | None:
    """Return what was sent as a file in any usual encoding, or else what was pasted."""
    sent, typed = request.files.get(SENT), form.read()
    if sent is None or not sent.filename:
        told = typed.model_dump() if typed else {}
        return read_onto(form, FileSlate, {**told, "id": public_id}) if typed else None
    content = sent.read()
    text = content.decode(encoding_of(BytesIO(content), content), "replace")
    told = {name: request.form.get(name, "") for name in ("party", "mode")}
    whole = {**told, "rows": text.removeprefix(BYTE_ORDER), "id": public_id}
    return read_onto(form, FileSlate, whole)


def _standing(public_id: str, after: str = "") -> Nominations:
    with looking() as ctx:
        return looks.find_candidates(ctx, read(FindCandidates, {"id": public_id, "after": after}))


def titles_of(ctx: Context, election: str) -> dict[str, str]:
    """Return the titles of the questions in which people stand, by their codes."""
    return _about(ctx, election).contests


def _about(ctx: Context, election: str) -> Nominations:
    return looks.find_candidates(ctx, read(FindCandidates, {"id": election, "limit": "1"}))


def _contests(found: Nominations) -> dict[str, list[tuple[str, str]]]:
    return {"contest": list(found.contests.items())}
