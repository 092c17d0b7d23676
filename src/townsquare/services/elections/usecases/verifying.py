"""Reports of the two verifying programs, which share no code and have to find the same."""

import json
from typing import Any

from sqlalchemy.exc import IntegrityError

from townsquare.core.db import breaks
from townsquare.core.usecase import Context, use_case
from townsquare.services.elections.commands.deciding import SubmitVerification
from townsquare.services.elections.errors import UnknownElection
from townsquare.services.elections.errors.judging import (
    NotNow,
    ReportElsewhere,
    ReportKnown,
    ReportUnread,
)
from townsquare.services.elections.events import VerificationSubmitted
from townsquare.services.elections.models.appending import head_of, last_of
from townsquare.services.elections.models.deciding import ONE_REPORT, VerificationRow
from townsquare.services.elections.models.elections import ElectionRow
from townsquare.services.elections.models.reading import locked
from townsquare.services.elections.models.standing import told_report
from townsquare.services.elections.results.deciding import Verification
from tsv1.canonical import parse, write
from tsv1.transcript import h32

SUBMIT = "elections.verification.submit"
PROGRAMS = {"townsquare-verify": "python", "verify.mjs": "javascript"}
AFTER = ("counting", "closed")
# Each check of the protocol, in its order: a report that leaves one out has not looked at it.
CODES = (
    *("C01", "C02", "C03", "C04"),
    *("S01", "S02", "S03", "S04", "S05"),
    *("L01", "L02", "V01"),
    *(f"B{number:02}" for number in range(1, 17)),
    *("X01", "X02", "D01", "D02", "D03", "R01", "R02", "R03"),
    *("Z01", "Z02", "N01", "N02"),
)


@use_case("elections.verification.submit", permission=SUBMIT)
def submit_verification(ctx: Context, wish: SubmitVerification) -> Verification:
    """Keep what a verifying program has found about the board as it is now.

    Its hash is recomputed from what it says. Raises ReportUnread, ReportElsewhere, ReportKnown.
    """
    told = _read(wish.report)
    row = locked(ctx, wish.id)
    if row.tier != "encrypted" or row.state == "draft":
        raise UnknownElection
    if row.state not in AFTER:
        raise NotNow
    _is_of(ctx, row, told)
    kept = VerificationRow(
        created_at=ctx.now(),
        election_id=row.id,
        implementation=PROGRAMS[told["implementation"]],
        report_hash=told["report_hash"],
        head=told["head"]["hash"],
        good=_is_good(told),
        report=told,
        sent_by=ctx.actor.name,
        sent_by_id=ctx.actor.id,
    )
    _keep(ctx, kept)
    ctx.emit(VerificationSubmitted(row.public_id, kept.implementation, kept.report_hash))
    return told_report(kept)


def _read(text: str) -> dict[str, Any]:
    """Return a report as its program printed it; refuse one whose hash is not that of its parts."""
    try:
        told: Any = parse(write(json.loads(text)))
        parts = (write(told["checks"]), write(told["result"]))
        about = (bytes.fromhex(told["setup"]), bytes.fromhex(told["head"]["hash"]))
        hashed = h32("verify-report", *about, *parts).hex()
        codes = tuple(check["code"] for check in told["checks"])
        known = (
            told["implementation"] in PROGRAMS
            and codes == CODES
            and all(check["ok"] in (True, False) for check in told["checks"])
            and told["head"]["seq"] >= 0
        )
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ReportUnread from error
    if not known or hashed != told["report_hash"]:
        raise ReportUnread
    found: dict[str, Any] = told
    return found


def _is_good(told: dict[str, Any]) -> bool:
    return all(check["ok"] for check in told["checks"])


def _is_of(ctx: Context, row: ElectionRow, told: dict[str, Any]) -> None:
    head = head_of(ctx.db, row.id)
    _entry, result = last_of(ctx.db, row.id, "result") or (None, None)
    if (
        told["election"] != row.public_id
        or told["setup"] != row.setup_hash
        or head is None
        or told["head"] != {"seq": head.seq, "hash": head.hash}
        or (_is_good(told) and told["result"] != result)  # Good, but of a result that is not ours.
    ):
        raise ReportElsewhere


def _keep(ctx: Context, kept: VerificationRow) -> None:
    ctx.db.add(kept)
    try:
        ctx.db.flush()
    except IntegrityError as error:
        if breaks(error, ONE_REPORT):
            raise ReportKnown from error
        raise
