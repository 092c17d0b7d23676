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


def run_verb(environment: Mapping[str, str], *words: str) -> "CompletedProcess[str]":
    """Run a verb to its end; return how it ended and what it said."""
    with TemporaryDirectory() as folder:
        process = FORKING.Process(target=_run, args=({**environment}, words, folder))
        process.start()
        process.join()
        said, complained = (Path(folder, name).read_text() for name in (OUTPUT, ERRORS))
    return CompletedProcess(words, process.exitcode or 0, said, complained)


def _run(environment: dict[str, str], words: tuple[str, ...], folder: str) -> None:
    for name, stream in ((OUTPUT, sys.stdout), (ERRORS, sys.stderr)):
        os.dup2(os.open(Path(folder, name), os.O_CREAT | os.O_WRONLY), stream.fileno())
    os.environ.update(environment)
    sys.argv = ["townsquare", *words]
    main()
