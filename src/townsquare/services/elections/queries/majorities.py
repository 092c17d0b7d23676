"""Whether the majorities of a counted election are reached."""

from collections.abc import Iterable, Mapping

from townsquare.core.usecase import Context
from townsquare.services.elections.models.box import CountRow
from townsquare.services.elections.models.elections import ElectionRow
from townsquare.services.elections.models.majorities import reckoned, whole_of
from townsquare.services.elections.models.totals import totals_of
from townsquare.services.elections.results.elections import Contest
from townsquare.services.elections.results.majorities import Majority, MajorityCount
from townsquare.services.elections.rules.parts import Papers


def majorities_of(
    ctx: Context, row: ElectionRow, found: Mapping[str, CountRow], *, contests: Iterable[Contest]
) -> dict[str, MajorityCount]:
    """Return the majority of each of these questions that asks for one, by their codes.

    What was spoiled on paper stands in the returns alone, so those are asked there.
    """
    asking = {one.code: one.majority for one in contests if one.majority}
    if asking and row.tier == "paper":
        told = totals_of(ctx, row).contests
        return {one.code: one.majority for one in told if one.majority and one.code in asking}
    return {
        code: _reckoned(ctx, row, found[code], asked=asked, code=code)
        for code, asked in asking.items()
    }


def _reckoned(
    ctx: Context, row: ElectionRow, counted: CountRow, *, asked: Majority, code: str
) -> MajorityCount:
    papers = Papers(counted.papers, counted.blank)
    whole = whole_of(ctx.db, row, code, asked=asked, papers=papers)
    return reckoned(asked, whole, map(int, counted.votes.values()))
