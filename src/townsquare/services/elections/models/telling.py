"""Whom elections tell something, and when. What is in a box is never read for it."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from townsquare.core.frozen import dataclass
from townsquare.core.identity.models import AccountRow
from townsquare.core.notifications import Reader
from townsquare.services.elections.models.ballots import ClaimRow
from townsquare.services.elections.models.box import KeyRow, SlotRow
from townsquare.services.elections.models.ceremony import AuthorityRow, TrusteeRow
from townsquare.services.elections.models.elections import ElectionRow, RollRow, VoterRow
from townsquare.services.elections.models.founding import (
    holders_of,
    rounds_of,
    setup_of,
    trustees_of,
)
from townsquare.services.elections.models.preparing import SEALED, authority_state
from townsquare.services.elections.models.reading import stage_at
from townsquare.services.elections.rules.moments import zoned
from townsquare.services.elections.rules.slots import slot_of

A_DAY, SETTLED = timedelta(days=1), timedelta(hours=12)
# How far an election is while something of it is worth telling.
STAGES = {
    "registered": ("coming", "open"),
    "opened": ("open",),
    "reminder": ("open",),
    "closed": ("counting",),
    "counted": ("closed", "certified"),
}
IDLE = ("wait", "nothing")


@dataclass(frozen=True)
class OnRoll:
    """A place on a roll, and how whoever has it is told something."""

    number: int
    entry: str
    reader: Reader


def is_worth(row: ElectionRow, kind: str, now: datetime) -> bool:
    """Tell whether this is still worth telling of an election, at this moment."""
    return stage_at(row, now) in STAGES[kind]


def is_to_remind(row: ElectionRow, now: datetime) -> bool:
    """Tell whether it is the time of the reminder: from two days until one before the closing.

    It comes half a day after the opening at the earliest, so that one that is open for less than
    a day and a half has none.
    """
    first = max(row.closes_at - 2 * A_DAY, row.opens_at + SETTLED)
    return first <= now <= row.closes_at - A_DAY


def facts_of(row: ElectionRow) -> dict[str, Any]:
    """Return what each mail about an election may say of it; nothing in it is of a person."""
    opens, closes = zoned(row.opens_at, row.zone), zoned(row.closes_at, row.zone)
    return {
        "title": row.title,
        "rehearsal": row.rehearsal,
        "sealed": row.tier == SEALED,
        "on_paper": row.tier == "paper",
        "zone": row.zone,
        "opens_on": opens.date().isoformat(),
        "opens_at": f"{opens:%H:%M}",
        "closes_on": closes.date().isoformat(),
        "closes_at": f"{closes:%H:%M}",
        "url": f"/elections/{row.public_id}",
    }


def next_on_roll(db: Session, row: ElectionRow, *, after: int, limit: int) -> list[OnRoll]:
    """Return the next places on a roll; of who has left the town nobody knows an address."""
    account = AccountRow
    chosen = (
        select(
            RollRow.id,
            RollRow.public_id,
            account.id,
            VoterRow.public_id,
            VoterRow.person,
            VoterRow.address,
        )
        .join(VoterRow, VoterRow.id == RollRow.voter_id)
        .outerjoin(account, (account.email == VoterRow.address) & account.confirmed_at.is_not(None))
        .where(RollRow.election_id == row.id, RollRow.id > after)
        .order_by(RollRow.id)
        .limit(limit)
    )
    return [
        OnRoll(number, entry, Reader(known, person or voter, address or ""))
        for number, entry, known, voter, person, address in db.execute(chosen)
    ]


def who_waits(db: Session, row: ElectionRow, places: Sequence[OnRoll]) -> list[OnRoll]:
    """Return who of these has not taken part in an open election.

    Of a poll only its key tells, by the names of slots; what lies in them is not read. Of an
    encrypted election it is told by who has claimed a credential, and its board is not read.
    """
    if row.tier == SEALED:
        numbers = [one.number for one in places]
        claimed = select(ClaimRow.roll_entry_id).where(ClaimRow.roll_entry_id.in_(numbers))
        taken = set(db.scalars(claimed))
        return [one for one in places if one.number not in taken]
    secret = db.scalar(select(KeyRow.secret).filter_by(poll_id=row.id))
    if secret is None:
        return []
    key = bytes.fromhex(secret)
    slots = {slot_of(key, row.public_id, one.entry): one for one in places}
    named = select(SlotRow.slot_hash).where(
        SlotRow.poll_id == row.id, SlotRow.slot_hash.in_(list(slots))
    )
    for slot in db.scalars(named):
        del slots[slot]
    return list(slots.values())


def asked_of_all(db: Session, row: ElectionRow) -> dict[tuple[str, str], list[int]]:
    """Return what is asked of whom in an encrypted election: steps, each with accounts.

    A step has a mark, another one whenever the same step is asked for anew.
    """
    found: dict[tuple[str, str], list[int]] = {}
    for step, mark, account in _asked(db, row):
        found.setdefault((step, mark), []).append(account)
    return found


def readers_at(db: Session, accounts: Iterable[int]) -> list[Reader]:
    """Return how these accounts are told something; of who has left there is none."""
    account = AccountRow
    chosen = select(account.id, account.person, account.public_id, account.email).where(
        account.id.in_(set(accounts)), account.erased_at.is_(None)
    )
    return [
        Reader(number, person or itself, email)
        for number, person, itself, email in db.execute(chosen.order_by(account.id))
    ]


def _asked(db: Session, row: ElectionRow) -> Iterable[tuple[str, str, int]]:
    trustees, holders = trustees_of(db, row.id), holders_of(db, row.id)
    if row.state == "draft":
        yield from _of_trustees(db, row, trustees)
        yield from _of_authority(db, row)
        yield from (("seed", "", one.account) for one in holders if not one.commitment)
    elif row.state == "counting":
        hidden = [one for one in holders if one.seed is None]
        yield from (("show", "", one.account) for one in hidden)
        if not hidden:  # The sums are on the board within a minute.
            yield from (("decrypt", "", one.account) for one in trustees)


def _of_trustees(
    db: Session, row: ElectionRow, trustees: Sequence[TrusteeRow]
) -> Iterable[tuple[str, str, int]]:
    if not trustees:
        return
    from townsquare.services.elections.rules import ceremonies  # noqa: PLC0415 (the protocol)

    setup = setup_of(db, row)
    rounds = rounds_of(db, row, setup, many=len(trustees))
    for one in trustees:
        step = ceremonies.asked_of(rounds, one.number)
        if step not in IDLE:
            yield step, str(setup.attempt), one.account


def _of_authority(db: Session, row: ElectionRow) -> Iterable[tuple[str, str, int]]:
    authority, state = db.get(AuthorityRow, row.id), authority_state(db, row)
    if authority and state in ("missing", "old"):
        yield "roll", authority.made_from, authority.account
