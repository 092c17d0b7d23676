"""What elections keep about a voter, and what they forget when somebody leaves for good.

That somebody has voted stays as a number; what they voted nobody knows, so it cannot be told.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import delete, exists, select, update
from sqlalchemy.sql.elements import ColumnElement

from townsquare.blocks import people
from townsquare.core.identity.models import AccountRow
from townsquare.core.parts import LEFT, Part, Sheet, Somebody, sheet, unname
from townsquare.core.usecase import Context
from townsquare.core.words import translatable
from townsquare.services.elections.models.ballots import ClaimRow
from townsquare.services.elections.models.box import KeyRow, ParticipationRow, SlotRow
from townsquare.services.elections.models.ceremony import AuthorityRow, TieSeedRow, TrusteeRow
from townsquare.services.elections.models.deciding import (
    DecisionRow,
    DisputeRow,
    VerificationRow,
)
from townsquare.services.elections.models.elections import ElectionRow, RollRow, VoterRow
from townsquare.services.elections.models.forgetting import forget_challenges, judgements_of
from townsquare.services.elections.models.returns import (
    OfficerRow,
    PaperCountRow,
    PrecinctRow,
    ReturnRow,
)
from townsquare.services.elections.models.rolling import ChallengeRow, RemovalRow
from townsquare.services.elections.models.standing_down import (
    candidacies_of,
    forget_candidacies,
)
from townsquare.services.elections.rules.slots import slot_of

# A published set-up keeps the names of its trustees: their proofs are about its very bytes.
TRUSTED: dict[str, type[TrusteeRow] | type[AuthorityRow] | type[TieSeedRow]] = {
    "trustee-of": TrusteeRow,
    "authority-of": AuthorityRow,
    "seed-holder-of": TieSeedRow,
}


def _tell(ctx: Context, who: Somebody) -> Iterator[Sheet]:
    election, mark = ElectionRow, ParticipationRow
    mine = (
        select(
            VoterRow.number, VoterRow.address, election.title, election.closes_at, mark.marked_on
        )
        .join(RollRow, RollRow.voter_id == VoterRow.id)
        .join(election, election.id == RollRow.election_id)
        .outerjoin(mark, mark.roll_entry_id == RollRow.id)
        .where(_is(who))
    )
    yield sheet(ctx.db, "rolls", mine.order_by(RollRow.id))
    yield _open_still(ctx, who)
    claimed = (
        select(election.title)
        .join(ClaimRow, ClaimRow.election_id == election.id)
        .join(RollRow, RollRow.id == ClaimRow.roll_entry_id)
        .join(VoterRow, VoterRow.id == RollRow.voter_id)
        .where(_is(who))
    )
    yield sheet(ctx.db, "votes-in-encrypted-elections", claimed.order_by(election.id))
    frozen = select(election.title, election.created_at, election.state)
    by_them = (election.proposed_by_id == who.account) | (election.confirmed_by_id == who.account)
    yield sheet(ctx.db, "frozen-elections", frozen.where(by_them).order_by(election.id))
    waived = select(election.title, election.waiver).where(election.waived_by_id == who.account)
    yield sheet(ctx.db, "waived-rehearsals", waived.order_by(election.id))
    for name, role in TRUSTED.items():
        held = select(election.title, election.state).join(role, role.election_id == election.id)
        yield sheet(ctx.db, name, held.where(role.account == who.account).order_by(election.id))
    yield from _on_paper(ctx, who)
    yield from _judged(ctx, who)
    yield from candidacies_of(ctx, who)
    yield from judgements_of(ctx, who, _is(who))


def _on_paper(ctx: Context, who: Somebody) -> Iterator[Sheet]:
    """Return for which precincts they were appointed, and which returns they have seen."""
    row, mine = ReturnRow, OfficerRow
    served = select(PrecinctRow.code, PrecinctRow.name, mine.role).join(
        mine, mine.precinct_id == PrecinctRow.id
    )
    appointed = served.where(mine.account_id == who.account)
    yield sheet(ctx.db, "precincts", appointed.order_by(PrecinctRow.code, mine.role))
    named = (ElectionRow.title, PrecinctRow.code, row.version, row.created_at, row.state)
    seen = (
        select(*named)
        .join(ElectionRow, ElectionRow.id == row.election_id)
        .join(PrecinctRow, PrecinctRow.id == row.precinct_id)
    )
    for name, column in (("entered", row.entered_by_id), ("approved", row.approved_by_id)):
        theirs = seen.where(column == who.account)
        yield sheet(ctx.db, f"returns-{name}", theirs.order_by(row.id))


def _judged(ctx: Context, who: Somebody) -> Iterator[Sheet]:
    """Return what they have decided, objected, ruled and handed in."""
    decided, filed, sent = DecisionRow, DisputeRow, VerificationRow
    title = ElectionRow.title

    def of(table: Any, *facts: Any) -> Any:  # noqa: ANN401 (of any table)
        return select(title, *facts).join(ElectionRow, ElectionRow.id == table.election_id)

    theirs = (decided.proposed_by_id == who.account) | (decided.confirmed_by_id == who.account)
    told = of(decided, decided.created_at, decided.kind, decided.reason)
    yield sheet(ctx.db, "decisions", told.where(theirs).order_by(decided.id))
    told = of(filed, filed.created_at, filed.kind, filed.statement, filed.state, filed.ruling)
    mine = told.where(filed.filed_by_id == who.account)
    yield sheet(ctx.db, "objections", mine.order_by(filed.id))
    told = of(filed, filed.ruled_at, filed.kind, filed.ruling)
    mine = told.where(filed.ruled_by_id == who.account)
    yield sheet(ctx.db, "rulings", mine.order_by(filed.id))
    told = of(sent, sent.created_at, sent.implementation, sent.report_hash)
    mine = told.where(sent.sent_by_id == who.account)
    yield sheet(ctx.db, "verifications", mine.order_by(sent.id))


def _open_still(ctx: Context, who: Somebody) -> Sheet:
    """Return the polls that are open in which they have voted; only the key of each tells."""
    election = ElectionRow
    rows: list[tuple[str, date]] = []
    keyed = (
        select(election.id, election.public_id, election.title, RollRow.public_id, KeyRow.secret)
        .join(RollRow, RollRow.election_id == election.id)
        .join(VoterRow, VoterRow.id == RollRow.voter_id)
        .join(KeyRow, KeyRow.poll_id == election.id)
        .where(_is(who))
        .order_by(RollRow.id)
    )
    for poll_id, poll, title, entry, secret in ctx.db.execute(keyed).all():
        slot = slot_of(bytes.fromhex(secret), poll, entry)
        first = select(SlotRow.marked_on).filter_by(poll_id=poll_id, slot_hash=slot)
        rows.extend((title, day) for day in ctx.db.scalars(first))
    return Sheet("votes-in-open-polls", ("title", "marked_on"), tuple(rows))


def _hold(ctx: Context, who: Somebody) -> None:
    ctx.db.execute(select(VoterRow.id).where(_is(who)).with_for_update())


def _forget(ctx: Context, who: Somebody) -> None:
    unname(ctx.db, who, ElectionRow.proposed_by, ElectionRow.confirmed_by)
    unname(ctx.db, who, ElectionRow.waived_by)
    forget_candidacies(ctx, who)
    unname(ctx.db, who, ReturnRow.entered_by, ReturnRow.approved_by, PaperCountRow.closed_by)
    unname(ctx.db, who, DecisionRow.proposed_by, DecisionRow.confirmed_by)
    unname(ctx.db, who, DisputeRow.filed_by, DisputeRow.ruled_by, VerificationRow.sent_by)
    ctx.db.execute(delete(OfficerRow).where(OfficerRow.account_id == who.account))
    for role in TRUSTED.values():
        theirs = update(role).where(role.account == who.account)
        ctx.db.execute(theirs.values({role.name: LEFT}))
    unname(ctx.db, who, ChallengeRow.filed_by, ChallengeRow.decided_by)
    unname(ctx.db, who, RemovalRow.proposed_by, RemovalRow.confirmed_by)
    for row in ctx.db.scalars(select(VoterRow).where(_is(who))).all():
        forget_challenges(ctx, row)
        if row.person and row.person != who.person:  # Enrolled before they had their account.
            people.forget_person(ctx, row.person)
        row.person, row.address, row.version = None, None, row.version + 1
        row.number = f"left-{row.public_id}"


def _is(who: Somebody) -> ColumnElement[bool]:
    """Return when a voter is this person, also while the account itself is being forgotten."""
    confirmed = exists().where(AccountRow.id == who.account, AccountRow.confirmed_at.is_not(None))
    return (VoterRow.person == who.person) | (VoterRow.address == who.email) & confirmed


PERSONAL = Part(
    name="elections",
    title=translatable("Rolls that you are on, and in which polls you have voted"),
    tables=frozenset(
        {
            *("elections_election", "elections_voter", "elections_roll_entry"),
            *("elections_participation", "elections_trustee", "elections_authority"),
            *("elections_tie_seed", "elections_decision", "elections_dispute"),
            *("elections_verification", "elections_precinct_officer", "elections_return"),
            *("elections_paper_count", "elections_credential_claim", "elections_party"),
            *("elections_slate", "elections_candidate", "elections_disqualification"),
            *("elections_challenge", "elections_removal"),
        }
    ),
    tell=_tell,
    hold=_hold,
    forget=_forget,
)
