"""Who stands for election: as everybody sees them, as they do themselves, and as officers do."""

from dataclasses import replace
from functools import partial

from sqlalchemy import Select, func, select

from townsquare.core.paging import Order
from townsquare.core.usecase import Context, query
from townsquare.services.elections.commands.fields import Chosen, Nothing
from townsquare.services.elections.commands.nominations import FindCandidates
from townsquare.services.elections.errors.nominations import UnknownCandidate
from townsquare.services.elections.models.elections import ContestRow, ElectionRow
from townsquare.services.elections.models.nominating import is_open, nominated_in, takers_of
from townsquare.services.elections.models.nominations import PUBLIC, CandidateRow, PartyRow
from townsquare.services.elections.models.reading import VIEW, moment, stage_at
from townsquare.services.elections.permissions import DECIDE
from townsquare.services.elections.results import nominations as told

MOST_LINES, MOST_PARTIES = 50, 200
OLDEST = Order(CandidateRow.public_id, CandidateRow.id)


@query("elections.nominations.list", permission="public")
def find_nominations(ctx: Context, _wish: Nothing) -> list[told.NominationLine]:
    """Return the elections in which candidates may be named now, soonest closing first."""
    row, now = ElectionRow, moment(ctx)
    chosen = (
        select(row.public_id, row.title, row.zone, row.nominations_to)
        .where(row.state == "draft", row.nominations_from <= now, row.nominations_to > now)
        .order_by(row.nominations_to, row.id)
        .limit(MOST_LINES)
    )
    return [
        told.NominationLine(election, title, zone, ends)
        for election, title, zone, ends in ctx.db.execute(chosen)
        if ends is not None
    ]


@query("elections.candidate.list", permission="public")
def find_candidates(ctx: Context, wish: FindCandidates) -> told.Nominations:
    """Return when candidates may be named, and a page of those who were admitted."""
    row, now = nominated_in(ctx, wish.id), moment(ctx)
    chosen = select(CandidateRow).where(
        CandidateRow.election_id == row.id, CandidateRow.state.in_(PUBLIC)
    )
    titles = {one.id: one for one in takers_of(ctx.db, row.id).values()}
    parties = {one.id: one for one in _parties(ctx)}
    line = partial(_standing, titles=titles, parties=parties)
    found, after = OLDEST.read(ctx.db, chosen, line, after=wish.after, limit=wish.limit)
    return told.Nominations(
        row.public_id,
        row.title,
        stage_at(row, now),
        row.zone,
        row.rehearsal,
        row.nominations_from,
        row.nominations_to,
        is_open(row, now),
        {one.code: one.title for one in titles.values()},
        found,
        after,
    )


@query("elections.candidacy.list-own", permission="signed-in")
def find_own_candidacies(ctx: Context, _wish: Nothing) -> list[told.Candidate]:
    """Return the candidacies of the reader and of their party, the newest first."""
    mine = CandidateRow.person == ctx.actor.person
    party = CandidateRow.party_id.in_(select(PartyRow.id).where(PartyRow.agent_id == ctx.actor.id))
    chosen = _whole().where(mine | party).order_by(CandidateRow.id.desc()).limit(MOST_LINES)
    return [_candidate(row, *places) for row, *places in ctx.db.execute(chosen)]


@query("elections.candidacy.read", permission="signed-in")
def read_candidacy(ctx: Context, wish: Chosen) -> told.Candidate:
    """Return one candidacy to who has filed it, to the agent of its party, and to who decides."""
    chosen = _whole().add_columns(PartyRow.agent_id)
    one = ctx.db.execute(chosen.where(CandidateRow.public_id == wish.id)).first()
    if one is None:
        raise UnknownCandidate
    *whole, agent = one
    mine = ctx.actor.person and whole[0].person == ctx.actor.person
    if not mine and agent != ctx.actor.id and DECIDE not in ctx.actor.permissions:
        raise UnknownCandidate
    return _candidate(*whole)


@query("elections.candidacy.list", permission=DECIDE)
def find_candidacies(ctx: Context, wish: FindCandidates) -> told.Vetting:
    """Return a page of all candidacies of an election, of one state if it is given."""
    row, now = nominated_in(ctx, wish.id), moment(ctx)
    chosen = _whole().where(CandidateRow.election_id == row.id)
    if wish.state:
        chosen = chosen.where(CandidateRow.state == wish.state)
    found, after = OLDEST.read(ctx.db, chosen, _candidate, after=wish.after, limit=wish.limit)
    counted = select(CandidateRow.state, func.count()).filter_by(election_id=row.id)
    return told.Vetting(
        row.public_id,
        row.title,
        stage_at(row, now),
        row.zone,
        row.nominations_from,
        row.nominations_to,
        is_open(row, now),
        dict(ctx.db.execute(counted.group_by(CandidateRow.state)).all()),
        found,
        after,
        find_all_parties(ctx),
    )


@query("elections.party.list", permission="public")
def find_parties(ctx: Context, _wish: Nothing) -> list[told.Party]:
    """Return the parties of the town by their names; their agents are named to officers alone."""
    if VIEW in ctx.actor.permissions:
        return find_all_parties(ctx)
    return [replace(one, agent="") for one in find_all_parties(ctx)]


def find_all_parties(ctx: Context) -> list[told.Party]:
    """Return the parties of the town, for other looks."""
    return [_party(one) for one in _parties(ctx)]


def _party(row: PartyRow) -> told.Party:
    return told.Party(row.code, row.name, row.colour, row.agent, row.symbol_hash)


def _parties(ctx: Context) -> list[PartyRow]:
    chosen = select(PartyRow).order_by(PartyRow.name, PartyRow.id).limit(MOST_PARTIES)
    return list(ctx.db.scalars(chosen))


def _whole() -> Select[CandidateRow, str, str, str]:
    return (
        select(CandidateRow, ElectionRow.public_id, ContestRow.code, PartyRow.code)
        .join(ElectionRow, ElectionRow.id == CandidateRow.election_id)
        .join(ContestRow, ContestRow.id == CandidateRow.contest_id)
        .outerjoin(PartyRow, PartyRow.id == CandidateRow.party_id)
    )


def _candidate(row: CandidateRow, *places: str | None) -> told.Candidate:
    """Return a candidacy; its places are the election, the question and the party."""
    election, contest, party = places
    names = (row.given, row.middle, row.family, row.ballot_name)
    said = (row.address, row.phone, row.statement, party or "")
    decided = (row.filed_on, row.state, row.reason, row.decided_by)
    where = (row.public_id, election or "", contest or "", row.code)
    return told.Candidate(*where, *names, *said, *decided, row.photo_hash)


def _standing(
    row: CandidateRow, *, titles: dict[int, ContestRow], parties: dict[int, PartyRow]
) -> told.Standing:
    party = parties.get(row.party_id or 0)
    named = (party.name, party.colour) if party else ("", "")
    return told.Standing(
        row.public_id,
        titles[row.contest_id].code,
        row.code,
        row.ballot_name,
        *named,
        row.state,
        row.reason if row.state == "disqualified" else "",
        row.statement,
        row.photo_hash,
        party.symbol_hash if party else "",
    )
