"""Photos and symbols by their digests, for whoever may see what they belong to."""

from sqlalchemy import Select, exists, or_, select, true

from townsquare.core.usecase import Context, query
from townsquare.services.elections.commands.fields import Chosen
from townsquare.services.elections.commands.nominations import FindPicture, OfParty
from townsquare.services.elections.errors.nominations import NoSuchParty, UnknownPicture
from townsquare.services.elections.models.elections import ElectionRow
from townsquare.services.elections.models.nominating import candidate_of, own_candidate
from townsquare.services.elections.models.nominations import (
    ACCEPTED,
    PUBLIC,
    WAITING,
    CandidateRow,
    PartyRow,
)
from townsquare.services.elections.permissions import DECIDE
from townsquare.services.elections.results.nominations import Picture, Shown


@query("elections.picture.read", permission="public")
def read_picture(ctx: Context, wish: FindPicture) -> Picture:
    """Return a symbol, or a photo of somebody who was admitted, to everybody.

    A photo of somebody else is shown as their candidacy is: to them, their agent and officers.
    """
    symbol = select(PartyRow.symbol, PartyRow.symbol_type, true().label("shown"))
    chosen = symbol.where(PartyRow.symbol_hash == wish.digest).limit(1)
    found = ctx.db.execute(chosen).first() or ctx.db.execute(_photo(ctx, wish.digest)).first()
    if found is None or found[0] is None:
        raise UnknownPicture
    return Picture(found[0], found[1], bool(found[2]))


@query("elections.photo.read", permission="signed-in")
def read_photo(ctx: Context, wish: Chosen) -> Shown:
    """Return the photo of a candidate to who may change it, and whether they still can."""
    find = candidate_of if DECIDE in ctx.actor.permissions else own_candidate
    row = find(ctx, wish.id)
    state = ctx.db.scalar(select(ElectionRow.state).where(ElectionRow.id == row.election_id))
    stands = row.state in {*WAITING, ACCEPTED}
    return Shown(row.ballot_name, row.photo_hash, state != "draft", stands)


@query("elections.symbol.read", permission="elections.election.manage")
def read_symbol(ctx: Context, wish: OfParty) -> Shown:
    """Return the symbol of a party; it stays where one of its candidates stands, once frozen."""
    stands = exists().where(
        CandidateRow.party_id == PartyRow.id,
        ElectionRow.id == CandidateRow.election_id,
        ElectionRow.state != "draft",
    )
    chosen = select(PartyRow.name, PartyRow.symbol_hash, stands)
    found = ctx.db.execute(chosen.where(PartyRow.code == wish.party)).first()
    if found is None:
        raise NoSuchParty(party=wish.party)
    return Shown(*found, taken=True)


def _photo(ctx: Context, digest: str) -> Select[bytes | None, str, bool]:
    """Return the photo with this digest that is shown most widely, of those to be seen here."""
    row = CandidateRow
    known = (ElectionRow.state != "draft") | ElectionRow.nominations_from.is_not(None)
    shown = row.state.in_(PUBLIC) & known
    mine = row.person == ctx.actor.person  # Nobody is called "".
    of_agent = PartyRow.agent_id == ctx.actor.id
    chosen = (
        select(row.photo, row.photo_type, shown.label("shown"))
        .join(ElectionRow, ElectionRow.id == row.election_id)
        .outerjoin(PartyRow, PartyRow.id == row.party_id)
        .where(row.photo_hash == digest)
        .order_by(shown.desc())
        .limit(1)
    )
    if DECIDE in ctx.actor.permissions:
        return chosen
    return chosen.where(or_(shown, mine, of_agent))
