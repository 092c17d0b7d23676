"""The office: drafts, their times and questions."""

from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_percent, ngettext
from flask_babel import gettext as _

from townsquare.core.usecase import Command
from townsquare.core.web import acting, looking, needs, town
from townsquare.core.web.attempts import attempt, read_onto
from townsquare.core.web.forms import CommandForm, posted
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.elections.commands.elections import (
    AddContest,
    DraftElection,
    FindElections,
    OfPart,
    Question,
    ReviseElection,
    Waiver,
    WaiveRehearsal,
)
from townsquare.services.elections.commands.fields import Chosen
from townsquare.services.elections.errors import Frozen, UnknownElection
from townsquare.services.elections.models.readiness import (
    MANY_MARKS,
    SMALL_ROLL,
    UNCONTESTED,
    signatures_of,
)
from townsquare.services.elections.models.reading import VIEW
from townsquare.services.elections.models.unsettled import FEW_ALIKE, FEW_ASKED
from townsquare.services.elections.pages import bp
from townsquare.services.elections.pages.majorities import passes_with
from townsquare.services.elections.pages.marking import asked
from townsquare.services.elections.pages.ways import TITLES
from townsquare.services.elections.queries.elections import find_drafts, read_set_up
from townsquare.services.elections.queries.linked import find_part
from townsquare.services.elections.results.elections import Contest, Election, SetUp, Signature
from townsquare.services.elections.usecases.copying import clone_election, rehearse_election
from townsquare.services.elections.usecases.setting_up import (
    FACTS,
    MANAGE,
    add_contest,
    draft_election,
    drop_contest,
    revise_election,
)
from townsquare.services.elections.usecases.waiving import waive_rehearsal

COPIES = {"clone": clone_election, "rehearsal": rehearse_election}
WARNINGS = {
    FEW_ALIKE: translatable(
        "Fewer than five voters share a weight and a style, so that the result may tell how they"
        " voted; let more of them be alike."
    ),
    FEW_ASKED: translatable(
        "Fewer than ten of the roll are asked “{contest}”: its result will nearly tell how they"
        " voted."
    ),
    SMALL_ROLL: translatable(
        "Fewer than ten people may vote: the result will nearly tell who voted what."
    ),
    UNCONTESTED: translatable("“{contest}” has no more options than winners."),
    MANY_MARKS: translatable(
        "More than eight may be marked on “{contest}”: few papers will be alike."
    ),
}
ORDERS = {
    "list": translatable("As listed"),
    "alphabetical": translatable("By name"),
    "random": translatable("Drawn anew for each voter, in simple polls"),
}
BASES = {
    "valid": translatable("Valid votes: not blank, not spoiled"),
    "cast": translatable("All votes cast, blank and spoiled too"),
    "roll": translatable("All who are asked, voting or not"),
}
TIERS = {
    "poll": translatable("Simple poll: secret, but the server could see votes while it is open"),
    "encrypted": translatable("Encrypted: nobody can open a ballot alone, trustees are needed"),
    "paper": translatable("On paper: precincts enter their returns"),
    "imported": translatable("Imported: ballots of a file that were cast and read elsewhere"),
}
Wish = TypeVar("Wish", bound=Command)


@bp.app_template_filter("asked_words")
def asked_words(contest: Contest) -> str:
    """Return in words what a question asks for, how many win, and how they are found."""
    wins = ngettext("One wins.", "%(num)s win.", contest.seats)
    told = f"{asked(contest)} {wins} {_(TITLES[contest.rule])}."
    return f"{told} {passes_with(contest.majority)}" if contest.majority else told


@bp.get("/office")
@needs(VIEW)
def office() -> ResponseReturnValue:
    """List all elections, drafts among them."""
    wish = read(FindElections, {"after": request.args.get("after", "")})
    with looking() as ctx:
        found = find_drafts(ctx, wish)
    more = url_for("elections.office", after=found.after) if found.after else None
    first = url_for("elections.office") if wish.after else None
    return render_template("elections/office.html", found=found, next_url=more, first_url=first)


@bp.route("/office/new", methods=["GET", "POST"])
@needs(MANAGE)
def new_election() -> ResponseReturnValue:
    """Ask what is voted on, and when, and begin to set it up."""
    kinds = {"tier": [(tier, _(title)) for tier, title in TIERS.items()]}
    form = CommandForm(DraftElection, values={"zone": town().settings.zone}, choices=kinds)
    status = 200
    if request.method == "POST":
        made, status = attempt(form, draft_election, wish=form.read())
        if made is not None:
            return redirect(url_for("elections.set_up", id=made.id), 303)
    about = (
        _("Set up an election"),
        url_for("elections.new_election"),
        url_for("elections.office"),
    )
    return asking(form, about, act=_("Set it up")), status


@bp.get("/office/<id>")
@needs(VIEW)
def set_up(id: str) -> ResponseReturnValue:  # noqa: A002 (the place in the address)
    """Show how far an election is, and what has to be done next by whom."""
    found = _found(id)
    warned = [_(WARNINGS[one.kind]).format(contest=one.contest) for one in found.warnings]
    if found.election.stage == "draft" and found.election.voters:
        warned += [_signature(one) for one in signatures_of(found.election) if one.warned]
    kinds = {one.kind for one in found.warnings}
    return render_template(
        "elections/set_up.html",
        found=found,
        election=found.election,
        warned=warned,
        small=SMALL_ROLL in kinds,
        few=bool(kinds & {FEW_ALIKE, FEW_ASKED}),
    )


@bp.route("/office/<id>/edit", methods=["GET", "POST"])
@needs(MANAGE)
def edit_election(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Ask what is otherwise with a draft, and keep it."""
    election = _draft(id)
    form = CommandForm(ReviseElection, values=_values(election), hidden=("id", "version"))
    status = 200
    if request.method == "POST":
        kept, status = attempt(form, revise_election, wish=with_id(form, ReviseElection, id))
        if kept is not None:
            flash(_("The draft was changed."), "success")
            return redirect(url_for("elections.set_up", id=kept.id), 303)
    back = url_for("elections.set_up", id=election.id)
    about = (_("Change the draft"), url_for("elections.edit_election", id=election.id), back)
    return asking(form, about, act=_("Save")), status


@bp.route("/office/<id>/rehearsal", methods=["GET", "POST"])
@needs(MANAGE)
def no_rehearsal(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Ask why an encrypted election is frozen without a rehearsal, and keep that."""
    election = _draft(id)
    form, status = CommandForm(Waiver, values={"reason": election.waiver}), 200
    if request.method == "POST":
        kept, status = attempt(form, waive_rehearsal, wish=with_id(form, WaiveRehearsal, id))
        if kept is not None:
            flash(_("The draft was changed."), "success")
            return redirect(url_for("elections.set_up", id=kept.id), 303)
    back = url_for("elections.set_up", id=election.id)
    about = (_("Do without a rehearsal"), url_for("elections.no_rehearsal", id=election.id), back)
    return asking(form, about, act=_("Save")), status


@bp.route("/office/<id>/contests", methods=["GET", "POST"])
@needs(MANAGE)
def new_contest(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Ask for a question with its options, and put it into the draft."""
    election = _draft(id)
    ways = [(code, _(title)) for code, title in TITLES.items()]
    orders = [(code, _(title)) for code, title in ORDERS.items()]
    bases = [(base, _(title)) for base, title in BASES.items()]
    choices = {"rule": ways, "order": orders, "majority_base": bases}
    form, status = CommandForm(Question, choices=choices), 200
    if request.method == "POST":
        made, status = attempt(form, add_contest, wish=with_id(form, AddContest, id))
        if made is not None:
            flash(_("The question was added."), "success")
            return redirect(url_for("elections.set_up", id=made.id), 303)
    back = url_for("elections.set_up", id=election.id)
    about = (_("Add a question"), url_for("elections.new_contest", id=election.id), back)
    return asking(form, about, act=_("Add it")), status


@bp.post("/office/contests/<id>/removal")
@needs(MANAGE)
def no_contest(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Take a question out of a draft."""
    with acting() as ctx:
        left = drop_contest(ctx, posted(Chosen, id=id))
    flash(_("The question was taken out."), "success")
    return redirect(url_for("elections.set_up", id=left.id), 303)


@bp.post("/office/<id>/copies/<kind>")
@needs(MANAGE)
def copy_election(id: str, kind: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Copy the set-up of an election into a new draft, which may be a rehearsal of it."""
    act = COPIES.get(kind)
    if act is None:
        raise UnknownElection
    with acting() as ctx:
        made = act(ctx, posted(Chosen, id=id))
    flash(_("This is the copy. Look at its times; nobody is on its roll yet."), "success")
    return redirect(url_for("elections.set_up", id=made.id), 303)


def _signature(one: Signature) -> str:
    """Return the warning that papers of a ranked question could be recognised."""
    told = {"question": one.question, "ranks": one.ranks, "turnout": one.turnout}
    shares = {"median": _percent(one.median), "high": _percent(one.high)}
    said = _(
        "“%(question)s” can be ranked in %(possible)s ways. With %(ranks)s ranks and"
        " %(turnout)s papers about %(median)s of them would be like no other one (in one of ten"
        " trials %(high)s or more), so that somebody who bought a ranking could recognise it.",
        possible=one.possible,
        **told,
        **shares,
    )
    if one.suggested_median >= one.median:
        return str(said)
    better = {"ranks": one.suggested, "median": _percent(one.suggested_median)}
    return f"{said} {_('With a limit of %(ranks)s it would be about %(median)s.', **better)}"


def _percent(thousandths: int) -> str:
    return str(format_percent(thousandths / 1000, format="#,##0.0 %"))


def with_id(form: CommandForm[Any], kind: type[Wish], public_id: str) -> Wish | None:
    """Return what was typed as a wish about the thing that the address names."""
    typed = form.read()
    if typed is None:
        return None
    return read_onto(form, kind, {**typed.model_dump(), "id": public_id})


def must_belong(public_id: str, kind: str, part: str) -> None:
    """Answer 404 where what the address names beside its election is of another one."""
    with looking() as ctx:
        find_part(ctx, read(OfPart, {"id": public_id, "kind": kind, "part": part}))


def _found(public_id: str) -> SetUp:
    with looking() as ctx:
        return read_set_up(ctx, read(Chosen, {"id": public_id}))


def _draft(public_id: str) -> Election:
    """Return an election that can still be changed; no form is shown for another one."""
    election = _found(public_id).election
    if election.stage != "draft":
        raise Frozen
    return election


def _values(election: Election) -> dict[str, object]:
    """Return what stands on the form of a draft; its times as its own clock shows them."""
    told = ("id", "version", *FACTS)
    times = {"opens": election.opens, "closes": election.closes}
    here = ZoneInfo(election.zone)
    written = {name: at.astimezone(here).strftime("%Y-%m-%dT%H:%M") for name, at in times.items()}
    return {**{name: getattr(election, name) for name in told}, **written}


def asking(
    form: CommandForm[Any],
    about: tuple[str, str, str],
    *,
    act: str,
    said: str = "",
) -> str:
    """Return a page that asks for something; `about` is its title, its address and the way back."""
    title, action, back = about
    told = {"title": title, "action": action, "back": back, "about": said}
    return render_template("elections/form.html", form=form, act=act, **told)
