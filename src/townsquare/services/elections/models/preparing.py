"""What an encrypted election still lacks before its freezing, and how it is founded by it."""

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from townsquare.core.usecase import Context
from townsquare.core.words import translatable
from townsquare.services.elections.errors import ProofInvalid, RolesNotSeparate
from townsquare.services.elections.models.appending import begin
from townsquare.services.elections.models.ceremony import AuthorityRow, CredentialRow
from townsquare.services.elections.models.elections import ElectionRow
from townsquare.services.elections.models.founding import (
    hash_of,
    holders_of,
    keep_apart,
    keys_of,
    rounds_of,
    setup_of,
    trustees_of,
    voters_of,
)
from townsquare.services.elections.models.reading import contests_of
from townsquare.services.elections.models.styles import styles_of
from tsv1.canonical import write

SEALED = "encrypted"
LEAST_SEEDS = 2
NO_TRUSTEES = translatable("nobody is named as a trustee")
UNCONFIRMED = translatable("not all trustees have confirmed the key")
NO_AUTHORITY = translatable("nobody is named as the credential authority")
NO_KEYS = translatable("the authority has not signed the roll of credentials")
OLD_KEYS = translatable("the roll was changed since the authority signed its credentials")
NO_SEEDS = translatable("fewer than two seeds of the lot are committed to")
OPEN_SEEDS = translatable("somebody has not committed to their seed yet")
MIXED = translatable("one person has two parts that different people must have")
UNREHEARSED = translatable("no rehearsal of it was tallied; hold one, or say why it needs none")
TALLIED = ("closed", "certified")  # The states of what has its tally on its board.


def lacks_of(db: Session, row: ElectionRow) -> list[str]:
    """Return in words what the people of an encrypted election have not done; nothing of others."""
    if row.tier != SEALED:
        return []
    seeds = [bool(one.commitment) for one in holders_of(db, row.id)]
    wrong = (
        *_of_the_trustees(db, row),
        *_of_the_authority(db, row),
        (sum(seeds) < LEAST_SEEDS, NO_SEEDS),
        (sum(seeds) >= LEAST_SEEDS and not all(seeds), OPEN_SEEDS),
        (_are_mixed(db, row), MIXED),
        (needs_rehearsal(row) and not row.waiver and not _is_rehearsed(db, row), UNREHEARSED),
    )
    return [sentence for is_so, sentence in wrong if is_so]


def needs_rehearsal(row: ElectionRow) -> bool:
    """Tell whether this is frozen only after a rehearsal: what is encrypted, and not one itself."""
    return row.tier == SEALED and not row.rehearsal


def _is_rehearsed(db: Session, row: ElectionRow) -> bool:
    """Tell whether a rehearsal was tallied, whatever of the set-up was mended after it."""
    held = select(ElectionRow.id).where(
        ElectionRow.rehearsal_of == row.public_id, ElectionRow.state.in_(TALLIED)
    )
    return db.scalar(select(held.exists())) or False


def _of_the_trustees(db: Session, row: ElectionRow) -> list[tuple[bool, str]]:
    states = {one.state for one in trustees_of(db, row.id)}
    return [(not states, NO_TRUSTEES), (bool(states - {"confirmed"}), UNCONFIRMED)]


def _of_the_authority(db: Session, row: ElectionRow) -> list[tuple[bool, str]]:
    return [(authority_state(db, row) == state, said) for state, said in AUTHORITY.items()]


AUTHORITY = {"nobody": NO_AUTHORITY, "missing": NO_KEYS, "old": OLD_KEYS}


def authority_state(db: Session, row: ElectionRow) -> str:
    """Return how far the authority is: nobody, missing, old or signed."""
    authority = db.get(AuthorityRow, row.id)
    if authority is None:
        return "nobody"
    if not authority.roll:
        return "missing"
    if row.state != "draft":
        return "signed"
    return "signed" if authority.made_from == hash_of(voters_of(db, row.id)) else "old"


def _are_mixed(db: Session, row: ElectionRow) -> bool:
    """Tell whether one person has two parts, whoever asks; a rehearsal may have been made real."""
    try:
        keep_apart(db, row)
    except RolesNotSeparate:
        return True
    return False


def found_election(ctx: Context, row: ElectionRow) -> str:
    """Make the messages that fix a draft, enter them on its board, and return the election hash.

    It must lack nothing.
    """
    from townsquare.services.elections.rules import ceremonies, setups  # noqa: PLC0415 (heavy)

    trustees, kept = trustees_of(ctx.db, row.id), setup_of(ctx.db, row)
    rounds = rounds_of(ctx.db, row, kept, many=len(trustees))
    authority = ctx.db.get_one(AuthorityRow, row.id)
    times = (row.zone, row.opens_at, row.closes_at)
    asked = (contests_of(ctx.db, row.id), styles_of(ctx.db, row.id))
    about = setups.About(row.public_id, row.title, *times, *asked)
    try:
        made = setups.found(
            about,
            rounds,
            names={one.number: one.name for one in trustees},
            keys=keys_of(authority, row.public_id),
            ties=[one.commitment for one in holders_of(ctx.db, row.id)],
        )
    except ceremonies.Refused as error:
        raise ProofInvalid(check=error.check, why=error.why) from error
    kept.setup, kept.ceremony, kept.roll = (
        write(one).decode() for one in (made.setup, made.ceremony, made.roll)
    )
    _issue(ctx, row, setups.credentials_of(made.roll))
    begin(ctx, row)
    return made.hash


def _issue(ctx: Context, row: ElectionRow, credentials: list[dict[str, object]]) -> None:
    facts = {"election_id": row.id, "state": "active", "replaced_by": ""}
    ctx.db.flush()
    ctx.db.execute(insert(CredentialRow), [{**facts, **one} for one in credentials])
