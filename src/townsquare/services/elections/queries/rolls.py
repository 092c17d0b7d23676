"""The roll of an election, page by page."""

from sqlalchemy import case, func, select
from sqlalchemy.orm import join

from townsquare.blocks import people
from townsquare.core.paging import Order
from townsquare.core.usecase import Context, query
from townsquare.services.elections.commands.elections import FindRoll
from townsquare.services.elections.commands.rolls import OfVoter
from townsquare.services.elections.errors import UnknownEntry
from townsquare.services.elections.models.elections import RollRow, VoterRow, has_confirmed
from townsquare.services.elections.models.reading import election_of
from townsquare.services.elections.models.styles import StyleRow
from townsquare.services.elections.results.voting import Roll, RollLine

MANAGE, CHALLENGE = "elections.roll.manage", "elections.roll.challenge"
PERSON = people.PERSON
# Who has left the town has neither any more.
NAME, EMAIL = func.coalesce(PERSON.name, ""), func.coalesce(PERSON.email, "")
OF_BOTH = join(RollRow, VoterRow, VoterRow.id == RollRow.voter_id)
BY_NUMBER = Order(RollRow.public_id, VoterRow.number, RollRow.public_id, among=OF_BOTH)
STATE = case((VoterRow.state == "suspended", "suspended"), else_=RollRow.state)
LINES = (
    select(
        *(RollRow.public_id.label("id"), VoterRow.number, NAME, EMAIL, has_confirmed()),
        *(RollRow.precinct, func.coalesce(StyleRow.code, ""), RollRow.weight, STATE),
        RollRow.style_by_precinct,
    )
    .join(VoterRow, VoterRow.id == RollRow.voter_id)
    .outerjoin(StyleRow, StyleRow.id == RollRow.style_id)
    .outerjoin(PERSON, PERSON.public_id == VoterRow.person)
)


@query("elections.roll.list", permission=MANAGE)
def find_roll(ctx: Context, wish: FindRoll) -> Roll:
    """Return one page of the roll of an election, by voter number."""
    lines = LINES.where(RollRow.election_id == election_of(ctx, wish.id).id)
    return Roll(*BY_NUMBER.read(ctx.db, lines, RollLine, after=wish.after, limit=wish.limit))


@query("elections.roll.voter", permission=CHALLENGE)
def read_voter(ctx: Context, wish: OfVoter) -> RollLine:
    """Return somebody on the roll of an election; UnknownEntry if they are not on this one."""
    lines = LINES.where(RollRow.election_id == election_of(ctx, wish.id).id)
    found = ctx.db.execute(lines.where(RollRow.public_id == wish.voter)).first()
    if found is None:
        raise UnknownEntry
    return RollLine(*found)
