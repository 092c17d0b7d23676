"""The end of the encrypted rehearsal: its people close it and decrypt its sums."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from townsquare.core.errors import NotFound
from townsquare.core.town import Town
from townsquare.core.usecase import declared
from townsquare.core.words import translatable
from townsquare.demo.hands import Hands
from townsquare.demo.polls import OFFICER, SECOND
from townsquare.demo.rehearsals import PASSPHRASE, SEEDS, folder_of, rehearsal_of
from townsquare.demo.sealed import HOLDERS, TRUSTEES, Stage
from townsquare.services.elections.commands.ballots import EnterMessage, ReadArchive
from townsquare.services.elections.commands.ceremony import RevealSeed
from townsquare.services.elections.commands.deciding import ProposeInterruption
from townsquare.services.elections.commands.fields import Chosen
from townsquare.services.elections.queries.board import read_archive
from townsquare.services.elections.usecases.ceremony import reveal_seed
from townsquare.services.elections.usecases.decrypting import submit_partial
from townsquare.services.elections.usecases.interrupting import (
    confirm_interruption,
    propose_interruption,
)
from townsquare.services.elections.usecases.stepping import step_board
from townsquare_trustee import decrypting
from townsquare_trustee.trustee import read_trustee
from tsv1.canonical import write
from tsv1_files import storing
from tsv1_files.sealed import read_sealed

REASON = "The rehearsal is over."


class NoRehearsal(NotFound):
    """There is nothing to tally."""

    code = "demo.no-rehearsal"
    message = translatable("This town has no encrypted rehearsal; load the demo first.")


def tally(town: Town, say: Callable[[str], None]) -> Path:
    """Close the rehearsal, let its trustees decrypt it, and return where its archive lies.

    What was done already stays: who asks again gets the archive as it is now.
    """
    election = rehearsal_of(town)
    if election is None:
        raise NoRehearsal
    stage = Stage(Hands(town), election, folder_of(town, election))
    say("Two officers close the rehearsal …")
    _close(stage)
    say("The holders of seeds show them, and the board sums the ballots up …")
    _sum_up(stage)
    say("Each trustee checks the whole board and decrypts …")
    _decrypt(stage)
    _step(stage)
    return _archive(stage)


def _close(stage: Stage) -> None:
    first, second = (replace(stage.hands.who(each), confirmed=True) for each in (OFFICER, SECOND))
    told = {"id": stage.election, "kind": "close", "reason": REASON}
    made = stage.hands.do(first, propose_interruption, ProposeInterruption, **told)
    if made:
        stage.hands.do(second, confirm_interruption, Chosen, id=made.id)
    _step(stage)


def _step(stage: Stage) -> None:
    """Let the board do what it waits for, as its job would within the minute."""
    who, wish = stage.hands.who(OFFICER), Chosen(id=stage.election)
    ready = stage.hands.town.ahead(declared(step_board), who, wish)
    with stage.hands.town.working(who) as ctx:
        step_board(ctx, ready)


def _sum_up(stage: Stage) -> None:
    seeds = storing.read(stage.folder / SEEDS).decode().split()
    for given, seed in zip(HOLDERS, seeds, strict=True):
        told = {"id": stage.election, "seed": seed}
        stage.hands.do(given, reveal_seed, RevealSeed, **told)
    _step(stage)


def _decrypt(stage: Stage) -> None:
    for number, given in enumerate(TRUSTEES, 1):
        path = stage.folder / f"trustee-{number}.sealed"
        trustee = read_trustee(read_sealed(path, "trustee", PASSPHRASE))
        counted = decrypting.examine(trustee, _archive(stage).read_bytes(), "")
        part = write(decrypting.decrypt(trustee, counted)).decode()
        told = {"id": stage.election, "message": part}
        stage.hands.do(given, submit_partial, EnterMessage, **told)


def _archive(stage: Stage) -> Path:
    """Write the archive as everybody downloads it."""
    path, lines, wish = stage.folder / "archive.jsonl", [], {"first": 0}
    while wish["first"] >= 0:
        told = {"id": stage.election, **wish}
        part = stage.hands.ask(OFFICER, read_archive, ReadArchive, **told)
        lines += part.lines
        wish = {"first": part.next, "until": part.until, "signed": part.signed}
    storing.write(path, "".join(lines).encode(), replace=True)
    return path
