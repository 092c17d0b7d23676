"""Trustees and an authority at work: their programs as processes, and files between them."""

import csv
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from click.testing import CliRunner

from tsv1 import canonical

SOURCE = Path(__file__).parents[2] / "src"
WORDS = "five plain words are enough"
RUN = "import sys; from {0}.cli import main; main(prog_name=sys.argv.pop(1))"


class Ended(NamedTuple):
    """How a program ended."""

    code: int
    said: str
    complained: str


class Person:
    """Somebody with a folder of their own and a passphrase."""

    program = ""

    def __init__(self, folder, *, apart=False):
        self.folder, self.apart = folder, apart
        folder.mkdir(parents=True, exist_ok=True)
        self.file = folder / "secret.sealed"
        self.typed = folder / "passphrase"
        self.typed.write_text(f"{WORDS}\n")
        self.heard = []

    def tries(self, command, *options, passphrase=None):
        """Run the program; return how it ended, and keep all that it has said."""
        typed = ("--passphrase-file", passphrase or self.typed)
        asked = [str(part) for part in (command, *options, *typed)]
        ended = self._apart(asked) if self.apart else self._here(asked)
        self.heard += [ended.said, ended.complained]
        return ended

    def _here(self, asked):
        program = import_module(f"{self.program.replace('-', '_')}.cli").main
        ended = CliRunner().invoke(program, asked, prog_name=self.program)
        if ended.exception and not isinstance(ended.exception, SystemExit):
            raise ended.exception
        return Ended(ended.exit_code, ended.stdout, ended.stderr)

    def _apart(self, asked):
        """Run a process of its own, as people do."""
        ended = subprocess.run(
            [
                sys.executable,
                "-c",
                RUN.format(self.program.replace("-", "_")),
                self.program,
                *asked,
            ],
            env={**os.environ, "PYTHONPATH": str(SOURCE)},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    def does(self, command, *options):
        """Run the program, which must succeed; return what it printed."""
        ended = self.tries(command, *options)
        assert ended.code == 0, ended.complained
        return ended.said

    def refusal(self, command, *options, passphrase=None):
        """Run the program, which must refuse; return its one sentence."""
        ended = self.tries(command, *options, passphrase=passphrase)
        assert ended.code == 1, ended.said
        return ended.complained.removeprefix("Error: ").strip()


class Trustee(Person):
    program = "townsquare-trustee"

    def __init__(self, folder, number, *, apart=False, **terms):
        super().__init__(folder, apart=apart)
        self.number, self.terms = number, terms

    def new(self):
        options = [part for name, one in self.terms.items() for part in (f"--{name}", one)]
        return self.does("new", self.file, "--number", self.number, *options)

    def speaks(self, act, *heard, more=()):
        """Return the file that a round leaves for the upload."""
        output = self.folder / f"{act}.jsonl"
        self.does(act, self.file, *heard, "-o", output, *more)
        return output


class Authority(Person):
    program = "townsquare-authority"

    def issues(self, roll, election, name="letters.csv", **more):
        """Return the roll for the upload, and the codes by voter number."""
        output, letters = self.folder / "roll-keys.json", self.folder / name
        options = [part for key, one in more.items() for part in (f"--{key}", one)]
        told = ("--election", election, "--letters", letters, "-o", output)
        self.does("issue", self.file, roll, *told, *options)
        return only(output), codes(letters)


def lines(*paths):
    """Return the messages of files."""
    return [canonical.parse(line) for path in paths for line in path.read_bytes().splitlines()]


def only(path):
    (message,) = lines(path)
    return message


def codes(path):
    """Return what letters say, by voter number."""
    with path.open(newline="") as file:
        return {row["number"]: row["code"] for row in csv.DictReader(file)}


def joined(folder, name, paths):
    """Return one file with the messages of many, as the ceremony page offers it."""
    path = folder / name
    path.write_bytes(b"".join(one.read_bytes() for one in paths))
    return path


def ceremony(folder, trustees):
    """Let trustees make a key together; return the file with all that they said."""
    heard = []
    additive = "threshold" not in trustees[0].terms
    for trustee in trustees:
        trustee.new()
    acts = ["commit", "reveal"] if additive else ["commit", "reveal", "share"]
    for act in acts:
        before = [joined(folder, f"before-{act}.jsonl", heard)] if heard else []
        heard += [trustee.speaks(act, *before) for trustee in trustees]
    before = joined(folder, "before-confirm.jsonl", heard)
    for trustee in trustees:
        copy = trustee.folder / "stick.sealed"
        trustee.does("check-shares", trustee.file, before, "-o", trustee.folder / "complaint")
        trustee.does("copy", trustee.file, copy)
        heard.append(trustee.speaks("confirm", before, more=("--copy", copy, "--yes")))
    return joined(folder, "ceremony.jsonl", heard)
