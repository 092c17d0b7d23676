"""The board for programs: casting and challenging, reading, the archive."""

from collections.abc import Iterator

import msgspec
from flask import Response, g, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import UnsupportedMediaType

from townsquare.core.usecase import declared
from townsquare.core.web import actor, needs, town
from townsquare.core.web.api import JSON, NOT_JSON, offer
from townsquare.core.web.downloads import attachment
from townsquare.core.web.limits import rated
from townsquare.core.web.reading import read
from townsquare.services.elections.api import bp
from townsquare.services.elections.commands.ballots import (
    LARGEST_BALLOT,
    CastSealed,
    ReadArchive,
)
from townsquare.services.elections.commands.fields import Chosen
from townsquare.services.elections.queries import board
from townsquare.services.elections.results.board import ArchivePart
from townsquare.services.elections.usecases.decrypting import submit_partial, void_credential
from townsquare.services.elections.usecases.sealed_casting import (
    VOTE,
    cast_sealed,
    challenge_ballot,
)
from townsquare.services.elections.usecases.stepping import step_board

CREATED, DONE = 201, 200
LINES = "application/jsonl"


def cast_on_board(id: str) -> ResponseReturnValue:  # noqa: A002 (the place in the address)
    """Put a ballot on the board; the body is its canonical text and nothing else."""
    act, here = declared(cast_sealed), town()
    act.admit(actor())
    wish = here.ahead(act, actor(), _sealed(id))
    with here.working(actor(), request_id=g.get("request_id", "")) as ctx:
        done = cast_sealed(ctx, wish)
    told = msgspec.json.encode(done)
    return Response(told, DONE if done.repeated else CREATED, mimetype=JSON)


def _sealed(public_id: str) -> CastSealed:
    if request.mimetype != JSON:
        raise UnsupportedMediaType(NOT_JSON)
    named = read(Chosen, {"id": public_id})
    return CastSealed(id=named.id, ballot=request.get_data())


cast_on_board.largest_body = LARGEST_BALLOT  # type: ignore[attr-defined]  # Else 413.
bp.add_url_rule(
    "/<id>/ballots", "elections_ballot_cast_sealed", needs(VOTE)(cast_on_board), methods=["POST"]
)
offer(bp, "POST /<id>/challenges", challenge_ballot, status=201)


@bp.get("/<id>/archive")
@rated("expensive", reading=True)
@needs("public")
def archive(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Send everything that the board holds, line by line, as the verifiers read it."""
    here, who = town(), actor()

    def part(wish: ReadArchive) -> ArchivePart:
        with here.working(who, reads=True) as ctx:
            return board.read_archive(ctx, wish)

    def lines(found: ArchivePart) -> Iterator[str]:
        yield from found.lines
        while found.next >= 0:
            rest = {"first": found.next, "until": found.until, "signed": found.signed}
            found = part(read(ReadArchive, {"id": id, **rest}))
            yield from found.lines

    first = part(read(ReadArchive, {"id": id}))  # Where there is none, this is what says so.
    return attachment(lines(first), f"{id}.jsonl", LINES)


offer(bp, "GET /log-key", board.read_log_key)
offer(bp, "GET /<id>/setup", board.read_setup, not_yet=True)
offer(bp, "GET /<id>/board", board.read_board, not_yet=True)
offer(bp, "GET /<id>/checkpoints", board.read_checkpoints, not_yet=True)
offer(bp, "GET /<id>/ballots/<tracker>", board.find_tracker, not_yet=True)
offer(bp, "POST /office/<id>/step", step_board)
offer(bp, "POST /<id>/partials", submit_partial, status=201)
offer(bp, "POST /<id>/credential-voids", void_credential, status=201)
