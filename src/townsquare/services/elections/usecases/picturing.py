"""Pictures: photos of candidates until their election is frozen, and symbols of parties."""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from townsquare.core.db import breaks
from townsquare.core.pictures import SmallPicture, small
from townsquare.core.usecase import Context, query, use_case
from townsquare.services.elections.commands.fields import Chosen
from townsquare.services.elections.commands.nominations import (
    ExaminedPhoto,
    ExaminedSymbol,
    OfParty,
    SetPhoto,
    SetSymbol,
)
from townsquare.services.elections.errors import Frozen
from townsquare.services.elections.errors.nominations import (
    AlreadyDecided,
    NoSuchParty,
    PartyShown,
)
from townsquare.services.elections.events.nominations import PhotoChanged, SymbolChanged
from townsquare.services.elections.models.elections import FROZEN, ElectionRow
from townsquare.services.elections.models.nominating import (
    candidate_of,
    election_of_candidate,
    look_again_at,
    own_candidate,
)
from townsquare.services.elections.models.nominations import (
    ACCEPTED,
    WAITING,
    CandidateRow,
    PartyRow,
)
from townsquare.services.elections.models.reading import draft, locked
from townsquare.services.elections.permissions import DECIDE
from townsquare.services.elections.results.nominations import Filed, Party

MANAGE = "elections.election.manage"


@query("elections.photo.examine", permission="signed-in")
def examine_photo(ctx: Context, wish: SetPhoto) -> ExaminedPhoto:
    """Decode a photo before anybody's turn to write; refuse what is none, or too large.

    Nothing is decoded for who may not set it, or not any more.
    """
    candidate = _theirs(ctx, wish.id)
    state = select(ElectionRow.state).where(ElectionRow.id == candidate.election_id)
    _must_be_open(ctx.db.scalar(state) or "", candidate)
    return ExaminedPhoto.model_construct(**dict(wish), picture=small(wish.content))


@use_case("elections.candidacy.set-photo", permission="signed-in", before=examine_photo)
def set_photo(ctx: Context, wish: SetPhoto) -> Filed:
    """Show a candidate with a photo, by themselves, the agent of their party or an officer."""
    found = wish if isinstance(wish, ExaminedPhoto) else examine_photo(ctx, wish)
    return _photographed(ctx, wish.id, found.picture)


@use_case("elections.candidacy.remove-photo", permission="signed-in")
def remove_photo(ctx: Context, wish: Chosen) -> Filed:
    """Show a candidate without a photo, also one who stands no more."""
    return _photographed(ctx, wish.id, None)


@query("elections.symbol.examine", permission=MANAGE)
def examine_symbol(ctx: Context, wish: SetSymbol) -> ExaminedSymbol:
    """Decode a symbol before anybody's turn to write; refuse what is none, or too large."""
    if ctx.db.scalar(select(PartyRow.id).filter_by(code=wish.party)) is None:
        raise NoSuchParty(party=wish.party)
    return ExaminedSymbol.model_construct(**dict(wish), picture=small(wish.content))


@use_case("elections.party.set-symbol", permission=MANAGE, before=examine_symbol)
def set_symbol(ctx: Context, wish: SetSymbol) -> Party:
    """Show a party with a symbol; it stays once a candidate of it stands in a frozen election."""
    found = wish if isinstance(wish, ExaminedSymbol) else examine_symbol(ctx, wish)
    return _marked(ctx, wish.party, found.picture)


@use_case("elections.party.remove-symbol", permission=MANAGE)
def remove_symbol(ctx: Context, wish: OfParty) -> Party:
    """Show a party without a symbol."""
    return _marked(ctx, wish.party, None)


def _photographed(ctx: Context, public_id: str, picture: SmallPicture | None) -> Filed:
    """Change the photo of somebody who may be elected in a draft, or take away that of anybody.

    Whoever found the draft ready has to look again, where everybody sees the photo.
    """
    election = election_of_candidate(ctx, public_id)
    row = locked(ctx, election)
    candidate = _theirs(ctx, public_id)
    _must_be_open(row.state, candidate, removes=picture is None)
    if candidate.state == ACCEPTED:
        draft(ctx, election)
    candidate.photo, candidate.photo_type, candidate.photo_hash = _columns(picture)
    candidate.version += 1
    ctx.db.flush()
    ctx.emit(PhotoChanged(row.public_id, candidate.code))
    return Filed(candidate.public_id, row.public_id, candidate.state, candidate.reason)


def _must_be_open(election: str, candidate: CandidateRow, *, removes: bool = False) -> None:
    if election != "draft":
        raise Frozen
    if not removes and candidate.state not in {*WAITING, ACCEPTED}:
        raise AlreadyDecided(state=candidate.state)


def _theirs(ctx: Context, public_id: str) -> CandidateRow:
    find = candidate_of if DECIDE in ctx.actor.permissions else own_candidate
    return find(ctx, public_id)


def _marked(ctx: Context, code: str, picture: SmallPicture | None) -> Party:
    row = ctx.db.scalar(select(PartyRow).filter_by(code=code).with_for_update())
    if row is None:
        raise NoSuchParty(party=code)
    was = row.symbol_hash
    row.symbol, row.symbol_type, row.symbol_hash = _columns(picture)
    try:
        ctx.db.flush()
    except IntegrityError as error:
        if breaks(error, FROZEN):
            raise PartyShown(party=code) from error
        raise
    if row.symbol_hash != was:
        look_again_at(ctx.db, row)
    ctx.emit(SymbolChanged(row.code))
    return Party(row.code, row.name, row.colour, row.agent, row.symbol_hash)


def _columns(picture: SmallPicture | None) -> tuple[bytes | None, str, str]:
    return (picture.body, picture.media, picture.sha256) if picture else (None, "", "")
