"""The goals of encrypted ballots: beside the work in the group, which nobody can save."""

import statistics
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from datetime import datetime
from functools import partial
from math import inf
from time import process_time
from types import ModuleType
from typing import Any
from unittest.mock import patch

from bench.measure import on_the_core_of_servers
from bench.scenarios import Bench, Goal, Measure, Measured
from bench.voters import EVERYBODY, town_of
from tests.services.elections.sealing import VECTORS, Sealed, frozen
from townsquare import migrations
from townsquare.core.usecase import Actor
from tsv1 import canonical, group
from tsv1.admission import Standing, examine
from tsv1.ballots import Hand, ballot_hash, seal
from tsv1.credentials import public_of
from tsv1.elections import Election, Voter, write_roll
from tsv1.tally import Cast, Sums

OPTIONS, VOTERS, COUNTED = 5, 240, 10_000
Operation = tuple[Callable[..., object], tuple[object, ...]]


class Refused(Exception):
    """A ballot of the bench was refused, so that its time proves nothing."""


class OtherWork(Exception):
    """Casting a ballot asks other things of the group than checking it."""


class Moment:
    """A clock that stands where it was set."""

    def __init__(self) -> None:
        self.set(2026, 5, 1, 8, 0)

    def set(self, *told: int) -> None:
        """Put it to this moment, in UTC."""
        self.at = datetime.fromisoformat("{:04}-{:02}-{:02}T{:02}:{:02}Z".format(*told))

    def __call__(self) -> datetime:
        return self.at


class Recorder:
    """Libsodium that writes down what it is asked, to be asked the same again."""

    def __init__(self, module: ModuleType) -> None:
        self._module, self.done = module, list[Operation]()

    def __getattr__(self, name: str) -> Callable[..., object]:
        call: Callable[..., object] = getattr(self._module, name)

        def noted(*told: object) -> object:
            self.done.append((call, told))
            return call(*told)

        return noted


def all_of(bench: Bench) -> Iterator[tuple[Goal, Measure]]:
    """Return every goal of encrypted ballots with the function that measures it."""
    yield Goal(f"encrypted ballot of {OPTIONS}, its group work of all", 0.70), partial(_cast, bench)
    title = "check of a ballot by the verifier, beside its group work"
    yield Goal(title, inf, at_least=False, unit="x"), partial(_checked, bench)
    title = f"sums of {COUNTED:,} encrypted ballots, beside group work"
    yield Goal(title, inf, at_least=False, unit="x"), partial(_summed, bench)


def drafted() -> tuple[Sealed, list[dict[str, Any]]]:
    """Return an election of one question, not yet in a town, and a ballot of each voter."""
    setup = deepcopy(VECTORS["setup"]["json"])
    (chair, *_others) = setup["contests"]
    setup["contests"] = [{**chair, "options": [f"o{n}" for n in range(OPTIONS)], "blank": False}]
    setup["styles"] = [{"id": "main", "contests": ["chair"]}]
    secrets = [group.draw() for _ in range(VOTERS)]
    text = write_roll({public_of(one).hex(): Voter(1, "main", "north") for one in secrets})
    roll = {"text": text, "signature": VECTORS["roll"]["signature"]}
    made = Sealed(None, Moment(), setup, VECTORS["ceremony"], roll, secrets)
    marks = ([int(at == n % OPTIONS) for at in range(OPTIONS)] for n in range(VOTERS))
    hands = (Hand(one, "main") for one in secrets)
    told = [seal(made.election, hand, {"chair": m}) for hand, m in zip(hands, marks, strict=True)]
    return made, [one.body for one in told]


def _cast(bench: Bench) -> Measured:
    """Let everybody cast, from the bytes that came to the commit, and repeat the group work.

    What that work is, the check of each ballot has told before: notes that are taken while a
    ballot is cast would cost more than they seem to. The second ballot shows that it is the same.
    """
    made, bodies = drafted()
    path = bench.folder / "ballots.db"
    for old in bench.folder.glob("ballots.db*"):
        old.unlink()
    migrations.upgrade(f"sqlite:///{path}")
    clock = Moment()
    made.clock = clock
    made.town = town_of(f"sqlite:///{path}", clock)
    frozen(made, [f"P-{number}" for number in range(VOTERS)])
    made.open()
    actors = [Actor(100 + n, "", EVERYBODY, f"P-{n}", confirmed=True) for n in range(VOTERS)]
    works = [recorded(partial(check, made.election, body))[1] for body in bodies]
    casts = [
        partial(made.cast, actor, canonical.write(body))
        for actor, body in zip(actors, bodies, strict=True)
    ]
    casts[0]()  # The first one warms up: it reads the set-up.
    if recorded(casts[1])[1] != works[1]:
        raise OtherWork
    others = list(zip(works, casts, strict=True))[2:]
    with on_the_core_of_servers():
        parts = [(again(work), spent(cast)) for work, cast in others]
    made.town.database.dispose()
    return _told([mine / whole for mine, whole in parts], parts)


def _checked(_bench: Bench) -> Measured:
    made, bodies = drafted()
    election = made.election
    acts = [partial(check, election, body) for body in bodies]
    parts = [(again(recorded(act)[1]), spent(act)) for act in acts]
    return _told([whole / mine for mine, whole in parts[1:]], parts[1:])


def check(election: Election, body: dict[str, Any]) -> None:
    """Check a ballot as the verifier does with each one on a board."""
    ballot_hash(body)
    findings = examine(election, body, Standing(Voter(1, "main", "north")))
    if not all(finding.ok for finding in findings):
        raise Refused


def _summed(bench: Bench) -> Measured:
    """Add up ballots as the tally does; so many voters cast the same few ballots."""
    made, bodies = drafted()
    voter = Voter(1, "main", "north")
    casts = [Cast(one["credential"], voter, ballot_hash(one), one) for one in bodies]
    parts = []
    for _ in range(bench.rounds):
        whole, done = recorded(partial(_sum, made, casts))
        parts.append((again(done), whole))
    return _told([whole / mine for mine, whole in parts], parts)


def _sum(made: Sealed, casts: Sequence[Cast]) -> None:
    sums = Sums(made.election)
    for number in range(COUNTED):
        sums.add(casts[number % len(casts)])
    sums.told()


def recorded(act: Callable[[], object]) -> tuple[float, list[Operation]]:
    """Return the CPU seconds of an act without the notes on it, and its group operations."""
    recorder = Recorder(group._sodium())  # noqa: SLF001 (where all of them go through)
    with patch.object(group, "_sodium", lambda: recorder):
        whole = spent(act)
    notes = spent(lambda: _noting(len(recorder.done)))
    return whole - notes, recorder.done


def _noting(times: int) -> None:
    recorder = Recorder(_Nothing())
    for _ in range(times):
        recorder.nothing(b"", b"")


class _Nothing(ModuleType):
    def __init__(self) -> None:
        super().__init__("nothing")

    @staticmethod
    def nothing(*_told: object) -> None:
        """Do nothing."""


def again(done: Sequence[Operation]) -> float:
    """Return the CPU seconds of the same operations alone."""

    def repeat() -> None:
        for call, told in done:
            try:
                call(*told)
            except RuntimeError:  # Where the product is the identity.
                continue

    return spent(repeat)


def spent(act: Callable[[], object]) -> float:
    """Return the CPU seconds of an act."""
    began = process_time()
    act()
    return process_time() - began


def _told(values: list[float], parts: Sequence[tuple[float, float]]) -> Measured:
    mine, whole = (statistics.median(each) * 1000 for each in zip(*parts, strict=True))
    return Measured(values, f"group work {mine:.2f} ms of {whole:.2f} ms of CPU")
