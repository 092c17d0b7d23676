"""What everybody may look at: the elections of the town, one of them, and results."""

from datetime import datetime
from typing import Any

from babel.dates import format_skeleton, format_time
from babel.numbers import format_decimal
from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from townsquare.core.web import actor, looking, needs
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.elections.commands.elections import FindPublic
from townsquare.services.elections.commands.fields import Chosen
from townsquare.services.elections.commands.voting import FindReceipt
from townsquare.services.elections.pages import bp
from townsquare.services.elections.pages.paging import page_asked, paged
from townsquare.services.elections.pages.totals import totals_page
from townsquare.services.elections.pages.ways import TITLES
from townsquare.services.elections.queries import elections as looks
from townsquare.services.elections.queries.results import find_receipt, read_result
from townsquare.services.elections.results.elections import Election, Paper
from townsquare.services.elections.results.returns import ContestTotal
from townsquare.services.elections.results.rounds import Rounds
from townsquare.services.elections.results.voting import ContestCount, Counts
from townsquare.services.elections.rules.moments import zoned
from townsquare.services.elections.rules.percents import SMALL_ROLL
from townsquare.services.elections.rules.ways import RANK

MARKS, FIRSTS = translatable("Votes"), translatable("First preferences")
POINTS, RIVALS = translatable("Points"), translatable("Rivals beaten")
MEASURES = {
    **dict.fromkeys(("score", "borda", "borda-from-one", "borda-modified"), POINTS),
    **dict.fromkeys(("schulze", "condorcet"), RIVALS),
    "majority-judgement": translatable("Median grade"),
}
ENDED = ("closed", "certified", "annulled")
STAGES = {
    "draft": (translatable("Draft"), ""),
    "coming": (translatable("Not open yet"), "info"),
    "open": (translatable("Open"), "success"),
    "suspended": (translatable("Suspended"), "warning"),
    "counting": (translatable("Being counted"), "warning"),
    "closed": (translatable("Closed and counted"), ""),
    "certified": (translatable("Certified"), "success"),
    "annulled": (translatable("Annulled"), "danger"),
}


@bp.app_template_filter("poll_stage")
def poll_stage(stage: str) -> tuple[str, str]:
    """Return in words how far a poll is, and the tone of its tag."""
    word, tone = STAGES[stage]
    return _(word), tone


@bp.app_template_filter("voted_words")
def voted_words(election: Election) -> str | None:
    """Return how many have voted, in words while only tens are told; None where nobody tells it."""
    if election.tier == "paper":
        return None
    told = format_decimal(election.voted, locale=get_locale())
    if election.tier != "poll" or election.stage in ENDED:
        return told
    return _("At least %(many)s", many=told) if election.voters >= SMALL_ROLL else None


@bp.app_template_filter("poll_moment")
def poll_moment(when: datetime, zone: str) -> str:
    """Return a moment as the clock of a poll shows it, with the zone of that clock."""
    here, locale = zoned(when, zone), get_locale()
    day = format_skeleton("yMMMEd", here, locale=locale)
    return f"{day}, {format_time(here.time(), 'short', locale=locale)} ({zone.replace('_', ' ')})"


@bp.app_template_filter("counted_as")
def counted_as(contest: ContestCount | Rounds) -> str:
    """Return in a word or two what the votes of a result are."""
    return str(_(MEASURES.get(contest.rule, FIRSTS if contest.kind == RANK else MARKS)))


@bp.app_template_filter("rule_words")
def rule_words(contest: ContestCount | ContestTotal) -> str:
    """Return in words how a question was marked and counted."""
    return str(_(TITLES[contest.rule]))


@bp.get("")
@needs("public")
def elections() -> ResponseReturnValue:
    """Show the elections that are open or coming, those of the reader, and past ones."""
    asked = {name: request.args.get(name, "") for name in ("after", "on")}
    wish = read(FindPublic, {name: said for name, said in asked.items() if said})
    with looking() as ctx:
        found = looks.find_elections(ctx, wish)
    more = url_for("elections.elections", after=found.after) if found.after else None
    first = url_for("elections.elections") if wish.after else None
    return render_template(
        "elections/elections.html", found=found, day=wish.on, next_url=more, first_url=first
    )


@bp.get("/<id>")
@needs("public")
def election(id: str) -> ResponseReturnValue:  # noqa: A002 (the place in the address)
    """Show one election, and what is promised of it."""
    paper = _before(id)
    return render_template("elections/election.html", paper=paper, election=paper.election)


@bp.get("/<id>/results")
@needs("public")
def results(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Show the result of a poll, and whether the vote of a receipt was counted."""
    wish = read(FindReceipt, {"id": id, "receipt": request.args.get("receipt", "")})
    with looking() as ctx:
        if looks.is_on_paper(ctx, Chosen(id=wish.id)):
            return totals_page(wish.id)
        told = read_result(ctx, Chosen(id=wish.id))
        asked = find_receipt(ctx, wish) if wish.receipt else None
    return render_template(
        "elections/results.html",
        told=told,
        asked=asked,
        named={one.code: {each.code: each.title for each in one.options} for one in told.contests},
        **page_asked(wish.id, _pages(told)),
    )


def _pages(told: Counts) -> Any:  # noqa: ANN401 (pages of any questions)
    """Return the result page by page: each question with some of its options, most votes first."""
    return paged(
        (one, sorted(one.options, key=lambda option: (not option.elected, -option.votes)))
        for one in told.contests
    )


def _before(public_id: str) -> Paper:
    """Return an election as the reader has it before them, signed in or not."""
    wish = read(Chosen, {"id": public_id})
    with looking() as ctx:
        if actor().signed_in:
            return looks.read_paper(ctx, wish)
        told = looks.read_election(ctx, wish)
    return Paper(told, on_roll=False, has_voted=False, receipt="")
