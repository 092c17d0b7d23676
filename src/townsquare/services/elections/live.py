"""What pages of elections hear while they are open, and the lines that stay open for acts.

Topics are for everybody, so they tell nothing of a draft and nothing of a person: totals of
approved returns, counts, heads of boards that a checkpoint has signed, and turnout in numbers.
"""

from collections.abc import Mapping
from typing import Any

from townsquare.core.manifest import Listener, Socket, Topic
from townsquare.core.realtime import publish
from townsquare.core.usecase import Context
from townsquare.services.elections.commands.fields import Chosen
from townsquare.services.elections.queries.counts import count_votes
from townsquare.services.elections.queries.results import read_result
from townsquare.services.elections.results.voting import ContestCount
from townsquare.services.elections.usecases.returning import ENTERING, enter_return

TOPICS = tuple(
    Topic(f"elections.<election>.{what}", "public")
    for what in ("turnout", "results", "board", "disputes")
)
SOCKETS = (
    Socket(
        "returns",
        enter_return,
        ENTERING,
        hears="enter_return",
        says="return_stored",
        refuses="return_refused",
    ),
    Socket("counts", count_votes, "signed-in"),
)


def show_count(ctx: Context, facts: Mapping[str, Any]) -> None:
    """Tell the result of what was just counted, as totals of paper elections are told."""
    told = read_result(ctx, Chosen(id=facts["election"]))
    topic = f"elections.{told.election}"
    contests = [_told(contest) for contest in told.contests]
    about = {"election": told.election, "state": told.stage, "percent": 100}
    publish(ctx, f"{topic}.results", {**about, "contests": contests})
    turnout = {"election": told.election, "voters": told.voters, "voted": told.ballots}
    publish(ctx, f"{topic}.turnout", turnout)


def show_decision(ctx: Context, facts: Mapping[str, Any]) -> None:
    """Tell that two people have decided something; its page says what, and why."""
    told = {"election": facts["election"], "decided": facts["kind"]}
    publish(ctx, f"elections.{facts['election']}.results", told)


def show_dispute(ctx: Context, facts: Mapping[str, Any]) -> None:
    """Tell that somebody objects or that there is a ruling, and nothing of what it says."""
    told = {"election": facts["election"], "kind": facts["kind"]}
    publish(ctx, f"elections.{facts['election']}.disputes", told)


def _told(contest: ContestCount) -> dict[str, object]:
    options = [{"code": one.code, "votes": one.votes} for one in contest.options]
    facts = {"code": contest.code, "ballots": contest.papers, "blank": contest.blank}
    return {**facts, "options": options}


_ANYBODY = frozenset({"public"})
LISTENERS = (
    Listener("elections.PollCounted", show_count, _ANYBODY),
    Listener("elections.BoardCounted", show_count, _ANYBODY),
    Listener("elections.DecisionConfirmed", show_decision, _ANYBODY),
    Listener("elections.DisputeFiled", show_dispute, _ANYBODY),
    Listener("elections.DisputeRuled", show_dispute, _ANYBODY),
)
