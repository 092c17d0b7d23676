"""Taking along what the town keeps about oneself, and taking it away."""

from sqlalchemy import select

from townsquare.core.identity.models import AccountRow
from townsquare.core.identity.results import Done
from townsquare.core.parts import Somebody, forget, hindrances, parts
from townsquare.core.personal.commands import EraseMyself, Nothing
from townsquare.core.personal.errors import NotYourAddress
from townsquare.core.personal.events import AccountErased, DataTaken
from townsquare.core.personal.results import Leaving, MyData, Told
from townsquare.core.usecase import Context, query, use_case


@use_case("personal.data.take", permission="signed-in")
def take_data(ctx: Context, _wish: Nothing) -> Done:
    """Write down that somebody takes along what is kept about them; it is read after that."""
    ctx.require_confirmation()
    ctx.emit(DataTaken(ctx.db.get_one(AccountRow, ctx.actor.id).public_id))
    return Done()


@query("personal.data.read", permission="signed-in")
def read_data(ctx: Context, _wish: Nothing) -> MyData:
    """Return everything that is kept about oneself, without secrets, as it is at one moment."""
    ctx.require_confirmation()
    who = somebody(ctx.db.get_one(AccountRow, ctx.actor.id))
    told = (Told(part.name, part.title, tuple(part.tell(ctx, who))) for part in parts())
    return MyData(ctx.now(), who.public_id, tuple(told))


@query("personal.leaving.view", permission="signed-in")
def leaving(ctx: Context, _wish: Nothing) -> Leaving:
    """Return what has to be settled before one can leave, after showing that it is oneself."""
    ctx.require_confirmation()
    who = somebody(ctx.db.get_one(AccountRow, ctx.actor.id))
    return Leaving(who.email, tuple(error.message for error in hindrances(ctx, who)))


@use_case("personal.data.erase", permission="signed-in")
def erase_myself(ctx: Context, wish: EraseMyself) -> Done:
    """Leave for good: what names oneself goes at once, what is counted stays without a name."""
    ctx.require_confirmation()
    chosen = select(AccountRow).where(AccountRow.id == ctx.actor.id)
    row = ctx.db.scalars(chosen.with_for_update()).one()
    if wish.email.casefold() != row.email:
        raise NotYourAddress
    erase(ctx, row)
    return Done()


def erase(ctx: Context, row: AccountRow) -> None:
    """Take away what names the owner of an account that is held, or say what is in the way."""
    forget(ctx, somebody(row))
    ctx.emit(AccountErased(row.public_id))


def somebody(row: AccountRow) -> Somebody:
    """Return whom an account belongs to."""
    return Somebody(row.id, row.public_id, row.person, row.name, row.email)
