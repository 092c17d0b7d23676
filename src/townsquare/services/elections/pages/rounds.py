"""Rounds of a count: why each vote moved in words, a table of all of them, and a picture."""

from fractions import Fraction
from functools import partial

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.web import looking, needs
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.elections.commands.counts import ChosenContest, FindRounds
from townsquare.services.elections.pages import bp
from townsquare.services.elections.pages.ways import TITLES
from townsquare.services.elections.queries.rounds import read_rounds, read_table
from townsquare.services.elections.results.rounds import Round, Rounds, Tied
from townsquare.services.elections.rules.flows import flows

CELLS, MOST = 120, 6  # Cells of a table, and rounds, on one page.
NAMES, LOTS = 12, 40  # Of a tie in one sentence, and lots on one page.
STEPS = {
    "backward": translatable("the votes of the last earlier round in which they differed decided"),
    "forward": translatable("the votes of the first round in which they differed decided"),
    "lot": translatable("the lot decided, as they had been equal in every round before"),
    "candidate-order": translatable("the order of the ballot decided"),
}
PURPOSES = {
    "elect": translatable("for a seat"),
    "transfer": translatable("for whose votes move first"),
    "exclude": translatable("for the exclusion"),
}
REASONS = {
    "undervote": translatable("blank"),
    "overvote": translatable("overvoted"),
    "skipped": translatable("a rank left out"),
    "duplicate": translatable("ranked twice"),
    "exhausted": translatable("no further preference"),
    "blank": translatable("blank"),
    "invalid": translatable("invalid"),
}


@bp.get("/<id>/rounds/<contest>")
@needs("public")
def rounds(id: str, contest: str) -> ResponseReturnValue:  # noqa: A002 (the place in the address)
    """Show some rounds of the count of a question, and how it can be counted again."""
    asked = {"id": id, "contest": contest, "first": request.args.get("first", "1")}
    with looking() as ctx:
        whole = read_rounds(ctx, read(FindRounds, {**asked, "limit": MOST}))
    many = min(MOST, max(1, CELLS // max(len(whole.options), 1)))
    shown = whole.rounds[:many]
    last = shown[-1].number if shown else 0
    here = partial(url_for, "elections.rounds", id=whole.election, contest=whole.contest)
    ways = {
        "next_url": here(first=last + 1) if 0 < last < whole.all else None,
        "first_url": here() if asked["first"] != "1" else None,
    }
    named = {option.code: option.title for option in whole.options}
    drawn = _picture(whole, shown)
    return render_template(
        "elections/rounds.html",
        told=whole,
        shown=shown,
        named=named,
        picture=drawn,
        lots=whole.lots if len(whole.lots) <= LOTS else [],
        way=_(TITLES[whole.rule]),
        ties={stage.number: [_tie(tie, named) for tie in stage.ties] for stage in shown},
        aside={stage.number: _aside(stage) for stage in shown},
        **ways,
    )


@bp.get("/<id>/tables/<contest>")
@needs("public")
def table(id: str, contest: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Give the whole table of a count as the bytes that its hash is of."""
    with looking() as ctx:
        found = read_table(ctx, read(ChosenContest, {"id": id, "contest": contest}))
    answer = Response(found.text, mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="{found.contest}-table.json"'
    return answer


def _picture(whole: Rounds, shown: list[Round]) -> object:
    """Return a picture where votes move; a single sum has none."""
    if whole.all < len(("before", "after")) or not shown[1:]:
        return None
    gone = [str(sum(Fraction(one.votes) for one in stage.aside)) for stage in shown]
    return flows(shown, whole.papers, gone)


def _tie(tie: Tied, named: dict[str, str]) -> str:
    names = ", ".join(named[code] for code in tie.options[:NAMES])
    if more := tie.options[NAMES:]:
        names = _("%(names)s and %(many)s others", names=names, many=len(more))
    why = _(STEPS.get(tie.step, STEPS["lot"]))
    purpose = _(PURPOSES[tie.purpose])
    told = {"names": names, "purpose": purpose, "why": why, "chosen": named[tie.chosen]}
    return str(_("%(names)s tied %(purpose)s; %(why)s: %(chosen)s.", **told))


def _aside(stage: Round) -> str:
    told = [f"{one.votes} ({_(REASONS[one.reason])})" for one in stage.aside if Fraction(one.votes)]
    return ", ".join(told)
