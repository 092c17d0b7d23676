"""When candidates may be named, and the parties that name them."""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from townsquare.core.db import breaks
from townsquare.core.errors import Invalid
from townsquare.core.usecase import Context, use_case
from townsquare.core.words import translatable
from townsquare.services.elections.commands.fields import Chosen
from townsquare.services.elections.commands.nominations import KeepParty, OpenNominations
from townsquare.services.elections.errors import TimesInvalid
from townsquare.services.elections.errors.nominations import (
    NobodyToNominate,
    NominationsClosed,
    NominationsOpen,
    PartyShown,
)
from townsquare.services.elections.events.nominations import (
    NominationsEnded,
    NominationsOpened,
    PartyKept,
)
from townsquare.services.elections.models.elections import FROZEN
from townsquare.services.elections.models.founding import accounts_at
from townsquare.services.elections.models.nominating import is_open, look_again_at, takers_of
from townsquare.services.elections.models.nominations import ONE_PARTY, PartyRow
from townsquare.services.elections.models.reading import draft, moment
from townsquare.services.elections.results.elections import Drafted
from townsquare.services.elections.results.nominations import Party
from townsquare.services.elections.rules.moments import moment_in

MANAGE = "elections.election.manage"
ODD = translatable("Enter a moment that is still to come, and not after the opening.")
TAKEN = translatable("Somebody else adds a party with this code; load the page again.")


@use_case("elections.nominations.open", permission=MANAGE)
def open_nominations(ctx: Context, wish: OpenNominations) -> Drafted:
    """Let people stand in a draft from now on, until a moment before its opening."""
    row, now = draft(ctx, wish.id), moment(ctx)
    if is_open(row, now):
        raise NominationsOpen
    if not takers_of(ctx.db, row.id):
        raise NobodyToNominate
    until = moment_in(row.zone, wish.until)
    if until is None or not now < until <= row.opens_at:
        raise TimesInvalid(fields={"until": ODD})
    row.nominations_from, row.nominations_to = now, until
    ctx.db.flush()
    ctx.emit(NominationsOpened(row.public_id))
    return Drafted(row.public_id, row.version)


@use_case("elections.nominations.close", permission=MANAGE)
def close_nominations(ctx: Context, wish: Chosen) -> Drafted:
    """Let nobody stand any more from now on; they can be opened again while it is a draft."""
    row, now = draft(ctx, wish.id), moment(ctx)
    if not is_open(row, now):
        raise NominationsClosed
    row.nominations_to = now
    ctx.db.flush()
    ctx.emit(NominationsEnded(row.public_id))
    return Drafted(row.public_id, row.version)


@use_case("elections.party.keep", permission=MANAGE)
def keep_party(ctx: Context, wish: KeepParty) -> Party:
    """Make a party, or change the name, the colour and the agent of the one with this code.

    Name, colour and symbol stay once a candidate of it stands in an election that is frozen; of a
    draft whoever found it ready has to look again.
    """
    account, name = accounts_at(ctx, [wish.agent])[0] if wish.agent else (None, "")
    row = ctx.db.scalar(select(PartyRow).filter_by(code=wish.code).with_for_update())
    if row is None:
        row = PartyRow(code=wish.code, created_at=ctx.now())
        ctx.db.add(row)
    was = row.name, row.colour
    row.name, row.colour, row.agent, row.agent_id = wish.name, wish.colour, name, account
    try:
        ctx.db.flush()
    except IntegrityError as error:
        if breaks(error, ONE_PARTY):
            raise Invalid(fields={"code": TAKEN}) from error
        if breaks(error, FROZEN):
            raise PartyShown(party=wish.code) from error
        raise
    if (row.name, row.colour) != was:
        look_again_at(ctx.db, row)
    ctx.emit(PartyKept(row.code))
    return Party(row.code, row.name, row.colour, row.agent, row.symbol_hash)
