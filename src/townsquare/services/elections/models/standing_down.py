"""What is left of a candidate who leaves the town for good."""

from base64 import b64encode
from collections.abc import Iterator

from sqlalchemy import delete, select, update

from townsquare.core.parts import Sheet, Somebody, sheet, unname
from townsquare.core.usecase import Context
from townsquare.services.elections.models.elections import ElectionRow, OptionRow
from townsquare.services.elections.models.nominating import forget_photo, take_proposals_back
from townsquare.services.elections.models.nominations import CandidateRow, PartyRow, SlateRow
from townsquare.services.elections.models.striking import DisqualificationRow

EMPTIED = ("given", "middle", "family", "address", "phone", "statement")


def candidacies_of(ctx: Context, who: Somebody) -> Iterator[Sheet]:
    """Return in which elections somebody stood, decided and filed lists, and for which parties."""
    row = CandidateRow
    own = select(ElectionRow.title, row.code, row.ballot_name, row.state, row.filed_on)
    own = own.add_columns(*(getattr(row, name) for name in EMPTIED), row.reason, row.photo_hash)
    own = own.join(row, row.election_id == ElectionRow.id)
    yield sheet(ctx.db, "candidacies", own.where(row.person == who.person).order_by(row.id))
    yield _photos(ctx, who)
    decided = select(ElectionRow.title, row.code, row.state, row.reason)
    decided = decided.join(row, row.election_id == ElectionRow.id)
    theirs = decided.where(row.decided_by_id == who.account).order_by(row.id)
    yield sheet(ctx.db, "decided-candidacies", theirs)
    two = DisqualificationRow
    struck = select(ElectionRow.title, two.created_at, two.reason)
    struck = struck.join(two, two.election_id == ElectionRow.id)
    both = (two.proposed_by_id == who.account) | (two.confirmed_by_id == who.account)
    yield sheet(ctx.db, "disqualifications", struck.where(both).order_by(two.id))
    filed = select(ElectionRow.title, SlateRow.created_at, SlateRow.saved, SlateRow.refused)
    filed = filed.join(SlateRow, SlateRow.election_id == ElectionRow.id)
    mine = filed.where(SlateRow.agent_id == who.account).order_by(SlateRow.id)
    yield sheet(ctx.db, "lists", mine)
    parties = select(PartyRow.code, PartyRow.name).where(PartyRow.agent_id == who.account)
    yield sheet(ctx.db, "agent-of", parties.order_by(PartyRow.id))


def _photos(ctx: Context, who: Somebody) -> Sheet:
    """Return the photos of somebody themselves, in base64: beside these lines is no other file."""
    row = CandidateRow
    kept = select(row.photo_hash, row.photo_type, row.photo)
    mine = kept.where(row.person == who.person, row.photo.is_not(None)).order_by(row.id)
    told = [(*about, b64encode(body or b"").decode()) for *about, body in ctx.db.execute(mine)]
    return Sheet("photos", ("photo_hash", "photo_type", "photo_base64"), tuple(told))


def forget_candidacies(ctx: Context, who: Somebody) -> None:
    """Take a candidacy out of every draft; of a frozen one the printed name stays, nothing else."""
    unname(ctx.db, who, CandidateRow.decided_by)
    two = DisqualificationRow
    unname(ctx.db, who, two.proposed_by, two.confirmed_by)
    unname(ctx.db, who, SlateRow.agent)
    agents = update(PartyRow).where(PartyRow.agent_id == who.account)
    ctx.db.execute(agents.values(agent="", agent_id=None))
    mine = select(CandidateRow, ElectionRow.state).join(
        ElectionRow, ElectionRow.id == CandidateRow.election_id
    )
    for row, state in ctx.db.execute(mine.where(CandidateRow.person == who.person)).all():
        if state == "draft":
            _drop(ctx, row)
            continue
        row.person, row.version = None, row.version + 1
        for name in EMPTIED:
            setattr(row, name, "")
        forget_photo(row)
    ctx.db.flush()


def _drop(ctx: Context, row: CandidateRow) -> None:
    """Take a candidacy out of a draft; whoever found it ready has to look at it again."""
    contest, option, election = row.contest_id, row.option_code, row.election_id
    ctx.db.delete(row)
    ctx.db.flush()
    if option is None:
        return
    own = (OptionRow.contest_id == contest) & (OptionRow.code == option)
    ctx.db.execute(delete(OptionRow).where(own))
    take_proposals_back(ctx.db, ElectionRow.id == election)
