"""The people and messages of an encrypted election as acts and looks find them."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from townsquare.core.identity.models import AccountRow
from townsquare.core.usecase import Context
from townsquare.services.elections.errors import (
    NoSuchAccount,
    RolesNotSeparate,
    UnknownElection,
)
from townsquare.services.elections.models.ceremony import (
    AuthorityRow,
    CeremonyMessageRow,
    SetupRow,
    TieSeedRow,
    TrusteeRow,
)
from townsquare.services.elections.models.elections import ElectionRow, RollRow, VoterRow
from townsquare.services.elections.models.styles import StyleRow, styles_of
from townsquare.services.elections.results.ceremony import RollExportLine
from townsquare.services.elections.rules.units import ALL, unit_of
from tsv1.canonical import write
from tsv1.transcript import h32

if TYPE_CHECKING:
    from tsv1.rounds import Key, Rounds


def setup_of(db: Session, row: ElectionRow) -> SetupRow:
    """Return how an encrypted election is prepared; UnknownElection for another kind."""
    found = db.get(SetupRow, row.id)
    if found is None:
        raise UnknownElection
    return found


def trustees_of(db: Session, election: int) -> Sequence[TrusteeRow]:
    """Return the trustees of an election by their numbers."""
    chosen = select(TrusteeRow).filter_by(election_id=election).order_by(TrusteeRow.number)
    return db.scalars(chosen).all()


def holders_of(db: Session, election: int) -> Sequence[TieSeedRow]:
    """Return who holds a seed of an election, by their numbers."""
    chosen = select(TieSeedRow).filter_by(election_id=election).order_by(TieSeedRow.number)
    return db.scalars(chosen).all()


def messages_of(db: Session, election: int, attempt: int) -> Sequence[CeremonyMessageRow]:
    """Return what was said in a ceremony, in the order in which it came."""
    said = select(CeremonyMessageRow).filter_by(election_id=election, attempt=attempt)
    return db.scalars(said.order_by(CeremonyMessageRow.id)).all()


def rounds_of(db: Session, row: ElectionRow, setup: SetupRow, *, many: int) -> "Rounds":
    """Return the ceremony of an election with so many trustees, as far as it has come."""
    from townsquare.services.elections.rules.ceremonies import (  # noqa: PLC0415 (as above)
        kept_in,
    )
    from tsv1.rounds import Terms  # noqa: PLC0415 (it brings the whole protocol)

    terms = Terms(row.public_id, many, setup.threshold, additive=setup.mode == "all")
    kept: dict[Key, tuple[str, str]] = {
        (one.round, one.trustee, one.receiver): (one.body, one.signature)
        for one in messages_of(db, row.id, setup.attempt)
    }
    return kept_in(kept, terms)


def accounts_at(ctx: Context, emails: Sequence[str]) -> list[tuple[int, str]]:
    """Return accounts with their names in the order of these addresses; else NoSuchAccount."""
    wanted = [email.strip().casefold() for email in emails]
    chosen = select(AccountRow.email, AccountRow.id, AccountRow.name).where(
        AccountRow.email.in_(wanted),
        AccountRow.confirmed_at.is_not(None),
        AccountRow.erased_at.is_(None),
    )
    found = {email: (account, name) for email, account, name in ctx.db.execute(chosen)}
    for email in wanted:
        if email not in found:
            raise NoSuchAccount(email=email)
    return [found[email] for email in wanted]


def keep_apart(db: Session, row: ElectionRow, *others: int) -> None:
    """Refuse one person in two parts, but in a rehearsal: RolesNotSeparate names them.

    `others` are accounts of who names people, proposes or confirms at this moment.
    """
    if row.rehearsal:
        return
    seen = set[int]()
    office = {row.drafted_by_id, row.proposed_by_id, *others} - {None, 0}
    authority = db.get(AuthorityRow, row.id)
    people = [(one.account, one.name) for one in trustees_of(db, row.id)]
    for account, name in [*people, *([(authority.account, authority.name)] if authority else [])]:
        if account in office or account in seen:
            raise RolesNotSeparate(name=name)
        seen.add(account)


def voters_of(db: Session, election: int) -> list[RollExportLine]:
    """Return the roll as credentials are issued for it: style, group and weight of each number.

    The one place that says them.
    """
    lines = (
        select(VoterRow.number, StyleRow.code, RollRow.precinct, RollRow.weight)
        .join(RollRow, RollRow.voter_id == VoterRow.id)
        .outerjoin(StyleRow, StyleRow.id == RollRow.style_id)
        .where(RollRow.election_id == election)
    )
    found = sorted(db.execute(lines), key=lambda line: line.number)
    return [
        RollExportLine(number, style or ALL, unit_of(precinct), weight)
        for number, style, precinct, weight in found
    ]


def counting_otherwise(db: Session, row: ElectionRow) -> dict[str, object]:
    """Return the styles of a poll, and of whom the roll says a style or a weight; of many nobody.

    The set-up of a poll in which everybody votes once on everything says nothing of it.
    """
    roll = [one for one in voters_of(db, row.id) if (one.style, one.weight) != (ALL, 1)]
    if not roll:
        return {}
    styles = sorted(styles_of(db, row.id).items())
    return {
        "styles": [{"code": code, "contests": asked} for code, asked in styles],
        "counting": [
            {"number": one.number, "style": one.style, "weight": one.weight} for one in roll
        ],
    }


def hash_of(voters: Sequence[RollExportLine]) -> str:
    """Return the hash of a roll that credentials are issued for: another roll has another one."""
    told = [
        {"number": one.number, "style": one.style, "group": one.group, "weight": one.weight}
        for one in voters
    ]
    return h32("body", write({"voters": told})).hex()


def keys_of(authority: AuthorityRow, election: str) -> dict[str, object]:
    """Return the signed roll that the authority has handed in."""
    return {
        "v": 1,
        "election": election,
        "authority_key": authority.key,
        "text": authority.roll,
        "signature": json.loads(authority.signature),
    }
