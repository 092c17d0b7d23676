"""What trustees publish of a tally, and credentials that the authority makes void."""

from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from townsquare.core.db import breaks
from townsquare.core.usecase import Context, query, use_case
from townsquare.services.elections.commands.ballots import EnterMessage
from townsquare.services.elections.commands.steps import ExaminedPart
from townsquare.services.elections.errors import (
    CeremonyRound,
    NoBoard,
    NotYourPart,
    ProofInvalid,
    RolesNotSeparate,
)
from townsquare.services.elections.errors.boards import CredentialRefused, PartSubmittedBefore
from townsquare.services.elections.events.boards import CredentialVoided, PartSubmitted
from townsquare.services.elections.models.appending import append, bodies_of, has, last_of
from townsquare.services.elections.models.ballots import ClaimRow
from townsquare.services.elections.models.ceremony import (
    AuthorityRow,
    CredentialRow,
    TrusteeRow,
)
from townsquare.services.elections.models.elections import ElectionRow
from townsquare.services.elections.models.reading import locked, moment, stage_at
from townsquare.services.elections.models.sealed import SEALED, held_of, message_of, sealed_of
from townsquare.services.elections.models.signing import stamp
from townsquare.services.elections.models.sums import has_shape, is_good
from townsquare.services.elections.results.board import Stepped
from tsv1 import canonical
from tsv1.schema import fits

ACT, CONFIRM = "elections.trustee.act", "elections.credential.confirm"
UNTIL_CLOSED = ("coming", "open", "suspended")
GOOD, BAD = "good", "bad"
ONE_PUB = "uq_elections_credential"


@query("elections.partial.examine", permission=ACT)
def examine_partial(ctx: Context, wish: EnterMessage) -> ExaminedPart:
    """Examine a trustee's part of the decryption: its form (D01), and its proofs (D02).

    Where all trustees are needed a part with a bad proof is refused; else it is published and
    left out, and others complete the result.
    """
    row = sealed_of(ctx, wish.id)
    part = _read(wish.message, "partial", check="D01")
    _mine(ctx, row, part["trustee"])
    tallied = last_of(ctx.db, row.id, "tally")
    if tallied is None:
        raise CeremonyRound(why="round")
    if not has_shape(tallied[1], part):
        raise ProofInvalid(check="D01", why="form")
    election = message_of(ctx.db, row)
    good = is_good(election, tallied[1], part)
    if not good and election.additive:
        raise ProofInvalid(check="D02", why="proof")
    return ExaminedPart.model_construct(**dict(wish), part=part, good=good)


@use_case("elections.partial.submit", permission=ACT, before=examine_partial)
def submit_partial(ctx: Context, wish: EnterMessage) -> Stepped:
    """Publish one's part of the decryption; the first one of each trustee counts."""
    told = wish if isinstance(wish, ExaminedPart) else examine_partial(ctx, wish)
    row = _locked(ctx, wish.id)
    number = told.part["trustee"]
    if row.state != "counting" or has(ctx.db, row.id, "result"):
        raise CeremonyRound(why="round")
    if any(one["trustee"] == number for one in bodies_of(ctx.db, row.id, "partial")):
        raise PartSubmittedBefore
    entered = append(ctx, row, "partial", body=told.part)
    stamp(ctx, row)
    ctx.emit(PartSubmitted(row.public_id, number, GOOD if told.good else BAD))
    return Stepped(row.public_id, row.state, entered.seq, entered.kind)


@use_case("elections.credential.void", permission=CONFIRM)
def void_credential(ctx: Context, wish: EnterMessage) -> Stepped:
    """Confirm what the authority has signed: a credential is void, another may stand in for it.

    The ballots of the void one count no more. Who voted with it can vote with another one.
    """
    from tsv1.elections import is_authorised, void_hash  # noqa: PLC0415 (the protocol)
    from tsv1.encoding import NotCanonical, decode_solid  # noqa: PLC0415 (as above)

    row = _locked(ctx, wish.id)
    _is_second(ctx, row)
    void = _read(wish.message, "credential_void", check="V01")
    held = held_of(ctx.db, row.id, void["credential"])
    if stage_at(row, moment(ctx)) not in UNTIL_CLOSED or held is None or held.void:
        raise CredentialRefused
    if (held.weight, held.style, held.unit) != (void["weight"], void["style"], void["group"]):
        raise ProofInvalid(check="V01", why="voter")
    try:
        if void["replacement"]:
            decode_solid(void["replacement"])  # On the board another one would spoil everything.
        election = message_of(ctx.db, row)
        good = is_authorised(election, "credential-void", void_hash(void), proof=void["signature"])
    except NotCanonical as error:
        raise ProofInvalid(check="V01", why="encoding") from error
    if not good:
        raise ProofInvalid(check="V01", why="signature")
    return _replace(ctx, row, held.id, void=void)


def _is_second(ctx: Context, row: ElectionRow) -> None:
    """Refuse the authority itself, but in a rehearsal: alone it could vote in anybody's place."""
    authority = ctx.db.get(AuthorityRow, row.id)
    if authority is not None and authority.account == ctx.actor.id and not row.rehearsal:
        raise RolesNotSeparate(name=authority.name)


def _replace(ctx: Context, row: ElectionRow, old: int, *, void: dict[str, Any]) -> Stepped:
    new = void["replacement"]
    entered = append(ctx, row, "credential-void", body=void)
    gone = {"state": "void", "replaced_by": new}
    ctx.db.execute(update(CredentialRow).where(CredentialRow.id == old).values(**gone))
    ctx.db.execute(delete(ClaimRow).filter_by(election_id=row.id, credential_id=old))
    if new:
        counts = {"weight": void["weight"], "style": void["style"], "grp": void["group"]}
        try:
            ctx.db.execute(insert(CredentialRow).values(election_id=row.id, pub=new, **counts))
        except IntegrityError as error:
            if breaks(error, ONE_PUB) or breaks(error, "elections_frozen"):
                raise CredentialRefused from error
            raise
    ctx.emit(CredentialVoided(row.public_id, void["reason"]))
    return Stepped(row.public_id, row.state, entered.seq, entered.kind)


def _locked(ctx: Context, public_id: str) -> ElectionRow:
    row = locked(ctx, public_id)
    if row.tier != SEALED or row.state == "draft":
        raise NoBoard
    return row


def _read(message: str, kind: str, *, check: str) -> dict[str, Any]:
    """Return a message of a kind; ProofInvalid where it has another form than canonical.

    Programs write it as a line, and forms of pages end lines in their own way.
    """
    raw = message.strip().encode()
    try:
        told = canonical.parse(raw)
        if canonical.write(told) != raw or not fits(kind, told):
            raise ProofInvalid(check=check, why="form")
    except canonical.NotAllowed as error:
        raise ProofInvalid(check=check, why="form") from error
    return told


def _mine(ctx: Context, row: ElectionRow, number: int) -> None:
    chosen = select(TrusteeRow.account).filter_by(election_id=row.id, number=number)
    if ctx.db.scalar(chosen) != ctx.actor.id:
        raise NotYourPart
