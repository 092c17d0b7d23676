"""Turnout for everybody."""

from townsquare.core.usecase import Context, query, use_case
from townsquare.services.elections.commands.fields import Chosen, Nothing
from townsquare.services.elections.errors import NotCounted
from townsquare.services.elections.models.elections import ElectionRow
from townsquare.services.elections.models.reading import election_of, moment, numbers_of
from townsquare.services.elections.models.totals import took_part
from townsquare.services.elections.models.turnout import by_hour, tell_polls
from townsquare.services.elections.models.weighing import Weighed, weighed
from townsquare.services.elections.results.turnout import Told, Turnout

RUN = "elections.count.run"


@query("elections.turnout.read", permission="public")
def read_turnout(ctx: Context, wish: Chosen) -> Turnout:
    """Return how many have voted: of a board by the hour, else once the election is over."""
    row = election_of(ctx, wish.id)
    about = (row.public_id, row.title, row.tier, row.zone)
    if row.tier == "encrypted":
        hours = by_hour(ctx.db, row)
        voters, _marked = numbers_of(ctx.db, row.id)
        return Turnout(*about, voters, hours[-1].voted if hours else 0, hours)
    told = _in_the_end(ctx, row)
    weights = (told.weight, told.weight_voted, told.by_weight)
    return Turnout(*about, told.voters, told.voted, [], *weights)


@use_case("elections.turnout.tell", permission=RUN)
def tell_turnout(ctx: Context, _wish: Nothing) -> Told:
    """Tell the turnout of open polls, in coarse numbers, to whoever follows one."""
    return Told(tell_polls(ctx))


def _in_the_end(ctx: Context, row: ElectionRow) -> Weighed:
    if row.state == "draft" or moment(ctx) < row.closes_at:
        raise NotCounted
    if row.tier != "paper" and row.state not in ("closed", "certified"):
        raise NotCounted
    return weighed(took_part(ctx, row))
