"""The booth: one question a page, a look at everything, and one button that casts the vote.

What was chosen goes from page to page in the forms themselves: no address, no log and no table
learns of it before the vote is cast.
"""

from collections.abc import Mapping
from dataclasses import replace
from random import SystemRandom

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.errors import Conflict
from townsquare.core.web import acting, looking, needs
from townsquare.core.web.errors import sentence, status_of
from townsquare.core.web.forms import OWN
from townsquare.core.web.reading import read, refuse_unknown
from townsquare.core.words import translatable
from townsquare.services.elections.commands.fields import Chosen
from townsquare.services.elections.commands.voting import CastBallot
from townsquare.services.elections.errors import (
    NotOnRoll,
    NotOpen,
    TokenMistyped,
    UnknownCredential,
)
from townsquare.services.elections.pages import bp
from townsquare.services.elections.pages.marking import (
    Typed,
    answer_of,
    asked,
    fields_of,
    grade,
    said,
)
from townsquare.services.elections.pages.sealing import booth_of, cast_by_server
from townsquare.services.elections.queries.elections import read_paper
from townsquare.services.elections.results.elections import Contest, Paper
from townsquare.services.elections.rules.papers import Paper as Answered
from townsquare.services.elections.rules.ways import GRID
from townsquare.services.elections.usecases.casting import cast_ballot

STEP, TOKEN, SEALED = "step", "token", "encrypted"
REFUSED, DIGITS = 422, 3
STRANGER = translatable("You are not on the roll of this poll, and no vote of yours is in it.")
UNCAST = {
    "open": translatable("Your vote is NOT cast yet."),
    "counting": translatable("The poll has closed, and no vote of yours is in it."),
    "closed": translatable("The poll has closed, and no vote of yours is in it."),
}
TOO_EARLY = translatable("The poll is not open yet; nobody has voted.")
Marked = Mapping[str, Typed]


@bp.get("/<id>/vote")
@needs("signed-in")
def vote(id: str) -> ResponseReturnValue:  # noqa: A002 (the place in the address)
    """Open the booth: one that encrypts on the device, or that of a poll at its first question."""
    paper = _paper(id)
    _may_vote(paper)
    return booth_of(paper) if paper.election.tier == SEALED else _question(paper, {}, 0)


@bp.get("/<id>/vote/server")
@needs("signed-in")
def vote_by_server(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Open the booth in which the server encrypts, for who has no script, at its first question."""
    paper = _paper(id)
    _may_vote(paper)
    return _question(paper, {}, 0)


@bp.post("/<id>/vote")
@needs("signed-in")
def choose(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Go to the next question, back to another one, or to the look at everything."""
    paper = _paper(id)
    # Who changes an answer at the last look sends the field of the token along; it is not read.
    refuse_unknown(request.form.keys() - _known(paper, STEP, TOKEN))
    _may_vote(paper)
    marked, step = _marked(paper), _step(len(paper.election.contests))
    odd = _first_odd(paper, marked, step)
    if odd is not None:
        return _question(paper, marked, odd, refused=True), REFUSED
    if step == len(paper.election.contests):
        return _review(paper, marked)
    return _question(paper, marked, step)


@bp.post("/<id>/vote/cast")
@needs("signed-in")
def cast(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Put the vote into the box; nothing of this is kept to answer it again."""
    paper = _paper(id)
    refuse_unknown(request.form.keys() - _known(paper, TOKEN))
    _may_vote(paper)
    marked = _marked(paper)
    odd = _first_odd(paper, marked, len(paper.election.contests))
    if odd is not None:
        return _question(paper, marked, odd, refused=True), REFUSED
    contests = paper.election.contests
    choices = {one.code: answer_of(one, marked[one.code]).paper for one in contests}
    try:
        _put(paper, choices)
    except (Conflict, TokenMistyped, UnknownCredential) as error:
        return _review(paper, marked, sentence(error)), status_of(error)
    return redirect(url_for("elections.voted", id=id), 303)


@bp.get("/<id>/voted")
@needs("signed-in")
def voted(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Say whether the vote of the reader is cast, and show its receipt while there is one."""
    paper = _paper(id)
    why = "" if paper.has_voted else _uncast(paper)
    return render_template("elections/voted.html", paper=paper, election=paper.election, said=why)


def _put(paper: Paper, choices: Mapping[str, Answered]) -> None:
    if paper.election.tier == SEALED:
        cast_by_server(paper.election.id, request.form.get(TOKEN, ""), choices)
        return
    with acting() as ctx:
        cast_ballot(ctx, read(CastBallot, {"id": paper.election.id, "choices": choices}))


def _paper(public_id: str) -> Paper:
    with looking() as ctx:
        return read_paper(ctx, read(Chosen, {"id": public_id}))


def _may_vote(paper: Paper) -> None:
    if not paper.on_roll:
        raise NotOnRoll
    if paper.election.stage != "open":
        raise NotOpen


def _uncast(paper: Paper) -> str:
    """Return why there is no vote of the reader: it is promised only to who can still vote."""
    if not paper.on_roll:
        return str(_(STRANGER))
    return str(_(UNCAST.get(paper.election.stage, TOO_EARLY)))


def _known(paper: Paper, *more: str) -> set[str]:
    return {*OWN, *more, *(name for one in paper.election.contests for name in fields_of(one))}


def _marked(paper: Paper) -> Marked:
    """Return what stands in the fields of each question, without those that were left empty."""
    typed = request.form
    return {
        one.code: {
            name: values
            for name in fields_of(one)
            if (values := [v for v in typed.getlist(name) if v])
        }
        for one in paper.election.contests
    }


def _step(last: int) -> int:
    typed = request.form.get(STEP, "")
    return (
        min(int(typed), last) if typed.isascii() and typed.isdigit() and len(typed) <= DIGITS else 0
    )


def _first_odd(paper: Paper, marked: Marked, before: int) -> int | None:
    """Return the first question before a step that is not answered as it has to be."""
    contests = enumerate(paper.election.contests[:before])
    return next((at for at, one in contests if answer_of(one, marked[one.code]).faults), None)


def _question(paper: Paper, marked: Marked, place: int, *, refused: bool = False) -> str:
    contest = paper.election.contests[place]
    faults = answer_of(contest, marked.get(contest.code, {})).faults if refused else []
    return render_template(
        "elections/question.html",
        election=paper.election,
        contest=_drawn(contest),
        place=place,
        marked=marked,
        asked=asked(contest),
        grades=[grade(number) for number in range(contest.greatest + 1)]
        if contest.kind == GRID
        else [],
        faults=faults,
        wrong={fault.option: fault.said for fault in faults},
    )


def _drawn(contest: Contest) -> Contest:
    """Return a question as it is shown: in an order drawn for this very page, where it asks so."""
    if contest.order != "random":
        return contest
    many = len(contest.options)
    return replace(contest, options=SystemRandom().sample(contest.options, many))


def _review(paper: Paper, marked: Marked, refused: str = "") -> str:
    rows = [
        (contest, said(contest, marked[contest.code]), place)
        for place, contest in enumerate(paper.election.contests)
    ]
    return render_template(
        "elections/review.html", paper=paper, rows=rows, marked=marked, refused=refused
    )
