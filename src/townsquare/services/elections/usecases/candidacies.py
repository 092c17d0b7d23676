"""Candidacies: people file, correct and withdraw their own, and officers decide."""

from sqlalchemy.exc import IntegrityError

from townsquare.core.db import breaks
from townsquare.core.errors import Invalid
from townsquare.core.usecase import Context, use_case
from townsquare.core.words import translatable
from townsquare.services.elections.commands.fields import Chosen
from townsquare.services.elections.commands.nominations import (
    AmendCandidacy,
    DecideCandidacy,
    FileCandidacy,
    Standing,
)
from townsquare.services.elections.errors import Frozen, SamePerson, UnknownContest
from townsquare.services.elections.errors.nominations import (
    AlreadyDecided,
    CandidateCodeTaken,
    StandsAlready,
)
from townsquare.services.elections.events.nominations import (
    CandidacyDecided,
    CandidacyFiled,
    CandidacyWithdrawn,
)
from townsquare.services.elections.models.elections import ElectionRow
from townsquare.services.elections.models.nominating import (
    candidate_of,
    election_of_candidate,
    forget_photo,
    name_of,
    open_for,
    own_candidate,
    put_on_ballot,
    take_off_ballot,
    takers_of,
)
from townsquare.services.elections.models.nominations import (
    ACCEPTED,
    FILED,
    ONE_CANDIDATE,
    ONE_STANDING,
    REJECTED,
    WAITING,
    WITHDRAWN,
    CandidateRow,
)
from townsquare.services.elections.models.reading import draft, locked
from townsquare.services.elections.permissions import DECIDE
from townsquare.services.elections.results.nominations import Filed
from townsquare.services.elections.rules.moments import zoned

FACTS = set(Standing.model_fields) - {"ballot_name"}
NO_REASON = translatable("Say why; the candidate reads it.")


@use_case("elections.candidacy.file", permission="signed-in")
def file_candidacy(ctx: Context, wish: FileCandidacy) -> Filed:
    """Stand for election oneself, while nominations are open; officers decide on it."""
    row = open_for(ctx, wish.id)
    contest = takers_of(ctx.db, row.id).get(wish.contest)
    if contest is None:
        raise UnknownContest
    candidate = CandidateRow(
        created_at=ctx.now(),
        election_id=row.id,
        contest_id=contest.id,
        code=wish.code,
        ballot_name=name_of(wish),
        person=ctx.actor.person or None,
        filed_on=zoned(ctx.now(), row.zone).date(),
        **wish.model_dump(include=FACTS),
    )
    ctx.db.add(candidate)
    _write(ctx, candidate)
    ctx.emit(CandidacyFiled(row.public_id, candidate.code))
    return _filed(row, candidate)


@use_case("elections.candidacy.amend", permission="signed-in")
def amend_candidacy(ctx: Context, wish: AmendCandidacy) -> Filed:
    """Correct a candidacy on which nobody has decided; one that was incomplete is filed again."""
    row = open_for(ctx, election_of_candidate(ctx, wish.id))
    candidate = own_candidate(ctx, wish.id)
    _must_be(candidate, *WAITING)
    for name in FACTS:
        setattr(candidate, name, getattr(wish, name))
    candidate.ballot_name, candidate.state, candidate.reason = name_of(wish), FILED, ""
    candidate.version += 1
    _write(ctx, candidate)
    ctx.emit(CandidacyFiled(row.public_id, candidate.code))
    return _filed(row, candidate)


@use_case("elections.candidacy.withdraw", permission="signed-in")
def withdraw_candidacy(ctx: Context, wish: Chosen) -> Filed:
    """Stand no more; who was admitted goes off the ballot, which must not be frozen yet.

    Their photo goes with them.
    """
    election = election_of_candidate(ctx, wish.id)
    row = locked(ctx, election)
    candidate = own_candidate(ctx, wish.id)
    if row.state != "draft":
        raise Frozen
    _must_be(candidate, *WAITING, ACCEPTED)
    option = candidate.option_code
    candidate.state, candidate.option_code = WITHDRAWN, None
    forget_photo(candidate)
    candidate.version += 1
    ctx.db.flush()
    if option is not None:
        draft(ctx, election)  # The ballot is another one than somebody may have found ready.
        take_off_ballot(ctx.db, candidate, option)
    ctx.emit(CandidacyWithdrawn(row.public_id, candidate.code))
    return _filed(row, candidate)


@use_case("elections.candidacy.decide", permission=DECIDE)
def decide_candidacy(ctx: Context, wish: DecideCandidacy) -> Filed:
    """Admit or reject a candidacy of somebody else, or ask for more; before the freezing.

    Who is admitted becomes an option.
    """
    if wish.decision != ACCEPTED and not wish.reason.strip():
        raise Invalid(fields={"reason": NO_REASON})
    election = election_of_candidate(ctx, wish.id)
    locked(ctx, election)
    candidate = candidate_of(ctx, wish.id)
    if ctx.actor.person and candidate.person == ctx.actor.person:
        raise SamePerson
    _must_be(candidate, *WAITING, *((REJECTED,) if wish.decision == ACCEPTED else ()))
    row = draft(ctx, election)
    _settle(ctx, row, candidate, wish=wish)
    ctx.emit(CandidacyDecided(row.public_id, candidate.code, wish.decision))
    return _filed(row, candidate)


def _settle(
    ctx: Context, row: ElectionRow, candidate: CandidateRow, *, wish: DecideCandidacy
) -> None:
    if wish.decision == ACCEPTED:
        candidate.option_code = put_on_ballot(ctx.db, row, candidate)
    candidate.state, candidate.reason = wish.decision, wish.reason
    candidate.decided_by, candidate.decided_by_id = ctx.actor.name, ctx.actor.id
    candidate.version += 1
    ctx.db.flush()


def _must_be(candidate: CandidateRow, *states: str) -> None:
    if candidate.state not in states:
        raise AlreadyDecided(state=candidate.state)


def _write(ctx: Context, candidate: CandidateRow) -> None:
    try:
        ctx.db.flush()
    except IntegrityError as error:
        if breaks(error, ONE_STANDING):  # First: the name of the other is a part of its own.
            raise StandsAlready from error
        if breaks(error, ONE_CANDIDATE):
            raise CandidateCodeTaken(candidate=candidate.code) from error
        raise


def _filed(row: ElectionRow, candidate: CandidateRow) -> Filed:
    return Filed(candidate.public_id, row.public_id, candidate.state, candidate.reason)
