"""The preparation of an encrypted election as its people, and later everybody, read it."""

import json
from collections.abc import Iterable
from dataclasses import field
from typing import Any

from sqlalchemy import func, select

from townsquare.core.frozen import dataclass
from townsquare.core.usecase import Context, query
from townsquare.services.elections.commands.fields import Chosen, Nothing
from townsquare.services.elections.errors import NotYourPart, UnknownElection
from townsquare.services.elections.models.board import BoardRow, CheckpointRow, of_kind
from townsquare.services.elections.models.ceremony import (
    AuthorityRow,
    CeremonyMessageRow,
    SetupRow,
    TieSeedRow,
    TrusteeRow,
)
from townsquare.services.elections.models.elections import ElectionRow
from townsquare.services.elections.models.founding import (
    holders_of,
    messages_of,
    rounds_of,
    setup_of,
    trustees_of,
    voters_of,
)
from townsquare.services.elections.models.preparing import authority_state
from townsquare.services.elections.models.reading import VIEW, line_of, moment
from townsquare.services.elections.results.ceremony import (
    Ceremony,
    Duties,
    Duty,
    HandedIn,
    HeldSeed,
    HolderLine,
    Preparation,
    RollExport,
    TrusteeLine,
)
from townsquare.services.elections.rules.moments import stage_of

MOST_DUTIES = 20


@query("elections.ceremony.read", permission="public")
def read_ceremony(ctx: Context, wish: Chosen) -> Ceremony:
    """Return what was said in the ceremony; while it is a draft to those who have a part in it."""
    row = _known(ctx, wish.id)
    setup, trustees = setup_of(ctx.db, row), trustees_of(ctx.db, row.id)
    mine = [one for one in trustees if _is(ctx, one)]
    new = [one for one in mine if one.state == "invited"]
    you = next((one.number for one in (*new, *mine)), 0)  # Whose file a program makes next.
    said = messages_of(ctx.db, row.id, setup.attempt)
    return Ceremony(
        1,
        row.public_id,
        row.title,
        setup.mode,
        setup.threshold,
        setup.attempt,
        you,
        [_line(one) for one in trustees],
        [_message(row, one) for one in said],
    )


@query("elections.roll.export", permission="elections.authority.act")
def export_roll(ctx: Context, wish: Chosen) -> RollExport:
    """Return the roll without names, for the authority of the election alone."""
    row = _known(ctx, wish.id)
    authority = ctx.db.get(AuthorityRow, row.id)
    if authority is None or not _is(ctx, authority):
        raise NotYourPart
    return RollExport(1, row.public_id, row.title, voters_of(ctx.db, row.id))


@query("elections.duty.list", permission="signed-in")
def find_duties(ctx: Context, _wish: Nothing) -> Duties:
    """Return the last twenty elections that who is here has a part in, the newest first."""
    parts = (TrusteeRow, AuthorityRow, TieSeedRow)
    mine = [select(one.election_id).where(one.account == ctx.actor.id) for one in parts]
    chosen = select(ElectionRow).where(ElectionRow.id.in_(mine[0].union(*mine[1:])))
    rows, now = (
        ctx.db.scalars(chosen.order_by(ElectionRow.id.desc()).limit(MOST_DUTIES)),
        moment(ctx),
    )
    return Duties([line_of(row, now) for row in rows])


@query("elections.duty.read", permission="signed-in")
def read_duty(ctx: Context, wish: Chosen) -> Duty:
    """Return what is asked of who is here; UnknownElection where they have no part."""
    row = _known(ctx, wish.id)
    duty = _duty(ctx, row)
    if not (duty.trustee or duty.seeds or duty.roll):
        raise UnknownElection
    return duty


@query("elections.preparation.read", permission=VIEW)
def read_preparation(ctx: Context, wish: Chosen) -> Preparation:
    """Return how far an encrypted election is before its freezing, and who is waited for."""
    row = _known(ctx, wish.id)
    setup, trustees = setup_of(ctx.db, row), trustees_of(ctx.db, row.id)
    names = {one.number: one.name for one in trustees}
    authority = ctx.db.get(AuthorityRow, row.id)
    said = messages_of(ctx.db, row.id, setup.attempt)
    return Preparation(
        row.public_id,
        row.title,
        row.version,
        _stage(ctx, row),
        setup.mode,
        setup.threshold,
        setup.attempt,
        setup.aborted,
        names.get(setup.named, ""),
        [_line(one) for one in trustees],
        _complaints(said, names),
        authority.name if authority else "",
        authority_state(ctx.db, row),
        [_holder(one) for one in holders_of(ctx.db, row.id)],
        bool(said),
    )


def _known(ctx: Context, public_id: str) -> ElectionRow:
    """Return an encrypted election that this person may know of: a draft whose people they are."""
    row = ctx.db.scalar(select(ElectionRow).filter_by(public_id=public_id, tier="encrypted"))
    if row is None:
        raise UnknownElection
    if row.state == "draft" and VIEW not in ctx.actor.permissions and not _has_part(ctx, row):
        raise UnknownElection
    return row


def _has_part(ctx: Context, row: ElectionRow) -> bool:
    authority = ctx.db.get(AuthorityRow, row.id)
    accounts = {one.account for one in trustees_of(ctx.db, row.id)}
    accounts |= {one.account for one in holders_of(ctx.db, row.id)}
    accounts |= {authority.account} if authority else set()
    return ctx.actor.id > 0 and ctx.actor.id in accounts


def _is(ctx: Context, part: TrusteeRow | AuthorityRow | TieSeedRow) -> bool:
    return ctx.actor.id > 0 and part.account == ctx.actor.id


def _duty(ctx: Context, row: ElectionRow) -> Duty:
    trustees = trustees_of(ctx.db, row.id)
    held = [one for one in holders_of(ctx.db, row.id) if _is(ctx, one)]
    authority = ctx.db.get(AuthorityRow, row.id)
    asked = _asked(ctx, row, trustees)
    return Duty(
        row.public_id,
        row.title,
        row.rehearsal,
        _stage(ctx, row),
        asked.number,
        asked.act,
        asked.waiting,
        authority_state(ctx.db, row) if authority and _is(ctx, authority) else "",
        [HeldSeed(one.number, _of_the_seed(row, one)) for one in held],
        row.zone,
        asked.next,
        asked.handed,
        asked.complaint,
    )


@dataclass(frozen=True)
class _Asked:
    """What is asked of a trustee, for whom they wait if it is nothing, and what came from them."""

    number: int = 0
    act: str = ""
    waiting: list[str] = field(default_factory=list)
    next: str = ""
    handed: list[HandedIn] = field(default_factory=list)
    complaint: bool = False


def _asked(ctx: Context, row: ElectionRow, trustees: Iterable[TrusteeRow]) -> _Asked:
    """Return what is asked of who is here: of the first of their numbers that has to do something.

    In a rehearsal one person may be several trustees.
    """
    named = {one.number: one.name for one in trustees}
    mine = [one.number for one in trustees if _is(ctx, one)]
    if not mine:
        return _Asked()
    if row.state != "draft":
        return _after_freezing(ctx, row, mine)
    from townsquare.services.elections.rules import ceremonies  # noqa: PLC0415 (the protocol)

    setup = setup_of(ctx.db, row)
    rounds = rounds_of(ctx.db, row, setup, many=len(named))
    number = ceremonies.first_asked(rounds, mine)
    asked = ceremonies.asked_of(rounds, number)
    busy = [one for one in named if ceremonies.asked_of(rounds, one) != "wait"]
    return _Asked(
        number,
        asked,
        [named[one] for one in busy] if asked == "wait" else [],
        ceremonies.next_of(rounds, number),
        _said(ctx, setup, number),
        any(ceremonies.may_complain(rounds, one) for one in mine),
    )


def _said(ctx: Context, setup: SetupRow, number: int) -> list[HandedIn]:
    """Return the rounds of a ceremony in which a trustee has said something, as they came."""
    one = CeremonyMessageRow
    mine = (one.election_id == setup.election_id) & (one.attempt == setup.attempt)
    said = select(one.round, func.max(one.created_at)).where(mine, one.trustee == number)
    found = ctx.db.execute(said.group_by(one.round).order_by(func.max(one.id)))
    return [HandedIn(act, at) for act, at in found]


def _after_freezing(ctx: Context, row: ElectionRow, mine: list[int]) -> _Asked:
    """Return which of these trustees hands a part of the decryption in next, or has done it."""
    parts = select(BoardRow.seq, BoardRow.body).where(
        BoardRow.election_id == row.id, of_kind("partial")
    )
    found = ctx.db.execute(parts.order_by(BoardRow.seq.desc()))
    entered = {json.loads(body)["trustee"]: seq for seq, body in found}
    lacks = [one for one in mine if one not in entered] if row.state == "counting" else []
    number = lacks[0] if lacks else mine[0]
    if number not in entered:
        return _Asked(number)
    # Entries have no time; the head that was signed with this one has.
    signed = select(func.min(CheckpointRow.at)).where(CheckpointRow.election_id == row.id)
    at = ctx.db.scalar(signed.where(CheckpointRow.seq >= entered[number]))
    return _Asked(number, handed=[HandedIn("partial", at)])


def _of_the_seed(row: ElectionRow, held: TieSeedRow) -> str:
    if row.state == "draft":
        return "committed" if held.commitment else "commit"
    if held.seed is not None:
        return "shown"
    return "show" if row.state == "counting" else "wait"


def _stage(ctx: Context, row: ElectionRow) -> str:
    return stage_of(row.state, moment(ctx), opens=row.opens_at, closes=row.closes_at)


def _line(one: TrusteeRow) -> TrusteeLine:
    return TrusteeLine(one.number, one.name, one.state)


def _holder(one: TieSeedRow) -> HolderLine:
    return HolderLine(one.number, one.name, bool(one.commitment), one.seed is not None)


def _complaints(said: Iterable[CeremonyMessageRow], names: dict[int, str]) -> list[str]:
    """Return against whom there are complaints that were not answered yet, in order of coming."""
    kept = list(said)
    answered = {(one.receiver, one.trustee) for one in kept if one.round == "answer"}
    waits = [one for one in kept if one.round == "complain"]
    return [names[one.receiver] for one in waits if (one.trustee, one.receiver) not in answered]


def _message(row: ElectionRow, one: CeremonyMessageRow) -> dict[str, Any]:
    """Return a message as it was signed."""
    return {
        "v": 1,
        "election": row.public_id,
        "round": "complain" if one.round == "answer" else one.round,
        "trustee": one.trustee,
        "body": json.loads(one.body),
        "signature": json.loads(one.signature),
    }
