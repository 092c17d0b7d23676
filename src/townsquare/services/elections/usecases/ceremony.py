"""What trustees, the authority and holders of seeds hand in. All of it is public."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import insert

from townsquare.core.usecase import Context, use_case
from townsquare.services.elections.commands.ceremony import (
    CommitSeed,
    RevealSeed,
    SubmitMessages,
    SubmitRollKeys,
)
from townsquare.services.elections.errors import CeremonyRound, NotYourPart, ProofInvalid
from townsquare.services.elections.events import (
    CeremonyMoved,
    RollKeysSigned,
    SeedCommitted,
    SeedShown,
    TrusteeNamed,
)
from townsquare.services.elections.models.ceremony import (
    AuthorityRow,
    CeremonyMessageRow,
    SetupRow,
    TieSeedRow,
    TrusteeRow,
)
from townsquare.services.elections.models.elections import ElectionRow
from townsquare.services.elections.models.founding import (
    hash_of,
    holders_of,
    rounds_of,
    setup_of,
    trustees_of,
    voters_of,
)
from townsquare.services.elections.models.reading import draft, locked
from townsquare.services.elections.results.ceremony import Handed, Said
from townsquare.services.elections.results.elections import Drafted
from townsquare.services.elections.usecases.naming import begin_again
from tsv1.canonical import write

if TYPE_CHECKING:
    from tsv1.rounds import Rounds

BAD_SHARE = "bad-share"
Part = TypeVar("Part", TrusteeRow, TieSeedRow)
Message = dict[str, Any]


@use_case("elections.ceremony.submit", permission="elections.trustee.act")
def submit_messages(ctx: Context, wish: SubmitMessages) -> Said:
    """Say something in the ceremony of a draft: all of the messages are taken, or none.

    An answer to a complaint decides it; where the share was bad, all begin again.
    """
    from townsquare.services.elections.rules import ceremonies  # noqa: PLC0415 (the protocol)
    from tsv1.rounds import Unfit, key_of  # noqa: PLC0415 (as above)

    row = draft(ctx, wish.id)
    setup, trustees = setup_of(ctx.db, row), trustees_of(ctx.db, row.id)
    mine = _mine(ctx, trustees)
    rounds, wrong = rounds_of(ctx.db, row, setup, many=len(trustees)), 0
    try:
        for message in ceremonies.read_messages(wish.messages):
            trustee = next((one for one in mine if one.number == message.get("trustee")), None)
            if trustee is None:
                raise NotYourPart
            if ceremonies.take(rounds, message):
                act, number, to = key = key_of(message)
                _keep(ctx, setup, key, message=message)
                wrong = (rounds.at_fault(to, number) or 0) if act == "answer" else wrong
    except ceremonies.Refused as error:
        raise ProofInvalid(check=error.check, why=error.why) from error
    except Unfit as error:
        raise CeremonyRound(why=error.code) from error
    if wrong:
        ctx.emit(TrusteeNamed(row.public_id, wrong))
    if wrong in {one.number for one in mine}:  # Who answered had sent a bad share.
        begin_again(ctx, row, setup, because=(BAD_SHARE, wrong))
        return Said(row.public_id, "invited", "commit", wrong)
    return _settled(ctx, row, mine, rounds=rounds, named=wrong)


@use_case("elections.roll-keys.submit", permission="elections.authority.act")
def submit_roll_keys(ctx: Context, wish: SubmitRollKeys) -> Drafted:
    """Hand in the credentials of a draft's roll, signed; another roll asks for it anew."""
    from townsquare.services.elections.rules import ceremonies, setups  # noqa: PLC0415 (as above)

    row = draft(ctx, wish.id)
    authority = ctx.db.get(AuthorityRow, row.id)
    if authority is None or authority.account != ctx.actor.id:
        raise NotYourPart
    voters = voters_of(ctx.db, row.id)
    try:
        told = setups.read_keys(wish.keys, row.public_id, voters)
    except ceremonies.Refused as error:
        raise ProofInvalid(check=error.check, why=error.why) from error
    authority.key, authority.roll = told["authority_key"], told["text"]
    authority.signature = write(told["signature"]).decode()
    authority.made_from = hash_of(voters)
    ctx.db.flush()
    ctx.emit(RollKeysSigned(row.public_id, len(voters)))
    return Drafted(row.public_id, row.version)


@use_case("elections.seed.commit", permission="elections.seed.reveal")
def commit_seed(ctx: Context, wish: CommitSeed) -> Handed:
    """Commit to a seed before the freezing; until then another one may take its place."""
    row = draft(ctx, wish.id)
    held = _held(ctx, row, wish.number)
    held.commitment = wish.commitment
    ctx.db.flush()
    ctx.emit(SeedCommitted(row.public_id, held.number))
    return Handed(row.public_id, held.number)


@use_case("elections.seed.reveal", permission="elections.seed.reveal")
def reveal_seed(ctx: Context, wish: RevealSeed) -> Handed:
    """Show the seed that was committed to, once the election has closed and is counted."""
    from tsv1.ties import seed_commitment  # noqa: PLC0415 (it brings the whole protocol)

    row = locked(ctx, wish.id)
    held = _held(ctx, row, wish.number)
    if row.state != "counting":
        raise CeremonyRound(why="round")
    seed = bytes.fromhex(wish.seed)
    if seed_commitment(row.public_id, held.number, seed).hex() != held.commitment:
        raise ProofInvalid(check="Z01", why="commitment")
    if held.seed is None:
        held.seed = wish.seed
        ctx.db.flush()
        ctx.emit(SeedShown(row.public_id, held.number))
    return Handed(row.public_id, held.number)


def _mine(ctx: Context, parts: Iterable[Part]) -> list[Part]:
    """Return the parts of who acts: one, but in a rehearsal where one person plays several."""
    found = [one for one in parts if one.account == ctx.actor.id]
    if not found:
        raise NotYourPart
    return found


def _held(ctx: Context, row: ElectionRow, number: int) -> TieSeedRow:
    """Return the seed of who acts: that of a number, or their first one."""
    held = [one for one in holders_of(ctx.db, row.id) if number in {0, one.number}]
    return _mine(ctx, held)[0]


def _keep(ctx: Context, setup: SetupRow, key: tuple[str, int, int], *, message: Message) -> None:
    act, trustee, receiver = key
    facts = {"election_id": setup.election_id, "attempt": setup.attempt, "created_at": ctx.now()}
    texts = {name: write(message[name]).decode() for name in ("body", "signature")}
    said = {"round": act, "trustee": trustee, "receiver": receiver}
    ctx.db.execute(insert(CeremonyMessageRow).values(**facts, **said, **texts))


def _settled(
    ctx: Context, row: ElectionRow, mine: list[TrusteeRow], *, rounds: "Rounds", named: int
) -> Said:
    """Bring trustees to where their messages have brought them."""
    from townsquare.services.elections.rules import ceremonies  # noqa: PLC0415 (the protocol)

    for trustee in mine:
        state = ceremonies.state_of(rounds, trustee.number)
        if state != trustee.state:
            trustee.state = state
            ctx.emit(CeremonyMoved(row.public_id, trustee.number, state))
        if commit := rounds.said.get(("commit", trustee.number, 0)):
            trustee.signing_key = commit["body"]["signing_key"]
            trustee.transport_key = commit["body"].get("transport_key", "")
    ctx.db.flush()
    number = ceremonies.first_asked(rounds, [one.number for one in mine])
    asked = ceremonies.asked_of(rounds, number)
    return Said(row.public_id, ceremonies.state_of(rounds, number), asked, named)
