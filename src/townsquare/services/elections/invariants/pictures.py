"""What must hold of photos and symbols; no database of ours can make a digest by itself."""

from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from townsquare.core.breach import Breach
from townsquare.services.elections.models.nominations import CandidateRow, PartyRow

AT_ONCE = 50  # Pictures that are in memory together.


def pictures_are_what_their_digests_say(db: Session) -> list[Breach]:
    """Return candidates and parties whose picture has another digest than the one kept with it."""
    wrong = list[str]()
    for row, body, kept in (
        (CandidateRow, CandidateRow.photo, CandidateRow.photo_hash),
        (PartyRow, PartyRow.symbol, PartyRow.symbol_hash),
    ):
        chosen = select(row.public_id, body, kept).where(body.is_not(None)).order_by(row.id)
        found = db.execute(chosen.execution_options(yield_per=AT_ONCE))
        wrong += [one for one, held, told in found if sha256(held or b"").hexdigest() != told]
    rule = "a picture has the digest by which it is asked for"
    return [Breach(rule, tuple(wrong))] if wrong else []


ALL = (pictures_are_what_their_digests_say,)
