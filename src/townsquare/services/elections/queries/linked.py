"""What belongs to many elections, asked for once for all of them; and what belongs to one."""

from collections.abc import Mapping

from sqlalchemy import case, func, select

from townsquare.core.errors import DomainError
from townsquare.core.usecase import Context, query
from townsquare.services.elections.commands.elections import OfElections, OfPart
from townsquare.services.elections.errors import UnknownEntry
from townsquare.services.elections.errors.judging import UnknownDecision
from townsquare.services.elections.errors.rolls import (
    NoSuchPrecinctStyle,
    NoSuchStyle,
    UnknownChallenge,
    UnknownRemoval,
)
from townsquare.services.elections.models.deciding import DecisionRow
from townsquare.services.elections.models.elections import (
    ContestRow,
    ElectionRow,
    OptionRow,
    RollRow,
)
from townsquare.services.elections.models.nominations import (
    DISQUALIFIED,
    PUBLIC,
    CandidateRow,
    PartyRow,
)
from townsquare.services.elections.models.reading import VIEW
from townsquare.services.elections.models.rolling import ChallengeRow, RemovalRow
from townsquare.services.elections.models.striking import DisqualificationRow
from townsquare.services.elections.models.styles import PrecinctStyleRow, StyleRow
from townsquare.services.elections.results.elections import Asked
from townsquare.services.elections.results.nominations import Stands

# What an address names beside its election, and what is said where there is no such thing.
Part = type[
    DecisionRow
    | DisqualificationRow
    | StyleRow
    | PrecinctStyleRow
    | RemovalRow
    | RollRow
    | ChallengeRow
]
PARTS: Mapping[str, tuple[Part, type[DomainError]]] = {
    "decision": (DecisionRow, UnknownDecision),
    "disqualification": (DisqualificationRow, UnknownDecision),
    "style": (StyleRow, NoSuchStyle),
    "precinct-style": (PrecinctStyleRow, NoSuchPrecinctStyle),
    "removal": (RemovalRow, UnknownRemoval),
    "voter": (RollRow, UnknownEntry),
    "challenge": (ChallengeRow, UnknownChallenge),
}


@query("elections.contest.list", permission="public")
def contests_of_elections(ctx: Context, wish: OfElections) -> list[Asked]:
    """Return the questions of these elections in their order; of drafts to those who set them up.

    An election that nobody knows has none.
    """
    chosen = (
        select(ContestRow, ElectionRow.public_id)
        .join(ElectionRow, ElectionRow.id == ContestRow.election_id)
        .where(ElectionRow.public_id.in_(wish.ids))
        .order_by(ContestRow.election_id, ContestRow.position)
    )
    if VIEW not in ctx.actor.permissions:
        chosen = chosen.where(ElectionRow.state != "draft")
    found = list(map(tuple[ContestRow, str], ctx.db.execute(chosen)))
    answers: dict[int, list[str]] = {}
    listed = select(OptionRow.contest_id, OptionRow.title).where(
        OptionRow.contest_id.in_([one.id for one, _election in found])
    )
    for contest, title in ctx.db.execute(listed.order_by(OptionRow.contest_id, OptionRow.position)):
        answers.setdefault(contest, []).append(title)
    return [
        Asked(election, one.code, one.title, one.kind, one.rule, one.seats, answers.get(one.id, []))
        for one, election in found
    ]


@query("elections.standing.list", permission="public")
def candidates_of_elections(ctx: Context, wish: OfElections) -> list[Stands]:
    """Return who stands in these elections, by their questions and as they were filed.

    A draft shows them while candidates are named in it and after; before, to its officers alone.
    """
    row, reason = CandidateRow, case((CandidateRow.state == DISQUALIFIED, CandidateRow.reason))
    chosen = (
        select(
            *(ElectionRow.public_id, row.public_id, ContestRow.code, row.code, row.ballot_name),
            func.coalesce(PartyRow.name, ""),
            *(row.state, func.coalesce(reason, ""), row.statement),
        )
        .join(ElectionRow, ElectionRow.id == row.election_id)
        .join(ContestRow, ContestRow.id == row.contest_id)
        .outerjoin(PartyRow, PartyRow.id == row.party_id)
        .where(ElectionRow.public_id.in_(wish.ids), row.state.in_(PUBLIC))
        .order_by(row.election_id, ContestRow.position, row.id)
    )
    if VIEW not in ctx.actor.permissions:
        known = (ElectionRow.state != "draft") | ElectionRow.nominations_from.is_not(None)
        chosen = chosen.where(known)
    return [Stands(*told) for told in ctx.db.execute(chosen)]


@query("elections.part.find", permission=VIEW)
def find_part(ctx: Context, wish: OfPart) -> str:
    """Return the id of something that belongs to this election; of another one it is unknown."""
    part, missing = PARTS[wish.kind]
    chosen = (
        select(part.public_id)
        .join(ElectionRow, ElectionRow.id == part.election_id)
        .where(part.public_id == wish.part, ElectionRow.public_id == wish.id)
    )
    found: str | None = ctx.db.scalar(chosen)
    if found is None:
        raise missing
    return found
