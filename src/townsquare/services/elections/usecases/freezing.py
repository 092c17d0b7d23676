"""Freezing: one person finds an election ready, another one confirms it, and nothing changes."""

from secrets import token_hex

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from townsquare.core.db import breaks
from townsquare.core.errors import StaleVersion
from townsquare.core.usecase import Context, use_case
from townsquare.services.elections.commands.elections import ConfirmFreeze
from townsquare.services.elections.commands.fields import ChosenVersion
from townsquare.services.elections.errors import (
    FewAlike,
    Frozen,
    NotProposed,
    NotReady,
    PeopleFreeze,
    RolesNotSeparate,
    SamePerson,
    SmallRoll,
)
from townsquare.services.elections.events import (
    ElectionFrozen,
    FreezeProposed,
    FreezeWithdrawn,
)
from townsquare.services.elections.models.box import KeyRow
from townsquare.services.elections.models.elections import (
    NOT_REHEARSED,
    PEOPLE,
    SEPARATE,
    TWO_PEOPLE,
    ElectionRow,
    RollRow,
    VoterRow,
)
from townsquare.services.elections.models.founding import counting_otherwise, keep_apart
from townsquare.services.elections.models.precincts import lacking, precincts_of
from townsquare.services.elections.models.preparing import (
    SEALED,
    UNREHEARSED,
    found_election,
    lacks_of,
)
from townsquare.services.elections.models.readiness import FEW
from townsquare.services.elections.models.reading import (
    contests_of,
    locked,
    moment,
    set_up_of,
    told_election,
)
from townsquare.services.elections.models.rolling import UNDECIDED
from townsquare.services.elections.models.unsettled import (
    FEWEST,
    SUSPENDED,
    few_alike,
    unsettled,
)
from townsquare.services.elections.results.elections import Drafted
from tsv1.canonical import write
from tsv1.transcript import h32

WITHOUT_ROLL = ("paper", "imported")
FREEZE = "elections.election.freeze"
SECRET = 32  # Bytes of the key of a poll, and of what is drawn for its lot.


@use_case("elections.freeze.propose", permission=FREEZE)
def propose_freeze(ctx: Context, wish: ChosenVersion) -> Drafted:
    """Find a draft ready as it was read; whoever changes it takes the proposal back."""
    _in_person(ctx)
    row = _ready(ctx, wish)
    _keep_apart(ctx, row)
    row.proposed_by, row.proposed_by_id = ctx.actor.name, ctx.actor.id
    row.version += 1
    _write(ctx)
    ctx.emit(FreezeProposed(row.public_id))
    return Drafted(row.public_id, row.version)


@use_case("elections.freeze.withdraw", permission=FREEZE)
def withdraw_freeze(ctx: Context, wish: ChosenVersion) -> Drafted:
    """Leave an election a draft that somebody found ready."""
    row = _as_read(ctx, wish)
    if row.proposed_by_id is None:
        raise NotProposed
    row.proposed_by, row.proposed_by_id, row.version = "", None, row.version + 1
    _write(ctx)
    ctx.emit(FreezeWithdrawn(row.public_id))
    return Drafted(row.public_id, row.version)


@use_case("elections.freeze.confirm", permission=FREEZE)
def confirm_freeze(ctx: Context, wish: ConfirmFreeze) -> Drafted:
    """Freeze an election that somebody else found ready, as it was read; it opens by the clock."""
    _in_person(ctx)
    row = _ready(ctx, wish)
    if row.proposed_by_id is None:
        raise NotProposed
    _keep_apart(ctx, row)
    chosen = select(VoterRow.number).join(RollRow, RollRow.voter_id == VoterRow.id)
    numbers = list(ctx.db.scalars(chosen.where(RollRow.election_id == row.id)))
    if row.tier not in WITHOUT_ROLL:
        _accepted(ctx, row, wish, voters=len(numbers))
    row.setup_hash = found_election(ctx, row) if row.tier == SEALED else _keyed(ctx, row, numbers)
    row.confirmed_by, row.confirmed_by_id = ctx.actor.name, ctx.actor.id
    row.state, row.version = "frozen", row.version + 1
    _write(ctx)
    ctx.emit(ElectionFrozen(row.public_id, row.setup_hash, len(numbers)))
    return Drafted(row.public_id, row.version)


def _accepted(ctx: Context, row: ElectionRow, wish: ConfirmFreeze, *, voters: int) -> None:
    """Refuse a roll that may tell who voted what, unless somebody says that they know it."""
    if voters < FEW and not wish.small_roll:
        raise SmallRoll(few=FEW)
    if not wish.few_alike and few_alike(ctx.db, row):
        raise FewAlike(few=FEWEST, least=FEW)


def _keyed(ctx: Context, row: ElectionRow, numbers: list[str]) -> str:
    """Return the hash of the set-up of an election that has its lot now, a poll also its key."""
    row.drawn = token_hex(SECRET)  # Else who drafts could try titles until the lot is theirs.
    whole = set_up_of(row, contests_of(ctx.db, row.id), numbers)
    if row.tier == "paper":
        whole["precincts"] = precincts_of(ctx.db, row.id)
    elif row.tier == "poll":
        whole |= counting_otherwise(ctx.db, row)
        ctx.db.add(KeyRow(poll_id=row.id, secret=token_hex(SECRET)))
        ctx.db.flush()  # Before the state, after which no key goes in.
    return h32("setup", write(whole)).hex()


def _keep_apart(ctx: Context, row: ElectionRow) -> None:
    """Refuse a trustee or the authority as one of the two who freeze."""
    if row.tier == SEALED:
        keep_apart(ctx.db, row, ctx.actor.id)


def _in_person(ctx: Context) -> None:
    """Refuse a token, whoever it acts for, and a browser that may have been left open."""
    if ctx.actor.scope is not None:
        raise PeopleFreeze
    ctx.require_confirmation()


def _as_read(ctx: Context, wish: ChosenVersion) -> ElectionRow:
    row = locked(ctx, wish.id)
    if row.state != "draft":
        raise Frozen
    if row.version != wish.version:
        raise StaleVersion
    return row


def _ready(ctx: Context, wish: ChosenVersion) -> ElectionRow:
    row, now = _as_read(ctx, wish), moment(ctx)
    told = told_election(ctx.db, row, now)
    lacks = (lacking(ctx.db, row, told, now=now), unsettled(ctx.db, row), lacks_of(ctx.db, row))
    if missing := [sentence for each in lacks for sentence in each]:
        raise NotReady(missing=missing)
    return row


def _write(ctx: Context) -> None:
    try:
        ctx.db.flush()
    except IntegrityError as error:
        if breaks(error, TWO_PEOPLE):
            raise SamePerson from error
        if breaks(error, SEPARATE):
            raise RolesNotSeparate(name=ctx.actor.name) from error
        if breaks(error, PEOPLE):
            raise PeopleFreeze from error
        if breaks(error, UNDECIDED):
            raise NotReady(missing=[SUSPENDED]) from error
        if breaks(error, NOT_REHEARSED):
            raise NotReady(missing=[UNREHEARSED]) from error
        raise
