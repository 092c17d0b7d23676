"""A verb of an operator, in a process that has the program in its memory from the start."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from subprocess import CompletedProcess
from tempfile import TemporaryDirectory

from tests.kit.racing import FORKING
from townsquare.cli import main

OUTPUT, ERRORS = "output", "errors"
PATIENCE = 300


class Verb:
    """A verb at work."""

    def __init__(self, environment: Mapping[str, str], *words: str) -> None:
        self._words, self._folder = words, TemporaryDirectory()
        self._told: CompletedProcess[str] | None = None
        told = ({**environment}, words, self._folder.name)
        self._process = FORKING.Process(target=_run, args=told)
        self._process.start()

    def lives(self) -> bool:
        """Tell whether it is still at work."""
        return self._process.is_alive()

    def kill(self) -> None:
        """End it in the middle of its work; who has ended stays as it is."""
        self._process.kill()

    def ended(self) -> "CompletedProcess[str]":
        """Wait for its end; return how it ended and what it has said."""
        self._process.join(PATIENCE)
        if (code := self._process.exitcode) is None:
            self.kill()
            self._folder.cleanup()
            raise TimeoutError(self._words)
        if self._told is None:
            said, complained = (Path(self._folder.name, name) for name in (OUTPUT, ERRORS))
            texts = said.read_text(), complained.read_text()
            self._told = CompletedProcess(self._words, code, *texts)
            self._folder.cleanup()
        return self._told


def run_verb(environment: Mapping[str, str], *words: str) -> "CompletedProcess[str]":
    """Run a verb to its end; return how it ended and what it said."""
    return Verb(environment, *words).ended()


def _run(environment: dict[str, str], words: tuple[str, ...], folder: str) -> None:
    for name, stream in ((OUTPUT, sys.stdout), (ERRORS, sys.stderr)):
        os.dup2(os.open(Path(folder, name), os.O_CREAT | os.O_WRONLY), stream.fileno())
    os.environ.update(environment)
    sys.argv = ["townsquare", *words]
    main()
