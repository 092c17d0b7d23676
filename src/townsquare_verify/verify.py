"""One archive in, one report out: docs/elections/verifying.md tells the stages."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from townsquare_verify import archive as archives
from townsquare_verify.counting import Part, examine_parts, examine_result, examine_tally
from townsquare_verify.foundation import examine_roll, examine_setup, examine_trustees
from townsquare_verify.outcome import examine_outcome
from townsquare_verify.report import CODES, Notes, Subject, report
from townsquare_verify.voting import Voting, examine_voting
from tsv1.canonical import write
from tsv1.elections import Election, read_setup
from tsv1.schema import fits
from tsv1.tally import Cast
from tsv1.transcript import h32

_NOTHING = bytes(32)


def verify(raw: bytes, log_key: str = "") -> dict[str, Any]:
    """Return the report on an archive; a log key is asked for in hex, else the archive's is taken.

    After a failure the checks that stand on what failed say `not examined`.
    """
    notes = Notes()
    archive = archives.read(raw, notes)
    reached = _Examination(archive, notes, log_key).run() if notes.are_good() else "C01"
    notes.leave_out(*CODES[CODES.index(reached) + 1 :])
    return report(_subject(archive), notes)


@dataclass(frozen=True)
class Counted:
    """An election whose board was found good up to its tally, before anybody decrypts."""

    archive: archives.Archive
    election: Election
    tally: archives.Message

    @property
    def head(self) -> archives.Message:
        """Return the last entry."""
        return self.archive.entries[-1]


def verify_tally(raw: bytes, log_key: str = "", notes: Notes | None = None) -> Counted | None:
    """Examine an archive up to its tally (C01 to X02): what trustees ask before they decrypt.

    None where a check fails; the notes tell which.
    """
    notes = notes or Notes()
    archive = archives.read(raw, notes)
    if not notes.are_good():
        return None
    examination = _Examination(archive, notes, log_key, end=archives.TALLY)
    examination.run(last="X02")
    if not notes.are_good():
        return None
    return Counted(archive, examination.election, archive.one("tally"))


@dataclass
class _Examination:
    """The stages; each takes what those before have found good."""

    archive: archives.Archive
    notes: Notes
    log_key: str
    end: int = archives.RESULT
    election: Election = field(init=False)
    voting: Voting = field(init=False)
    counted: list[Cast] = field(init=False)
    parts: dict[int, Part] = field(init=False)

    def run(self, last: str = CODES[-1]) -> str:
        """Run the stages up to the first that fails or one; return the last code looked at."""
        stages: list[tuple[Callable[[], None], str]] = [
            (self._chain, "C04"),
            (self._foundation, "S05"),
            (self._roll, "L02"),
            (self._voting, "B16"),
            (self._tally, "X02"),
            (self._parts, "D03"),
            (self._result, "R03"),
            (self._outcome, "N02"),
        ]
        for stage, code in stages:
            stage()
            if code == last or not self.notes.are_good():
                return code
        return CODES[-1]

    def _chain(self) -> None:
        archives.examine(self.archive, self.notes, self.log_key, end=self.end)

    def _foundation(self) -> None:
        setup = self.archive.one("setup")
        examine_setup(setup, self.notes)
        if self.notes.are_good():
            examine_trustees(setup, self.archive.one("ceremony"), self.notes)

    def _roll(self) -> None:
        setup = self.archive.one("setup")
        self.election = read_setup(setup)
        examine_roll(self.election, setup, self.archive.one("roll"), notes=self.notes)

    def _voting(self) -> None:
        self.voting = examine_voting(self.election, self.archive, self.notes)

    def _tally(self) -> None:
        self.counted = examine_tally(self.voting, self.archive, self.notes)

    def _parts(self) -> None:
        self.parts = examine_parts(self.election, self.archive, self.notes)

    def _result(self) -> None:
        examine_result(
            self.election, self.archive, self.parts, counted=self.counted, notes=self.notes
        )

    def _outcome(self) -> None:
        examine_outcome(self.archive, self.notes)


def _subject(archive: archives.Archive) -> Subject:
    if not archive.entries:
        return Subject("", _NOTHING, 0, _NOTHING, {"groups": [], "trustees": []})
    head, results = archive.entries[-1], archive.of("result")
    return Subject(
        # People read it on a terminal: what is no name of an election is not shown.
        election=archive.id if fits("ulid", archive.id) else "",
        setup=h32("setup", write(archive.entries[0]["body"])),
        seq=head["seq"],
        head=bytes.fromhex(head["hash"]),
        result=dict(results[0][1]) if results else {"groups": [], "trustees": []},
    )
